"""
Watch a fit
===========

With early stopping, `fit` holds out a share of the patients, and keeps the weights of the best epoch.
"""

import pandas as pd
from sklearn.pipeline import make_pipeline

from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.plotting import FitHistoryDisplay
from skecg.preprocessing import ECGCrop, Normalize

ecgs = make_ecg(240, classes=["NORM", "LBBB", "PVC"], fs=100, random_state=0)
classifier = AttResNetClassifier(
    width=8,
    max_epochs=25,
    batch_size=16,
    learning_rate=5e-3,
    early_stopping=True,
    n_iter_no_change=6,
    random_state=0,
)
model = make_pipeline(ECGCrop(length=500), Normalize(per="record"), classifier).fit(ecgs.data, ecgs.target)
display = FitHistoryDisplay.from_estimator(model)

# %%
# The records hold patient ids, so no patient is on both sides. `history_` holds the numbers behind the plot, one dict
# for each epoch. The last epoch:
pd.Series(classifier.history_[-1], name="last epoch")
