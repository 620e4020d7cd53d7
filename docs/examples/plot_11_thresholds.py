"""
A threshold for each label
==========================

A screening test must miss few cases. The threshold of each label is chosen on out-of-fold probabilities, so that it
reaches the wanted sensitivity. The thresholds are then evaluated on held-out patients.
"""

import pandas as pd
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline

from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.metrics import specificity_score
from skecg.model_selection import TunedLabelThresholds
from skecg.plotting import ThresholdDisplay
from skecg.preprocessing import Normalize

names = ["NORM", "LBBB", "PVC", "STD"]
ecgs = make_ecg(
    360,
    classes=names,
    weights=[0.4, 0.1, 0.25, 0.25],
    multilabel=True,
    fs=100,
    duration=5,
    difficulty=0.6,
    random_state=0,
)
test = ecgs.data.metadata["patient_id"].to_numpy() % 3 == 0
model = make_pipeline(
    Normalize(per="record"),
    AttResNetClassifier(width=8, max_epochs=10, batch_size=16, learning_rate=5e-3, random_state=0),
)
tuned = TunedLabelThresholds(model, objective="sensitivity", sensitivity=0.95, cv=2)
tuned = tuned.fit(ecgs.data[~test], ecgs.target[~test])

# %%
# What is gained in sensitivity, and what it costs:
p, truth = tuned.predict_proba(ecgs.data[test]), ecgs.target[test]
decisions = {"at 0.5": (p > 0.5).astype(int), "tuned": tuned.predict(ecgs.data[test])}
table = pd.DataFrame({"threshold": tuned.thresholds_}, index=names)
for name, decided in decisions.items():
    table[f"sensitivity {name}"] = recall_score(truth, decided, average=None)
    table[f"specificity {name}"] = specificity_score(truth, decided, average=None)
table.round(2)

# %%
# The trade for two of them, with intervals by patient:
patients = ecgs.data.metadata["patient_id"][test]
display = ThresholdDisplay.from_predictions(
    truth[:, [2, 3]], p[:, [2, 3]], names=["PVC", "STD"], groups=patients, n_resamples=100, random_state=0
)
