"""Only the head is trained, on features that the frozen part of the network computes once."""

import numpy as np
import torch
from sklearn.frozen import FrozenEstimator
from torch import nn

from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.testing._instances import small_network


def _cohort():
    """Return 24 records of three leads in two classes, one of them with twice the amplitude."""
    y = np.arange(24) % 2
    signals = np.random.default_rng(0).normal(size=(24, 3, 200)) * (1 + y)[:, None, None]
    return ECGRecords(signals, 100, leads=["I", "II", "V1"]), np.array(["no", "yes"])[y]


def test_the_frozen_part_runs_once_a_record():
    seen = []

    class Counted(nn.Module):
        def __init__(self, n_leads, n_outputs):
            super().__init__()
            self.trunk = nn.Conv1d(n_leads, 4, 5)
            self.head = nn.Linear(4, n_outputs)

        def forward_features(self, x):
            if self.trunk.weight.device.type != "meta":
                seen.append(len(x))
            return self.trunk(x).mean(dim=2)

        def forward(self, x):
            return self.head(self.forward_features(x))

    X, y = _cohort()
    settings = {"max_epochs": 10, "batch_size": 8}
    source = ECGClassifier(Counted, **settings).fit(X, y)
    params = {"pretrained": FrozenEstimator(source), "fine_tune": "head"}
    seen.clear()
    ECGClassifier(Counted, **settings, **params).fit(X, y)
    assert sum(seen) == 24 + 2  # two records to check that the head is the last part
    seen.clear()
    ECGClassifier(Counted, **settings, **params, window=100).fit(X, y)
    assert sum(seen) == 3 * 24 + 2


def test_a_network_of_another_form_is_run_each_epoch():
    X, y = _cohort()
    source = ECGClassifier(small_network, max_epochs=2, random_state=0).fit(X, y)
    clf = ECGClassifier(small_network, max_epochs=2, pretrained=FrozenEstimator(source), fine_tune="head").fit(X, y)
    first, last = (clf.net_.module_[i].weight for i in (2, 4))
    assert torch.equal(first, source.net_.module_[2].weight)
    assert not torch.equal(last, source.net_.module_[4].weight)
