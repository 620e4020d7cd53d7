"""Forests and single trees in files: equal to the bit, and safe for the compiled code that follows their nodes."""

import runpy
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.format import read_file, write_file
from skecg.persistence import _forests

changed = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("changed_arrays.py"))))
RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
OTHERS = RNG.normal(size=(300, 4)) * 10
CLASSES = np.array(["AF", "NORM", "OTHER"])[(X[:, 0] > 0).astype(int) + (X[:, 2] > 0.5)]
TWO = X[:, 0] + RNG.normal(size=120) > 0
LABELS = np.column_stack([TWO, X[:, 1] > 0.3, np.ones(120)]).astype(int)  # all records have the third label
FORESTS = {
    "extra": ExtraTreesClassifier(6, random_state=0),
    "random": RandomForestClassifier(6, random_state=0, oob_score=True, class_weight="balanced_subsample"),
    "entropy": RandomForestClassifier(6, random_state=0, criterion="entropy", max_leaf_nodes=7, max_samples=0.5),
    "monotonic": ExtraTreesClassifier(6, random_state=0, max_depth=3, bootstrap=True, max_features=1.0),
    "tree": DecisionTreeClassifier(random_state=0),
    "pruned": DecisionTreeClassifier(random_state=0, ccp_alpha=0.02, splitter="random", min_samples_leaf=2),
}
filterwarnings = pytest.mark.filterwarnings("ignore:Some inputs do not have OOB scores")


def trees_of(model):
    return [part.tree_ for part in getattr(model, "estimators_", [model])]


def saved_and_loaded(model, path):
    skecg.save(model, path)
    return skecg.load(path, on_mismatch=None)


def assert_same(again, model, table):
    """Compare what two forests predict, and what their trees hold."""
    p, q = again.predict_proba(table), model.predict_proba(table)
    for label, other in zip(p, q, strict=True) if isinstance(q, list) else [(p, q)]:
        np.testing.assert_array_equal(label, other)
    np.testing.assert_array_equal(again.predict(table), model.predict(table))
    np.testing.assert_array_equal(again.apply(table), model.apply(table))
    paths, expected = again.decision_path(table), model.decision_path(table)
    if isinstance(model, DecisionTreeClassifier):
        paths, expected = (paths,), (expected,)
    np.testing.assert_array_equal(paths[0].toarray(), expected[0].toarray())
    np.testing.assert_array_equal(again.feature_importances_, model.feature_importances_)
    assert again.get_params() == model.get_params()
    for tree, other in zip(trees_of(again), trees_of(model), strict=True):
        state, kept = tree.__getstate__(), other.__getstate__()
        assert (state["max_depth"], tree.n_leaves) == (kept["max_depth"], other.n_leaves)
        assert state["values"].tobytes() == kept["values"].tobytes()
        inner = other.children_left >= 0  # a leaf has a side for missing values only where nodes are grown best first
        for name in state["nodes"].dtype.names:
            rows = inner if name == "missing_go_to_left" else slice(None)
            assert state["nodes"][name][rows].tobytes() == kept["nodes"][name][rows].tobytes()


@filterwarnings
@pytest.mark.parametrize("y", [TWO, CLASSES, LABELS[:, :2]], ids=["two", "classes", "labels"])
@pytest.mark.parametrize("name", FORESTS)
def test_equal_to_the_bit(name, y, tmp_path):
    model = clone(FORESTS[name])
    if name == "monotonic" and y is TWO:
        model.set_params(monotonic_cst=[1, 0, -1, 0])
    gaps = np.where(RNG.random(X.shape) < 0.05, np.nan, X) if name != "monotonic" else X
    model.fit(gaps, y, sample_weight=1 + np.arange(120) % 3 / 7)
    again = saved_and_loaded(model, tmp_path / "model.skecg")
    for table in (gaps, OTHERS):
        assert_same(again, model, table)
    skecg.save(again, tmp_path / "again.skecg")
    (document, tensors), (first, arrays) = (read_file(tmp_path / f"{name}.skecg") for name in ("again", "model"))
    assert document == first and all(np.array_equal(tensors[key], arrays[key]) for key in arrays)
    assert getattr(again, "oob_score_", None) == getattr(model, "oob_score_", None)
    assert_same(again.fit(X, y), clone(model).fit(X, y), X)


