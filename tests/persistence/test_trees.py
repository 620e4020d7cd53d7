"""Boosted trees in files: equal to the bit, and safe for the compiled code that follows their nodes."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import skecg
from skecg.format import read_file, write_file
from skecg.persistence import _trees

changed = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("changed_arrays.py"))))
NAMES = np.array(["AF", "NORM", "OTHER"])


def made(n_classes=3, **params):
    """Return a table with gaps, its classes, and boosted trees."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = NAMES[(X[:, 0] > 0).astype(int) + (n_classes - 2) * (X[:, 2] > 0.5)]
    X[::7, 1] = np.nan
    return X, y, HistGradientBoostingClassifier(**{"max_iter": 5, "random_state": 0, **params}).fit(X, y)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    X, _, model = made()
    return X, changed.saved_form(model, tmp_path_factory.mktemp("trees") / "model.skecg")


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("params", [{}, {"early_stopping": True, "max_features": 0.5}, {"loss": "log_loss"}], ids=str)
def test_equal_to_the_bit(params, n_classes, tmp_path):
    X, y, model = made(n_classes, **params)
    skecg.save(model, tmp_path / "model.skecg")
    again = skecg.load(tmp_path / "model.skecg", on_mismatch=None)
    others = np.random.default_rng(1).normal(size=(500, 4)) * 10
    for table in (X, others):
        np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
    assert again.n_iter_ == model.n_iter_ and again.get_params() == model.get_params()
    skecg.save(again, tmp_path / "again.skecg")
    (document, tensors), (first, arrays) = (read_file(tmp_path / f"{name}.skecg") for name in ("again", "model"))
    assert document == first and all(np.array_equal(tensors[key], arrays[key]) for key in arrays)
    np.testing.assert_array_equal(again.fit(X, y).predict_proba(X), model.predict_proba(X))


def test_names_of_columns_are_kept(tmp_path):
    X, y, _ = made()
    table = pd.DataFrame(X, columns=["pr", "qrs", "qt", "axis"])
    skecg.save(HistGradientBoostingClassifier(max_iter=2).fit(table, y), tmp_path / "model.skecg")
    assert skecg.load(tmp_path / "model.skecg", on_mismatch=None).feature_names_in_.tolist() == list(table.columns)


def test_columns_of_categories_are_refused(tmp_path):
    X, y, _ = made()
    model = HistGradientBoostingClassifier(max_iter=2, categorical_features=[3])
    X[:, 3] = np.arange(200) % 3
    with pytest.raises(TypeError, match="columns of categories cannot be saved"):
        skecg.save(model.fit(X, y), tmp_path / "model.skecg")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("left", lambda left: np.copyto(left, 0), "a child before it, or outside"),
        ("right", lambda right: np.copyto(right, 2**32 - 1), "a child before it, or outside"),
        ("right", lambda right: right.__setitem__(0, 1), "no parent, or of two"),
        ("columns", lambda columns: np.copyto(columns, 4), "another column than the 4"),
        ("thresholds", lambda thresholds: np.copyto(thresholds, np.nan), "NaN as a threshold"),
        ("values", lambda values: np.copyto(values, np.inf), "finite value"),
        ("sizes", lambda sizes: np.copyto(sizes, 1), "no list of 15 numbers"),
        ("sizes", lambda sizes: np.copyto(sizes, 0), "not positive"),
        ("leaves", lambda leaves: np.copyto(leaves, 0), "a child before it"),
        ("leaves", lambda leaves: np.copyto(leaves, 1), "no parent"),
    ],
)
def test_arrays_that_are_no_trees(name, change, message, sound, tmp_path):
    with pytest.raises(ValueError, match=r"model\.skecg.*(" + message + ")"):
        changed.load_changed(sound[1], tmp_path / "model.skecg", name, change)


@pytest.mark.parametrize("name", [*_trees._FIELDS, "sizes", "baseline"])
def test_any_number_replaced(name, sound, tmp_path):
    X, form = sound
    refused = changed.try_numbers(form, tmp_path / "model.skecg", name, X)
    assert refused or name in {"values", "thresholds", "missing_left", "counts", "baseline"}


@pytest.mark.parametrize(
    ("name", "number", "message"),
    [
        ("columns", -1, "another column than the 4"),
        ("leaves", 256, "a child before it|no parent"),  # 0 as the byte of a node
        ("left", 2**32, "a child before it"),
    ],
)
def test_numbers_that_wrap_around_in_a_node(name, number, message, sound, tmp_path):
    def change(values):
        wide = values.astype(np.int64)
        wide[wide == 1 if name == "leaves" else slice(None)] = number
        return wide

    with pytest.raises(ValueError, match=rf"model\.skecg.*({message})"):
        changed.load_changed(sound[1], tmp_path / "model.skecg", name, change)


def test_nodes_of_a_later_scikit_learn(sound, tmp_path, monkeypatch):
    write_file(tmp_path / "model.skecg", *sound[1])
    monkeypatch.setattr(_trees, "_FOR_TRAINING", set())
    with pytest.raises(ValueError, match=r"model\.skecg.*nodes with the fields"):
        skecg.load(tmp_path / "model.skecg")
