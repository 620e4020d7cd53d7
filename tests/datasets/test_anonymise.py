import datetime
import hashlib
import hmac

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.datasets import anonymise, read_ecg, write_ecg


@pytest.fixture
def records():
    import pandas as pd

    table = pd.DataFrame(
        {
            "age": [93.0, 89.0, np.nan, 90.0],
            "sex": ["male", "female", None, "male"],
            "patient_id": ["Ada", "Bob", None, "Ada"],
            "time": [datetime.datetime(2020, 1, 1)] * 4,
            "device": ["serial 7"] * 4,
            "file": ["ada-1.xml", "bob.xml", "x.xml", "ada-2.xml"],
            "format": ["MUSE XML"] * 4,
            "name": ["Ada L."] * 4,
            "mrn": [1, 2, 3, 1],
            "af": [1, 0, 0, 1],
        },
        index=pd.Index(["ada-1", "bob", "x", "ada-2"], name="record"),
    )
    return ECGRecords(np.ones((4, 12, 50)), 500, metadata=table)


def test_nothing_names_a_patient(records):
    table = anonymise(records, key="secret", keep=["af"]).metadata
    assert list(table) == ["age", "sex", "patient_id", "file", "format", "af"]
    assert table["age"].tolist()[:2] + table["age"].tolist()[3:] == [90, 89, 90]
    assert table["af"].tolist() == [1, 0, 0, 1]
    text = table.to_csv().lower()
    assert not [word for word in ("ada", "bob", "2020", "serial", "xml,", "93") if word in text.replace("muse xml", "")]
    assert table["file"].tolist() == table.index.tolist()


def test_records_of_a_patient_stay_together(records):
    patients = anonymise(records, key="secret").metadata["patient_id"]
    assert patients.iloc[0] == patients.iloc[3] != patients.iloc[1]
    assert patients.isna().tolist() == [False, False, True, False]
    assert patients.iloc[0] == hmac.new(b"secret", b"patient:Ada", hashlib.sha256).hexdigest()[:16]
    assert anonymise(records[[3]], key=b"secret").metadata["patient_id"].iloc[0] == patients.iloc[0]
    assert anonymise(records, key="another").metadata["patient_id"].iloc[0] != patients.iloc[0]
    assert anonymise(records, key="secret").metadata.index.is_unique


def test_equal_names_of_records_stay_different(records):
    table = records.metadata.set_axis(["a", "a", "b", "a"])
    assert anonymise(records.with_metadata(table), key="secret").metadata.index.nunique() == 4


def test_signals_stay(records, tmp_path):
    hidden = anonymise(records, key="secret")
    np.testing.assert_array_equal(hidden.to_array(), records.to_array())
    written = b"".join(path.name.encode() + path.read_bytes() for path in write_ecg(hidden, tmp_path))
    assert not [word for word in (b"Ada", b"ada", b"bob", b"2020") if word in written]
    assert read_ecg(sorted(tmp_path.glob("*.hea"))).metadata["patient_id"].nunique() == 2


def test_arguments(records):
    with pytest.raises(ValueError, match="key must not be empty"):
        anonymise(records, key="")
    with pytest.raises(ValueError, match="keep names note; the columns are age, sex"):
        anonymise(records, key="secret", keep=["note"])
    with pytest.raises(TypeError, match="key"):
        anonymise(records)
