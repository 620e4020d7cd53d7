"""Q, R', notches, R progression and the end of P of beats with known waves."""

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.features import BeatFeatures

FS = 500
CHEST = ["V1", "V2", "V3", "V4", "V5", "V6"]
TIMES = np.arange(0.6, 9.5, 0.8)


def table_of(waves, fs=FS):
    """Return the row of a record of waves, {lead: [(centre in s from R, width in s, height in mV)]}."""
    time = np.arange(5000) / FS
    signals = np.zeros((len(waves), 5000))
    for signal, parts in zip(signals, waves.values(), strict=True):
        for centre, width, height in [*parts, (0.27, 0.04, 0.3)]:
            for beat in TIMES:
                signal += height * np.exp(-0.5 * ((time - beat - centre) / width) ** 2)
    records = ECGRecords(signals[None], FS, leads=list(waves))
    return BeatFeatures(columns="all").set_output(transform="pandas").fit_transform(records).iloc[0]


R = (0, 0.009, 1.0)
P = (-0.15, 0.02, 0.1)


def test_the_duration_of_q():
    row = table_of({"I": [P, (-0.03, 0.008, -0.3), R], "II": [P, (-0.036, 0.014, -0.4), R], "III": [P, R]})
    assert row["q_duration_III"] == 0
    assert row["q_duration_I"] == pytest.approx(0.025, abs=0.01)
    assert row["q_duration_II"] > row["q_duration_I"] + 0.006


def test_a_second_r_wave():
    late = (0.05, 0.009, 0.4)
    row = table_of({"V1": [P, R, (0.024, 0.008, -0.7), late], "V2": [P, R, (0.024, 0.008, -0.7)], "V6": [P, R]})
    assert row["r_prime_amplitude_V1"] == pytest.approx(0.4, abs=0.05)
    assert row["r_prime_amplitude_V2"] == row["r_prime_amplitude_V6"] == 0


def test_an_elevated_st_segment_is_no_second_r_wave():
    elevated = [(0.1 + 0.02 * k, 0.02, 0.25) for k in range(5)]
    row = table_of({"V1": [P, R, (0.024, 0.008, -0.7), *elevated], "II": [P, R]})
    assert row["r_prime_amplitude_V1"] == 0


def test_notches():
    notched = [P, (0, 0.008, 1.0), (0.03, 0.008, 0.9)]
    twice = [*notched, (0.06, 0.008, 0.8)]
    row = table_of({"I": notched, "II": [P, (-0.025, 0.006, -0.3), R, (0.025, 0.006, -0.4)], "V5": twice})
    assert (row["qrs_notches_I"], row["qrs_notches_II"], row["qrs_notches_V5"]) == (1, 0, 2)


def chest(heights):
    """Return the six chest leads with the given heights of R, each with an S of 1 mV less R."""
    return {lead: [P, (0, 0.009, r), (0.03, 0.009, r - 1)] for lead, r in zip(CHEST, heights, strict=True)}


@pytest.mark.parametrize(
    ("heights", "lead"),
    [([0.1, 0.2, 0.4, 0.6, 0.8, 0.9], 3.5), ([0.7, 0.5, 0.4, 0.3, 0.2, 0.2], 1), ([0.1] * 5 + [0.3], 7)],
)
def test_where_r_becomes_higher_than_s(heights, lead):
    assert table_of(chest(heights))["r_transition"] == pytest.approx(lead, abs=0.2)


def test_the_end_of_p_in_v1():
    waves = {"I": [(-0.15, 0.022, 0.15), R], "II": [(-0.15, 0.022, 0.2), R]}
    force = {}
    for depth in (0.0, 0.05, 0.15):
        row = table_of({**waves, "V1": [(-0.17, 0.01, 0.08), (-0.13, 0.014, -depth), R]})
        force[depth] = row["p_terminal_force_v1"]
    assert force[0.0] == 0
    assert force[0.05] == pytest.approx(0.05 * 2.15 * 2 * 0.014, rel=0.3)  # a bell is 4.3 widths wide at a tenth
    assert force[0.15] == pytest.approx(3 * force[0.05], rel=0.25)


def test_cornell_for_women():
    row = table_of({"aVL": [P, (0, 0.009, 0.8)], "V3": [P, (0, 0.009, 0.5), (0.03, 0.009, -0.9)]})
    assert row["cornell_product_women"] == pytest.approx((row["cornell_voltage"] + 0.6) * row["qrs_duration"])
    assert np.isnan(row[["r_transition", "p_terminal_force_v1"]].astype(float)).all()
