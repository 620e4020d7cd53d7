from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.signal import location_and_scale, normalize, rescale


def minmax(x):
    return (x - x.min()) / (x.max() - x.min())


def robust(x):
    first, median, third = np.percentile(x, [25, 50, 75])
    return (x - median) / (third - first)


FORMULAS = {
    "zscore": lambda x: (x - x.mean()) / x.std(),
    "minmax": minmax,
    "robust": robust,
    "log": lambda x: np.log(1 + np.abs(x)),
    "l2": lambda x: x / np.sqrt((x**2).sum()),
    "none": lambda x: x,
}


@pytest.fixture
def signal():
    rng = np.random.default_rng(0)
    return (rng.standard_normal((4, 3, 501)) * [[1], [0.1], [30]] + [[0], [5], [-200]]).astype(np.float32)


@pytest.mark.parametrize("method", FORMULAS)
def test_formulas(signal, method):
    by_lead, by_record = (normalize(signal, method, per=per) for per in ("lead", "record"))
    assert by_lead.dtype == by_record.dtype == np.float32
    for record, out, whole in zip(signal.astype(np.float64), by_lead, by_record, strict=True):
        assert_allclose(out, [FORMULAS[method](lead) for lead in record], rtol=1e-4, atol=2e-5)
        assert_allclose(whole, FORMULAS[method](record), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("method", ["zscore", "minmax", "robust", "l2", "log"])
@pytest.mark.parametrize("per", ["lead", "record"])
def test_padding_counts_for_nothing(signal, method, per):
    padded = np.zeros((4, 3, 800), np.float32)
    lengths = [501, 500, 300, 501]
    for record, length in enumerate(lengths):
        padded[record, :, :length] = signal[record, :, :length]
    normalized = normalize(padded, method, per=per)
    for record, length in enumerate(lengths):
        expected = normalize(signal[record, :, :length], method, per=per)
        assert_allclose(normalized[record, :, :length], expected, rtol=1e-6, atol=1e-6)
        assert_array_equal(normalized[record, :, length:], 0)


@pytest.mark.parametrize("method", ["zscore", "minmax", "robust"])
def test_what_is_constant_becomes_zero(method, subtests):
    for value, dtype in product((0.0, 0.1, -7.3, 1e5), ("float32", "float64")):
        with subtests.test(value=value, dtype=dtype):
            assert_array_equal(normalize(np.full((2, 5000), value, dtype), method), np.zeros((2, 5000)))


def test_l2_of_nothing_is_nothing():
    assert_array_equal(normalize(np.zeros((2, 10)), "l2"), np.zeros((2, 10)))


def test_a_lead_that_is_all_but_constant_keeps_finite():
    signal = np.zeros((1, 1000), np.float32)
    signal[0, 500] = 1.0  # its quartiles are equal
    assert_array_equal(normalize(signal, "robust"), np.zeros((1, 1000)))
    assert np.isfinite(normalize(signal, "zscore")).all()


def test_small_signals_on_a_large_offset():
    lead = (1e-3 * np.sin(np.arange(5000) / 50) + 4).astype(np.float32)
    assert_allclose(normalize(lead[None])[0], FORMULAS["zscore"](lead.astype(np.float64)), atol=1e-3)


def test_integers_become_floats():
    assert_allclose(normalize(np.array([[1, 2, 3]]), "minmax"), [[0, 0.5, 1]])


def test_input_is_not_changed(signal):
    before = signal.copy()
    for method in FORMULAS:
        normalize(signal, method)
    assert_array_equal(signal, before)


@pytest.mark.parametrize(("method", "per"), [("z", "lead"), ("zscore", "dataset")])
def test_unknown_methods(signal, method, per):
    with pytest.raises(ValueError, match="method must be one of zscore, minmax, robust, log, l2, none and per"):
        normalize(signal, method, per=per)


def test_location_and_scale_rescale(signal):
    for method in ("zscore", "minmax", "robust", "l2"):
        assert_allclose(rescale(signal, *location_and_scale(signal, method)), normalize(signal, method), atol=1e-6)


@pytest.mark.parametrize("method", ["zscore", "minmax", "robust", "l2", "log"])
@pytest.mark.parametrize("per", ["lead", "record"])
def test_missing_leads_count_for_nothing(signal, method, per):
    there = np.array([[True, True, True], [False, True, False], [True, True, False], [False, True, False]])
    normalized = normalize(signal * there[..., None], method, per=per)
    for record, leads, out in zip(signal, there, normalized, strict=True):
        assert_allclose(out[leads], normalize(record[leads], method, per=per), rtol=1e-6, atol=1e-6)
        assert_array_equal(out[~leads], 0)
