import numpy as np
import pytest

from skecg import ECGRecords
from skecg.imbalance import RecordSMOTE
from skecg.imbalance._smote import _aligned


def beats(phases, n_times=400, period=80):
    """Return records of two leads with narrow beats that start at each of the phases."""
    t = np.arange(n_times)
    pulse = [np.exp(-(((t - phase + period / 2) % period - period / 2) ** 2) / 18) for phase in phases]
    return np.stack([np.array(pulse), -0.5 * np.array(pulse)], axis=1)


def test_new_records_lie_between_two_of_their_class():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 2, 5)), np.repeat([0, 1], [20, 10])
    sampler = RecordSMOTE(max_shift=0, k_neighbors=3, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_new[:30], X)
    assert y_new.tolist() == [0] * 20 + [1] * 20
    for new, start in zip(X_new[30:], sampler.sample_indices_[30:], strict=True):
        parts = []
        for other in np.setdiff1d(np.arange(20, 30), start):
            line = X[other] - X[start]
            step = ((new - X[start]) * line).sum() / (line**2).sum()
            parts.append((np.abs(new - X[start] - step * line).max(), step))
        distance, step = min(parts)
        assert distance < 1e-12 and 0 <= step < 1


def test_alignment_keeps_beats_sharp():
    rng = np.random.default_rng(0)
    X, y = beats(rng.integers(0, 80, 30)), np.repeat([0, 1], [20, 10])
    heights = {}
    for max_shift in (0, "auto"):
        X_new, _ = RecordSMOTE(max_shift=max_shift, random_state=0).fit_resample(X, y)
        heights[max_shift] = X_new[30:, 0, 50:-50].max(axis=1)
    assert heights["auto"].min() > 0.99  # each new beat is as high as the beats from which it was made
    assert heights[0].min() < 0.8


@pytest.mark.parametrize("shift", [-17, -1, 0, 5, 30])
def test_the_lag_is_found_and_the_ends_are_held(shift):
    signal = beats([40], n_times=81)[0]
    moved = _aligned(signal, np.roll(signal, shift, axis=1), 30)
    np.testing.assert_allclose(moved, np.roll(signal, shift, axis=1), atol=2e-3)


def test_a_shift_beyond_the_limit_is_not_made():
    a, b = beats([40], n_times=81)[0], beats([60], n_times=81)[0]
    assert np.abs(np.argmax(_aligned(a, b, 5)[0]) - 40) <= 5


def test_records_of_float32_stay_float32_and_know_their_rate():
    records = ECGRecords(np.random.default_rng(0).normal(size=(20, 3, 50)), 250, leads=["I", "II", "V1"])
    X_new, _ = RecordSMOTE(random_state=0, k_neighbors=2).fit_resample(records, np.arange(20) < 4)
    assert X_new.signals[0].dtype == np.float32 and set(X_new.fs) == {250} and X_new.leads == ("I", "II", "V1")


def test_bad_input():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 2, 50)), np.arange(20) < 4
    with pytest.raises(ValueError, match=r"Class True has 4 records, and k_neighbors=5.*need 6 at least"):
        RecordSMOTE().fit_resample(X, y)
    with pytest.raises(ValueError, match="NaN"):
        RecordSMOTE(k_neighbors=2).fit_resample(np.where(X > 2, np.nan, X), y)
    ragged = ECGRecords([signal[:, : 30 + i] for i, signal in enumerate(X)], 100)
    with pytest.raises(ValueError, match="different lengths, 30 to 49 samples"):
        RecordSMOTE(k_neighbors=2).fit_resample(ragged, y)
    with pytest.raises(ValueError, match=r"one sampling rate, got \[100.0, 500.0\] Hz"):
        RecordSMOTE(k_neighbors=2).fit_resample(ECGRecords(X, np.where(y, 100, 500)), y)
    with pytest.raises(ValueError, match="max_shift"):
        RecordSMOTE(max_shift=-1).fit_resample(X, y)
