"""Every method: it finds a known cause, its choice matters to the model, and it forgets with the weights."""

import re
import sys

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline

from skecg import ECGRecords
from skecg.classifiers import AlexNetClassifier, ECGClassifier
from skecg.inspection import (
    attention,
    deletion_curve,
    grad_cam,
    integrated_gradients,
    occlusion,
    randomize_weights,
    saliency,
    seen_by_network,
)
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
KNOWS_LEADS = {"saliency", "integrated_gradients"}


@pytest.fixture(scope="module")
def explained(clf, bumps):
    """What each method says of class 1, once."""
    return {name: method(clf, bumps.X, target=1) for name, method in METHODS.items()}


def test_the_task_is_learnt(clf, bumps):
    assert clf.score(bumps.X, bumps.y) > 0.95


@pytest.mark.parametrize("name", METHODS)
def test_shape_and_type(name, explained, bumps):
    assert explained[name].shape == (40, 12, 320)
    assert explained[name].dtype == np.float32


@pytest.mark.parametrize("name", METHODS)
def test_the_known_cause_is_found(name, explained, bumps):
    """The mass near the bump, and its peak, against what chance would give."""
    shares, hits = [], []
    for i in np.flatnonzero(bumps.y == 1):
        value, time = np.abs(explained[name][i]).astype(float), bumps.times[i]
        near = np.zeros(value.shape, bool)
        near[V1 if name in KNOWS_LEADS else slice(None), time - HALF : time + HALF + 1] = True
        shares.append(value[near].sum() / value.sum() / near.mean())
        smooth = np.convolve(value[V1], np.ones(25) / 25, "same")
        hits.append(abs(smooth.argmax() - time) <= HALF)
    assert np.mean(hits) >= 0.9
    assert np.mean(shares) > (6 if name in KNOWS_LEADS else 3)


@pytest.mark.parametrize("name", KNOWS_LEADS)
def test_the_lead_that_tells_is_found_and_the_one_that_does_not_is_not(name, explained, bumps):
    mass = np.abs(explained[name][bumps.y == 1]).sum(axis=(0, 2))
    assert mass.argmax() == V1


def test_occlusion_names_the_lead(clf, bumps):
    fall = occlusion(clf, bumps.X, by="lead", target=1)
    np.testing.assert_array_equal(fall, np.repeat(fall[:, :, :1], 320, axis=2))
    mean = fall[bumps.y == 1][:, :, 0].mean(axis=0)
    assert mean.argmax() == V1 and mean[V1] > 3 * np.delete(mean, V1).max()


@pytest.mark.parametrize("name", METHODS)
def test_deleting_what_it_names_hurts_more_than_deleting_elsewhere(name, clf, explained, bumps):
    rows = np.flatnonzero(bumps.y == 1)
    curve = deletion_curve(
        clf, bumps.X[rows], explained[name][rows], target=1, fractions=(0.0, 0.1, 0.2), smooth=15, random_state=0
    )
    np.testing.assert_allclose(curve.log_odds[:, 0], curve.random[:, 0])
    fall, chance = (np.mean(c[:, :1] - c[:, 1:]) for c in (curve.log_odds, curve.random))
    assert fall > 2 * max(chance, 0) and fall > 1.0


@pytest.mark.parametrize("name", METHODS)
def test_shuffled_weights_change_it(name, clf, explained, bumps):
    rows = np.arange(1, 20, 2)
    same = METHODS[name](clf, bumps.X[rows], target=1)
    shuffled = METHODS[name](randomize_weights(clf, random_state=0), bumps.X[rows], target=1)
    likeness = [
        [spearmanr(a[i].ravel(), b[i].ravel())[0] for i in range(10)]
        for a, b in ((same, explained[name][rows]), (same, shuffled))
    ]
    assert np.mean(likeness[0]) > 0.99
    assert not np.nanmean(np.abs(likeness[1])) > 0.5  # an explanation that is zero throughout has none


def test_shuffling_leaves_the_model_alone(clf, bumps):
    before = clf.predict_proba(bumps.X[:4])
    randomize_weights(clf, random_state=0)
    np.testing.assert_array_equal(before, clf.predict_proba(bumps.X[:4]))


# -- what is explained --------------------------------------------------------------------------


@pytest.mark.parametrize("window", [None, 160])
def test_integrated_gradients_add_up(window, train_bumps, bumps):
    clf = AlexNetClassifier(
        width=8, hidden_size=32, window=window, max_epochs=3, batch_size=16, learning_rate=0.01, random_state=0
    ).fit(train_bumps.X, train_bumps.y)
    X = bumps.X[:4].to_array()
    flat = np.zeros_like(X)
    values = integrated_gradients(clf, X, target=1, n_steps=200)
    if window is None:
        gain = logit(clf.predict_proba(X)[:, 1].astype(float)) - logit(clf.predict_proba(flat)[:, 1].astype(float))
    else:  # the mean log-odds of the windows
        X_windows = [X[..., start : start + 160] for start in (0, 80, 160)]
        whole = AlexNetClassifier(**{**clf.get_params(), "window": 160, "n_windows": 1})
        whole.__dict__.update({k: v for k, v in clf.__dict__.items() if k.endswith("_")})
        odds = [logit(whole.predict_proba(part)[:, 1].astype(float)) for part in X_windows]
        gain = np.mean(odds, axis=0) - logit(whole.predict_proba(flat[..., :160])[:, 1].astype(float))
    np.testing.assert_allclose(values.sum(axis=(1, 2)), gain, rtol=0.05, atol=0.02)


