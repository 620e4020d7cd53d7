import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.signal import dataset_location_and_scale, streamed_quantiles

PARTS = {
    "normal": [np.random.default_rng(0).standard_normal((2, n)).astype(np.float32) for n in (1000, 1, 333)],
    "few values": [np.random.default_rng(1).integers(-2, 3, (1, 500)).astype(np.float32) for _ in range(3)],
    "signs and sizes": [np.array([[-1e30, -1.0, -1e-38, -0.0, 0.0, 1e-40, 2.0, 3e38]], np.float32)],
    "one value": [np.array([[5.0], [-5.0]], np.float32)],
    "offset": [(1e4 + np.random.default_rng(2).standard_normal((3, 4000))).astype(np.float32) for _ in range(4)],
}


@pytest.mark.parametrize("name", PARTS)
def test_quantiles_are_exact(name):
    parts = PARTS[name]
    q = [0, 0.1, 0.25, 0.5, 0.75, 0.99, 1]
    together = np.concatenate(parts, axis=1).astype(np.float64)
    assert_allclose(streamed_quantiles(lambda: iter(parts), q), np.quantile(together, q, axis=1), rtol=1e-12)


@pytest.mark.parametrize("name", ["normal", "few values", "one value", "offset"])
def test_statistics_are_those_of_all_parts_together(name):
    parts = PARTS[name]
    together = np.concatenate(parts, axis=1).astype(np.float64)
    first, median, third = np.quantile(together, [0.25, 0.5, 0.75], axis=1)
    expected = {
        "zscore": (together.mean(axis=1), together.std(axis=1)),
        "minmax": (together.min(axis=1), np.ptp(together, axis=1)),
        "robust": (median, third - first),
    }
    for method, (location, scale) in expected.items():
        found = dataset_location_and_scale(lambda: iter(parts), method)
        assert_allclose(found[0], location, rtol=1e-10, atol=1e-12)
        assert_allclose(found[1], scale, rtol=1e-10, atol=1e-12)
