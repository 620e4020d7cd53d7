import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets import fetch_ptbxl
from skecg.datasets._wfdb_header import call_wfdb

DATA = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ptbxl"
LEADS = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"]
needs_ptbxl = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings of PTB-XL in {DATA}")

STATEMENTS = """,description,diagnostic,form,rhythm,diagnostic_class,diagnostic_subclass
NORM,normal ECG,1.0,,,NORM,NORM
IMI,inferior MI,1.0,,,MI,IMI
AMI,anterior MI,1.0,,,MI,AMI
CLBBB,left bundle branch block,1.0,,,CD,CLBBB
NDT,non-diagnostic T abnormalities,1.0,1.0,,STTC,STTC
LVH,left ventricular hypertrophy,1.0,,,HYP,LVH
SR,sinus rhythm,,,1.0,,
PVC,ventricular premature complex,,1.0,,,
"""
TABLE = """ecg_id,patient_id,age,sex,height,scp_codes,report,strat_fold,filename_lr,filename_hr
1,15709.0,56.0,1,,"{'NORM': 100.0, 'SR': 0.0}","sinus, normal",3,records100/00000/00001_lr,records500/00000/00001_hr
2,13243.0,300.0,0,,"{'IMI': 0.0, 'AMI': 15.0, 'NDT': 50.0}",x,1,records100/00000/00002_lr,records500/00000/00002_hr
5,13243.0,,0,,"{'PVC': 100.0}",x,1,records100/00000/00005_lr,records500/00000/00005_hr
7,99.0,24.0,1,,"{'LVH': 100.0, 'CLBBB': 100.0}",x,10,records100/00000/00007_lr,records500/00000/00007_hr
"""


