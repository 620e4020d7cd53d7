"""
Save a model, and load it elsewhere
===================================

One file without pickle holds the steps, the weights and the requirements on the signals. A loaded model converts
records of another rate, or raises an error if it cannot convert the records.
"""

import tempfile
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.preprocessing import ECGCrop, Normalize

ecgs = make_ecg(60, classes=["NORM", "LBBB"], fs=100, random_state=0)
model = make_pipeline(
    ECGCrop(length=500), Normalize(per="record"), AttResNetClassifier(width=8, max_epochs=3, random_state=0)
).fit(ecgs.data, ecgs.target)

# %%
# The same probabilities, to the bit:
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "model.skecg"
    skecg.save(model, path, X=ecgs.data, y=ecgs.target)
    loaded = skecg.load(path)
np.array_equal(loaded.predict_proba(ecgs.data), model.predict_proba(ecgs.data))

# %%
# The same hearts, recorded at 500 Hz: the model was trained at 100 Hz and converts them.
fast = make_ecg(60, classes=["NORM", "LBBB"], fs=500, random_state=0)
(loaded.predict(fast.data) == loaded.predict(ecgs.data)).mean()
