import numpy as np
import pytest

from skecg.datasets._dipole import DOWER
from skecg.signal import to_vectorcardiogram
from skecg.signal.vectorcardiogram import LEADS

DIPOLE = np.random.default_rng(0).normal(size=(3, 50))
SIGNAL = DOWER @ DIPOLE  # I, II, V1 ... V6
NAMES = ["I", "II", *LEADS[:6]]


def test_the_inverse_matrix_returns_the_dipole():
    np.testing.assert_allclose(to_vectorcardiogram(SIGNAL, NAMES, "dower"), DIPOLE, atol=0.05)


def test_the_matrix_of_kors_is_near():
    found = to_vectorcardiogram(SIGNAL, NAMES)
    for mine, true in zip(found, DIPOLE, strict=True):
        assert np.corrcoef(mine, true)[0, 1] > 0.85


def test_order_and_further_leads_do_not_matter():
    order = [3, 0, 7, 1, 2, 6, 5, 4]
    signal, names = np.vstack([SIGNAL[order], np.zeros((1, 50))]), [*(NAMES[k] for k in order), "aVR"]
    np.testing.assert_allclose(to_vectorcardiogram(signal[None], names)[0], to_vectorcardiogram(SIGNAL, NAMES))


def test_input_that_does_not_fit():
    with pytest.raises(ValueError, match="Unknown lead 'V6'"):
        to_vectorcardiogram(SIGNAL[:7], NAMES[:7])
    with pytest.raises(ValueError, match="'kors' or 'dower'; got 'frank'"):
        to_vectorcardiogram(SIGNAL, NAMES, "frank")
