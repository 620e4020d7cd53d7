from pathlib import Path

import numpy as np
import pytest
import torch

from skecg.datasets import make_ecg
from skecg.features import BeatFeatures, _wave_network, wave_table
from skecg.networks._waves import WaveNetwork
from skecg.signal import FIDUCIALS

LEADS = ["I", "II", "V5"]


@pytest.fixture(scope="module")
def record():
    return make_ecg(1, classes=["NORM"], fs=500, leads=LEADS, random_state=1).data[0]


@pytest.fixture(scope="module")
def table(record):
    return wave_table(record.signal, record.fs, record.leads, delineation="network")


def marks(table, lead="all"):
    return table[table["lead"] == lead][list(FIDUCIALS)].to_numpy()


def test_network_and_rules_agree_on_a_clear_record(record, table):
    rules = wave_table(record.signal, record.fs, record.leads)
    assert list(table.columns) == list(rules.columns)
    assert table[["beat", "lead", "r_peak"]].equals(rules[["beat", "lead", "r_peak"]])
    difference = marks(table)[1:-1] - marks(rules)[1:-1]
    assert np.isfinite(difference).all()
    assert np.abs(np.median(difference, axis=0)).max() < 0.025
    assert (np.diff(marks(table)[1:-1], axis=1) > 0).all()


def test_the_order_of_the_leads_does_not_matter(record, table):
    turned = wave_table(record.signal[::-1], record.fs, record.leads[::-1], delineation="network")
    for lead in ("all", *LEADS):
        np.testing.assert_allclose(marks(turned, lead), marks(table, lead), atol=1e-4)


def test_a_lead_learns_from_the_others(record, table):
    noisy = record.signal.copy()
    noisy[1] = 0.2 * noisy[1] + 0.05 * np.random.default_rng(0).normal(size=noisy.shape[1])
    alone = marks(wave_table(noisy[1:2], record.fs, ["II"], delineation="network"), "II")
    found = marks(wave_table(noisy, record.fs, LEADS, delineation="network"), "II")
    with_others, without = (np.nan_to_num(times - marks(table, "II"), nan=1)[1:-1, 0] for times in (found, alone))
    assert np.median(np.abs(with_others)) < 0.03 < np.median(np.abs(without))  # P is lost without them


def test_no_p_in_fibrillation():
    made = make_ecg(1, classes=["AF"], fs=500, random_state=3).data[0]
    table = wave_table(made.signal, made.fs, delineation="network")
    assert table["p_onset"].isna().mean() > 0.9
    assert table["qrs_onset"].notna().mean() > 0.9


def test_blocks_of_beats(record, table, monkeypatch):
    monkeypatch.setattr(_wave_network, "BLOCK", 4)
    again = wave_table(record.signal, record.fs, record.leads, delineation="network")
    assert len(again) == len(table)
    np.testing.assert_allclose(np.nanmedian(marks(again) - marks(table), axis=0), 0, atol=0.006)


def test_a_record_without_beats_has_no_rows():
    assert len(wave_table(np.zeros((2, 2000)), 500, delineation="network")) == 0


def test_a_wrong_name_says_which_there_are(record):
    with pytest.raises(ValueError, match=r"delineation must be one of \('rules', 'network'\); got 'both'"):
        wave_table(record.signal, record.fs, delineation="both")


def test_intervals_of_the_median_beat():
    records = make_ecg(4, classes=["NORM", "AF"], fs=500, random_state=0).data
    rules, network = (BeatFeatures(delineation=way).set_output(transform="pandas") for way in ("rules", "network"))
    expected, found = rules.fit_transform(records), network.fit_transform(records)
    assert list(found.columns) == list(expected.columns)
    assert found.isna().equals(expected.isna())
    assert np.abs(found["qrs_duration"] - expected["qrs_duration"]).max() < 0.03
    assert np.abs(found["qt_interval"] - expected["qt_interval"]).max() < 0.05
    assert found["r_amplitude_II"].to_numpy() == pytest.approx(expected["r_amplitude_II"].to_numpy(), abs=0.05)


def test_median_beats_without_a_beat_stay_nan():
    beats = np.full((2, 3, 550), np.nan, np.float32)
    missing = {name: np.full(2, np.nan) for name in FIDUCIALS}
    assert all(np.isnan(values).all() for values in _wave_network.place_medians(beats, missing).values())


def test_weights_and_their_source_are_in_the_package():
    assert _wave_network.WEIGHTS.stat().st_size < 1e6
    licence = Path(_wave_network.__file__).with_name("wave_network.LICENSE.txt").read_text()
    assert "LUDB" in licence and "Open Data Commons Attribution License" in licence


def test_any_number_of_leads_and_waves():
    torch.manual_seed(0)
    scores, logits = WaveNetwork(4, 6, 2, widths=(4, 6, 8)).eval()(torch.randn(2, 7, 4, 32))
    assert scores.shape == (2, 7, 6, 16) and logits.shape == (2, 7, 2)
