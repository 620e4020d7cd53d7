"""Models that were trained with subsets of the leads, and records that have such subsets."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.cli import main
from skecg.datasets import make_ecg, write_ecg
from skecg.inspection import saliency, seen_samples
from skecg.persistence import OverlapCheck
from skecg.preprocessing import ECGFilter, Normalize, SelectLeads
from skecg.records import STANDARD_LEADS

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(12, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)


@pytest.fixture(scope="module")
def model(ecgs):
    steps = SelectLeads(STANDARD_LEADS, missing="zeros"), ECGFilter(), Normalize("minmax", per="dataset")
    network = EEGNetClassifier(max_epochs=2, augment="lead_subset", random_state=0)
    return make_pipeline(*steps, network).fit(ecgs.data, ecgs.target)


@pytest.fixture(scope="module")
def path(model, ecgs, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "fewer.skecg"
    skecg.save(model, path, X=ecgs.data, y=ecgs.target)
    return path


def only(records, leads, names=None):
    rows = [STANDARD_LEADS.index(lead) for lead in leads]
    return records.with_signals(records.to_array()[:, rows], leads=names or leads)


@pytest.mark.parametrize(
    ("leads", "names"),
    [
        (STANDARD_LEADS[::-1], None),
        (EIGHT, None),
        (STANDARD_LEADS[:6], None),
        (("II", "V5"), ("MLII", "V5")),
        (("II",), ("lead ii",)),
        (("aVR",), None),
    ],
)
@pytest.mark.filterwarnings("ignore:The records have the leads")
def test_a_loaded_model_takes_the_leads_that_there_are(leads, names, model, path, ecgs):
    records = only(ecgs.data, leads, names)
    seen = model[:-1].transform(records).to_array()
    there = seen.any(axis=(0, 2))
    limb = STANDARD_LEADS[:6] if {"I", "II"} <= set(leads) else ()
    assert set(leads) | set(limb) == {lead for lead, is_there in zip(STANDARD_LEADS, there, strict=True) if is_there}
    assert_allclose(seen[:, there], model[:-1].transform(ecgs.data).to_array()[:, there], atol=1e-5)
    assert_array_equal(skecg.load(path).predict_proba(records), model.predict_proba(records))


def test_the_leads_that_are_absent_are_named(path, ecgs):
    loaded = skecg.load(path)
    with pytest.warns(UserWarning, match=r"the leads II, I; the model sees zeros in place of V1, V2, V3, V4, V5, V6\."):
        loaded.predict(only(ecgs.data, ("II", "I")))
    with pytest.raises(ValueError, match=r"the records have CM5\. None of the leads I, .* is among the leads CM5\."):
        loaded.predict(only(ecgs.data, ("V5",), ("CM5",)))
    with pytest.raises(ValueError, match="The model was fitted on the leads"):
        skecg.load(path, on_mismatch="raise").predict(only(ecgs.data, ("II",)))
    with pytest.raises(ValueError, match="None of the leads"):
        loaded[1:].predict(only(ecgs.data, ("V5",), ("CM5",)))
    with pytest.raises(ValueError, match="X has 3 leads, but SelectLeads was fitted on 12"):
        loaded.predict(ecgs.data.to_array()[:, :3])


@pytest.mark.filterwarnings("ignore:The records have the leads")
def test_the_quality_is_that_of_the_leads_that_there_are(path, ecgs):
    loaded = skecg.load(path)
    table = skecg.predict_table(loaded, only(ecgs.data, ("II",)))
    assert table["quality"].eq("").all() and table["prediction"].notna().all()
    flat = ecgs.data.with_signals(np.zeros((12, 2, 400)), leads=["II", "V5"])
    table = skecg.predict_table(loaded, flat)
    assert table["quality"].eq("flat: all leads").all() and table["prediction"].isna().all()


@pytest.mark.filterwarnings("ignore:The records have the leads")
def test_an_explanation_fits_the_leads_that_there_are(path, ecgs):
    loaded, records = skecg.load(path), only(ecgs.data[:2], ("V5", "II"))
    assert saliency(loaded, records).shape == (2, 2, 400)
    assert seen_samples(loaded, records).all()


def test_the_command_line_takes_records_of_different_leads(path, ecgs, tmp_path, capsys):
    files = tmp_path / "files"
    write_ecg(ecgs.data[[1]], files, format="wfdb")
    pd.DataFrame({"MLII": ecgs.data[0].signal[1]}).to_csv(files / "holter.csv", index=False)
    out = tmp_path / "predictions.csv"
    assert main(["predict", str(path), str(files), "--file-fs", "100", "--out", str(out)]) == 0
    table = pd.read_csv(out).set_index("record")
    assert len(table) == 2 and table["prediction"].notna().all()
    assert "the leads MLII; the model sees zeros in place of I, III" in capsys.readouterr().err
    loaded = skecg.load(path)
    with pytest.warns(UserWarning, match="sees zeros"):
        expected = loaded.predict_proba(only(ecgs.data[[0]], ("II",)))[0]
    assert_allclose(table.loc["holter", ["LBBB", "NORM"]].astype(float), expected, atol=1e-4)


@pytest.fixture
def computed(monkeypatch):
    """Return a list of how many records the network gets each time."""
    sizes, predict_proba = [], EEGNetClassifier.predict_proba

    def counted(self, X):
        sizes.append(len(X))
        return predict_proba(self, X)

    monkeypatch.setattr(EEGNetClassifier, "predict_proba", counted)
    return sizes


def test_the_command_line_predicts_records_of_equal_leads_together(path, ecgs, tmp_path, computed):
    """Each record counts for itself: one is flat, one cannot be read, and four have one lead."""
    signals = ecgs.data.to_array().copy()
    signals[3] = 0
    write_ecg(ecgs.data.with_signals(signals), tmp_path / "files")
    arguments = ["predict", str(path), "--quiet", "--out", str(tmp_path / "out.csv"), "--file-fs", "100"]
    assert main([*arguments, str(tmp_path / "files")]) == 0
    assert computed == [11]
    whole = pd.read_csv(tmp_path / "out.csv", index_col="record").sort_index()
    assert whole.index.tolist() == list(range(12))
    assert whole["quality"].notna().tolist() == [row == 3 for row in range(12)]
    for row in (5, 6, 7, 8):
        pd.DataFrame({"II": ecgs.data[row].signal[1]}).to_csv(tmp_path / "files" / f"{row}.csv", index=False)
        for part in (tmp_path / "files").glob(f"{row}.*"):
            if part.suffix != ".csv":
                part.unlink()
    (tmp_path / "files" / "2.hea").write_text("damaged")
    computed.clear()
    names = [next((tmp_path / "files").glob(f"{row}.[ch]*")) for row in range(12)]
    assert main([*arguments, *map(str, names), "--on-error", "warn"]) == 3
    assert computed == [3, 4, 3]  # 0, 1 and 4; one lead; the rest
    table = pd.read_csv(tmp_path / "out.csv", index_col="record")
    assert table.index.tolist() == [row for row in range(12) if row != 2]
    same = [0, 1, 4, 9, 10, 11]
    assert_allclose(table.loc[same, ["LBBB", "NORM"]], whole.loc[same, ["LBBB", "NORM"]], atol=1e-6)
    assert table.loc[3, "quality"] == "flat: all leads" and np.isnan(table.loc[3, "NORM"])
    loaded = skecg.load(path)
    with pytest.warns(UserWarning, match="sees zeros"):
        expected = loaded.predict_proba(only(ecgs.data[5:9], ("II",)))
    assert_allclose(table.loc[5:8, ["LBBB", "NORM"]], expected, atol=1e-4)


def test_a_check_for_overlap_in_front_changes_nothing(model, ecgs, tmp_path):
    checked = make_pipeline(OverlapCheck().fit(ecgs.data), *(step for _, step in model.steps))
    skecg.save(checked, tmp_path / "m.skecg", X=ecgs.data, y=ecgs.target)
    with pytest.warns(UserWarning, match="the leads V5; the model sees zeros in place of I, II"):
        p = skecg.load(tmp_path / "m.skecg").predict_proba(only(ecgs.data, ("V5",)))
    assert_array_equal(p, model.predict_proba(only(ecgs.data, ("V5",))))


def test_missing_leads_need_names(ecgs):
    with pytest.raises(ValueError, match=r"With missing='zeros', leads must be names; got \[0\]"):
        SelectLeads([0], missing="zeros").fit(ecgs.data)
    step = SelectLeads(["II"])
    del step.missing  # as pickles of version 0.1.0
    assert pickle.loads(pickle.dumps(step)).missing == "raise"
