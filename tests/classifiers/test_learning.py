"""Every classifier learns a simple task."""

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.metrics import roc_auc_score

from skecg.datasets import make_ecg
from skecg.preprocessing import Normalize
from skecg.testing import quick_instances

CLASSIFIERS = [clf for clf in quick_instances() if is_classifier(clf) and "max_epochs" in clf.get_params()]


@pytest.fixture(scope="module")
def ecgs():
    bunch = make_ecg(32, classes=("NORM", "LBBB"), fs=100, duration=3, random_state=0)
    return Normalize(per="record").fit_transform(bunch.data), bunch.target


@pytest.mark.learns
@pytest.mark.parametrize("clf", CLASSIFIERS, ids=lambda clf: type(clf).__name__)
def test_overfits_32_records(clf, ecgs):
    records, y = ecgs
    assert len(np.unique(y)) == 2
    rate = min(clf.learning_rate, 0.02)  # attention after a ResNet needs a lower rate
    clf.set_params(max_epochs=35, learning_rate=rate, batch_size=8).fit(records, y)
    assert roc_auc_score(y, clf.predict_proba(records)[:, 1]) == 1.0
