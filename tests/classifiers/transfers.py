"""Records, and a network to start from another one."""

import numpy as np
import torch

from skecg import ECGRecords
from skecg.classifiers import ResNetClassifier
from skecg.preprocessing import SelectLeads

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def records(n_records=24, leads=TWELVE, n_times=200, seed=0, fs=100):
    """Return records whose other limb leads are computed from I and II, and their two classes."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_records) % 2
    signals = (rng.normal(size=(n_records, 8, n_times)) * (1 + y)[:, None, None]).astype(np.float32)
    eight = ECGRecords(signals, fs, leads=EIGHT)
    return SelectLeads(list(leads)).fit_transform(eight), np.array(["no", "yes"])[y]


def resnet(**params):
    return ResNetClassifier(**{"width": 8, "max_epochs": 2, "batch_size": 8, "random_state": 0, **params})


def state(clf, part):
    return {key: value for key, value in clf.net_.module_.state_dict().items() if key.startswith(part)}


def equal(one, other):
    return all(torch.equal(one[key], other[key]) for key in one)
