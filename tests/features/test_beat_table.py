import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.features import beat_table
from skecg.signal import find_r_peaks

FS = 360
TIMES = np.arange(0.6, 29, 0.8)
EARLY = 12  # the beat that comes 0.3 s early


def bell(centre, width):
    return np.exp(-0.5 * ((np.arange(30 * FS) / FS - centre) / width) ** 2)


def normal(time):
    course = 0.15 * bell(time - 0.15, 0.02) + bell(time, 0.011) - 0.2 * bell(time + 0.03, 0.01)
    return course + 0.25 * bell(time + 0.28, 0.04)


def ventricular(time):
    return -1.6 * bell(time + 0.03, 0.045) + 0.4 * bell(time + 0.25, 0.04)


def record(odd=ventricular):
    """Return a sinus rhythm in two leads with one early beat, and the samples of all R peaks."""
    times = np.where(np.arange(len(TIMES)) == EARLY, TIMES - 0.3, TIMES)
    course = sum((odd if k == EARLY else normal)(time) for k, time in enumerate(times))
    noise = np.random.default_rng(0).normal(0, 0.01, (2, 30 * FS))
    return np.stack([course, 0.7 * course]) + noise, np.round(times * FS).astype(int)


@pytest.fixture(scope="module")
def table():
    return beat_table(record()[0], FS, record()[1])


def test_one_row_per_beat_and_the_same_columns_for_any_number_of_leads(table):
    signal, peaks = record()
    single = beat_table(signal[0], FS, peaks)
    assert len(table) == len(single) == len(peaks) and list(single.columns) == list(table.columns)
    assert table.shape[1] == 24
    np.testing.assert_allclose(table["r_peak"] * FS, peaks)
    np.testing.assert_allclose(single["qrs_correlation"], table["qrs_correlation"], atol=0.02)


def test_the_peaks_are_found_if_none_are_given():
    signal, _ = record()
    np.testing.assert_allclose(beat_table(signal, FS)["r_peak"], find_r_peaks(signal, FS) / FS)


def test_intervals_around_an_early_beat(table):
    row = table.loc[EARLY]
    assert row["rr_previous"] == pytest.approx(0.5, abs=0.004) and row["rr_next"] == pytest.approx(1.1, abs=0.004)
    assert row["rr_usual"] == pytest.approx(0.8, abs=0.004)
    assert row["rr_previous_ratio"] == pytest.approx(0.625, abs=0.01)
    assert row["rr_pair_ratio"] == pytest.approx(1, abs=0.01) and row["rr_change"] == pytest.approx(2.2, abs=0.02)
    assert table.loc[EARLY + 2, "rr_before_ratio"] == pytest.approx(1.375, abs=0.01)
    assert table["rr_irregularity"].max() < 0.01


def test_an_odd_beat_differs_from_the_usual_one(table):
    row, others = table.loc[EARLY], table.drop(index=EARLY)
    assert row["qrs_correlation"] < 0.5 and others["qrs_correlation"].min() > 0.95
    assert row["qrs_width_ratio"] > 1.3 and row["qrs_distance"] > 1 and row["qrs_area"] > 2 * others["qrs_area"].max()
    assert row["p_correlation"] < others["p_correlation"].min()
    assert row["qrs_repetition"] == -1 and others["qrs_repetition"].isna().all()  # no other odd beat
    assert table.loc[EARLY + 1, "qrs_correlation_before"] == row["qrs_correlation"]
    assert table.loc[EARLY - 1, "p_correlation_after"] == row["p_correlation"]


def test_the_height_is_in_the_unit_of_the_signal(table):
    signal, peaks = record()
    assert table["qrs_amplitude"].drop(index=EARLY).between(0.9, 1.3).all()
    double = beat_table(2 * signal, FS, peaks)
    np.testing.assert_allclose(double["qrs_amplitude"], 2 * table["qrs_amplitude"], rtol=1e-4)
    np.testing.assert_allclose(double["qrs_size_ratio"], table["qrs_size_ratio"], rtol=1e-3)


def test_what_needs_a_beat_beyond_the_ends_is_nan(table):
    first, last = table.iloc[0], table.iloc[-1]
    assert np.isnan(first[["rr_previous", "rr_previous_ratio", "rr_pair_ratio", "qrs_correlation_before"]]).all()
    assert np.isnan(last[["rr_next", "rr_next_ratio", "rr_change", "p_correlation_after"]]).all()
    assert table.drop(columns="qrs_repetition").iloc[2:-1].notna().all(axis=None)


def test_a_beat_that_an_end_cuts_has_no_shape():
    signal, peaks = record()
    cut = beat_table(signal[:, peaks[0] - 10 :], FS, peaks - peaks[0] + 10)
    assert np.isnan(cut.loc[0, ["qrs_correlation", "qrs_width", "p_distance"]].to_numpy(float)).all()
    assert cut.loc[1, ["qrs_correlation", "p_distance"]].notna().all()


def test_no_usual_p_wave_gives_nan_and_no_huge_numbers():
    """Without beats that resemble each other, nothing is a usual P wave."""
    signal = np.random.default_rng(0).normal(0, 0.2, (2, 30 * FS))
    table = beat_table(signal, FS, np.round(TIMES * FS).astype(int))
    assert table[["p_correlation", "p_distance"]].isna().all(axis=None)
    assert table.drop(columns="r_peak").abs().max().max() < 100


@pytest.mark.parametrize("n_beats", [0, 1, 2, 3])
def test_few_beats(n_beats):
    signal, peaks = record()
    table = beat_table(signal, FS, peaks[:n_beats])
    assert len(table) == n_beats and table.shape[1] == 24
    assert table["rr_usual"].isna().all()


@pytest.mark.parametrize("kind", ["PVC", "PAC"])
def test_early_beats_of_synthetic_hearts(kind):
    data = make_ecg(6, classes=[kind], leads=["II", "V1"], fs=FS, random_state=2).data
    tables = [beat_table(row.signal, row.fs) for row in data]
    early = [table.loc[table["rr_previous_ratio"].idxmin()] for table in tables]
    assert np.mean([row["rr_previous_ratio"] < 0.9 for row in early]) > 0.8
    odd = np.mean([row["qrs_correlation"] < 0.88 for row in early])
    assert odd > 0.8 if kind == "PVC" else odd < 0.2


def test_errors_name_what_is_wrong():
    signal, peaks = record()
    with pytest.raises(ValueError, match=r"\(n_leads, n_times\) or \(n_times,\); got \(1, 2, 10800\)"):
        beat_table(signal[None], FS, peaks)
    with pytest.raises(ValueError, match="ascending"):
        beat_table(signal, FS, peaks[::-1])
    with pytest.raises(ValueError, match="at least 50 Hz"):
        beat_table(signal, 20, peaks)
    with pytest.raises(ValueError, match="NaN"):
        beat_table(np.where(signal > 0.9, np.nan, signal), FS, peaks)
