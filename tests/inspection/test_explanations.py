"""Every method finds a known cause, marks samples that matter to the model, and depends on the weights."""

import copy
import re

import numpy as np
import pytest
import torch
from scipy.special import logit
from scipy.stats import spearmanr

from skecg.classifiers import AlexNetClassifier
from skecg.inspection import (
    attention,
    deletion_curve,
    grad_cam,
    integrated_gradients,
    occlusion,
    randomize_weights,
    saliency,
)

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
KNOWS_LEADS = ["integrated_gradients", "saliency"]


@pytest.fixture(scope="module")
def explained(clf, bumps):
    """Return the explanation of class 1 by each method, computed once."""
    return {name: method(clf, bumps.X, target=1) for name, method in METHODS.items()}


@pytest.mark.learns
def test_the_task_is_learnt(clf, bumps):
    assert clf.score(bumps.X, bumps.y) > 0.95


@pytest.mark.parametrize("name", METHODS)
def test_shape_and_type(name, explained, bumps):
    assert explained[name].shape == (40, 12, 320)
    assert explained[name].dtype == np.float32


@pytest.mark.parametrize("name", METHODS)
def test_the_known_cause_is_found(name, explained, bumps):
    """The attribution near the bump is a multiple of chance, and its peak is at the bump."""
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


@pytest.mark.filterwarnings("ignore:An input array is constant")
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
    assert not np.nanmean(np.abs(likeness[1])) > 0.5  # the correlation is NaN if an explanation is zero everywhere


def test_shuffling_leaves_the_model_alone(clf, bumps):
    before = clf.predict_proba(bumps.X[:4])
    randomize_weights(clf, random_state=0)
    np.testing.assert_array_equal(before, clf.predict_proba(bumps.X[:4]))


# -- what is explained --------------------------------------------------------------------------


@pytest.mark.parametrize("window", [None, 160])
def test_integrated_gradients_add_up(window, train_bumps, bumps):
    settings = {"width": 8, "hidden_size": 32, "max_epochs": 3, "batch_size": 16, "learning_rate": 0.01}
    smooth = {"label_smoothing": 0.1}  # probabilities of 1 have no log-odds
    clf = AlexNetClassifier(**settings, window=window, loss_params=smooth, random_state=0)
    clf.fit(train_bumps.X, train_bumps.y)
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
    direction, step = gradient / size, 1e-5  # short, so that no activation changes its side; float32 is too coarse
    network = copy.deepcopy(clf.net_.module_).double().eval()
    with torch.no_grad():
        logits = [network(torch.from_numpy(X + s * direction.astype(float)))[0] for s in (step, -step)]
    rise = (logits[0] - logits[1]) / (2 * step)
    assert float(rise[1] - rise[0]) == pytest.approx(size, rel=1e-3)
    p = clf.predict_proba(X)[0].astype(float)
    assert float((logits[0] + logits[1]).diff()) / 2 == pytest.approx(np.log(p[1] / p[0]), rel=1e-3)


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
    Y = np.c_[train_bumps.y, np.arange(len(train_bumps.y)) % 3 == 0].astype(int)
    clf = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0).fit(train_bumps.X, Y)
    values = integrated_gradients(clf, bumps.X[:3], target=1, n_steps=100)
    p, flat = (clf.predict_proba(x)[:, 1].astype(float) for x in (bumps.X[:3].to_array(), np.zeros((3, 12, 320))))
    np.testing.assert_allclose(values.sum(axis=(1, 2)), logit(p) - logit(flat), rtol=0.05, atol=0.01)
    with pytest.raises(ValueError, match="numbers of labels"):
        saliency(clf, bumps.X[:3], target=2)
