"""
From beats to a table
=====================

`BeatFeatures` returns rhythm, intervals and amplitudes as columns, for a classical model or for inspection.
"""

from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from skecg.datasets import make_ecg
from skecg.features import BeatFeatures
from skecg.plotting import LabelRocDisplay

ecgs = make_ecg(200, classes=["NORM", "AF", "STD"], fs=250, difficulty=1.0, random_state=0)
table = BeatFeatures().set_output(transform="pandas").fit_transform(ecgs.data[:5])
table.iloc[:, :8].round(2)

# %%
# A forest on these columns, cross-validated by patient. The intervals of the curves resample whole patients.
model = make_pipeline(BeatFeatures(), RandomForestClassifier(200, random_state=0))
patients = ecgs.data.metadata["patient_id"]
p = cross_val_predict(
    model, ecgs.data, ecgs.target, groups=patients, cv=StratifiedGroupKFold(3), method="predict_proba"
)
display = LabelRocDisplay.from_predictions(ecgs.target, p, names=["AF", "NORM", "STD"], groups=patients, random_state=0)
