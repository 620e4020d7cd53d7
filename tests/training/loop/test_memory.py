"""An error out of memory gives advice."""

import numpy as np
import pytest
import torch
from torch import nn

from skecg.classifiers import ECGClassifier

X, y = np.random.default_rng(0).normal(size=(12, 2, 50)).astype(np.float32), np.arange(12) % 2


class Greedy(nn.Module):
    """A network that requests more memory than there is, in training or in prediction."""

    def __init__(self, n_leads, n_outputs, when):
        super().__init__()
        self.head, self.when = nn.Linear(n_leads, n_outputs), when

    def forward(self, x):
        if self.training == (self.when == "fit"):
            if self.when == "cuda":
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
            torch.empty(10**15)
        return self.head(x.mean(dim=2))


def test_in_fit():
    clf = ECGClassifier(Greedy, {"when": "fit"}, batch_size=4)
    with pytest.raises(MemoryError, match=r"smaller batch_size than 4, or a window: the network sees 50 samples"):
        clf.fit(X, y)
    assert not hasattr(clf, "net_")


@pytest.mark.parametrize("when", ["predict", "cuda"])
def test_in_predict(when):
    clf = ECGClassifier(Greedy, {"when": when}, max_epochs=1, window=20).fit(X, y)
    with pytest.raises(MemoryError, match=r"smaller batch_size than 64.*sees 20 samples"):
        clf.predict(X)


def test_other_errors_stay_as_they_are():
    class Broken(nn.Module):
        def __init__(self, n_leads, n_outputs):
            super().__init__()
            self.head = nn.Linear(n_leads, n_outputs)

        def forward(self, x):
            return self.head(x)

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        ECGClassifier(Broken).fit(X, y)
