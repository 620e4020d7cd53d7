import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from skecg import ECGRecords
from skecg.inspection import lead_importance

V1 = 6


def test_the_lead_that_tells_is_found_with_its_interval(clf, bumps):
    importance = lead_importance(clf, bumps.X, bumps.y, "roc_auc", n_repeats=3, n_resamples=20, random_state=0)
    assert importance.leads == bumps.X.leads
    assert importance.importances.shape == (12, 3)
    assert importance.importances_mean.argmax() == V1
    assert importance.low[V1] > 0.2
    others = np.arange(12) != V1
    assert (importance.low[others] <= 0.02).all() and (np.abs(importance.importances_mean[others]) < 0.1).all()
    assert (importance.low <= importance.high).all()
    assert importance.low[V1] < importance.importances_mean[V1] < importance.high[V1]
    assert importance.score == pytest.approx(roc_auc_score(bumps.y, clf.predict_proba(bumps.X)[:, 1]))


def test_seed_default_score_and_arrays(clf, bumps):
    params = {"n_repeats": 2, "n_resamples": 5, "random_state": 1}
    X, y = bumps.X[:12], bumps.y[:12]
    one = lead_importance(clf, X, y, **params)
    groups = np.arange(12) // 2
    other = lead_importance(clf, X.to_array(), y, groups=groups, **params)
    np.testing.assert_array_equal(one.importances, other.importances)
    np.testing.assert_array_equal(one.low, other.low)
    assert other.leads[0] == "lead 0" and one.score == clf.score(X, y)


def test_records_of_different_lengths_exchange_their_leads(clf, bumps):
    signals = [signal[:, : 320 - 10 * (i % 3)] for i, signal in enumerate(bumps.X.signals)]
    records = ECGRecords(signals, 100)
    importance = lead_importance(clf, records, bumps.y, "roc_auc", n_repeats=2, n_resamples=5, random_state=0)
    assert importance.importances_mean.argmax() == V1


def test_patients_are_drawn_whole(clf, bumps):
    """One patient for all records raises an error; two patients give a wide interval."""
    params = {"n_repeats": 1, "n_resamples": 30, "random_state": 0}
    with pytest.raises(ValueError, match="at least two groups"):
        lead_importance(clf, bumps.X, bumps.y, groups=np.zeros(40), **params)


def test_bad_input_is_told(clf, bumps):
    with pytest.raises(ValueError, match="n_records, n_leads, n_times"):
        lead_importance(clf, np.zeros((4, 320)), [0, 1, 0, 1])
    mixed = ECGRecords(bumps.X.to_array()[:2], [100, 50])
    with pytest.raises(ValueError, match="ECGResample"):
        lead_importance(clf, mixed, [0, 1])
    with pytest.raises(ValueError, match="inconsistent"):
        lead_importance(clf, bumps.X, bumps.y[:3])
