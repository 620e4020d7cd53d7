"""
Explain a decision on the ECG sheet
===================================

Which samples speak for the class that was predicted? Explanations work on a whole pipeline and are drawn on
the ECG as it was recorded.
"""

import pandas as pd
from sklearn.pipeline import make_pipeline

from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.inspection import deletion_curve, grad_cam, integrated_gradients, occlusion, wave_labels
from skecg.plotting import plot_ecg
from skecg.preprocessing import ECGFilter, ECGResample, Normalize

ecgs = make_ecg(160, classes=["NORM", "LBBB"], fs=250, difficulty=0.2, random_state=0)
model = make_pipeline(
    ECGFilter(),
    ECGResample(100),
    Normalize(per="record"),
    AttResNetClassifier(width=8, max_epochs=8, batch_size=16, learning_rate=5e-3, random_state=0),
).fit(ecgs.data[:120], ecgs.target[:120])
row = 120 + int((ecgs.target[120:] == "LBBB").argmax())
X, record = ecgs.data[[row]], ecgs.data[row]
labels = {
    "truth": ecgs.target[row],
    "prediction": dict(zip(model.classes_.tolist(), model.predict_proba(X)[0], strict=True)),
}

# %%
# Integrated gradients divide the log-odds among the samples: red samples speak for the class, blue samples against it.
attribution = integrated_gradients(model, X, target="LBBB")
ax = plot_ecg(
    record, attribution=attribution[0], attribution_label="integrated gradients, log-odds per sample", **labels
)

# %%
# Grad-CAM shows where in time the convolutions find evidence, and does not separate the leads. The second stage of the
# trunk has one value for 80 ms; later stages have fewer values, each of which covers more of the record.
attribution = grad_cam(model, X, target="LBBB", layer="trunk.stages.1")
ax = plot_ecg(record, attribution=attribution[0], attribution_label="Grad-CAM, no unit", **labels)

# %%
# The fall of the log-odds when all waves of one kind are removed:
fall = occlusion(model, X, by="segment", target="LBBB")[0, 0]
waves = wave_labels(record.signal, record.fs)
pd.Series({name: fall[waves == name].mean() for name in ("P", "QRS", "ST", "T")}, name="fall of log-odds").round(2)

# %%
# Is the explanation right? If it is, deleting the samples that it names lowers the log-odds more than deleting as many
# other samples.
rows = [i for i in range(120, 160) if ecgs.target[i] == "LBBB"]
explained = integrated_gradients(model, ecgs.data[rows], target="LBBB")
curve = deletion_curve(model, ecgs.data[rows], explained, target="LBBB", smooth=11, random_state=0)
means = {"as explained": curve.log_odds.mean(axis=0), "elsewhere": curve.random.mean(axis=0)}
pd.DataFrame(means, index=pd.Index(curve.fractions, name="deleted")).round(2)
