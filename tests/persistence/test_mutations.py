"""Every leaf of a saved document replaced in turn: `load` refuses the file, or the model behaves.

To behave is to predict finite probabilities that sum to one, for the right number of classes or labels, and to name no
folder or file that another `fit` would use.
"""

import copy
import json
import re
import zlib

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.ensemble import SoftVotingClassifier
from skecg.features import MedianBeat, SignalQuality
from skecg.format import read_file, write_file
from skecg.model_selection import CalibratedLabels, TunedClassWeights, TunedLabelThresholds
from skecg.preprocessing import ECGCrop, ECGFilter, Normalize
from skecg.records import ECGRecords

pytestmark = pytest.mark.filterwarnings("ignore")  # a version was replaced, a category is unknown

REPLACEMENTS = [None, True, -1, 0, 2, 7, 10**9, 2**70, 1.5, "", "x", [], ["x"], {"float": "nan"}, {"float": "inf"}]
REPLACEMENTS += [{"dict": []}, {"tuple": ["x", 1]}, {"labels": [1]}, {"array": "none"}]
N_EACH = 1  # of them for each leaf; which ones depends on its place alone
RECORDS = ECGRecords(
    np.random.default_rng(0).normal(size=(24, 2, 120)),
    100,
    leads=["I", "II"],
    metadata={"age": np.arange(40.0, 64), "sex": ["f", "m"] * 12, "patient_id": range(24)},
)
CLASSES = np.array(["no", "yes"])[np.arange(24) % 2]
SEVERAL = np.array(["no", "yes", "noise"])[np.arange(24) % 3]
LABELS = np.stack([np.arange(24) % 2, np.arange(24) % 3 == 0, np.arange(24) % 4 < 2], axis=1).astype(int)


def tiny(**params):
    return EEGNetClassifier(width=2, n_tokens=1, max_epochs=1, random_state=0, device="cpu", **params)


def table(*steps):
    return make_pipeline(SignalQuality(), SimpleImputer(strategy="constant", fill_value=0), *steps)


MODELS = {
    "network": (tiny(covariates=["age", "sex"]), CLASSES),
    "pipeline": (
        make_pipeline(ECGFilter(), ECGCrop(length=100), Normalize(per="dataset_lead"), tiny(window=50)),
        LABELS,
    ),
    "calibrated": (CalibratedLabels(tiny(), cv=2), LABELS),
    "thresholds": (TunedLabelThresholds(make_pipeline(Normalize(), tiny()), cv=2), CLASSES),
    "weights": (TunedClassWeights(make_pipeline(Normalize(), tiny()), cv=2), SEVERAL),
    "search": (GridSearchCV(make_pipeline(Normalize(), tiny()), {"normalize__per": ["lead"]}, cv=2), CLASSES),
    "tuned": (TunedThresholdClassifierCV(tiny(), cv=2), CLASSES),
    "votes": (SoftVotingClassifier([("a", tiny()), ("b", table(LogisticRegression()))]), CLASSES),
    "table": (table(StandardScaler(), OneVsRestClassifier(GaussianNB())), LABELS),
    "linear": (table(StandardScaler(), LogisticRegression()), CLASSES),
    "trees": (
        make_pipeline(make_union(SignalQuality(), MedianBeat()), HistGradientBoostingClassifier(max_iter=2)),
        CLASSES,
    ),
    "forest": (table(RandomForestClassifier(3, oob_score=True, random_state=0)), CLASSES),
    "forests": (table(OneVsRestClassifier(ExtraTreesClassifier(2, random_state=0))), LABELS),
    "tree": (table(DecisionTreeClassifier(max_depth=3)), CLASSES),
    "discriminant": (table(LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)), CLASSES),
}


QUICK = {"network", "pipeline", "table", "tree", "discriminant"}
PARAMS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]


@pytest.fixture(scope="module", params=PARAMS)
def saved(request, tmp_path_factory):
    """Return a fitted model's path, document, arrays and target."""
    model, y = MODELS[request.param]
    path = tmp_path_factory.mktemp("mutations") / "model.skecg"
    skecg.save(model.fit(RECORDS, y), path, X=RECORDS, y=y)
    return path, *read_file(path), y


def leaves(tree, where=()):
    """Yield the place of each value that holds no other."""
    if isinstance(tree, dict | list) and tree:
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from leaves(tree[key], (*where, key))
    else:
        yield where


def replaced(document, where, value):
    document = copy.deepcopy(document)
    parent = document
    for key in where[:-1]:
        parent = parent[key]
    parent[where[-1]] = value
    return document


