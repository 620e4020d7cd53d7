"""Samplers for imbalanced-learn's pipelines, which resample tables, 3-D arrays and `ECGRecords` by index."""

from ._multilabel_over_sampler import MultilabelOverSampler
from ._multilabel_under_sampler import MultilabelUnderSampler
from ._over_sampler import RecordOverSampler
from ._smote import RecordSMOTE
from ._under_sampler import RecordUnderSampler

__all__ = [
    "MultilabelOverSampler",
    "MultilabelUnderSampler",
    "RecordOverSampler",
    "RecordSMOTE",
    "RecordUnderSampler",
]
