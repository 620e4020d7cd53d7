"""
Rare classes: weights and sampling
==================================

One record in ten shows the disease. Without a correction, a network learns to predict "no disease".
"""

import pandas as pd
from imblearn.pipeline import make_pipeline
from sklearn.metrics import recall_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from skecg.classifiers import AttResNetClassifier
from skecg.datasets import make_ecg
from skecg.imbalance import RecordOverSampler
from skecg.metrics import geometric_mean_score, specificity_score
from skecg.plotting import LabelConfusionDisplay
from skecg.preprocessing import Normalize

ecgs = make_ecg(240, classes=["NORM", "STD"], weights=[0.9, 0.1], fs=100, duration=5, difficulty=0.5, random_state=0)
y = (ecgs.target == "STD").astype(int)
params = {"width": 8, "max_epochs": 15, "batch_size": 16, "learning_rate": 5e-3, "random_state": 0}
scale = Normalize(per="record")
models = {
    "as they are": make_pipeline(scale, AttResNetClassifier(**params)),
    "class_weight": make_pipeline(scale, AttResNetClassifier(class_weight="balanced", **params)),
    "over-sampled": make_pipeline(scale, RecordOverSampler(random_state=0), AttResNetClassifier(**params)),
}

# %%
# The sampler works inside the folds: a test fold keeps its classes as they are.
decided = {
    name: cross_val_predict(model, ecgs.data, y, groups=ecgs.data.metadata["patient_id"], cv=StratifiedGroupKFold(2))
    for name, model in models.items()
}
scores = {"sensitivity": recall_score, "specificity": specificity_score, "G-mean": geometric_mean_score}
pd.DataFrame({name: {key: score(y, d) for key, score in scores.items()} for name, d in decided.items()}).round(2)

# %%
display = LabelConfusionDisplay.from_predictions(y, decided["class_weight"], names=["NORM", "STD"])
