import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skecg import ECGRecords
from skecg.datasets import describe, make_ecg

LEADS = ["I", "II", "V1"]


def waves(n=1, n_times=2000):
    """Smooth noise of about 1 mV without plateaus."""
    return np.cumsum(np.random.default_rng(0).normal(0, 0.02, (n, 3, n_times)), axis=2)


def look(signal, fs=200):
    return describe(ECGRecords(signal[None], fs, leads=LEADS)).records.iloc[0]


def test_a_sound_record():
    row = look(waves()[0])
    assert row["duration"] == 10
    assert row["fs"] == 200
    assert row["missing"] == 0
    assert row[["flat", "disconnected", "clipped", "implausible"]].tolist() == [""] * 4
    assert row["duplicate_of"] == -1


def test_flat_and_disconnected_leads():
    signal = waves()[0]
    signal[1] = 0.3
    signal[2, 500:700] = signal[2, 500]
    row = look(signal)
    assert row["flat"] == "II"
    assert row["disconnected"] == "V1"
    signal[2, 600] += 0.1  # two constant parts of half a second are too short
    assert look(signal)["disconnected"] == ""


@pytest.mark.parametrize("sign", [1, -1])
def test_clipped_leads(sign):
    signal = waves()[0]
    beats = 5 * np.sin(np.arange(2000) / 20)
    signal[0] = sign * beats
    assert look(signal)["clipped"] == ""
    signal[0] = np.minimum(sign * beats, 4.5) if sign > 0 else np.maximum(sign * beats, -4.5)
    assert look(signal)["clipped"] == "I"


def test_missing_samples():
    signal = waves()[0]
    signal[0, :30], signal[1, 0] = np.nan, np.inf
    row = look(signal)
    assert row["missing"] == pytest.approx(31 / 6000)
    assert np.isfinite(row["span"])


def test_units():
    assert look(1000 * waves()[0])["implausible"] == "too large"
    assert look(waves()[0] / 1000)["implausible"] == "too small"


def test_the_report_tells_units_and_turned_axes():
    assert "too large for mV, as microvolts are: 1 record (0)" in str(describe(ECGRecords(1000 * waves(), 200)))
    assert "too small for mV, as volts are: 1 record (0)" in str(describe(ECGRecords(waves() / 1000, 200)))
    report = str(describe(ECGRecords(waves().swapaxes(1, 2), 200)))
    assert "2000 leads: lead 0, lead 1" in report and len(report) < 600
    assert "shorter than a beat, as with leads and times turned: 1 record (0)" in report


def test_duplicates():
    signals = waves(4)
    signals[3] = signals[1]
    signals[2] = signals[1]
    signals[2, 0, 0] += 1e-3
    assert describe(ECGRecords(signals, 200, leads=LEADS)).records["duplicate_of"].tolist() == [-1, -1, -1, 1]


def test_labels_and_report():
    signals = [*waves(3), waves(1, 500)[0]]
    signals[1][2] = 0
    metadata = pd.DataFrame({"age": [1, np.nan, 3, 4], "sex": ["male"] * 4}, index=["a", "b", "c", "d"])
    records = ECGRecords(signals, [200, 200, 200, 100], leads=LEADS, metadata=metadata)
    description = describe(records, ["AF", "SR", "SR", "SR"])
    assert description.classes["count"].to_dict() == {"AF": 1, "SR": 3}
    assert description.classes["share"].to_dict() == {"AF": 0.25, "SR": 0.75}
    assert description.missing.to_dict() == {"age": 1, "sex": 0}
    assert description.records.index.tolist() == ["a", "b", "c", "d"]
    for line in (
        "4 records, 3 leads: I, II, V1",
        "Duration 5 to 10 s, median 10 s; rates 200 Hz (3), 100 Hz (1)",
        "AF: 1 (25.0%)",
        "Missing metadata: age 1",
        "flat: 1 record (b)",
    ):
        assert line in str(description)
    several = describe(records, np.eye(4, 2, dtype=int), target_names=["MI", "CD"])
    assert several.classes["count"].to_dict() == {"MI": 1, "CD": 1}
    assert describe(records).classes is None
    assert "Nothing suspicious" in str(describe(records[[0, 2]]))


def test_bad_input():
    records = ECGRecords(waves(2), 200, leads=LEADS)
    with pytest.raises(TypeError, match="must be ECGRecords, got ndarray"):
        describe(waves(2))
    with pytest.raises(ValueError, match="y has 3 rows for 2 records"):
        describe(records, [1, 2, 3])
    with pytest.raises(ValueError, match="must name the 2 columns of y, got 1"):
        describe(records, np.eye(2), target_names=["MI"])


def test_short_and_empty_records():
    records = ECGRecords([np.zeros((3, 1)), np.ones((3, 2))], 200, leads=LEADS)
    assert_array_equal(describe(records).records["flat"], ["I II V1"] * 2)
    assert len(describe(records[:0]).records) == 0


def test_exchanged_limb_electrodes():
    ecgs = make_ecg(6, classes=["NORM"], fs=100, duration=8, random_state=0).data
    signals = ecgs.to_array().copy()
    one, two = signals[0, 0].copy(), signals[0, 1].copy()
    signals[0, :6] = np.stack([-one, two - one, two, one - two / 2, -(one + two) / 2, two - one / 2])
    description = describe(ecgs.with_signals(signals))
    assert description.records["reversed"].tolist() == ["RA-LA"] + 5 * [""]
    assert "limb electrodes seem to be exchanged: 1 record" in str(description)