def test_attributes_of_the_trees_of_a_forest(tmp_path):
    for y in (CLASSES, LABELS):
        model = ExtraTreesClassifier(3, random_state=0).fit(X, y)
        again = saved_and_loaded(model, tmp_path / "model.skecg")
        for part, other in zip([again, *again.estimators_], [model, *model.estimators_], strict=True):
            assert part.get_params() == other.get_params()
            for name in ("n_classes_", "classes_", "n_outputs_", "n_features_in_", "max_features_"):
                found, expected = getattr(part, name, None), getattr(other, name, None)
                assert type(found) is type(expected)
                if isinstance(found, list):
                    assert [np.asarray(each).tolist() for each in found] == [np.asarray(e).tolist() for e in expected]
                else:
                    np.testing.assert_array_equal(found, expected)


def test_a_label_that_all_records_have(tmp_path):
    model = ExtraTreesClassifier(5, random_state=0).fit(X, LABELS)
    again = saved_and_loaded(model, tmp_path / "model.skecg")
    assert [p.shape[1] for p in again.predict_proba(OTHERS)] == [2, 2, 1]
    assert_same(again, model, OTHERS)
    table = skecg.predict_table(skecg.load(tmp_path / "model.skecg"), OTHERS)
    np.testing.assert_array_equal(table["2"], 1)


def test_one_forest_a_label(tmp_path):
    model = OneVsRestClassifier(RandomForestClassifier(4, random_state=0)).fit(X, LABELS[:, :2])
    again = saved_and_loaded(model, tmp_path / "model.skecg")
    np.testing.assert_array_equal(again.predict_proba(OTHERS), model.predict_proba(OTHERS))


def test_one_class_alone_and_names_of_columns(tmp_path):
    table = pd.DataFrame(X, columns=["pr", "qrs", "qt", "axis"])
    model = ExtraTreesClassifier(2).fit(table, np.repeat("NORM", 120))
    again = saved_and_loaded(model, tmp_path / "model.skecg")
    assert again.feature_names_in_.tolist() == list(table.columns)
    assert_same(again, model, table)


def test_trees_are_added_by_a_warm_start(tmp_path):
    model = ExtraTreesClassifier(3, random_state=0, warm_start=True).fit(X, TWO)
    again = saved_and_loaded(model, tmp_path / "model.skecg")
    for each in (model, again):
        each.set_params(n_estimators=5)
        with pytest.raises(ValueError, match="n_estimators is 5; expected 3, the number of trees"):
            skecg.save(each, tmp_path / "model.skecg")
        each.fit(X, TWO)
    assert_same(again, model, OTHERS)


def test_not_fitted(tmp_path):
    for model in FORESTS.values():
        again = saved_and_loaded(clone(model), tmp_path / "model.skecg")
        assert again.get_params() == model.get_params() and not hasattr(again, "classes_")


@filterwarnings
def test_what_training_alone_needs_is_left_out(tmp_path):
    model = RandomForestClassifier(20, random_state=0, oob_score=True).fit(X, TWO, sample_weight=np.ones(120))
    again = saved_and_loaded(model, tmp_path / "model.skecg")
    assert not {"oob_decision_function_", "_sample_weight", "_n_samples"} & vars(again).keys()


def test_a_file_is_smaller_than_the_nodes(tmp_path):
    model = ExtraTreesClassifier(50, random_state=0).fit(X, TWO)
    n_nodes = sum(tree.node_count for tree in trees_of(model))
    skecg.save(model, tmp_path / "model.skecg")
    assert (tmp_path / "model.skecg").stat().st_size < 20_000 + 20 * n_nodes  # scikit-learn holds 80 bytes a node


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    model = ExtraTreesClassifier(4, max_depth=4, random_state=0).fit(X, CLASSES)
    return changed.saved_form(model, tmp_path_factory.mktemp("forest") / "model.skecg")


def filled(number):
    return lambda values: np.copyto(values, number)


def first_set(number):
    return lambda values: values.flat.__setitem__(0, number)


