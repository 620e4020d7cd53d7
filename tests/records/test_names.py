"""Names of records, which are text in the index of the metadata."""

import pickle

import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecords
from skecg.preprocessing import Normalize


def make(index, **columns):
    table = pd.DataFrame(
        {"age": np.arange(len(index)) * 1.5, "patient_id": np.arange(len(index)), **columns}, index=index
    )
    return ECGRecords(np.arange(len(index) * 5.0).reshape(-1, 1, 5), 100, metadata=table)


def test_a_record_is_found_by_its_name():
    records = make(["A1", "A2", "A3"])
    record = records["A2"]
    assert record.name == "A2"
    assert record.metadata == {"age": 1.5, "patient_id": 1}
    assert type(record.metadata["patient_id"]) is int
    assert repr(record) == "ECGRecord('A2', 1 leads, 5 samples at 100 Hz; age=1.5, patient_id=1)"
    np.testing.assert_array_equal(record.signal, records[1].signal)
    assert records["A2", ...].name == "A2"


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pd.Index, lambda names: np.array(names, object)])
def test_a_list_of_names_selects_in_its_order(kind):
    chosen = make(["A1", "A2", "A3"])[kind(["A3", "A1", "A1"])]
    assert type(chosen) is ECGRecords
    assert chosen.metadata["patient_id"].tolist() == [2, 0, 0]
    assert chosen.metadata.index.tolist() == ["A3", "A1", "A1"]


def test_names_stay_with_their_records():
    records = make(["A1", "A2", "A3"])
    for view in (
        records[1:],
        records[[2, 1]],
        records[np.array([False, True, True])],
        pickle.loads(pickle.dumps(records)),
    ):
        assert view["A3"].metadata["patient_id"] == 2
        assert [record.name for record in view] == view.metadata.index.tolist()
    joined = ECGRecords.concatenate([records["A2"], records[0], records[2:]])
    assert joined.metadata.index.tolist() == ["A2", "A1", "A3"]
    assert records.with_signals(np.zeros((3, 1, 9)))["A3"].name == "A3"


def test_names_that_are_not_there_are_named_together():
    records = make([f"A{i}" for i in range(20)])
    with pytest.raises(KeyError, match=r"There is no record 'B'; the names are 'A0', 'A1', 'A2', \.\.\."):
        records["B"]
    with pytest.raises(KeyError, match=r"no record 'B0', 'B1', .*'B9' and 2 more; the names"):
        records[["A1", *(f"B{i}" for i in range(12))]]


def test_a_name_of_several_records_is_an_error_with_their_positions():
    records = make(["A1", "A2", "A1"])
    for key in ("A1", ["A2", "A1"]):
        with pytest.raises(KeyError, match=r"Several records have the same name: 'A1' at 0, 2\. Pass positions"):
            records[key]
    assert records["A2"].name == "A2"
    assert records[2].name == "A1"


def test_whole_numbers_are_positions():
    records = make([2, 1, 0])
    assert records[0].metadata["patient_id"] == 0
    assert records[0].name is None
    assert records[[2, 1]].metadata["patient_id"].tolist() == [2, 1]
    with pytest.raises(TypeError, match=r"have no names, which would stand in the index of records\.metadata"):
        records["2"]
    digits = make(["2", "1", "0"])
    assert digits["2"].metadata["patient_id"] == 0
    assert digits[2].name == "0"


def test_the_column_name_names_records_without_text_in_the_index():
    records = make(range(2), name=["p", "q"])
    assert records["q"].name == "q"
    assert make(["A1"], name=["Ada"])[0].name == "A1"
    assert make(range(2))[1].name is None


def test_records_with_and_without_names_can_be_joined():
    joined = ECGRecords.concatenate([make(["A1"]), make([0])])
    assert [record.name for record in joined] == ["A1", None]
    assert joined["A1"].name == "A1"


def test_messages_name_the_record():
    signals = np.zeros((2, 1, 5))
    signals[1, 0, 3] = np.nan
    records = make(["A1", "A2"]).with_signals(signals)
    with pytest.raises(ValueError, match=r"NaN: record 1 \('A2'\), lead 'lead 0', sample 3"):
        Normalize().fit(records)
    with pytest.raises(ValueError, match=r"^Record 0 \('A1'\) has an empty time axis"):
        Normalize().fit(records.with_signals(np.zeros((2, 1, 0))))
