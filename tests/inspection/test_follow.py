"""Explanations of pipelines, of every form of X, of every classifier, and of bad input."""

import re
import sys
from functools import partial

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skecg import ECGRecords
from skecg.classifiers import AlexNetClassifier, AttResNetClassifier, ECGClassifier
from skecg.inspection import (
    attention,
    deletion_curve,
    grad_cam,
    integrated_gradients,
    occlusion,
    saliency,
    seen_by_network,
    seen_samples,
    summary,
)
from skecg.persistence import load, save
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, SelectLeads
from skecg.testing import quick_instances

V1, HALF = 6, 24


def _by_time(clf, X, **params):
    return occlusion(clf, X, by="time", width=20, **params)


def _attention(clf, X, target=None, **params):
    return attention(clf, X, **params)


METHODS = {
    "saliency": saliency,
    "integrated_gradients": integrated_gradients,
    "grad_cam": grad_cam,
    "attention": _attention,
    "occlusion": _by_time,
}


# -- pipelines and forms ------------------------------------------------------------------------


def test_a_pipeline_is_explained_where_its_signals_come_from(train_bumps, bumps):
    steps = (
        ECGFilter(kind="lowpass", high=20),
        ECGResample(50),
        ECGCrop(length=120, position="end"),
        Normalize(method="none"),
    )
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    pipeline = make_pipeline(*steps, small).fit(train_bumps.X, train_bumps.y)
    X = bumps.X[:2]
    seen = seen_by_network(pipeline, X)
    assert seen.lengths.tolist() == [120, 120] and seen.fs.tolist() == [50, 50]
    inner, outer = (saliency(pipeline, X, space=space) for space in ("network", "input"))
    assert inner.shape == (2, 12, 120) and outer.shape == (2, 12, 320)
    assert not outer[..., :79].any()  # 160 samples at 50 Hz, the last 120 of them: from sample 80 on
    np.testing.assert_allclose(outer[..., 80:319:2], inner, rtol=1e-6)
    np.testing.assert_allclose(outer[..., 81:318:2], (inner[..., 1:] + inner[..., :-1]) / 2, rtol=1e-4, atol=1e-7)
    np.testing.assert_array_equal(inner, saliency(pipeline[-1], seen))
    reached = seen_samples(pipeline, X)
    assert reached.dtype == bool and reached.shape == outer.shape
    assert reached[..., 80:319].all() and not reached[..., :79].any()
    assert not outer[~reached].any()


def test_chosen_leads_go_back_to_their_places(train_bumps, bumps):
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    pipeline = make_pipeline(SelectLeads(["V1", "I"]), small).fit(train_bumps.X, train_bumps.y)
    outer, inner = (saliency(pipeline, bumps.X[:2], space=space) for space in ("input", "network"))
    np.testing.assert_array_equal(outer[:, [6, 0]], inner)
    assert seen_samples(pipeline, bumps.X[:2]).all(axis=2).nonzero()[1].tolist() == [0, 6, 0, 6]
    assert not np.delete(outer, [6, 0], axis=1).any()


def test_a_step_of_the_users_own_is_followed_while_it_keeps_leads_and_times(train_bumps, bumps):
    def model(function):
        small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
        return make_pipeline(FunctionTransformer(function), small).fit(train_bumps.X.to_array(), train_bumps.y)

    X = bumps.X[:2].to_array()
    assert saliency(model(np.tanh), X).shape == X.shape
    with pytest.raises(ValueError, match=r'FunctionTransformer.*space="network"'):
        saliency(model(lambda X: X[..., ::2]), X)


def test_a_model_from_a_file_converts_and_is_explained(train_bumps, bumps, tmp_path):
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0).fit(train_bumps.X, train_bumps.y)
    save(small, tmp_path / "model.skecg", X=train_bumps.X, y=train_bumps.y)
    loaded = load(tmp_path / "model.skecg")
    backwards = ECGRecords(np.repeat(bumps.X.to_array()[:2, ::-1], 2, axis=2), 200, leads=bumps.X.leads[::-1])
    values = saliency(loaded, backwards)
    assert values.shape == (2, 12, 640)
    seen = seen_by_network(loaded, backwards)
    assert seen.leads == bumps.X.leads and seen.lengths.tolist() == [320, 320]
    np.testing.assert_allclose(values[:, ::-1, ::2], saliency(loaded, backwards, space="network"), rtol=1e-5)


