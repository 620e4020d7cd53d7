"""How a network is trained and asked: private to the classifiers."""
