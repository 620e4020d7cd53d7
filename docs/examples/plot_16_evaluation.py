"""
Evaluate on patients, with intervals
====================================

A score on few patients is uncertain, and records of one patient are not independent. Intervals that resample whole
patients show this uncertainty.
"""

from sklearn.pipeline import make_pipeline

from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.metrics import bootstrap_interval, macro_auc_score
from skecg.plotting import LabelPrecisionRecallDisplay, LabelRocDisplay, SubgroupDisplay
from skecg.preprocessing import Normalize

names = ["NORM", "LBBB", "STD"]
ecgs = make_ecg(300, classes=names, multilabel=True, fs=100, duration=5, random_state=0)
patients = ecgs.data.metadata["patient_id"].to_numpy()
test = patients % 3 == 0
model = make_pipeline(
    Normalize(per="record"),
    AttResNetClassifier(width=8, max_epochs=10, batch_size=16, learning_rate=5e-3, random_state=0),
).fit(ecgs.data[~test], ecgs.target[~test])
X, Y = ecgs.data[test], ecgs.target[test]

# %%
# One number with its interval:
interval = bootstrap_interval(
    macro_auc_score, Y, model.predict_proba(X), groups=patients[test], n_resamples=200, random_state=0
)
str(interval)

# %%
# The curves of each label; the records hold patient ids.
display = LabelRocDisplay.from_estimator(model, X, Y, names=names, n_resamples=100, random_state=0)

# %%
display = LabelPrecisionRecallDisplay.from_estimator(model, X, Y, names=names, n_resamples=100, random_state=0)

# %%
# Does the model work equally well in all subgroups?
display = SubgroupDisplay.from_estimator(model, X, Y, by=["sex", "age"], n_resamples=60, random_state=0)
