"""Hostile files: their format and checksum are valid, but their contents are wrong."""

import copy
import sys
import tracemalloc
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skecg
from skecg.classifiers import ECGClassifier, EEGNetClassifier
from skecg.format import read_file, write_file
from skecg.preprocessing import Normalize
from skecg.records import ECGRecords

FUZZ = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DAMAGE = st.sampled_from(
    [
        *(None, True, -1, 0, 10**9, 2**70, 1.5, "", "x", "../../etc/passwd", "__class__", [], {}, [[]]),
        *({"array": "array.0"}, {"text": "array.0"}, {"float": "nan"}, {"tuple": [1]}, {"dtype": "O"}),
        *({"dict": [[1, 2]]}, {"dict": [[{"dict": []}, 1]]}, {"estimator": {}}, {"random_state": []}),
        {"objects": {"shape": [10**9], "items": []}},
    ]
)


class Sound(NamedTuple):
    """Return a document, its arrays, and records for the model."""

    document: dict
    tensors: dict
    records: ECGRecords

    def __repr__(self):  # hypothesis prints it for every example
        return "Sound()"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    rng = np.random.default_rng(0)
    records = ECGRecords(rng.normal(size=(8, 2, 100)), 100, leads=["I", "II"])
    y = np.array(["no", "yes"])[np.arange(8) % 2]
    network = EEGNetClassifier(max_epochs=1, random_state=0)
    path = tmp_path_factory.mktemp("sound") / "model.skecg"
    skecg.save(make_pipeline(Normalize(per="dataset"), network).fit(records, y), path, X=records, y=y)
    return Sound(*read_file(path), records)


def copied(sound):
    return copy.deepcopy(sound.document), dict(sound.tensors), sound.records


def tree_of(document, step):
    """Return the description of a step: 0 the normalisation, 1 the classifier."""
    return document["model"]["estimator"]["params"]["steps"][step]["tuple"][1]["estimator"]


def check_message(error):
    if not str(error):
        raise AssertionError("an error without a message")


def refused(path, document, tensors, said):
    write_file(path, document, tensors)
    with pytest.raises(ValueError, match=said):
        skecg.load(path)


def peak_of(call):
    """Return the peak memory of Python during the call: the lowest of three calls, as other threads allocate too."""
    peaks = []
    for _ in range(3):
        tracemalloc.start()
        try:
            call()
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return min(peaks)


def test_it_is_sound_to_begin_with(sound, path):
    document, tensors, records = sound
    write_file(path, document, tensors)
    assert set(skecg.load(path).predict(records)) <= {"no", "yes"}


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "this.Zen",
        "builtins.eval",
        "subprocess.Popen",
        "sklearn.ensemble.GradientBoostingClassifier",
        "sklearn.preprocessing.FunctionTransformer",
        "skecg.datasets.read_wfdb",
        "skecg.persistence.load",
        "skecg.classifiers._base.BaseECGClassifier",
        "skecg.testing.quick_instances",
        "skecg.classifiers.",
        "skecg.nothing.X",
        "",
        None,
        [],
        {"dict": []},
    ],
    ids=str,
)
def test_classes_that_are_not_on_the_list(sound, path, name):
    document, tensors, _ = copied(sound)
    tree_of(document, 1)["class"] = name
    refused(path, document, tensors, "cannot be loaded")
    assert "this" not in sys.modules


@pytest.mark.parametrize("name", ["__class__", "__dict__", "predict", "fit", "net_", "_x__y", "", "a b", "classes_ "])
def test_attributes_that_are_none(sound, path, name):
    document, tensors, _ = copied(sound)
    tree_of(document, 1)["fitted"][name] = "x"
    refused(path, document, tensors, "no fitted attribute")


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("width", 10**9),
        ("n_tokens", 10**9),
        ("window", -5),
        ("device", 3),
        ("n_windows", "many"),
        ("max_epochs", {"float": "inf"}),
    ],
)
def test_parameters_that_are_none(sound, path, param, value):
    document, tensors, _ = copied(sound)
    params = tree_of(document, 1)["params"]
    assert param in params
    params[param] = value
    assert peak_of(lambda: refused(path, document, tensors, "cannot be loaded")) < 5_000_000


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("length_", 0), ("length_", "x"), ("length_", {"float": "nan"}), ("n_features_in_", 3), ("classes_", [1, 2, 3])],
)
def test_a_state_that_contradicts_itself(sound, path, attribute, value):
    document, tensors, _ = copied(sound)
    tree_of(document, 1)["fitted"][attribute] = value
    refused(path, document, tensors, "cannot be loaded")