def test_saliency_is_the_gradient_of_the_log_odds(clf, bumps):
    X = bumps.X[:1].to_array().copy()
    gradient = saliency(clf, X, target=1, absolute=False)
    size = np.linalg.norm(gradient)
    direction, step = gradient / size, 0.01
    odds = [logit(clf.predict_proba(X + s * direction)[0, 1].astype(float)) for s in (step, -step)]
    assert (odds[0] - odds[1]) / (2 * step) == pytest.approx(size, rel=0.05)


def test_the_two_classes_of_a_binary_task_are_opposite(clf, bumps):
    one, other = (integrated_gradients(clf, bumps.X[:2], target=target) for target in (0, 1))
    np.testing.assert_allclose(one, -other, atol=1e-5)


def test_targets_are_classes_one_for_all_or_one_each(clf, bumps):
    X, y = bumps.X[:4], bumps.y[:4]
    default = saliency(clf, X)
    np.testing.assert_array_equal(default, saliency(clf, X, target=clf.predict(X)))
    each = saliency(clf, X, target=y)
    np.testing.assert_array_equal(each[1], saliency(clf, X, target=1)[1])
    with pytest.raises(ValueError, match=re.escape("not among the classes [0, 1]")):
        saliency(clf, X, target=2)
    with pytest.raises(ValueError, match="one for each of 4 records"):
        saliency(clf, X, target=[0, 1])


def test_labels_of_a_multilabel_task(train_bumps, bumps):
    Y = np.c_[train_bumps.y, np.arange(160) % 3 == 0].astype(int)
    clf = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0).fit(train_bumps.X, Y)
    values = integrated_gradients(clf, bumps.X[:3], target=1, n_steps=100)
    p, flat = (clf.predict_proba(x)[:, 1].astype(float) for x in (bumps.X[:3].to_array(), np.zeros((3, 12, 320))))
    np.testing.assert_allclose(values.sum(axis=(1, 2)), logit(p) - logit(flat), rtol=0.05, atol=0.01)
    with pytest.raises(ValueError, match="numbers of labels"):
        saliency(clf, bumps.X[:3], target=2)


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


def test_chosen_leads_go_back_to_their_places(train_bumps, bumps):
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    pipeline = make_pipeline(SelectLeads(["V1", "I"]), small).fit(train_bumps.X, train_bumps.y)
    outer, inner = (saliency(pipeline, bumps.X[:2], space=space) for space in ("input", "network"))
    np.testing.assert_array_equal(outer[:, [6, 0]], inner)
    assert not np.delete(outer, [6, 0], axis=1).any()


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


CLASSIFIERS = [one for one in quick_instances() if hasattr(one, "max_epochs")]


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


# -- segments -------------------------------------------------------------------------------------


def test_segments_are_labels_or_a_callable(clf, bumps):
    X, times = bumps.X[1:4:2], bumps.times[1:4:2]
    labels = np.full((2, 320), "", dtype=object)
    for row, time in zip(labels, times, strict=True):
        row[time - HALF : time + HALF + 1] = "QRS"
        row[:10] = "P"
    fall = occlusion(clf, X, by="segment", segments=labels, target=1)
    assert not fall[:, :, labels[0] == ""][0].any()
    for value, row in zip(fall, labels, strict=True):
        assert len(np.unique(value[:, row == "QRS"])) == 1
        assert value[0][row == "QRS"][0] > 3 * abs(value[0][0])
    asked = []

    def segments(signal, fs):
        asked.append((signal.shape, fs))
        return labels[len(asked) - 1]

    np.testing.assert_array_equal(occlusion(clf, X, by="segment", segments=segments, target=1), fall)
    assert asked == [((12, 320), 100.0)] * 2
    by_lead = occlusion(clf, X, by="lead_segment", segments=labels, target=1)
    assert by_lead[0][:, times[0]].argmax() == V1


def test_segments_follow_the_signal_through_the_steps(train_bumps, bumps):
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    pipeline = make_pipeline(ECGResample(50), ECGCrop(length=120, position="end"), small).fit(
        train_bumps.X, train_bumps.y
    )
    labels = np.zeros((2, 320), int)
    labels[:, 100:140] = 1
    labels[:, :20] = 2  # cut off
    inner = occlusion(pipeline, bumps.X[:2], by="segment", segments=labels, space="network")
    changed = np.flatnonzero(inner[0, 0])
    assert (changed.min(), changed.max()) == (10, 29)  # (100 - 80) / 2 to (139 - 80) / 2


def test_a_segment_is_replaced_by_a_line():
    from skecg.inspection._occlusion import _lines

    signal = np.array([[0.0, 1, 9, 9, 4, 5], [7, 7, 7, 7, 7, 9]], np.float32)
    parts = np.array([[0, 0, 1, 1, 0, 0], [2, 2, 2, 2, 2, 2]])
    np.testing.assert_allclose(_lines(signal, parts), [[0, 1, 2, 3, 4, 5], [7] * 6])


# -- bad input ------------------------------------------------------------------------------------


def test_bad_input_is_told(clf, bumps):
    X = bumps.X[:2]
    with pytest.raises(ValueError, match="by must be one of"):
        occlusion(clf, X, by="beat")
    with pytest.raises(ValueError, match="needs segments"):
        occlusion(clf, X, by="segment")
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


def test_other_estimators_are_refused():
    with pytest.raises(TypeError, match="LogisticRegression"):
        saliency(LogisticRegression(), np.zeros((2, 3)))


def test_without_captum_the_message_says_what_to_install(clf, bumps, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(ImportError, match=r"skecg\[explain\]"):
        saliency(clf, bumps.X[:1])
    assert attention(clf, bumps.X[:1]).shape == (1, 12, 320)  # needs none


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
