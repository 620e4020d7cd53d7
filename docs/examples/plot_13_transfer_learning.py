"""
Transfer: from a large set to a small one
=========================================

A network that has learnt from many ECGs of one task has an advantage in another task. The transfer curve shows up
to which size of your data set the advantage lasts.
"""

from sklearn.frozen import FrozenEstimator

from skecg.classifiers import ResNetClassifier
from skecg.datasets import make_ecg
from skecg.model_selection import transfer_curve
from skecg.plotting import TransferCurveDisplay
from skecg.preprocessing import Normalize

common = {"width": 8, "batch_size": 16, "random_state": 0}
source = make_ecg(240, classes=["NORM", "AF", "LBBB", "RBBB", "PVC", "STD"], fs=100, duration=5, random_state=0)
target = make_ecg(150, classes=["NORM", "PE"], fs=100, duration=5, difficulty=0.3, random_state=1)
X_source, X_target = (Normalize(per="record").fit_transform(ecgs.data) for ecgs in (source, target))
large = ResNetClassifier(max_epochs=10, learning_rate=5e-3, **common).fit(X_source, source.target)

# %%
# `FrozenEstimator` protects the fitted classifier, so that cloning keeps its weights.
estimators = {
    "from scratch": ResNetClassifier(max_epochs=6, learning_rate=5e-3, **common),
    "all weights": ResNetClassifier(pretrained=FrozenEstimator(large), max_epochs=6, learning_rate=2e-3, **common),
    "head only": ResNetClassifier(
        pretrained=FrozenEstimator(large), fine_tune="head", max_epochs=6, learning_rate=2e-2, **common
    ),
}
curve = transfer_curve(estimators, X_target, target.target, sizes=[16, 30, 70], cv=2, random_state=0)
display = TransferCurveDisplay.from_results(curve, score_name="Macro AUC")

# %%
# The numbers, mean over the folds:
curve.pivot_table(index="size", columns="estimator", values="score").round(3)
