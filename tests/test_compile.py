"""Compiled models predict as the models do, and check their input in the same way."""

import copy
import pickle
import sys

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.dummy import DummyClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import ECGClassifier, ResNetClassifier
from skecg.datasets import make_ecg
from skecg.ensemble import SoftVotingClassifier
from skecg.export._compile import _refuse_beyond
from skecg.export._engines import OpenVINO
from skecg.preprocessing import ECGCrop, Normalize

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("onnxscript", reason="onnxscript is not installed")

ECGS = make_ecg(24, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)
RECORDS, TARGET = ECGS.data, ECGS.target


def small_network(n_leads, n_outputs):
    """Return a network that is quick to export."""
    from torch import nn

    layers = nn.Conv1d(n_leads, 8, 9, stride=4), nn.BatchNorm1d(8), nn.ReLU()
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, n_outputs))


def fitted(*steps, y=TARGET, **params):
    network = ECGClassifier(small_network, max_epochs=3, batch_size=8, learning_rate=0.02, random_state=0, **params)
    return make_pipeline(*steps, network).fit(RECORDS, y)


@pytest.fixture(scope="module")
def model():
    """A pipeline whose network sees windows."""
    return fitted(ECGCrop(length=300), Normalize(), window=100)


@pytest.fixture(scope="module")
def compiled(model):
    """The pipeline in onnxruntime."""
    return skecg.compile(model, "onnxruntime", X=RECORDS, y=TARGET, n_threads=1)


def test_a_pipeline_with_windows(compiled, model):
    assert compiled.difference_ < 1e-5
    assert compiled.auc_ == compiled.auc_exact_ > 0.5
    for X in (RECORDS, RECORDS[:1], RECORDS.to_array()[:3]):
        np.testing.assert_allclose(compiled.predict_proba(X), model.predict_proba(X), atol=1e-5)
        assert (compiled.predict(X) == model.predict(X)).all()
    assert compiled.predict_proba(RECORDS).dtype == np.float32
    assert (compiled.classes_ == model.classes_).all() and is_classifier(compiled)
    np.testing.assert_allclose(np.exp(compiled.predict_log_proba(RECORDS)), compiled.predict_proba(RECORDS), rtol=1e-5)


def test_int8_measures_its_cost(model):
    compiled = skecg.compile(model, "onnxruntime", "int8", X=RECORDS, y=TARGET, auc_tolerance=0.1)
    p, exact = compiled.predict_proba(RECORDS), model.predict_proba(RECORDS)
    assert compiled.difference_ == np.abs(p - exact).max()
    assert 0 < compiled.difference_ < 0.1
    assert (compiled.engine_, compiled.precision_) == ("onnxruntime", "int8")
    pytest.importorskip("openvino", reason="openvino is not installed")
    elsewhere = copy.deepcopy(compiled)
    elsewhere[-1].engine = OpenVINO(compiled[-1].engine.network, "int8", 1)
    assert 0 < np.abs(elsewhere.predict_proba(RECORDS) - exact).max() < 0.1


def test_bfloat16_measures_its_cost(model):
    compiled = skecg.compile(model, "torch", "bfloat16", X=RECORDS)
    assert 0 < compiled.difference_ < 0.1 and compiled.auc_ is None
    with pytest.raises(ValueError, match=r"In bfloat16 with torch, a probability changes by .*tolerance=0: use"):
        skecg.compile(model, "torch", "bfloat16", X=RECORDS, tolerance=0)


def test_a_loss_of_ranking_is_refused(compiled):
    worse = pickle.loads(pickle.dumps(compiled))
    worse.difference_, worse.auc_, worse.auc_exact_ = 0.01, 0.90, 0.91
    _refuse_beyond(worse, 0.1, 0.02)
    with pytest.raises(ValueError, match=r"the AUROC falls from 0.9100 to 0.9000, more than auc_tolerance=0.003"):
        _refuse_beyond(worse, 0.1, 0.003)


