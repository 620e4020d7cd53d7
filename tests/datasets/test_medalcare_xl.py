import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets import fetch_medalcare_xl
from skecg.records import STANDARD_LEADS

FILES = {
    "sinus/train/run_S65/000014": 1,
    "sinus/test/run_S62/000001": 2,
    "mi/LAD_0.3/train/run_S65/000003": 3,
    "mi/RCA_1.0/validation/run_S70/000009": 4,
    "lbbb/test/run_S62/000001": 5,
}


def write(path, value, n_times=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    signal = np.full((12, n_times), value) + np.arange(12)[:, None] / 100
    for variant, shift in (("filtered", 0), ("noise", 10), ("raw", 20)):
        np.savetxt(f"{path}_{variant}.csv", signal + shift, delimiter=",", fmt="%.6f")


@pytest.fixture
def home(tmp_path):
    for name, value in FILES.items():
        write(tmp_path / "MedalCare-XL" / "WP2_largeDataset_Noise" / name, value)
    (tmp_path / "MedalCare-XL" / "WP2_largeDataset_Noise" / "sinus" / "train" / "siginfo.csv").write_text("a,b\n")
    examples = tmp_path / "MedalCare-XL" / "WP2_largeDataset_Noise" / "mi" / "examples"
    write(examples / "000001", 9)
    return tmp_path / "MedalCare-XL"


def test_layout(home):
    found = fetch_medalcare_xl(home)
    assert found.target.tolist() == ["lbbb", "mi", "mi", "sinus", "sinus"]
    assert found.target_names == ["avblock", "fam", "iab", "lae", "lbbb", "mi", "rbbb", "sinus"]
    assert found.split.tolist() == ["test", "train", "validation", "test", "train"]
    assert found.data.leads == STANDARD_LEADS
    assert_array_equal(found.data.fs, 500)
    metadata = found.data.metadata
    assert metadata["patient_id"].tolist() == ["run_S62", "run_S65", "run_S70", "run_S62", "run_S65"]
    assert metadata["site"].tolist()[1:3] == ["LAD_0.3", "RCA_1.0"]
    assert metadata["site"].isna().tolist() == [True, False, False, True, True]
    assert metadata.index[0] == "WP2_largeDataset_Noise/lbbb/test/run_S62/000001"
    assert_allclose(found.data.to_array()[:, 3, 0], np.array([5, 3, 4, 2, 1]) + 0.03, rtol=1e-6)


def test_options(home):
    X, y = fetch_medalcare_xl(home.parent, subset="train", leads=["V6", "i"], fs=100, variant="raw", return_X_y=True)
    assert y.tolist() == ["mi", "sinus"]
    assert X.leads == ("V6", "I")
    assert X.lengths.tolist() == [20, 20]
    assert_allclose(X.to_array()[:, :, 10], [[23.11, 23.0], [21.11, 21.0]], rtol=1e-5)
    assert fetch_medalcare_xl(home, limit=2).target.tolist() == ["lbbb", "mi"]


def test_the_split_may_come_first(tmp_path):
    write(tmp_path / "train" / "sinus" / "000001", 1)
    write(tmp_path / "test" / "mi" / "LAD_1.0" / "000001", 2)
    found = fetch_medalcare_xl(tmp_path)
    assert found.target.tolist() == ["mi", "sinus"]
    assert found.split.tolist() == ["test", "train"]


def test_damage(home):
    path = next(home.rglob("lbbb/**/*_filtered.csv"))
    for text, message in (
        ("1,2\n3,x\n", "cannot be read as a table"),
        ("1,2\n3,4\n", "must hold 12 leads"),
        ("", "cannot"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=rf"000001_filtered\.csv {message}"):
            fetch_medalcare_xl(home)
        with pytest.warns(UserWarning, match=r"Skipped 1 of 5 records.*000001_filtered"):
            assert fetch_medalcare_xl(home, on_error="warn").split.tolist() == ["train", "validation", "test", "train"]


def test_another_folder(tmp_path):
    home = tmp_path / "a" / "b" / "c" / "d"
    home.mkdir(parents=True)
    with pytest.raises(ValueError, match=r"is not a copy of MedalCare-XL.*zenodo.*or set download_if_missing=True\."):
        fetch_medalcare_xl(home)
