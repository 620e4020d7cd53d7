"""ONNX models predict the same as the pipelines from which they were exported."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import ECGClassifier, EEGNetClassifier, RNNClassifier
from skecg.datasets import make_ecg
from skecg.estimators.model import unwrap
from skecg.export._build import Builder
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, RemoveBaseline, SelectLeads
from skecg.records import STANDARD_LEADS, ECGRecords
from skecg.testing import quick_instances

onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("onnxscript", reason="onnxscript is not installed")

QUICK = {"ResNetClassifier", "S4Classifier"}  # only these, because an export takes seconds
NETWORKS = [
    pytest.param(model, marks=[] if type(model).__name__ in QUICK else pytest.mark.slow, id=type(model).__name__)
    for model in quick_instances()
    if is_classifier(model) and hasattr(model, "max_epochs")  # wrappers around other classifiers have no such parameter
]


def small_network(n_leads, n_outputs):
    """Return a network that is quick to export."""
    from torch import nn

    return nn.Sequential(nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(4 * n_leads, n_outputs))


def quick_classifier(**params):
    return ECGClassifier(**{"module": small_network, "max_epochs": 2, "batch_size": 8, "random_state": 0, **params})


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(16, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def run(path, signals):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"signals": np.ascontiguousarray(signals, np.float32)})[0]


@pytest.mark.parametrize("model", NETWORKS)
def test_every_network_at_several_batch_sizes(model, path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(16, 3, 160)).astype(np.float32), np.arange(16) % 2
    model.set_params(max_epochs=2, window=64).fit(X, y)
    skecg.to_onnx(model, path, n_times=160)
    for n in (1, 2, 7, 16):
        np.testing.assert_allclose(run(path, X[:n]), model.predict_proba(X[:n]), atol=1e-4)


@pytest.mark.parametrize("recurrent", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("int8", [pytest.param(None, marks=pytest.mark.slow), "weights"])
def test_the_file_names_no_path_of_this_machine(int8, recurrent, path, ecgs):
    steps = [ECGFilter(), ECGResample(target_fs=50), ECGCrop(length=150), Normalize()]
    recurrent_network = RNNClassifier(hidden_size=4, n_layers=1, max_epochs=1, random_state=0)
    model = make_pipeline(*steps, recurrent_network if recurrent else quick_classifier()).fit(ecgs.data, ecgs.target)
    skecg.to_onnx(model, path, n_times=400, fs=100, int8=int8)
    content = path.read_bytes()
    places = {Path(module.__file__).parent for module in (skecg, np, json, onnxruntime)} | {Path.home(), Path.cwd()}
    assert not [place for place in places if str(place).encode() in content]
    assert b".py" not in content.replace(b".pytorch", b"") and b"Traceback" not in content


def torch_and_numpy(pipeline, X, fs):
    """Return the outputs of the exported modules and of the steps; this needs no ONNX, so it is quick."""
    import torch

    steps = unwrap(pipeline)[0].signal_steps[:-1]
    builder = Builder([f"lead {i}" for i in range(X.shape[1])] if X.shape[1] != 12 else STANDARD_LEADS, X.shape[2], fs)
    for name, step in steps:
        builder.add(name, step)
    records = ECGRecords(X, fs, leads=STANDARD_LEADS if X.shape[1] == 12 else None)
    return builder.build()(torch.from_numpy(X)).numpy(), pipeline[:-1].transform(records).to_array()


STEPS = [
    [ECGFilter()],
    [ECGFilter("lowpass", high=20, zero_phase=False)],
    [ECGFilter("notch", low=49, high=51)],
    [ECGResample(target_fs=100)],
    [ECGResample(target_fs=360)],
    [RemoveBaseline("highpass")],
    [ECGCrop(length=300)],
    [ECGCrop(length=300, position="end")],
    [ECGCrop(length=5000, pad=True)],
    [SelectLeads(["V6", "aVF", "I"])],
    [SelectLeads(["I", "II"]), SelectLeads(["III", "aVL"])],
    [ECGFilter(), ECGResample(target_fs=100), ECGCrop(length=150), Normalize()],
    [ECGCrop(length=700, position="start"), ECGResample(target_fs=125), ECGFilter(), Normalize(per="record")],
    [ECGFilter(high=45), ECGCrop(length=500), ECGFilter("lowpass", high=20), SelectLeads(["II", "V2"])],
]


@pytest.mark.parametrize("steps", STEPS, ids=lambda steps: "-".join(type(step).__name__ for step in steps))
def test_steps(steps):
    X = make_ecg(4, classes=["NORM"], fs=250, duration=4, random_state=1).data.to_array() + np.float32(0.3)
    records = ECGRecords(X, 250)
    pipeline = make_pipeline(*steps, quick_classifier()).fit(records, [0, 1, 0, 1])
    ours, expected = torch_and_numpy(pipeline, X, 250)
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("per", ["lead", "record", "dataset", "dataset_lead"])
@pytest.mark.parametrize("method", ["zscore", "minmax", "robust", "log", "l2", "none"])
def test_normalisation_with_padding_and_constant_leads(method, per):
    if method in ("log", "l2") and per.startswith("dataset"):
        pytest.skip("these methods use no statistic of a data set")
    X = np.random.default_rng(0).normal(size=(7, 3, 50)).astype(np.float32) * 2 + 1
    X[0, :, 30:] = 0  # padding
    X[1, :, -1] = 0  # a single zero is a value, not padding
    X[2, 1] = 5.3  # a constant lead
    X[3] = 0
    X[4, :2, 40:] = 0  # two leads are disconnected
    X[5, :, 1:] = 0
    X[6] *= 1e-4
    X[6, 1] = 0  # a missing lead
    pipeline = make_pipeline(Normalize(method, per=per), quick_classifier()).fit(X, np.arange(7) % 2)
    ours, _ = torch_and_numpy(pipeline, X, 100)
    np.testing.assert_allclose(ours, pipeline[:-1].transform(X), atol=2e-5)


def test_a_whole_pipeline(ecgs, path):
    model = make_pipeline(
        ECGFilter(), ECGResample(target_fs=50), ECGCrop(length=150), Normalize("robust"), quick_classifier(window=60)
    ).fit(ecgs.data, ecgs.target)
    export = skecg.to_onnx(model, path, X=ecgs.data, y=ecgs.target)
    assert (export.n_leads, export.n_times, export.fs, export.labels) == (12, 400, 100, ["LBBB", "NORM"])
    assert export.difference < 1e-4
    assert export.auc == pytest.approx(export.auc_exact, abs=1e-3)
    X = ecgs.data.to_array()
    for n in (1, 3, 16):
        np.testing.assert_allclose(run(path, X[:n]), model.predict_proba(ecgs.data[:n]), atol=1e-4)
    metadata = onnxruntime.InferenceSession(path).get_modelmeta().custom_metadata_map
    assert {key: json.loads(metadata[key]) for key in ("labels", "fs", "n_times", "unit", "multilabel")} == {
        "labels": ["LBBB", "NORM"],
        "fs": 100.0,
        "n_times": 400,
        "unit": "mV",
        "multilabel": False,
    }
    assert json.loads(metadata["leads"]) == list(ecgs.data.leads)


@pytest.mark.parametrize("fusion", ["film", pytest.param("cross_attention", marks=pytest.mark.slow)])
def test_covariates_are_a_second_input(fusion, ecgs, path):
    metadata = pd.DataFrame({"age": np.linspace(20, 90, 16), "sex": ["F", "M"] * 8})
    metadata.loc[3] = [np.nan, None]
    records = ECGRecords(ecgs.data.to_array(), 100, metadata=metadata)
    network = EEGNetClassifier(max_epochs=2, window=100, covariates=["age", "sex"], fusion=fusion, random_state=0)
    model = make_pipeline(Normalize(), network).fit(records, ecgs.target)
    assert skecg.to_onnx(model, path).difference < 1e-4
    session = onnxruntime.InferenceSession(path)
    described = json.loads(session.get_modelmeta().custom_metadata_map["covariates"])
    assert described == [{"name": "age"}, {"name": "sex", "categories": ["F", "M"]}]
    plain = np.stack([metadata["age"], metadata["sex"].map({"F": 0, "M": 1})], axis=1).astype(np.float32)
    p = session.run(None, {"signals": records.to_array(), "covariates": plain})[0]
    np.testing.assert_allclose(p, model.predict_proba(records), atol=1e-5)
    with pytest.raises(ValueError, match="plain array"):
        skecg.to_onnx(model, path, X=records.to_array(), int8="static")


def test_several_labels_from_a_loaded_model(ecgs, path, tmp_path):
    Y = np.stack([ecgs.target == "NORM", ecgs.target == "LBBB", np.arange(16) % 2 == 0], axis=1).astype(int)
    model = make_pipeline(Normalize(), quick_classifier()).fit(ecgs.data, Y)
    skecg.save(model, tmp_path / "m.skecg", target_names=["a", "b", "c"])
    loaded = skecg.load(tmp_path / "m.skecg", module=small_network)
    export = skecg.to_onnx(loaded, path)
    assert export.labels == ["a", "b", "c"]
    np.testing.assert_allclose(run(path, ecgs.data.to_array()), model.predict_proba(ecgs.data), atol=1e-4)


@pytest.mark.parametrize("n_times", [30, 200])
def test_shorter_and_longer_than_in_training(n_times, path):
    X = np.random.default_rng(0).normal(size=(8, 2, 100)).astype(np.float32)
    model = quick_classifier().fit(X, np.arange(8) % 2)
    skecg.to_onnx(model, path, n_times=n_times)
    other = np.random.default_rng(1).normal(size=(5, 2, n_times)).astype(np.float32)
    np.testing.assert_allclose(run(path, other), model.predict_proba(other), atol=1e-4)


def test_one_lead_in_two_dimensions(path):
    X = np.random.default_rng(0).normal(size=(8, 100)).astype(np.float32)
    model = quick_classifier().fit(X, np.arange(8) % 2)
    export = skecg.to_onnx(model, path, X=X)
    assert export.n_leads == 1
    np.testing.assert_allclose(run(path, X[:, None]), model.predict_proba(X), atol=1e-4)


def wide_network(n_leads, n_outputs):
    """Return a network with many weights that is quick to export."""
    from torch import nn

    layers = nn.Linear(16 * n_leads, 256), nn.ReLU(), nn.Linear(256, n_outputs)
    return nn.Sequential(nn.AdaptiveAvgPool1d(16), nn.Flatten(), *layers)


def test_int8_tells_what_it_costs(ecgs, path):
    model = make_pipeline(ECGCrop(length=100), quick_classifier(module=wide_network, window=50, max_epochs=3))
    model.fit(ecgs.data, ecgs.target)
    full = skecg.to_onnx(model, path)
    size = path.stat().st_size
    for int8 in ("weights", "static"):
        small = skecg.to_onnx(model, path, X=ecgs.data, y=ecgs.target, int8=int8)
        assert path.stat().st_size < 0.6 * size
        assert full.difference < 1e-4 and 0 < small.difference < 0.1
        assert small.auc is not None and small.auc_exact > 0.5
        metadata = onnxruntime.InferenceSession(path).get_modelmeta().custom_metadata_map
        assert json.loads(metadata["labels"]) == ["LBBB", "NORM"]


def test_static_int8_leaves_the_steps_in_float32(ecgs, path):
    import onnx

    model = make_pipeline(ECGFilter(), Normalize(), quick_classifier()).fit(ecgs.data, ecgs.target)
    assert 0 < skecg.to_onnx(model, path, X=ecgs.data, int8="static").difference < 0.1
    nodes = onnx.load(path).graph.node
    quantized = {name for node in nodes if node.op_type == "DequantizeLinear" for name in node.output}
    kinds = {node.op_type for node in nodes if quantized & set(node.input)}
    assert "Gemm" in kinds and not {"MatMul", "Softmax", "Sub"} & kinds
    with pytest.raises(ValueError, match='int8="static" needs X'):
        skecg.to_onnx(model, path, n_times=400, int8="static")


def test_true_is_a_deprecated_name_of_weights(ecgs, path):
    model = quick_classifier().fit(ecgs.data, ecgs.target)
    with pytest.warns(FutureWarning, match='pass int8="weights"'):
        skecg.to_onnx(model, path, int8=True)


@pytest.mark.parametrize("step", [RemoveBaseline("wavelet", fs=100), RemoveBaseline("median", fs=100)])
def test_what_cannot_be_expressed_says_what_to_do(step, ecgs, path):
    model = make_pipeline(step, Normalize(), quick_classifier()).fit(ecgs.data, ecgs.target)
    with pytest.raises(ValueError, match=r"'removebaseline', RemoveBaseline, cannot.*export.*pipeline\[i:"):
        skecg.to_onnx(model, path)
    assert not path.exists()
    skecg.to_onnx(model[1:], path)


def test_other_classifiers_are_refused(ecgs, path):
    embedding = FrozenEstimator(RNNClassifier(hidden_size=4, max_epochs=1).fit(ecgs.data, ecgs.target))
    model = make_pipeline(embedding, PCA(2), LogisticRegression()).fit(ecgs.data, ecgs.target)
    with pytest.raises(ValueError, match=r"needs one fitted classifier of skecg.*got LogisticRegression"):
        skecg.to_onnx(model, path)
    tuned = FixedThresholdClassifier(quick_classifier(), threshold=0.3).fit(ecgs.data, ecgs.target)
    with pytest.raises(ValueError, match=r"would lose what FixedThresholdClassifier adds.*Pass its estimator_"):
        skecg.to_onnx(tuned, path)
    with pytest.raises(NotFittedError):
        skecg.to_onnx(quick_classifier(), path)


def test_the_best_of_a_search(ecgs, path):
    model = make_pipeline(ECGCrop(length=200), quick_classifier())
    search = GridSearchCV(model, {"ecgclassifier__max_epochs": [1]}, cv=2).fit(ecgs.data, ecgs.target)
    assert skecg.to_onnx(search, path).n_times == 200
    best = search.best_estimator_.predict_proba(ecgs.data)
    np.testing.assert_allclose(run(path, ecgs.data.to_array()[:, :, 100:300]), best, atol=1e-4)


def test_a_length_or_a_rate_that_is_not_clear(ecgs, path):
    model = make_pipeline(ECGResample(target_fs=50), quick_classifier()).fit(ecgs.data, ecgs.target)
    with pytest.raises(ValueError, match="pass n_times"):
        skecg.to_onnx(model, path, fs=100)
    with pytest.raises(ValueError, match="pass fs in Hz"):
        skecg.to_onnx(model, path, n_times=400)
    with pytest.raises(ValueError, match=r"not clear: \[100.0, 200.0\]"):
        skecg.to_onnx(model, path, X=ecgs.data, fs=200)
    with pytest.raises(ValueError, match="matrix of 40000 x"):
        skecg.to_onnx(model, path, n_times=40000, fs=100)
    assert ecgs.data.to_array().shape[2] == 400


def test_without_onnx(ecgs, path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ImportError, match=r"pip install 'skecg\[onnx\]'"):
        skecg.to_onnx(quick_classifier(), path)