def test_a_vote_for_labels_with_a_residual_network_and_covariates():
    pytest.importorskip("openvino", reason="openvino is not installed")
    Y = np.stack([TARGET == "NORM", np.arange(24) % 2 == 0], axis=1).astype(int)
    ages = RECORDS.with_metadata(RECORDS.metadata.assign(age=np.linspace(20, 80, 24)))
    network = ResNetClassifier(width=4, max_epochs=1, covariates=["age"], random_state=0)
    vote = SoftVotingClassifier([("network", network), ("prior", DummyClassifier(strategy="prior"))], weights=[3, 1])
    compiled = skecg.compile(vote.fit(ages, Y))
    short = ages.with_signals([signal[:, :350] for signal in ages.signals])
    for X in (ages, short):
        np.testing.assert_allclose(compiled.predict_proba(X), vote.predict_proba(X), atol=1e-5)
        assert (compiled.predict(X) == vote.predict(X)).all()
    longer = ages.with_signals([signal.repeat(2, axis=1) for signal in ages.signals])
    with pytest.raises(ValueError, match=r"up to 400 samples, got 800. Put ECGCrop\(length=400\)"):
        compiled.predict(longer)
    with pytest.raises(ValueError, match="up to 400 samples, got 800"):
        skecg.compile(vote, precision="int8", X=longer)
    expected = vote.predict_proba(longer)
    np.testing.assert_allclose(skecg.compile(vote, "torch").predict_proba(longer), expected, atol=1e-5)


def test_the_best_of_a_search_with_a_threshold():
    network = ECGClassifier(small_network, max_epochs=1, random_state=0)
    tuned = FixedThresholdClassifier(make_pipeline(Normalize(), network), threshold=0.3, pos_label="NORM")
    search = GridSearchCV(tuned, {"threshold": [0.3]}, cv=2).fit(RECORDS, TARGET)
    compiled = skecg.compile(search, "torch")
    assert (compiled.predict(RECORDS) == search.predict(RECORDS)).all()
    np.testing.assert_allclose(compiled.predict_proba(RECORDS), search.predict_proba(RECORDS), atol=1e-6)


def test_copies_predict_the_same(compiled, model):
    expected = compiled.predict_proba(RECORDS)
    for other in (clone(compiled), pickle.loads(pickle.dumps(compiled)), FrozenEstimator(compiled)):
        np.testing.assert_array_equal(other.predict_proba(RECORDS), expected)
    assert clone(make_pipeline(compiled))[0] is compiled
    assert FrozenEstimator(compiled).fit(RECORDS, TARGET).predict(RECORDS).shape == (24,)
    assert "onnxruntime" not in str(vars(pickle.loads(pickle.dumps(compiled))[-1].engine))  # no session


def test_a_compiled_model_cannot_be_fitted(compiled):
    for part in (compiled, compiled.estimator):
        with pytest.raises(TypeError, match=r"compiled model cannot be fitted\. Fit the model"):
            part.fit(RECORDS, TARGET)
    with pytest.raises(ValueError, match=r"needs a fitted classifier of skecg.*got CompiledNetwork"):
        skecg.compile(compiled)


def test_other_signals_are_refused(compiled, model):
    wrong = (
        (RECORDS.with_signals(RECORDS.signals, fs=200), "was fitted on records at 100 Hz, got"),
        (RECORDS.to_array()[:, :3], "3 leads"),
        (np.full((2, 12, 400), np.nan), "contains NaN"),
    )
    for X, message in wrong:
        for predict in (model.predict_proba, compiled.predict_proba):
            with pytest.raises(ValueError, match=message):
                predict(X)


def test_a_loaded_model_keeps_its_contract(model, tmp_path):
    skecg.save(model, tmp_path / "m.skecg", X=RECORDS, y=TARGET, pos_label="LBBB")
    loaded = skecg.load(tmp_path / "m.skecg", module=small_network)
    compiled = skecg.compile(loaded, "torch")
    assert compiled[0].pos_label == "LBBB"
    faster = RECORDS.with_signals([signal.repeat(2, axis=1) for signal in RECORDS.signals], fs=200)
    np.testing.assert_allclose(compiled.predict_proba(faster), loaded.predict_proba(faster), atol=1e-6)
    table = skecg.predict_table(compiled, RECORDS[:2])
    np.testing.assert_allclose(table["LBBB"], loaded.predict_proba(RECORDS[:2])[:, 0], atol=1e-6)


def test_arguments_that_do_not_fit(model, monkeypatch):
    with pytest.raises(ValueError, match=r"'onnxruntime' computes in float32 or int8, got precision='bfloat16'"):
        skecg.compile(model, "onnxruntime", "bfloat16")
    with pytest.raises(ValueError, match="int8 needs X"):
        skecg.compile(model, "onnxruntime", "int8")
    with pytest.raises(ValueError, match="y needs X"):
        skecg.compile(model, "torch", y=TARGET)
    with pytest.raises(ValueError, match=r"torch\.set_num_threads\(2\)"):
        skecg.compile(model, "torch", n_threads=2)
    with pytest.raises(ValueError, match=r"needs a fitted classifier of skecg.*got DummyClassifier"):
        skecg.compile(DummyClassifier().fit(RECORDS, TARGET), "torch")
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ImportError, match=r"pip install 'skecg\[openvino\]'"):
        skecg.compile(model)
