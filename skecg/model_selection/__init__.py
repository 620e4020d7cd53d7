"""Splits that keep patients apart and labels in proportion, and estimators that use such splits.

This example uses three hundred records of a rare disease. A search runs within each outer fold, both
levels of splits keep patients apart, and the sampler sees training records only.

>>> from imblearn.pipeline import make_pipeline
>>> from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
>>> from skecg.classifiers import EEGNetClassifier
>>> from skecg.datasets import make_pe_cohort
>>> from skecg.imbalance import RecordOverSampler
>>> from skecg.model_selection import check_leakage, groups_of
>>> from skecg.preprocessing import Normalize
>>> cohort = make_pe_cohort(300, fs=50, duration=2.5, random_state=0)
>>> X, y, patients = cohort.data, cohort.target, groups_of(cohort.data)
>>> network = EEGNetClassifier(n_tokens=4, max_epochs=1, random_state=0)
>>> pipeline = make_pipeline(Normalize(), RecordOverSampler(random_state=0), network)
>>> grid = {"recordoversampler": [RecordOverSampler(random_state=0), "passthrough"]}
>>> folds, scores = StratifiedGroupKFold(2, shuffle=True, random_state=0), []
>>> for train, test in folds.split(X, y, patients):
...     assert check_leakage(X[train], X[test]).empty
...     search = GridSearchCV(pipeline, grid, cv=folds, scoring="roc_auc")
...     search.fit(X[train], y[train], groups=patients[train])
...     scores.append(search.score(X[test], y[test]))
GridSearchCV(...)
GridSearchCV(...)
>>> len(scores)
2
"""

from ._calibration import CalibratedLabels
from ._class_weights import TunedClassWeights
from ._groups import groups_of
from ._leakage import check_leakage
from ._split import MultilabelStratifiedGroupKFold, MultilabelStratifiedKFold
from ._thresholds import TunedLabelThresholds
from ._transfer_curve import transfer_curve

__all__ = [
    "CalibratedLabels",
    "MultilabelStratifiedGroupKFold",
    "MultilabelStratifiedKFold",
    "TunedClassWeights",
    "TunedLabelThresholds",
    "check_leakage",
    "groups_of",
    "transfer_curve",
]