@pytest.fixture
def home(tmp_path):
    """A small folder in the layout of the full set."""
    home = tmp_path / "ptbxl"
    home.mkdir()
    (home / "ptbxl_database.csv").write_text(TABLE)
    (home / "scp_statements.csv").write_text(STATEMENTS)
    for number in (1, 2, 5, 7):
        for fs, kind in ((100, "lr"), (500, "hr")):
            folder = home / f"records{fs}" / "00000"
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{number:05}_{kind}"
            np.full((10 * fs, 12), number, "<i2").tofile(folder / f"{name}.dat")
            lines = [f"{name}.dat 16 1000.0(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS]
            (folder / f"{name}.hea").write_text("\n".join([f"{name} 12 {fs} {10 * fs}", *lines]))
    return home


def test_defaults(home):
    ptbxl = fetch_ptbxl(home)
    assert ptbxl.target_names == ["CD", "HYP", "MI", "NORM", "STTC"]
    assert_array_equal(ptbxl.target, [[0, 0, 0, 1, 0], [0, 0, 1, 0, 1], [1, 1, 0, 0, 0]])
    assert ptbxl.target.dtype.kind == "i"
    assert ptbxl.data.leads == ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    assert_array_equal(ptbxl.data.fs, 100)
    assert_array_equal(ptbxl.data.to_array()[:, 4, 17], np.float32([0.001, 0.002, 0.007]))
    assert_array_equal(ptbxl.fold, [3, 1, 10])
    assert "CC BY" in ptbxl.DESCR or "Creative Commons" in ptbxl.DESCR
    wanted = pd.DataFrame(
        {
            "age": [56.0, 90.0, 24.0],
            "sex": ["female", "male", "female"],
            "patient_id": [15709, 13243, 99],
            "strat_fold": [3, 1, 10],
        },
        index=pd.Index([1, 2, 7], name="ecg_id"),
    )
    pd.testing.assert_frame_equal(ptbxl.data.metadata, wanted)


@pytest.mark.parametrize(
    ("task", "names", "ids"),
    [
        ("subdiagnostic", ["AMI", "CLBBB", "IMI", "LVH", "NORM", "STTC"], [1, 2, 7]),
        ("diagnostic", ["AMI", "CLBBB", "IMI", "LVH", "NDT", "NORM"], [1, 2, 7]),
        ("form", ["NDT", "PVC"], [2, 5]),
        ("rhythm", ["SR"], [1]),
        ("all", ["AMI", "CLBBB", "IMI", "LVH", "NDT", "NORM", "PVC", "SR"], [1, 2, 5, 7]),
    ],
)
def test_tasks(home, task, names, ids):
    ptbxl = fetch_ptbxl(home, task=task)
    assert ptbxl.target_names == names
    assert ptbxl.data.metadata.index.tolist() == ids
    assert ptbxl.target.shape == (len(ids), len(names))
    assert (ptbxl.target.sum(axis=1) > 0).all()
    if task == "all":
        assert_array_equal(ptbxl.target[1], [1, 0, 1, 0, 1, 0, 0, 0])


def test_options(home):
    kept = fetch_ptbxl(home, unlabelled="keep")
    assert kept.data.metadata.index.tolist() == [1, 2, 5, 7]
    assert_array_equal(kept.target[2], 0)
    assert np.isnan(kept.data.metadata.loc[5, "age"])
    fast = fetch_ptbxl(home, fs=500, leads=["V6", "avr"], folds=[1, 10])
    assert fast.data.metadata.index.tolist() == [2, 7]
    assert fast.data.leads == ("V6", "aVR")
    assert_array_equal(fast.data.fs, 500)
    assert fast.data.to_array().shape == (2, 2, 5000)
    for fs in (50, 250):
        other = fetch_ptbxl(home, fs=fs).data
        assert_array_equal(other.fs, fs)
        np.testing.assert_allclose(other.to_array()[:, 0, 5], [0.001, 0.002, 0.007], rtol=1e-5)
    assert fetch_ptbxl(home, folds=3).data.metadata.index.tolist() == [1]
    X, y = fetch_ptbxl(home, limit=2, return_X_y=True)
    assert X.metadata.index.tolist() == [1, 2]
    assert y.shape == (2, 5)


def test_default_home(home, monkeypatch):
    monkeypatch.setenv("SKECG_DATA", str(home.parent))
    assert len(fetch_ptbxl().data) == 3
    monkeypatch.setenv("SKECG_DATA", str(home.parent / "nowhere"))
    with pytest.raises(ValueError, match=r"There is no folder .*nowhere.*https://physionet\.org"):
        fetch_ptbxl()


def test_folder_too_high_or_too_low(home, tmp_path_factory):
    with pytest.raises(ValueError, match=rf"it has no ptbxl_database\.csv\. {home} has one"):
        fetch_ptbxl(home.parent)
    with pytest.raises(ValueError, match=rf"it has no ptbxl_database\.csv\. {home} has one"):
        fetch_ptbxl(home / "records100")
    with pytest.raises(ValueError, match=r"is not a copy of PTB-XL: it has no ptbxl_database\.csv\. Download"):
        fetch_ptbxl(tmp_path_factory.mktemp("a") / ".")


@pytest.mark.parametrize(("fs", "name"), [(100, "00002_lr"), (500, "00002_hr")])
@pytest.mark.parametrize("suffix", [".hea", ".dat"])
def test_missing_file(home, fs, name, suffix):
    (home / f"records{fs}/00000/{name}{suffix}").unlink()
    with pytest.raises(ValueError, match=rf"{name}\{suffix}"):
        fetch_ptbxl(home, fs=fs)
    with pytest.warns(UserWarning, match=rf"Skipped 1 of 3 records.*{name}\{suffix}"):
        ptbxl = fetch_ptbxl(home, fs=fs, on_error="warn")
    assert ptbxl.data.metadata.index.tolist() == [1, 7]
    assert_array_equal(ptbxl.target, [[0, 0, 0, 1, 0], [1, 1, 0, 0, 0]])
    assert_array_equal(ptbxl.fold, [3, 10])
    assert_array_equal(ptbxl.data.to_array()[:, 0, 0], np.float32([0.001, 0.007]))


def test_truncated_signal(home):
    path = home / "records100/00000/00007_lr.dat"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(ValueError, match=r"00007_lr\.dat: the signal file of record 00007_lr is cut short"):
        fetch_ptbxl(home)


def test_broken_tables(home):
    table, statements = home / "ptbxl_database.csv", home / "scp_statements.csv"
    table.write_text(TABLE.replace("scp_codes", "codes"))
    with pytest.raises(ValueError, match=r"ptbxl_database\.csv.*lacks the columns scp_codes"):
        fetch_ptbxl(home)
    table.write_text(TABLE.replace("\n5,", "\n2,"))
    with pytest.raises(ValueError, match="ecg_id 2 is there twice"):
        fetch_ptbxl(home)
    table.write_text("")
    with pytest.raises(ValueError, match=r"ptbxl_database\.csv cannot be read as a table"):
        fetch_ptbxl(home)
    table.write_text(TABLE)
    statements.write_text(STATEMENTS.replace("diagnostic_class", "class"))
    with pytest.raises(ValueError, match=r"scp_statements\.csv.*lacks the columns diagnostic_class"):
        fetch_ptbxl(home)
    statements.unlink()
    with pytest.raises(ValueError, match=r"scp_statements\.csv is missing"):
        fetch_ptbxl(home)


def test_bad_parameters(home):
    with pytest.raises(ValueError, match="task"):
        fetch_ptbxl(home, task="superclass")
    with pytest.raises(ValueError, match="fs"):
        fetch_ptbxl(home, fs=0)
    with pytest.raises(ValueError, match=r"folds=\[4\] asks for folds that are not there; there are \[1, 3, 10\]"):
        fetch_ptbxl(home, folds=[4])
    with pytest.raises(ValueError, match="there is no lead V7"):
        fetch_ptbxl(home, leads=["V7"])


@needs_ptbxl
@pytest.mark.parametrize(
    ("task", "n_labels"),
    [("superdiagnostic", 5), ("subdiagnostic", 23), ("diagnostic", 44), ("form", 19), ("rhythm", 12), ("all", 71)],
)
def test_real_labels(task, n_labels):
    ptbxl = fetch_ptbxl(DATA, task=task, folds=9, limit=300)
    assert ptbxl.target.shape == (300, n_labels)
    assert set(np.unique(ptbxl.target)) == {0, 1}
    assert ptbxl.target_names == sorted(ptbxl.target_names)


@needs_ptbxl
def test_real_records_equal_rdsamp():
    ptbxl = fetch_ptbxl(DATA, unlabelled="keep", folds=[9])
    table = pd.read_csv(DATA / "ptbxl_database.csv", index_col="ecg_id")
    table = table[table["strat_fold"] == 9]
    assert ptbxl.data.metadata.index.tolist() == table.index.tolist()
    assert set(ptbxl.data.metadata["sex"]) == {"male", "female"}
    assert ptbxl.data.metadata["age"].max() == 90
    for i in range(0, len(table), 50):
        signal = call_wfdb("rdsamp", str(DATA / table["filename_lr"].iloc[i]))[0].T.astype(np.float32)
        assert_array_equal(ptbxl.data[i].signal, signal)