def test_derived_leads_cannot_be_led_back():
    rng = np.random.default_rng(0)
    X = ECGRecords(rng.normal(size=(8, 2, 100)), 100, leads=["I", "II"])
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    pipeline = make_pipeline(SelectLeads(["III"]), small).fit(X, [0, 1] * 4)
    with pytest.raises(ValueError, match='space="network"'):
        saliency(pipeline, X)
    assert saliency(pipeline, X, space="network").shape == (8, 1, 100)


def test_searches_thresholds_and_frozen_estimators_are_opened(train_bumps, bumps):
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    X, y = train_bumps.X[:40], train_bumps.y[:40]
    plain = clone(small).fit(X, y)
    expected = saliency(plain, bumps.X[:2])
    search = GridSearchCV(make_pipeline(Normalize(method="none"), small), {"alexnetclassifier__width": [8]}, cv=2).fit(
        X, y
    )
    tuned = TunedThresholdClassifierCV(FrozenEstimator(plain), cv="prefit", refit=False).fit(X, y)
    for wrapped in (search, tuned, FrozenEstimator(plain)):
        np.testing.assert_allclose(saliency(wrapped, bumps.X[:2]), expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", METHODS)
def test_arrays_records_and_ragged_records_agree(name, clf, bumps):
    X = bumps.X[:3]
    method = METHODS[name]
    expected = method(clf, X)
    np.testing.assert_array_equal(method(clf, X.to_array()), expected)
    ragged = ECGRecords([X.signals[0], X.signals[1][:, :300], X.signals[2]], 100)
    values = method(clf, ragged)
    assert [value.shape for value in values] == [(12, 320), (12, 300), (12, 320)]
    np.testing.assert_allclose(values[2], expected[2], rtol=1e-3, atol=1e-5)


def test_one_lead_in_two_dimensions(train_bumps):
    X = train_bumps.X.to_array()[:, V1]
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0).fit(X, train_bumps.y)
    for method in (saliency, grad_cam, occlusion):
        assert method(small, X[:3]).shape == (3, 320)


@pytest.mark.parametrize("name", METHODS)
def test_windows(name, train_bumps, bumps):
    network = {"attention": "AttResNetClassifier"}.get(name, "AlexNetClassifier")
    (clf,) = [one for one in quick_instances() if type(one).__name__ == network]
    clf = clf.set_params(window=160, max_epochs=1).fit(train_bumps.X, train_bumps.y)
    values = METHODS[name](clf, bumps.X[:2])
    assert values.shape == (2, 12, 320)
    assert np.isfinite(values).all() and values[..., 200:].any() and values[..., :100].any()


CLASSIFIERS = [one for one in quick_instances() if hasattr(one, "fusion")]


@pytest.mark.parametrize("clf", CLASSIFIERS, ids=lambda clf: type(clf).__name__)
def test_every_classifier_is_explained(clf, bumps):
    clf = clone(clf).set_params(max_epochs=1).fit(bumps.X, bumps.y)
    for method in (saliency, occlusion):
        values = method(clf, bumps.X[:2])
        assert values.shape == (2, 12, 320) and np.isfinite(values).all()
    if re.match("RNN|S4|ECG", type(clf).__name__):
        with pytest.raises(ValueError, match="convolution"):
            grad_cam(clf, bumps.X[:2])
    else:
        assert np.abs(grad_cam(clf, bumps.X[:2], relu=False)).max() > 0
    if re.match("Att|Transformer|ResTransformer", type(clf).__name__):
        for layer in (0, "rollout"):
            np.testing.assert_allclose(attention(clf, bumps.X[:2], layer=layer).mean(), 1, atol=0.35)
    else:
        with pytest.raises(ValueError, match="no attention"):
            attention(clf, bumps.X[:2])


# -- bad input ------------------------------------------------------------------------------------


