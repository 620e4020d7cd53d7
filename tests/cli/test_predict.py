"""Predictions to read: on the terminal, as a table of statements, and on sheets."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.cli import main
from skecg.datasets import write_ecg
from skecg.features import BeatFeatures


@pytest.fixture(scope="module")
def statements(ecgs, tmp_path_factory):
    """Return a model of three labels, and a folder of two records, of which the second is flat."""
    folder = tmp_path_factory.mktemp("statements")
    is_normal = ecgs.target == "NORM"
    Y = np.column_stack([is_normal, ~is_normal, ~is_normal]).astype(int)
    fitted = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, Y)
    skecg.save(fitted, folder / "m.skecg", X=ecgs.data, y=Y, target_names=["NORM", "CLBBB", "wide"])
    pair = ecgs.data[:2]
    write_ecg(pair.with_signals([pair[0].signal, 0 * pair[1].signal]), folder / "records")
    return folder


def test_labels_are_printed_with_plain_names(statements, ecgs, capsys):
    model, records = str(statements / "m.skecg"), str(statements / "records")
    assert main(["predict", model, records, "--threshold", "0.01,0.02,0.99"]) == 0
    first, *labels, second, end = capsys.readouterr().out.splitlines()
    assert (first, second, end) == ("0", "1: refused: flat: all leads", "* predicted")
    p = dict(zip(["NORM", "CLBBB", "wide"], skecg.load(model).predict_proba(ecgs.data[:1])[0], strict=True))
    texts = {
        "NORM": "NORM   normal ECG (from 0.01)",
        "CLBBB": "CLBBB  complete left bundle branch block (from 0.02)",
        "wide": "wide  ",
    }
    expected = sorted(("NORM", "CLBBB"), key=lambda label: -p[label])
    for line, label in zip(labels, [*expected, "wide"], strict=True):
        assert line.startswith(f"  {' ' if label == 'wide' else '*'} {p[label]:.2f}  {texts[label]}")
    assert main(["predict", model, f"{records}/0.hea", "--top", "1", "--quiet"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_table_of_labels_and_sheets(statements, tmp_path, capsys):
    arguments = [str(statements / "m.skecg"), str(statements / "records"), "--out", str(tmp_path / "p.csv")]
    assert main(["predict", *arguments, "--top", "2", "--sheet", str(tmp_path / "p.pdf")]) == 0
    table = pd.read_csv(tmp_path / "p.csv")
    assert table[["record", "rank"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1]]
    assert table["label"].isna().tolist() == [False, False, True]
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    assert "2 of 2 records, 1 of them without a prediction" in capsys.readouterr().out
    assert main(["predict", *arguments, "--sheet", str(tmp_path / "p.doc")]) == 1
    assert "sheets are written as .pdf, .png or .svg" in capsys.readouterr().err


def test_labels_are_ranked_within_the_predicted_and_the_others(statements, ecgs):
    model = skecg.load(statements / "m.skecg")
    table = skecg.predict_ranked(model, ecgs.data[:4], top=None)
    assert table.groupby(level="record").size().eq(3).all()
    for _, rows in table.groupby(level="record"):
        assert rows["predicted"].is_monotonic_decreasing
        assert all(part["probability"].is_monotonic_decreasing for _, part in rows.groupby("predicted"))
    wide = skecg.predict_table(model, ecgs.data[:4])
    labels = ["NORM", "CLBBB", "wide"]
    again = table.droplevel("rank").set_index("label", append=True)["probability"].unstack()
    np.testing.assert_array_equal(again[labels], wide[labels])
    said = [" ".join(rows.loc[rows["predicted"], "label"]) for _, rows in table.groupby(level="record")]
    assert [set(text.split()) for text in said] == [set(text.split()) for text in wide["prediction"]]
    classes = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data[:8], ecgs.target[:8])
    ranked = skecg.predict_ranked(classes, ecgs.data[:2], top=1)
    assert ranked["predicted"].all() and ranked["threshold"].isna().all()
    assert {type(label) for label in ranked["label"]} == {str}
    assert ranked["label"].tolist() == classes.predict(ecgs.data[:2]).tolist()


def test_a_class_to_detect_of_a_model_of_labels(statements, capsys):
    arguments = ["predict", str(statements / "m.skecg"), str(statements / "records"), "--positive", "CLBBB"]
    assert main(arguments) == 1
    assert "--positive CLBBB names one of two classes; there are several labels" in capsys.readouterr().err


def test_a_model_and_records_in_the_wrong_order(statements, capsys):
    model, record = str(statements / "m.skecg"), str(statements / "records" / "0.hea")
    assert main(["predict", record, model]) == 1
    assert "0.hea is no model of skecg, or is damaged" in capsys.readouterr().err
    assert main(["predict", "mine.skecg", record]) == 1
    assert "There is no model mine.skecg; `skecg models` lists" in capsys.readouterr().err


@pytest.mark.parametrize("n_labels", [None, 2])
def test_a_forest_on_the_table_of_beats(n_labels, ecgs, folder, tmp_path, capsys):
    y = ecgs.target if n_labels is None else np.column_stack([ecgs.target == "NORM", np.arange(30) % 2]).astype(int)
    trees = ExtraTreesClassifier(500, max_depth=3, random_state=0)
    model = make_pipeline(BeatFeatures(), SimpleImputer(), trees).fit(ecgs.data, y)
    names = None if n_labels is None else ["NORM", "odd"]
    skecg.save(model, tmp_path / "m.skecg", X=ecgs.data, y=y, target_names=names)
    assert main(["predict", str(tmp_path / "m.skecg"), str(folder / "records" / "r00.hea")]) == 0
    assert re.search(r" [01]\.\d\d  NORM  normal ECG", capsys.readouterr().out)


@pytest.mark.slow  # a report draws all its figures
def test_labels_of_a_forest_are_scored_and_reported(ecgs, folder, tmp_path, capsys):
    y = np.column_stack([ecgs.target == "NORM", ecgs.target == "LBBB"]).astype(int)
    model = make_pipeline(BeatFeatures(), SimpleImputer(), ExtraTreesClassifier(5, max_depth=2, random_state=0))
    path = str(tmp_path / "m.skecg")
    skecg.save(model.fit(ecgs.data, y), path, target_names=["NORM", "LBBB"])
    table = [path, str(folder / "labels.csv"), "--records", str(folder / "records"), "--target", "NORM", "LBBB"]
    assert main(["evaluate", *table]) == 0
    assert "auroc  " in capsys.readouterr().out
    assert main(["report", *table, "--out", str(tmp_path / "r.html")]) == 0
