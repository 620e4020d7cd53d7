"""A fit with too few steps warns and says what to change."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from torch import nn

from skecg.classifiers import ECGClassifier, EEGNetClassifier, EfficientECGClassifier
from skecg.testing import quick_instances
from skecg.testing._checks import _cohort
from skecg.training.data.batches import resolve_batch_size

pytestmark = pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
CLASSIFIERS = [clf for clf in quick_instances() if is_classifier(clf) and "max_epochs" in clf.get_params()]


@pytest.fixture
def noise():
    return np.random.default_rng(0).normal(size=(40, 2, 100)).astype(np.float32), np.tile([0, 1], 20)


def brief(**params):
    return EEGNetClassifier(random_state=0, **{"max_epochs": 1, **params})


def test_the_message_says_what_came_and_what_to_set(noise):
    with pytest.warns(ConvergenceWarning, match=r"EEGNetClassifier made 5 training steps, max_epochs=1 with 5 batch"):
        brief().fit(*noise)
    with pytest.warns(ConvergenceWarning, match=r"about 15 to learn at learning_rate=0.002. Set max_epochs=3 or more"):
        brief().fit(*noise)
    brief(max_epochs=3).fit(*noise)


def test_a_higher_rate_needs_fewer_steps(noise):
    brief(learning_rate=0.006).fit(*noise)
    with pytest.warns(ConvergenceWarning, match="about 30"):
        brief(max_epochs=3, learning_rate=0.001).fit(*noise)


def test_networks_that_learn_slowly_need_more(noise):
    with pytest.warns(ConvergenceWarning, match="EfficientECGClassifier made 15 .* needs about 30"):
        EfficientECGClassifier(variant="compact", max_epochs=3, random_state=0).fit(*noise)


def test_fits_from_trained_weights_cause_no_warning(noise):
    source = brief(max_epochs=3).fit(*noise)
    brief(pretrained=FrozenEstimator(source)).fit(*noise)


def test_an_optimizer_of_the_user_causes_no_warning(noise):
    import torch

    brief(net_params={"optimizer": torch.optim.SGD}).fit(*noise)


@pytest.mark.parametrize("clf", CLASSIFIERS, ids=lambda clf: type(clf).__name__)
def test_the_small_instances_make_enough_steps(clf):
    records, y = _cohort()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(clf).fit(records, y)


@pytest.mark.parametrize(
    ("n_records", "size"), [(4, 8), (40, 8), (64, 8), (100, 12), (200, 25), (512, 64), (20_000, 64), (None, 64)]
)
def test_small_sets_get_small_batches(n_records, size):
    assert resolve_batch_size("auto", n_records) == size
    assert resolve_batch_size(48, n_records) == 48


def test_batches_are_sized_by_the_records_that_train():
    seen = []

    class Watched(nn.Module):
        def __init__(self, n_leads, n_outputs):
            super().__init__()
            self.head = nn.Linear(n_leads, n_outputs)

        def forward(self, x):
            if self.training:
                seen.append(len(x))
            return self.head(x.mean(dim=2))

    X = np.random.default_rng(0).normal(size=(200, 2, 20)).astype(np.float32)
    ECGClassifier(Watched, max_epochs=2, early_stopping=True, random_state=0).fit(X, np.tile([0, 1], 100))
    assert seen == 2 * [*[180 // 8] * 8, 180 % (180 // 8)]
