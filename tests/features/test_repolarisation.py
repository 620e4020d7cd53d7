"""Angles between QRS and T, and the dispersion of the ends of T, of dipoles with known directions."""

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.datasets._dipole import DOWER
from skecg.features import BeatFeatures
from skecg.records import STANDARD_LEADS

FS = 500
LEADS = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"]
TIMES = np.arange(0.6, 9.5, 0.8)


def bell(centre, width):
    time = np.arange(5000) / FS
    return sum(np.exp(-0.5 * ((time - beat - centre) / width) ** 2) for beat in TIMES)


def table_of(signals, leads):
    records = ECGRecords(np.asarray(signals)[None], FS, leads=leads)
    return BeatFeatures(columns="all").set_output(transform="pandas").fit_transform(records).iloc[0]


@pytest.mark.parametrize(("t", "angle"), [((1, 0, 0), 0), ((0, 1, 0), 90), ((-1, 0, 0), 180), ((1, 0, 1), 45)])
def test_the_spatial_angle(t, angle):
    signals = DOWER @ np.array([[1.0], [0], [0]]) * bell(0, 0.011) + DOWER @ np.array(t)[:, None] * 0.3 * bell(
        0.28, 0.04
    )
    row = table_of(signals, LEADS)
    assert row["qrs_t_angle_spatial"] == pytest.approx(angle, abs=20)  # the matrices of Kors and Dower differ
    if not t[2]:
        assert row["qrs_t_angle"] == pytest.approx(angle, abs=20)


def test_the_frontal_angle_is_at_most_180():
    row = table_of(
        [-0.9 * bell(0, 0.011) - 0.2 * bell(0.28, 0.04), 0.4 * bell(0, 0.011) - 0.2 * bell(0.28, 0.04)], ["I", "aVF"]
    )
    apart = abs(row["qrs_axis"] - row["t_axis"])
    assert apart > 180 and row["qrs_t_angle"] == pytest.approx(360 - apart)
    assert np.isnan(row["qrs_t_angle_spatial"]) and np.isnan(row["qt_dispersion"])


@pytest.mark.parametrize("spread", [0.0, 0.03, 0.06])
def test_the_dispersion_of_qt(spread):
    heights = np.linspace(0.2, 0.5, 12)
    shifts = np.linspace(-spread / 2, spread / 2, 12)
    signals = [bell(0, 0.011) + h * bell(0.28 + s, 0.04) for h, s in zip(heights, shifts, strict=True)]
    row = table_of(signals, STANDARD_LEADS)
    assert row["qt_dispersion"] == pytest.approx(spread, abs=0.008)
    assert (row["t_confidence"] > 0.9) == (spread < 0.05)


def test_low_t_waves_have_no_dispersion():
    signals = [bell(0, 0.011) + h * bell(0.28, 0.04) for h in [0.3] * 5 + [0.02] * 7]
    row = table_of(signals, STANDARD_LEADS)
    assert np.isnan(row["qt_dispersion"]) and row["t_confidence"] == pytest.approx(5 / 12)
