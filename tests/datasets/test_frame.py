import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import records_from_frame


@pytest.fixture
def frame():
    signals = [np.full((2, 50 + i), float(i)) for i in range(3)]
    return pd.DataFrame({"age": [1, 2, 3], "hz": [100, 200, 250], "ecg": signals}, index=["a", "b", "c"])


def test_arrays_of_several_leads(frame):
    records = records_from_frame(frame, "ecg", fs="hz", leads=["I", "V1"])
    assert records.leads == ("I", "V1")
    assert_array_equal(records.fs, [100, 200, 250])
    assert records.lengths.tolist() == [50, 51, 52]
    assert_array_equal(records[2].signal, np.full((2, 52), 2))
    assert records.metadata.columns.tolist() == ["age"]
    assert records.metadata.index.tolist() == ["a", "b", "c"]


def test_one_lead_and_lists(frame):
    frame["ecg"] = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    records = records_from_frame(frame, "ecg", fs=100)
    assert_array_equal(records.to_array(), [[[1, 2]], [[3, 4]], [[5, 6]]])


def test_bad_input(frame):
    with pytest.raises(ValueError, match="has no column signal; its columns are age, hz, ecg"):
        records_from_frame(frame, fs=100)
    with pytest.raises(ValueError, match="has no column rate"):
        records_from_frame(frame, "ecg", fs="rate")
    with pytest.raises(TypeError, match=r"frame must be a pandas\.DataFrame, got dict"):
        records_from_frame({}, fs=100)
    frame.at["b", "ecg"] = "text"
    with pytest.raises(ValueError, match="Row 'b' of the table holds no array of numbers"):
        records_from_frame(frame, "ecg", fs=100)
    frame.at["b", "ecg"] = np.zeros((1, 2, 3))
    with pytest.raises(ValueError, match="Row 'b' of the table must hold an array"):
        records_from_frame(frame, "ecg", fs=100)
    frame.at["b", "ecg"] = np.zeros((3, 50))
    with pytest.raises(ValueError, match=r"record 1 has \(3, 50\)"):
        records_from_frame(frame, "ecg", fs=100)
