import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets import fetch_hefei
from skecg.records import STANDARD_LEADS

LABELS = "1.txt\t68\tFEMALE\t窦性心律\t正常ECG\n2.txt\t\tMALE\t房性早搏\n3.txt\t41\t\t窦性心律\t\n"
FINDINGS = "房性早搏\n正常ECG\n窦性心律\nQRS低电压\n"
HEAD = "I\tII\tV1\tV2\tV3\tV4\tV5\tV6\n"


def write(folder, name, value, n_times=50):
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["\t".join(str(value * (lead + 1)) for lead in range(8)) for _ in range(n_times)]
    (folder / f"{name}.txt").write_text(HEAD + "\n".join(rows) + "\n")


@pytest.fixture
def home(tmp_path):
    tmp_path = tmp_path / "above" / "hefei"
    for name in "123":
        write(tmp_path / "hf_round1_train", name, 100 * int(name))
    (tmp_path / "hf_round1_label.txt").write_text(LABELS, "utf-8")
    (tmp_path / "hf_round1_arrythmia.txt").write_text(FINDINGS, "utf-8")
    return tmp_path


def test_layout(home):
    hefei = fetch_hefei(home)
    assert hefei.target_names == FINDINGS.split()
    assert_array_equal(hefei.target, [[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]])
    assert hefei.data.leads == ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    metadata = hefei.data.metadata
    assert metadata.index.tolist() == ["1", "2", "3"]
    assert_array_equal(metadata["age"], [68, np.nan, 41])
    assert metadata["sex"].tolist()[:2] == ["female", "male"]
    assert metadata["sex"].isna().tolist() == [False, False, True]
    assert_array_equal(hefei.data.fs, 500)
    assert_allclose(hefei.data.to_array()[:, :, 7], np.outer([1, 2, 3], np.arange(1, 9)) * 0.488, rtol=1e-6)


def test_twelve_leads(home):
    data = fetch_hefei(home, twelve_leads=True, limit=1).data
    assert data.leads == STANDARD_LEADS
    i, ii = 0.488, 0.976
    wanted = [i, ii, ii - i, -(i + ii) / 2, i - ii / 2, ii - i / 2, *(0.488 * np.arange(3, 9))]
    assert_allclose(data.to_array()[0, :, 0], wanted, rtol=0, atol=1e-6)
    some = fetch_hefei(home, leads=["V6", "avf"], fs=100, return_X_y=True)[0]
    assert some.leads == ("V6", "aVF")
    assert some.lengths.tolist() == [10] * 3
    with pytest.raises(ValueError, match=r"1\.txt: there is no lead V9"):
        fetch_hefei(home, leads=["V9"])


def test_rounds(home):
    write(home / "hf_round2_train", "1", 7)
    (home / "hf_round2_label.txt").write_text("1.txt\t50\tMALE\tQRS低电压\tB\n", "utf-8")
    hefei = fetch_hefei(home)
    assert hefei.target_names == ["B", "QRS低电压"]
    assert_allclose(hefei.data.to_array()[0, 0, 0], 7 * 0.00488, rtol=1e-6)
    assert len(fetch_hefei(home, round=1).data) == 3
    (home / "hf_round1_label.txt").unlink()
    with pytest.raises(ValueError, match=r"has no hf_round1_label\.txt"):
        fetch_hefei(home, round=1)


def test_records_anywhere_below_and_blanks_between_columns(home):
    (home / "hf_round1_train").rename(home / "data")
    path = home / "data" / "2.txt"
    path.write_text(path.read_text().replace("\t", " "))
    assert_allclose(fetch_hefei(home).data.to_array()[1, 0], 0.976, rtol=1e-6)


def test_damage(home):
    labels, record = home / "hf_round1_label.txt", home / "hf_round1_train" / "2.txt"
    intact = record.read_text()
    for text, message in (
        ("", "cannot be read"),
        (HEAD, "must have"),
        (HEAD + "1\tx\n", "cannot"),
        ("I\n1\n", "must have"),
    ):
        record.write_text(text)
        with pytest.raises(ValueError, match=rf"2\.txt {message}"):
            fetch_hefei(home)
        with pytest.warns(UserWarning, match=r"Skipped 1 of 3 records.*2\.txt"):
            assert_array_equal(fetch_hefei(home, on_error="warn").target, [[0, 1, 1, 0], [0, 0, 1, 0]])
    record.write_text(intact)
    for text, message in (
        (LABELS + "4.txt\t1\tMALE\t窦性心律\n", "gives a label to record 4, of which there is no"),
        (LABELS.replace("2.txt\t\tMALE\t房性早搏\n", ""), "gives no label to this record"),
        (LABELS.replace("2.txt", "1.txt"), "record 1 is there twice"),
        (LABELS.replace("房性早搏", "怪"), "line 2: gives record 2.txt the unknown findings 怪"),
        (LABELS.replace("\t房性早搏", ""), "line 2: gives record 2.txt no finding"),
        ("1.txt 68 FEMALE\n", "line 1: needs record, age, sex and findings"),
    ):
        labels.write_text(text, "utf-8")
        with pytest.raises(ValueError, match=message):
            fetch_hefei(home)
    labels.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ValueError, match=r"hf_round1_label\.txt cannot be read"):
        fetch_hefei(home)


def test_a_folder_too_high_or_too_low(home, tmp_path):
    for folder in (home / "hf_round1_train", home.parent):
        with pytest.raises(
            ValueError, match=rf"it has no hf_round.*{home.name} has one; give that folder as data_home"
        ):
            fetch_hefei(folder)


def test_another_folder(tmp_path):
    with pytest.raises(ValueError, match=r"is not a copy of the Hefei set: it has no hf_round.*as data_home\.$"):
        fetch_hefei(tmp_path)