def test_a_folder_of_pickles(sound, path, tmp_path):
    document, tensors, _ = copied(sound)
    document["model"]["estimator"]["params"]["memory"] = str(tmp_path)
    refused(path, document, tensors, "a cache or a checkpoint")


def test_numbers_that_are_none(sound, path):
    document, tensors, _ = copied(sound)
    location = next(name for name, values in tensors.items() if values.shape == (1,) and values.dtype.kind == "f")
    refused(path, document, {**tensors, location: np.array([np.nan])}, "NaN or infinity")
    weight = next(name for name in tensors if ".network." in name and tensors[name].dtype == np.float32)
    refused(path, document, {**tensors, weight: tensors[weight] * np.inf}, "NaN or infinity")


def test_one_array_named_a_million_times(sound, path):
    document, tensors, _ = copied(sound)
    name = next(iter(tensors))
    tree_of(document, 1)["fitted"]["history_"] = [{"array": name}] * 2
    refused(path, document, tensors, "used twice")


def test_characters_that_do_not_exist(sound, path):
    document, tensors, _ = copied(sound)
    classes = tree_of(document, 1)["fitted"]["classes_"]["text"]
    refused(path, document, {**tensors, classes: np.full((2, 3), 2**31, np.uint32)}, "do not exist")


def test_a_nest_without_end(sound, path):
    document, tensors, _ = copied(sound)
    nest = []
    for _ in range(600):
        nest = [nest]
    tree_of(document, 0)["params"]["method"] = nest
    refused(path, document, tensors, "cannot be loaded")


def test_weights_are_no_model(path):
    write_file(path, {"kind": "weights"}, {})
    with pytest.raises(ValueError, match="it holds weights, no model"):
        skecg.load(path)


def test_the_network_of_a_file_is_never_its_own(path):
    def network(n_leads, n_outputs):
        from torch import nn

        return nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(n_leads, n_outputs))

    model = ECGClassifier(network, max_epochs=1, batch_size=4).fit(np.ones((8, 1, 50)), np.arange(8) % 2)
    skecg.save(model, path)
    document, tensors = read_file(path)
    document["model"]["estimator"]["params"]["module"] = "os.system"
    refused(path, document, tensors, "'os.system'; a file imports no code")


@pytest.mark.filterwarnings("ignore:Trying to unpickle")  # hypothesis replaced a version
@FUZZ
@given(st.data())
def test_any_part_replaced(sound, tmp_path_factory, data):
    """Loading raises an error, or returns an estimator that raises an error or returns probabilities."""
    document, tensors, _ = sound
    path = tmp_path_factory.getbasetemp() / "replaced.skecg"
    document = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 2))):
        replace(document, data)
    write_file(path, document, tensors)
    tracemalloc.start()
    try:
        model = skecg.load(path)
    except ValueError as error:
        check_message(error)
        return
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3_000_000 + 20 * path.stat().st_size
    assert hasattr(model, "predict") or hasattr(model, "transform")


def replace(document, data):
    """Replace one part of a tree of dicts and lists."""
    parent, key = {"": document}, ""
    while isinstance(parent[key], dict | list) and len(parent[key]) and data.draw(st.integers(0, 9)):
        parent = parent[key]
        key = data.draw(st.sampled_from(list(parent) if isinstance(parent, dict) else range(len(parent))))
    if parent is not document and "" not in parent:
        parent[key] = copy.deepcopy(data.draw(DAMAGE))


@FUZZ
@given(
    st.integers(0, 99), st.lists(st.integers(0, 3), max_size=4), st.sampled_from(["f4", "f8", "i8", "u4", "u1", "?"])
)
def test_any_array_replaced(sound, tmp_path_factory, which, shape, dtype):
    document, tensors, records = sound
    path = tmp_path_factory.getbasetemp() / "arrays.skecg"
    name = sorted(tensors)[which % len(tensors)]
    write_file(path, document, {**tensors, name: np.ones(shape, dtype)})
    try:
        model = skecg.load(path)
    except ValueError as error:
        check_message(error)
        return
    try:
        p = model.predict_proba(records)
    except (ValueError, IndexError) as error:  # sizes that contradict each other
        check_message(error)
    else:
        assert p.shape == (8, 2)


def test_a_fitted_attribute_that_is_missing(path):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(np.eye(4), [0, 1, 0, 1])
    skecg.save(model, path)
    document, tensors = read_file(path)
    del tree_of(document, 1)["fitted"]["coef_"]
    write_file(path, document, tensors)
    with pytest.raises((ValueError, AttributeError), match=r"coef_|not fitted"):
        skecg.load(path, on_mismatch=None).predict(np.eye(4))
