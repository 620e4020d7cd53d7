"""
Calibrate probabilities
=======================

A network that trains for a long time becomes too confident. Calibration on out-of-fold probabilities corrects the
probabilities without changing the order of the records.
"""

from sklearn.pipeline import make_pipeline

from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.model_selection import CalibratedLabels
from skecg.plotting import LabelCalibrationDisplay
from skecg.preprocessing import Normalize

ecgs = make_ecg(450, classes=["NORM", "STD"], fs=100, duration=5, difficulty=0.8, random_state=0)
test = ecgs.data.metadata["patient_id"].to_numpy() % 3 == 0
train, held_out = (ecgs.data[~test], ecgs.target[~test]), (ecgs.data[test], ecgs.target[test])
model = make_pipeline(
    Normalize(per="record"),
    AttResNetClassifier(width=8, max_epochs=12, batch_size=16, learning_rate=5e-3, random_state=0),
)

# %%
# As trained:
display = LabelCalibrationDisplay.from_estimator(model.fit(*train), *held_out, pos_label="STD", random_state=0)

# %%
# Calibrated by one temperature:
calibrated = CalibratedLabels(model, method="temperature", cv=2, pos_label="STD").fit(*train)
display = LabelCalibrationDisplay.from_estimator(calibrated, *held_out, random_state=0)