def widened(number):
    """Return a change to integers of 64 bits that hold a number which is too large, or negative."""

    def change(values):
        wide = values.astype(np.int64)
        wide.flat[0] = number
        return wide

    return change


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("left", filled(0), "whose columns are no list of 0 numbers"),
        ("left", filled(200), "whose columns are no list of"),
        ("left", widened(-(2**40)), "a child before it, or outside"),
        ("left", first_set(2), "no parent, or of two"),
        ("right", filled(0), "one child"),
        ("right", filled(1), "one child"),
        ("right", first_set(250), "a child before it, or outside"),
        ("right", first_set(1), "no parent, or of two"),
        ("right", widened(2**62), "a child before it, or outside"),
        ("columns", filled(4), "another column than the 4"),
        ("columns", widened(-1), "another column than the 4"),
        ("columns", lambda columns: columns[1:], "whose columns are no list of"),
        ("columns", lambda columns: columns.astype(float), "whose columns are no list of"),
        ("thresholds", first_set(np.nan), "NaN as a threshold"),
        ("missing_left", first_set(2), "missing values than 0 or 1"),
        ("missing_left", widened(256), "missing values than 0 or 1"),
        ("counts", first_set(0), "no records, or others than its children"),
        ("counts", first_set(119), "no records, or others than its children"),
        ("counts", filled(1), "no records, or others than its children"),
        ("values", first_set(255), "are not among its"),
        ("values", widened(-1), "are not among its"),
        ("values", lambda values: values[:, :, :2], "no integers of shape"),
        ("values", lambda values: values.astype(float), "no integers of shape"),
        ("impurities", lambda places: places.astype(np.int64) - 1, "are not among its"),
        ("weights", widened(2**40), "are not among its"),
        ("numbers", first_set(np.inf), "without finite numbers"),
        ("numbers", lambda numbers: numbers.astype(np.float32), "without finite numbers"),
        ("numbers", lambda numbers: numbers[:0], "without finite numbers"),
        ("numbers", lambda numbers: -numbers, "no weight"),
        ("numbers", lambda numbers: numbers * 2, "no shares of classes"),
        ("numbers", lambda numbers: numbers + 1, "no shares of classes"),
        ("sizes", filled(1), "no list of 4 integers"),
        ("sizes", filled(0), "not positive integers"),
        ("sizes", lambda sizes: sizes.astype(np.uint8), "not positive integers of 64 bits"),
        ("sizes", lambda sizes: np.array([sizes.sum()]), "a child before it, or outside|no parent|seed"),
        ("seeds", first_set(-1), "a seed for each of 4 trees"),
        ("seeds", lambda seeds: seeds[:3], "a seed for each of 4 trees"),
    ],
)
def test_arrays_that_are_no_trees(name, change, message, sound, tmp_path):
    with pytest.raises(ValueError, match=r"model\.skecg.*(" + message + ")"):
        changed.load_changed(sound, tmp_path / "model.skecg", name, change)


@pytest.mark.parametrize("name", _forests._ARRAYS)
def test_any_number_replaced(name, sound, tmp_path):
    refused = changed.try_numbers(sound, tmp_path / "model.skecg", name, OTHERS)
    assert refused or name in {"thresholds", "missing_left", "impurities", "weights", "seeds"}


@pytest.mark.parametrize("name", [*_forests._ARRAYS, "classes_", "n_features_in_", "max_features_"])
def test_an_array_that_is_missing(name, sound, tmp_path):
    document, tensors = sound
    fitted = document["model"]["estimator"]["fitted"]
    without = {**document["model"]["estimator"], "fitted": {key: fitted[key] for key in fitted if key != name}}
    write_file(tmp_path / "model.skecg", {**document, "model": {"estimator": without}}, tensors)
    with pytest.raises(ValueError, match=r"model\.skecg cannot be loaded"):
        skecg.load(tmp_path / "model.skecg", on_mismatch=None)


def test_a_forest_is_no_single_tree(sound, tmp_path):
    document, tensors = sound
    tree = {"class": "sklearn.tree.DecisionTreeClassifier", "params": {}}
    for fitted in (document["model"]["estimator"]["fitted"], {}):
        other = {**document, "model": {"estimator": {**tree, "fitted": fitted}}, "contract": None}
        write_file(tmp_path / "model.skecg", other, tensors)
        if fitted:
            with pytest.raises(ValueError, match="'seeds' is no fitted attribute of DecisionTreeClassifier"):
                skecg.load(tmp_path / "model.skecg", on_mismatch=None)
    assert not hasattr(skecg.load(tmp_path / "model.skecg", on_mismatch=None), "classes_")


def test_many_trees_take_memory_for_their_file_alone(tmp_path):
    model = ExtraTreesClassifier(1000, max_depth=1, random_state=0).fit(X[:8], TWO[:8])
    path = tmp_path / "model.skecg"
    skecg.save(model, path)
    tracemalloc.start()
    try:
        skecg.load(path, on_mismatch=None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000 + 60 * path.stat().st_size


def test_nodes_of_a_later_scikit_learn(sound, tmp_path, monkeypatch):
    write_file(tmp_path / "model.skecg", *sound)
    monkeypatch.setattr(_forests, "_OF_NODES", {})
    with pytest.raises(ValueError, match=r"model\.skecg.*nodes with the fields"):
        skecg.load(tmp_path / "model.skecg")


def test_a_file_of_another_scikit_learn(sound, tmp_path):
    document, tensors = sound
    made_with = {**document["made_with"], "scikit-learn": "1.2"}
    write_file(tmp_path / "model.skecg", {**document, "made_with": made_with}, tensors)
    with pytest.warns(match=r"ExtraTreesClassifier from version 1\.2"):
        skecg.load(tmp_path / "model.skecg")
