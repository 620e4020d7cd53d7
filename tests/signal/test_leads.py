import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.signal import mix_leads, resolve_leads

EIGHT = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"]
TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]


def test_eight_leads_to_twelve():
    signal = np.random.default_rng(0).normal(size=(3, 8, 20)).astype(np.float32)
    names, weights = resolve_leads(EIGHT, TWELVE)
    mixed = mix_leads(signal, weights)
    assert names == tuple(TWELVE) and mixed.shape == (3, 12, 20) and mixed.dtype == np.float32
    one, two, three, avr, avl, avf = mixed[:, :6].swapaxes(0, 1)
    assert_array_equal(mixed[:, 6:], signal[:, 2:])
    assert_allclose(three, two - one)
    assert_allclose(avr, -(one + two) / 2)
    assert_allclose(avl, one - two / 2, atol=1e-6)
    assert_allclose(avf, two - one / 2, atol=1e-6)
    assert_allclose(avr + avl + avf, 0, atol=1e-6)  # Goldberger


def test_a_lead_that_is_there_is_not_derived():
    _, weights = resolve_leads(["I", "II", "III"], ["III"])
    assert_array_equal(weights, [[0, 0, 1]])


def test_names_in_any_case_and_indices_in_any_order():
    names, weights = resolve_leads(["I", "II", "AVR", "V1"], [3, "avr", np.int64(0)])
    assert names == ("V1", "avr", "I")
    signal = np.arange(8.0).reshape(4, 2)
    assert_array_equal(mix_leads(signal, weights), signal[[3, 2, 0]])


def test_chosen_leads_keep_even_infinite_neighbours_away():
    signal = np.array([[1.0, 2.0], [np.inf, np.nan]])
    _, weights = resolve_leads(["I", "V1"], ["I"])
    assert_array_equal(mix_leads(signal, weights), [[1, 2]])


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        (["V9"], ValueError, "Unknown lead 'V9'; the leads are V1, V2"),
        (["aVF"], ValueError, "Unknown lead 'aVF'"),  # I and II are absent
        ([2], ValueError, "no lead 2: the indices of the 2 leads start at 0"),
        ([-1], ValueError, "no lead -1"),
        (["V1", "v1"], ValueError, "no lead twice"),
        ([0, "V1"], ValueError, "no lead twice"),
        ([], ValueError, "at least one"),
        ([1.0], TypeError, "a name or an index; got 1.0"),
        ([True], TypeError, "a name or an index"),
    ],
)
def test_unknown_leads(wanted, error, message):
    with pytest.raises(error, match=message):
        resolve_leads(["V1", "V2"], wanted)


def test_missing_leads_have_no_weights():
    signal = np.random.default_rng(0).normal(size=(2, 2, 20)).astype(np.float32)
    names, weights = resolve_leads(["V1", "Lead II"], TWELVE, missing="zeros")
    mixed = mix_leads(signal, weights)
    assert names == tuple(TWELVE)
    assert_array_equal(mixed[:, [6, 1]], signal)
    assert_array_equal(np.delete(mixed, [6, 1], axis=1), 0)


@pytest.mark.parametrize(
    ("available", "expected"),
    [(["ii"], [1]), (["MLII"], [1]), (["MLII", "II"], [0, 1]), (["mli", "MLII"], [0, 1]), (["ECG Lead ii"], [1])],
)
def test_names_of_lead_ii(available, expected):
    _, weights = resolve_leads(available, ["II"], missing="zeros")
    assert_array_equal(weights, [expected])


def test_no_lead_in_common():
    with pytest.raises(ValueError, match="None of the leads I, II is among the leads X, V1"):
        resolve_leads(["X", "V1"], ["I", "II"], missing="zeros")
