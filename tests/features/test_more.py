"""The columns that `BeatFeatures(columns="all")` adds."""

import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.features import BeatFeatures

FS = 500


def tables(X, **params):
    standard, every = (
        BeatFeatures(fs=FS, columns=columns, **params).set_output(transform="pandas").fit_transform(X)
        for columns in ("standard", "all")
    )
    return standard, every


@pytest.fixture(scope="module")
def measured():
    return tables(make_ecg(12, classes=["NORM"], fs=FS, random_state=0).data.to_array())


def test_the_standard_columns_stay_as_they_are(measured):
    standard, every = measured
    np.testing.assert_array_equal(every[standard.columns], standard)
    assert list(every.columns[: standard.shape[1]]) == list(standard.columns)


def test_corrected_qt_is_qt_at_sixty_beats_per_minute(measured):
    _, table = measured
    qt, rr = table["qt_interval"], table["rr_median"]
    np.testing.assert_allclose(table["qtc_framingham"], qt + 0.154 * (1 - rr))
    np.testing.assert_allclose(table["qtc_hodges"], qt + 0.00175 * (60 / rr - 60))
    near = (rr - 1).abs() < 0.02
    for name in ("qtc_bazett", "qtc_fridericia", "qtc_framingham", "qtc_hodges"):
        np.testing.assert_allclose(table[name][near], qt[near], atol=0.01)


def test_parts_of_repolarisation_agree(measured):
    _, table = measured
    np.testing.assert_allclose(table["jt_interval"], table["qt_interval"] - table["qrs_duration"])
    assert table["t_peak_end"].between(0.03, 0.15).all()


def st_record(levels, slope=0.0):
    """Return a record with an ST segment of these levels in mV, one lead each, which changes by `slope` mV/s."""
    times = np.arange(10 * FS) / FS
    course = np.zeros_like(times)
    shape = np.zeros_like(times)
    for r in np.arange(0.5, 10, 0.9):
        course += np.exp(-0.5 * ((times - r) / 0.01) ** 2) + 0.3 * np.exp(-0.5 * ((times - r - 0.34) / 0.03) ** 2)
        course += 0.1 * np.exp(-0.5 * ((times - r + 0.16) / 0.02) ** 2)
        inside = (times > r + 0.03) & (times < r + 0.24)
        shape += inside * (1 + slope * (times - r - 0.03))
    return np.stack([course + level * shape for level in levels])[None]


def test_st_levels_are_those_of_the_signal():
    _, table = tables(st_record([0.2, 0.0, -0.1]))
    for name in ("st_j20", "st_j40", "st_j60", "st_j80"):
        found = [table[f"{name}_lead {k}"][0] for k in range(3)]
        np.testing.assert_allclose(np.subtract(found, found[1]), [0.2, 0, -0.1], atol=0.03)


def test_the_slope_of_st_is_that_of_the_signal():
    _, flat = tables(st_record([0.2, 0.0]))
    _, steep = tables(st_record([0.2, 0.0], slope=5.0))
    assert steep["st_slope_lead 0"][0] - flat["st_slope_lead 0"][0] == pytest.approx(1.0, abs=0.25)


def test_voltages_follow_from_the_amplitudes(measured):
    _, table = measured
    depth = {lead: -np.minimum(table[f"q_amplitude_{lead}"], table[f"s_amplitude_{lead}"]) for lead in ("V1", "V3")}
    r = {lead: table[f"r_amplitude_{lead}"] for lead in ("V5", "V6", "aVL")}
    np.testing.assert_allclose(table["sokolow_lyon"], depth["V1"] + np.maximum(r["V5"], r["V6"]))
    np.testing.assert_allclose(table["cornell_voltage"], r["aVL"] + depth["V3"])
    np.testing.assert_allclose(table["cornell_product"], table["cornell_voltage"] * table["qrs_duration"])


def test_absent_leads_are_nan():
    X = make_ecg(2, classes=["NORM"], fs=FS, leads=["I", "II"], random_state=0).data.to_array()
    _, table = tables(X, leads=["I", "II"])
    assert table[["sokolow_lyon", "cornell_voltage", "cornell_product"]].isna().all(axis=None)
