import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.io import savemat

from skecg.datasets import fetch_cpsc2018, read_wfdb
from skecg.records import STANDARD_LEADS

DIAGNOSES = ["RBBB", "59118001,164889003", "Normal", "I-AVB", "426177001", "164884008"]
ROWS = [
    [0, 0, 0, 0, 1, 0, 0, 0, 0],
    [0, 1, 0, 0, 1, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],  # sinus bradycardia is not one of the nine classes
    [0, 0, 0, 0, 0, 0, 1, 0, 0],
]


@pytest.fixture
def home(tmp_path, write_record):
    for i, diagnosis in enumerate(DIAGNOSES, 1):
        comments = [
            f"Age: {40 + i}" if i != 2 else "Age: NaN",
            "Sex: Female" if i % 2 else "Sex: Male",
            f"Dx: {diagnosis}",
        ]
        folder = tmp_path / "training" / f"g{i // 4}"
        write_record(folder, f"A{i:04}", value=i, leads=STANDARD_LEADS, fs=500, n_times=3000 + i, suffix="mat",
                     comments=comments)  # fmt: skip
    return tmp_path


def test_wfdb_layout(home):
    cpsc2018 = fetch_cpsc2018(home, unlabelled="keep")
    assert cpsc2018.target_names == ["SNR", "AF", "IAVB", "LBBB", "RBBB", "PAC", "PVC", "STD", "STE"]
    assert_array_equal(cpsc2018.target, ROWS)
    metadata = cpsc2018.data.metadata
    assert metadata.index.tolist() == [f"A{i:04}" for i in range(1, 7)]
    assert_array_equal(metadata["age"], [41, np.nan, 43, 44, 45, 46])
    assert metadata["sex"].tolist() == ["female", "male"] * 3
    assert cpsc2018.data.lengths.tolist() == list(range(3001, 3007))
    some = fetch_cpsc2018(home, leads=["V6", "I"], fs=100, limit=5)
    assert some.data.leads == ("V6", "I")
    assert some.data.metadata.index.tolist() == ["A0001", "A0002", "A0003", "A0004", "A0006"]
    assert some.data.lengths.tolist() == [601, 601, 601, 601, 602]
    assert_array_equal(some.target, np.delete(ROWS, 4, axis=0))


def test_a_header_without_diagnosis_and_a_damaged_record(home):
    header = next(home.rglob("A0003.hea"))
    header.write_text(header.read_text().replace("#Dx", "#Rx"))
    with pytest.raises(ValueError, match=r"A0003\.hea gives no diagnosis"):
        fetch_cpsc2018(home)
    signal = next(home.rglob("A0001.mat"))
    signal.write_bytes(signal.read_bytes()[:99])
    with pytest.warns(UserWarning, match=r"Skipped 2 of 6 records.*A0003.*A0001"):
        cpsc2018 = fetch_cpsc2018(home, unlabelled="keep", on_error="warn")
    assert_array_equal(cpsc2018.target, np.delete(ROWS, [0, 2], axis=0))
    assert cpsc2018.data.metadata.index.tolist() == ["A0002", "A0004", "A0005", "A0006"]


@pytest.fixture
def original(tmp_path):
    """The MATLAB structures and the table of the original Challenge."""
    folder = tmp_path / "TrainingSet1"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in (1, 2, 3):
        ecg = {"sex": ["Male", "Female"][i % 2], "age": 50.0 + i, "data": rng.normal(size=(12, 3000 + i))}
        savemat(folder / f"A{i:04}.mat", {"ECG": ecg})
    (folder / "REFERENCE.csv").write_text(
        "Recording,First_label,Second_label,Third_label\nA0001,5,,\nA0002,2,5,\nA0003,1,,\n"
    )
    return tmp_path


def test_original_layout(original):
    cpsc2018 = fetch_cpsc2018(original)
    assert_array_equal(cpsc2018.target, ROWS[:3])
    assert cpsc2018.data.metadata["age"].tolist() == [51, 52, 53]
    assert cpsc2018.data.metadata["sex"].tolist() == ["female", "male", "female"]
    assert cpsc2018.data.lengths.tolist() == [3001, 3002, 3003]
    some = fetch_cpsc2018(original, leads=["avf"], fs=250, limit=2).data
    assert some.leads == ("aVF",)
    assert some.lengths.tolist() == [1501, 1501]
    (original / "TrainingSet1" / "A0002.mat").write_bytes(b"no matrix")
    with pytest.raises(ValueError, match=r"A0002\.mat is not an ECG of CPSC 2018"):
        fetch_cpsc2018(original)
    with pytest.warns(UserWarning, match=r"Skipped 1 of 3 records.*A0002"):
        assert_array_equal(fetch_cpsc2018(original, on_error="warn").target, [ROWS[0], ROWS[2]])
    (original / "TrainingSet1" / "REFERENCE.csv").unlink()
    with pytest.raises(ValueError, match=r"neither headers .* nor REFERENCE\.csv"):
        fetch_cpsc2018(original)


def test_another_folder(tmp_path):
    with pytest.raises(ValueError, match="is not a copy of the CPSC 2018 data set"):
        fetch_cpsc2018(tmp_path)


def test_real_records(real_folder):
    names = [f"A{number:04}" for number in range(1, 21)]
    home = real_folder("cpsc2018/Training_WFDB", names)
    cpsc2018 = fetch_cpsc2018(home)
    assert cpsc2018.data.metadata.index.tolist() == names
    assert (cpsc2018.target.sum(axis=1) >= 1).all()
    assert cpsc2018.data.leads == STANDARD_LEADS
    assert_array_equal(cpsc2018.data[6].signal, read_wfdb(home / "A0007.hea")[0].signal)