def test_bad_input_is_told(clf, bumps):
    X = bumps.X[:2]
    with pytest.raises(ValueError, match="by must be one of"):
        occlusion(clf, X, by="beat")
    with pytest.raises(ValueError, match="needs segments"):
        occlusion(clf, X.to_array(), by="segment")
    with pytest.raises(ValueError, match=re.escape("record 0 must have the shape (320,)")):
        occlusion(clf, X, by="segment", segments=np.zeros((2, 10)))
    with pytest.raises(ValueError, match="each of 2 records"):
        occlusion(clf, X, by="segment", segments=np.zeros((1, 320)))
    with pytest.raises(ValueError, match="width"):
        occlusion(clf, X, by="time", width=0)
    with pytest.raises(ValueError, match="space"):
        saliency(clf, X, space="here")
    broken = X.to_array().copy()
    broken[1, 0, 0] = np.nan
    with pytest.raises(ValueError, match=r"NaN.*record 1"):
        saliency(clf, broken)
    with pytest.raises(ValueError, match="fitted on"):
        saliency(clf, X.to_array()[:, :3])
    with pytest.raises(ValueError, match=r"no layer 'trunk\.foot'"):
        grad_cam(clf, X, layer="trunk.foot")
    with pytest.raises(ValueError, match="layer must be"):
        attention(clf, X, layer=1)
    with pytest.raises(ValueError, match="shape of X"):
        deletion_curve(clf, X, np.zeros((2, 12, 10)))


@pytest.mark.parametrize("fusion", ["concat", "film", "cross_attention"])
def test_covariates_stand_beside_the_signal(fusion, bumps):
    metadata = {"age": np.arange(40.0), "sex": ["female", "male"] * 20}
    X = bumps.X.with_metadata(metadata)
    clf = AttResNetClassifier(
        width=8, max_epochs=1, window=160, covariates=["age", "sex"], fusion=fusion, random_state=0
    ).fit(X, bumps.y)
    for method in METHODS.values():
        values = method(clf, X[:3])
        assert values.shape == (3, 12, 320) and np.isfinite(values).all()
    assert summary(clf).n_parameters == sum(weights.numel() for weights in clf.net_.module_.parameters())
    older = X.with_metadata({**metadata, "age": np.full(40, 90.0)})
    if fusion == "film":  # with a linear head, the gradient at the signal does not depend on covariates
        assert not np.array_equal(saliency(clf, X[:3], target=1), saliency(clf, older[:3], target=1))
    if fusion == "cross_attention":
        np.testing.assert_allclose(attention(clf, X[:3], layer="fusion").mean(), 1, atol=0.3)
    else:
        with pytest.raises(ValueError, match="cross_attention"):
            attention(clf, X[:3], layer="fusion")


def test_other_estimators_are_refused():
    with pytest.raises(TypeError, match="LogisticRegression"):
        saliency(LogisticRegression(), np.zeros((2, 3)))


@pytest.mark.filterwarnings("ignore:.*not used for fitting:UserWarning")
@pytest.mark.parametrize(
    "wrap",
    [
        OneVsRestClassifier,
        partial(BaggingClassifier, n_estimators=2),
        partial(CalibratedClassifierCV, cv=2),
        partial(GridSearchCV, param_grid={"max_epochs": [1]}, cv=2, refit=False),
    ],
    ids=["one against the rest", "bagging", "calibrated", "search without refit"],
)
@pytest.mark.parametrize("fitted", [True, False])
def test_a_template_that_takes_no_part_is_not_explained(wrap, fitted, train_bumps):
    X, y = train_bumps.X.to_array()[:20, V1], train_bumps.y[:20]
    template = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    model = wrap(template.fit(X, y) if fitted else template).fit(X, y)
    with pytest.raises(TypeError, match=f"got {type(model).__name__}"):
        saliency(model, X[:2])


def test_masked_samples_are_told(clf, bumps):
    masked = np.ma.array(bumps.X[:2].to_array())
    masked[1, 0, 5] = np.ma.masked
    for method in (saliency, occlusion):
        with pytest.raises(ValueError, match=r"NaN.*record 1.*sample 5"):
            method(clf, masked)


def test_without_captum_the_message_says_what_to_install(clf, bumps, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(ImportError, match=r"skecg\[explain\]"):
        saliency(clf, bumps.X[:1])
    assert attention(clf, bumps.X[:1]).shape == (1, 12, 320)  # attention needs no target


def test_a_layer_can_be_chosen(clf, bumps):
    fine, coarse = (grad_cam(clf, bumps.X[:1], layer=layer) for layer in ("trunk.stages.0", "trunk.stages.3"))
    assert np.abs(np.diff(fine)).max() != np.abs(np.diff(coarse)).max()


def test_a_network_of_the_users_own(bumps):
    from torch import nn

    def network(n_leads, n_outputs):
        return nn.Sequential(
            nn.Conv1d(n_leads, 4, 9, padding=4),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(4, n_outputs),
        )

    clf = ECGClassifier(network, max_epochs=1, random_state=0).fit(bumps.X, bumps.y)
    assert grad_cam(clf, bumps.X[:2]).shape == (2, 12, 320)
