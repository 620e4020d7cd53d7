"""The student of DistilledClassifier learns from its teacher."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import GaussianNB

from skecg.classifiers import ECGClassifier
from skecg.ensemble import DistilledClassifier
from skecg.testing._instances import small_network


@pytest.mark.learns
def test_the_student_learns_from_the_teacher_where_y_is_noise():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 240)
    X = rng.normal(size=(240, 2, 100)).astype(np.float32)
    X[:, 0] += 0.7 * (truth == 1)[:, None]
    X[:, 1] += 0.7 * (truth == 2)[:, None]
    noise = np.array(["c", "a", "b"])[rng.integers(0, 3, 240)]
    names = np.array(["a", "b", "c"])
    taught, train, test = FrozenEstimator(_Means().fit(X, names[truth])), np.arange(160), np.arange(160, 240)
    student = ECGClassifier(small_network, max_epochs=15, batch_size=16, learning_rate=0.05, random_state=0)

    def score(soft_weight):
        model = DistilledClassifier(taught, student, soft_weight=soft_weight).fit(X[train], noise[train])
        return roc_auc_score(truth[test], model.predict_proba(X[test]), multi_class="ovr")

    assert score(0.9) > 0.9
    assert score(1e-9) < 0.7


class _Means(GaussianNB):
    """Naive Bayes of the mean of each lead."""

    def fit(self, X, y):
        return super().fit(np.mean(X, axis=2), y)

    def predict_proba(self, X):
        return super().predict_proba(np.mean(X, axis=2))
