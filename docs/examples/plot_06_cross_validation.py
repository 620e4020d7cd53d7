"""
Cross-validate by patient
=========================

Two ECGs of one person resemble each other. If one is in the training set and the other in the test set, the
score measures how well the model recognises the person, not the disease. Here each patient gets a random
label: there is nothing to learn, and an honest score is one half.
"""

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skecg.datasets import make_ecg
from skecg.features import MedianBeat

ecgs = make_ecg(160, classes=["NORM"], fs=100, duration=5, n_patients=40, difficulty=0.2, random_state=0)
patients = ecgs.data.metadata["patient_id"].to_numpy()
y = np.random.default_rng(1).permutation(np.arange(40) % 2)[patients]

model = make_pipeline(MedianBeat(), ExtraTreesClassifier(300, random_state=0))

# %%
# The same model, split by record and by patient. By patient the scores are near one half, as they should be:
splits = {
    "by record": list(KFold(3, shuffle=True, random_state=0).split(y)),
    "by patient": list(GroupKFold(3).split(y, groups=patients)),
}
scores = {name: cross_val_score(model, ecgs.data, y, cv=folds, scoring="roc_auc") for name, folds in splits.items()}
pd.DataFrame(scores).rename_axis("fold").round(2)