def chosen(where):
    """Return some replacements, the same in every run."""
    start = zlib.crc32(json.dumps(where).encode())
    return [REPLACEMENTS[(start + i * (len(REPLACEMENTS) // N_EACH)) % len(REPLACEMENTS)] for i in range(N_EACH)]


def estimators_in(value):
    """Yield all estimators among the parameters of an estimator."""
    if isinstance(value, BaseEstimator):
        yield value
        value = [*value.get_params(deep=False).values(), *vars(value).values()]
    if isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from estimators_in(item)


def behaves(model, y):
    """Return whether a model predicts proper probabilities, and would use no file or folder in another `fit`."""
    p = np.asarray(model.predict_proba(RECORDS))
    n_outputs = y.shape[1] if y.ndim == 2 else len(np.unique(y))
    proper = p.shape == (24, n_outputs) and np.isfinite(p).all() and (p >= 0).all() and (p <= 1 + 1e-6).all()
    if y.ndim == 1:
        proper = proper and np.allclose(p.sum(axis=1), 1, atol=1e-4)
    for part in estimators_in(model):
        params = part.get_params(deep=False)
        if any(isinstance(params.get(key), str) for key in ("memory", "checkpoint", "pretrained")):
            return False
    return proper and model.predict(RECORDS).shape[0] == 24


def check_message(error, path=""):
    if not (str(error) and str(path) in str(error)):
        raise AssertionError(f"a message that does not say what is wrong: {error}")


def refused(path):
    """Return the model of a file, or None if `load` refuses it with a message that names the file."""
    try:
        return skecg.load(path)
    except ValueError as error:
        check_message(error, path)
        return None


def test_every_leaf_replaced(saved):
    path, document, tensors, y = saved
    wrong = []
    for where in leaves(document):
        for value in chosen(where):
            write_file(path, replaced(document, where, value), tensors)
            model = refused(path)
            try:
                fine = model is None or behaves(model, y)
            except Exception as error:
                fine, value = False, f"{value}: {type(error).__name__} {str(error)[:80]}"
            if not fine:
                wrong.append(("/".join(map(str, where)), value))
    assert not wrong


def places_of_estimators(tree, where=()):
    """Yield the place of each description of an estimator."""
    if isinstance(tree, dict | list):
        if isinstance(tree, dict) and "fitted" in tree and "class" in tree:
            yield where, tree
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from places_of_estimators(tree[key], (*where, key))


def test_no_parameter_and_nothing_else_hides_among_fitted_attributes(saved, tmp_path):
    path, document, tensors, _ = saved
    trap = str(tmp_path)
    names = ["_metadata_request", "_validate_params", "__class__", "net_", "note_", "_skl_callbacks", "transform"]
    for where, tree in places_of_estimators(document):
        for name in [*tree["params"], *names]:
            write_file(path, replaced(document, (*where, "fitted", name), trap), tensors)
            with pytest.raises(ValueError, match=f"{re.escape(repr(name))} is no fitted attribute"):
                skecg.load(path)


def test_no_text_of_a_file_leads_another_fit_to_a_folder(saved, tmp_path):
    path, document, tensors, y = saved
    trap = tmp_path / "trap"
    trap.mkdir()
    for where in leaves(document):
        write_file(path, replaced(document, where, str(trap)), tensors)
        if (model := refused(path)) is None:
            continue
        if where[0] == "model":
            try:
                model.fit(RECORDS, y)
            except (ValueError, TypeError, FileNotFoundError) as error:
                check_message(error)
        assert not list(trap.iterdir())


def test_impossible_weights(tmp_path):
    path = tmp_path / "model.skecg"
    skecg.save(tiny().fit(RECORDS, CLASSES), path)
    document, tensors = read_file(path)
    for name in (name for name in tensors if name.endswith("running_var")):
        write_file(path, document, {**tensors, name: -np.ones_like(tensors[name])})
        with pytest.raises(ValueError, match=r"running_var' holds -1; expected numbers of 0 or more\.$"):
            skecg.load(path)


def test_a_model_that_was_fitted_again_gets_another_contract(tmp_path):
    path = tmp_path / "model.skecg"
    skecg.save(make_pipeline(Normalize(), tiny()).fit(RECORDS, CLASSES), path, X=RECORDS, y=CLASSES)
    model = skecg.load(path).fit(RECORDS, LABELS)
    skecg.save(model, path)
    again = skecg.load(path)
    assert (again[0].multilabel, again[0].training, len(again[0].labels)) == (True, None, 3)
    np.testing.assert_array_equal(again.predict_proba(RECORDS), model.predict_proba(RECORDS))
