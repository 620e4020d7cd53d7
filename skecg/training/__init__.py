"""Training of networks and prediction with them; private to the classifiers."""
