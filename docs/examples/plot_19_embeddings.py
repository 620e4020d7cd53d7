"""
Embeddings: records as a table
==============================

A fitted network turns each record into a row of numbers. The table serves every estimator of scikit-learn: a
classifier for a question that the network was not trained for, or a search for similar ECGs.
"""

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skecg import make_embedding
from skecg.classifiers import ResNetClassifier
from skecg.datasets import make_ecg
from skecg.plotting import plot_ecg
from skecg.preprocessing import ECGFilter, Normalize

source = make_ecg(120, classes=["NORM", "LBBB", "RBBB", "PVC", "STD"], fs=100, duration=5, random_state=0)
network = ResNetClassifier(width=8, max_epochs=8, batch_size=16, learning_rate=5e-3, random_state=0)
model = make_pipeline(ECGFilter(), Normalize(per="record"), network).fit(source.data, source.target)

# %%
# The step holds filter, normalisation and network, and learns nothing. It takes the file of a model as well:
# `make_embedding("model.skecg")`.
embedding = make_embedding(model)
target = make_ecg(60, classes=["NORM", "PE"], fs=100, duration=5, difficulty=0.3, random_state=1)
embedding.transform(target.data).round(2)

# %%
# A logistic regression learns what the network has never seen, from 40 records in each fold. The folds share the
# weights of the network, and not the regression:
probe = make_pipeline(embedding, StandardScaler(), LogisticRegression(C=0.1))
scores = cross_val_score(probe, target.data, target.target, cv=3)
scores.round(2)

# %%
# The nearest neighbours of a record in the table are similar ECGs. The drawing lays the nearest one over the record:
search = make_pipeline(embedding, StandardScaler(), NearestNeighbors(n_neighbors=3)).fit(source.data)
query = make_ecg(1, classes=["LBBB"], fs=100, duration=5, random_state=2).data
distances, neighbours = search[-1].kneighbors(search[:-1].transform(query))
source.target[neighbours[0]].tolist()

# %%
ax = plot_ecg(
    [query[0], source.data[int(neighbours[0, 0])]], leads=["I", "V1", "V6"], labels=["query (LBBB)", "nearest record"]
)
