"""
Which leads does a model need?
==============================

`lead_importance` exchanges the signals of one lead between records. The fall of the score
is the importance of the lead.
"""

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.inspection import lead_importance
from skecg.preprocessing import Normalize

ecgs = make_ecg(240, classes=["NORM", "RBBB"], fs=100, duration=5, difficulty=0.6, random_state=0)
test = ecgs.data.metadata["patient_id"].to_numpy() % 3 == 0
model = make_pipeline(
    Normalize(per="record"),
    AttResNetClassifier(width=8, max_epochs=8, batch_size=16, learning_rate=5e-3, random_state=0),
).fit(ecgs.data[~test], ecgs.target[~test])
found = lead_importance(
    model, ecgs.data[test], ecgs.target[test], "roc_auc", n_repeats=3, n_resamples=60, random_state=0
)

# %%
# Bars are intervals over patients and permutations.
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.bar(found.leads, found.importances_mean, color="C0", alpha=0.5)
ax.vlines(found.leads, found.low, found.high, color="C0")
_ = ax.set(ylabel="Fall of the AUC", title=f"AUC {found.score:.3f} with all leads")
