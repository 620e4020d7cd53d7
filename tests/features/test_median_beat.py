import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_union

from skecg import ECGRecords
from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.features import BeatFeatures, MedianBeat

FS = 500


def table_of(records, **params):
    return MedianBeat(**params).set_output(transform="pandas").fit_transform(records)


def trains(*heights, fs=FS):
    """Return a record with one lead for each height: a beat every 0.8 s, a narrow wave and 0.3 s later a wide wave."""
    time = np.arange(10 * fs) / fs
    shape = sum(
        np.exp(-0.5 * ((time - beat) / 0.01) ** 2) + 0.25 * np.exp(-0.5 * ((time - beat - 0.3) / 0.04) ** 2)
        for beat in np.arange(0.6, 9.5, 0.8)
    )
    return ECGRecords(np.stack([height * shape for height in heights])[None], fs, leads=["I", "V2"][: len(heights)])


def test_the_columns_hold_the_waves_at_their_times():
    records = trains(1.0, -2.0)
    row, mean = table_of(records).iloc[0], records.to_array()[0].mean(axis=1)  # the high-pass removes the mean
    assert row["I 0 ms"] == pytest.approx(1.0 - mean[0], abs=0.01)
    assert row["V2 0 ms"] == pytest.approx(-2.0 - mean[1], abs=0.02)
    assert row["I 320 ms"] - row["I 200 ms"] == pytest.approx(0.25 * np.exp(-0.125), abs=0.03)
    assert abs(row["I -200 ms"]) < 0.1


def test_the_columns_are_named_in_order_of_lead_and_time():
    names = MedianBeat(before=0.1, after=0.1, rate=20).fit(trains(1, 1)).get_feature_names_out().tolist()
    assert names == ["I -100 ms", "I -50 ms", "I 0 ms", "I 50 ms", "V2 -100 ms", "V2 -50 ms", "V2 0 ms", "V2 50 ms"]


@pytest.mark.parametrize("rate", [7.0, 25, 100, 333.3, 500])
def test_the_peak_is_among_the_samples_at_any_rate(rate):
    table = table_of(trains(1.0), rate=rate)
    assert table["I 0 ms"].iloc[0] == table.iloc[0].max()
    assert len(set(table.columns)) == table.shape[1] == pytest.approx(1.1 * rate, abs=1.5)


def test_one_extra_beat_changes_nothing():
    records = trains(1.0)
    signals = records.to_array().copy()
    signals[0, 0, 2150:2250] += 3 * np.hanning(100)  # a wide, premature beat
    np.testing.assert_allclose(table_of(ECGRecords(signals, FS, leads=["I"])), table_of(records), atol=0.12)


def test_rates_give_nearly_the_same_table():
    found = [table_of(trains(1.0, 0.5, fs=fs)) for fs in (250, 500, 1000)]
    np.testing.assert_allclose(found[0], found[1], atol=0.1)
    np.testing.assert_allclose(found[2], found[1], atol=0.1)


def test_records_without_beats_are_nan():
    flat = ECGRecords(np.zeros((1, 2, 5000)), FS, leads=["I", "II"])
    assert table_of(flat).isna().all(axis=None)


def test_it_stands_beside_the_measures():
    ecg = make_ecg(6, leads=["II", "V1"], random_state=0)
    both = make_union(BeatFeatures(), MedianBeat()).set_output(transform="pandas").fit_transform(ecg.data)
    peak = both["medianbeat__II 0 ms"]
    assert peak.notna().all() and (peak <= both["beatfeatures__r_amplitude_II"].fillna(np.inf) + 0.05).all()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"rate": 501}, "'rate' parameter of MedianBeat must be a float in the range"),
        ({"before": -0.1}, "'before' parameter of MedianBeat"),
        ({"after": 0.001}, "'after' parameter of MedianBeat"),
        ({"fs": 40}, "MedianBeat needs 50 Hz or more; got fs=40 Hz"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        MedianBeat(**({"fs": 500} | params)).fit(np.zeros((2, 1, 5000)))


def test_bundle_branch_blocks_of_ptbxl_look_as_they_should():
    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ptbxl"
    if not (home / "ptbxl_database.csv").exists():
        pytest.skip("needs PTB-XL")
    ptbxl = fetch_ptbxl(home, task="diagnostic", fs=100, folds=[9])
    names = list(ptbxl.target_names)
    table = table_of(ptbxl.data).groupby(
        np.select([ptbxl.target[:, names.index(name)] == 1 for name in ("CLBBB", "CRBBB")], ["left", "right"], "none")
    )
    assert table["V1 0 ms"].median()["left"] < -0.3  # rS or QS
    assert table["V1 40 ms"].median()["right"] > 0.3  # R'
    assert table["I 40 ms"].median()["left"] > 0.2 > 0 > table["I 40 ms"].median()["right"]  # a slurred R, a wide S
