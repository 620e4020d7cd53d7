"""Weights from another fit are copied, adapted to other leads, frozen in part, and used in a search."""

import copy
import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from torch import nn

import skecg
from skecg.classifiers import CRNNClassifier, ECGClassifier
from skecg.format import save_weights
from skecg.preprocessing import Normalize
from skecg.testing import quick_instances

transfers = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("transfers.py"))))

NETWORKS = [each for each in quick_instances() if hasattr(each, "fine_tune") and not hasattr(each, "module")]


def test_a_frozen_trunk_stays_as_it_was_statistics_and_all(source):
    X, y = transfers.records(seed=1)
    clf = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="head", augment="flip").fit(X, y)
    assert transfers.equal(transfers.state(clf, "trunk"), transfers.state(source, "trunk"))
    assert not transfers.equal(transfers.state(clf, "head"), transfers.state(source, "head"))
    np.testing.assert_array_equal(clf.transform(X), source.transform(X))
    assert all(weights.requires_grad for weights in clf.net_.module_.parameters())


def test_the_last_stages_learn(source):
    clf = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune=3).fit(*transfers.records(seed=1))
    for part, kept in [("trunk.stem", True), ("trunk.stages.1", True), ("trunk.stages.2", False), ("head", False)]:
        assert transfers.equal(transfers.state(clf, part), transfers.state(source, part)) == kept
    everything = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="all").fit(*transfers.records(seed=1))
    assert not transfers.equal(transfers.state(everything, "trunk.stem"), transfers.state(source, "trunk.stem"))


@pytest.mark.parametrize(
    ("fewest", "params", "part"),
    [(25, {}, "head"), (24, {}, "all"), (24, {"early_stopping": True, "validation_fraction": 0.25}, "head")],
)
def test_auto_decides_by_the_number_of_training_records(source, monkeypatch, fewest, params, part):
    monkeypatch.setattr("skecg.training.weights.plan.FEWEST_FOR_ALL", fewest)
    X, y = transfers.records(seed=1)
    auto, named = (
        transfers.resnet(pretrained=FrozenEstimator(source), fine_tune=fine_tune, **params).fit(X, y)
        for fine_tune in ("auto", part)
    )
    assert auto.fine_tune_ == named.fine_tune_ == part
    assert transfers.equal(auto.net_.module_.state_dict(), named.net_.module_.state_dict())


def test_what_learned_is_kept_in_a_file_and_decided_anew_in_a_fit(source, monkeypatch, tmp_path):
    X, y = transfers.records(seed=1)
    assert source.fine_tune_ == transfers.resnet(fine_tune="auto", max_epochs=1).fit(X, y).fine_tune_ == "all"
    assert transfers.resnet(pretrained=FrozenEstimator(source), fine_tune=3, max_epochs=1).fit(X, y).fine_tune_ == 3
    clf = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="auto", max_epochs=1).fit(X, y)
    skecg.save(clf, tmp_path / "clf.skecg")
    loaded = skecg.load(tmp_path / "clf.skecg", on_mismatch=None)
    assert (loaded.fine_tune, loaded.fine_tune_) == ("auto", "head")
    assert not hasattr(clone(loaded), "fine_tune_")
    monkeypatch.setattr("skecg.training.weights.plan.FEWEST_FOR_ALL", 24)
    assert clone(loaded).fit(X, y).fine_tune_ == "all"


@pytest.mark.parametrize("part", ["auto", 0, True, None, ["head"]])
def test_a_part_that_no_fit_names_is_not_saved(source, tmp_path, part):
    clf = copy.copy(source)
    clf.fine_tune_ = part
    with pytest.raises(ValueError, match=r"fine_tune_ is .*; expected 'all' or 'head' or an integer of 1 or more"):
        skecg.save(clf, tmp_path / "clf.skecg")


@pytest.mark.parametrize("fine_tune", ["tail", 0, None])
def test_a_part_that_cannot_be_is_refused(fine_tune):
    with pytest.raises(ValueError, match=r"'fine_tune' parameter of ResNetClassifier must be .*'auto'"):
        transfers.resnet(fine_tune=fine_tune).fit(*transfers.records())


@pytest.mark.parametrize(("classes", "kept"), [(["no", "yes"], True), (["a", "b"], False), (["a", "b", "c"], False)])
def test_the_head_is_new_where_the_classes_differ(source, classes, kept):
    X, y = transfers.records()
    labels = np.array(classes)[np.arange(len(y)) % len(classes)]
    clf = transfers.resnet(pretrained=FrozenEstimator(source), learning_rate=1e-9, max_epochs=1).fit(X, labels)
    old, new = (model.net_.module_.head.weight for model in (source, clf))
    assert (old.shape == new.shape and torch.allclose(old, new, atol=1e-4)) == kept


def test_labels_in_place_of_classes_get_a_new_head(source):
    X, y = transfers.records()
    Y = np.stack([y == "yes", y == "no"], axis=1).astype(int)
    clf = transfers.resnet(pretrained=FrozenEstimator(source), learning_rate=1e-9).fit(X, Y)
    assert not torch.allclose(clf.net_.module_.head.weight, source.net_.module_.head.weight, atol=1e-3)


@pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)
def test_every_network_takes_fewer_leads_other_lengths_and_other_classes(clf):
    X, y = transfers.records(n_times=160)
    source = clone(clf).set_params(max_epochs=1).fit(X.to_array(), y)
    target = clone(clf).set_params(max_epochs=1, pretrained=FrozenEstimator(source), fine_tune="head")
    other = transfers.records(leads=("I", "V1", "V6"), n_times=230)[0].to_array()
    with pytest.warns(UserWarning, match="leads without names"):
        target.fit(other, np.arange(24) % 3)
    assert target.predict_proba(other).shape == (24, 3)
    again = clone(target).set_params(fine_tune=2, layer_decay=0.5).fit(X.to_array(), y)
    assert again.predict_proba(X.to_array()).shape == (24, 2)


def test_a_pipeline_or_a_file_is_a_source_too(source, tmp_path):
    X, y = transfers.records(seed=3)
    path = tmp_path / "source.skecg"
    skecg.save(make_pipeline(Normalize("none"), source), path)
    loaded = FrozenEstimator(skecg.load(path))
    sources = [
        FrozenEstimator(source),
        FrozenEstimator(make_pipeline(Normalize("none"), source)),
        path,
        str(path),
        loaded,
    ]
    fitted = [transfers.resnet(pretrained=each, max_epochs=1).fit(X, y) for each in sources]
    for clf in fitted[1:]:
        np.testing.assert_array_equal(clf.predict_proba(X), fitted[0].predict_proba(X))
    save_weights(source.net_.module_, tmp_path / "weights.skecg")
    bare = transfers.resnet(pretrained=tmp_path / "weights.skecg", fine_tune="head").fit(X, y)
    assert transfers.equal(transfers.state(bare, "trunk"), transfers.state(source, "trunk"))


def test_what_is_no_source(source, tmp_path):
    X, y = transfers.records()
    with pytest.raises(NotFittedError, match=r"ResNetClassifier is not fitted.*FrozenEstimator\(clf\)"):
        transfers.resnet(pretrained=FrozenEstimator(transfers.resnet())).fit(X, y)
    with pytest.raises(TypeError, match=r"a search would clone it.*FrozenEstimator\(clf\)"):
        transfers.resnet(pretrained=source).fit(X, y)
    with pytest.raises(TypeError, match=r"needs one fitted classifier of skecg.*got Normalize"):
        transfers.resnet(pretrained=FrozenEstimator(Normalize().fit(X))).fit(X, y)
    crnn = CRNNClassifier(width=8, max_epochs=1, pretrained=FrozenEstimator(source))
    with pytest.raises(ValueError, match="pretrained is a ResNetClassifier, but this is a CRNNClassifier"):
        crnn.fit(X, y)
    with pytest.raises(ValueError, match=r"ResNetClassifier\(depth=18\) and this ResNetClassifier\(depth=34\)"):
        transfers.resnet(depth=34, pretrained=FrozenEstimator(source)).fit(X, y)
    with pytest.raises(ValueError, match="fine_tune=7 stages, but ResNet has 6"):
        transfers.resnet(pretrained=FrozenEstimator(source), fine_tune=7).fit(X, y)
    with pytest.raises(OSError, match="nowhere"):
        transfers.resnet(pretrained=tmp_path / "nowhere.skecg").fit(X, y)
    skecg.save(transfers.resnet(), tmp_path / "unfitted.skecg")
    with pytest.raises(ValueError, match="holds no fitted classifier"):
        transfers.resnet(pretrained=tmp_path / "unfitted.skecg").fit(X, y)


def test_a_network_bound_to_its_length_says_so():
    def flat(n_leads, n_outputs, n_times):
        return nn.Sequential(nn.Flatten(), nn.Linear(n_leads * n_times, 4), nn.Linear(4, n_outputs))

    def linear(n_leads, n_outputs, n_times):
        return nn.Sequential(nn.Flatten(), nn.Linear(n_leads * n_times, n_outputs))

    X, y = transfers.records()
    source = ECGClassifier(flat, max_epochs=1).fit(X, y)
    longer = transfers.records(n_times=240)[0]
    with pytest.raises(ValueError, match=r"different networks: 1\.weight is \(4, 2400\) in pretrained and \(4, 2880\)"):
        ECGClassifier(flat, max_epochs=1, pretrained=FrozenEstimator(source)).fit(longer, y)
    source = ECGClassifier(linear, max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="pretrained has nothing for this ECGClassifier except a last layer"):
        ECGClassifier(linear, max_epochs=1, pretrained=FrozenEstimator(source)).fit(longer, y)


def test_another_rate_is_worth_a_warning(source):
    with pytest.warns(UserWarning, match="pretrained was fitted at 100 Hz, but these records have 250 Hz"):
        transfers.resnet(pretrained=FrozenEstimator(source), max_epochs=1).fit(*transfers.records(fs=250))


def test_a_search_over_all_of_them(source):
    X, y = transfers.records(seed=4)
    grid = {
        "pretrained": [None, FrozenEstimator(source)],
        "fine_tune": ["all", "head", 2],
        "layer_decay": [None, 0.5],
    }
    search = GridSearchCV(transfers.resnet(max_epochs=1), grid, cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 12
    best = search.best_estimator_
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(best)).predict_proba(X), best.predict_proba(X))


def test_layer_decay_slows_the_first_stages(source):
    X, y = transfers.records(seed=1)

    def moved(**params):
        clf = transfers.resnet(pretrained=FrozenEstimator(source), max_epochs=1, weight_decay=0, **params).fit(X, y)
        one, other = (model.net_.module_.trunk.stem[0].weight for model in (clf, source))
        return (one - other).abs().mean().item()

    assert 0 < moved(layer_decay=0.3) < 0.02 * moved()
    assert moved(layer_decay=1.0) == pytest.approx(moved(), rel=1e-3)


# -- only the head ----------------------------------------------------------------------------


@pytest.mark.parametrize("params", [{}, {"early_stopping": True, "n_iter_no_change": 4}, {"ema_decay": 0.5}])
@pytest.mark.parametrize("multilabel", [False, True])
def test_looking_once_gives_what_looking_each_epoch_gives(source, params, multilabel):
    X, y = transfers.records(n_records=40, seed=5)
    if multilabel:
        y = np.stack([y == "yes", np.arange(40) % 3 == 0], axis=1).astype(int)
    settings = {"pretrained": FrozenEstimator(source), "fine_tune": "head", "max_epochs": 8, "learning_rate": 0.01}
    once = transfers.resnet(**settings, **params).fit(X, y)
    each = transfers.resnet(**settings, **params, augment=("flip", {"probability": 0.0})).fit(X, y)
    np.testing.assert_allclose(once.predict_proba(X), each.predict_proba(X), atol=1e-5)
    losses = [[epoch["train_loss"] for epoch in clf.history_] for clf in (once, each)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.learns
def test_windows_of_the_head_alone_learn(source):
    X, y = transfers.records(n_records=60, seed=6)
    clf = transfers.resnet(
        pretrained=FrozenEstimator(source), fine_tune="head", window=100, max_epochs=20, learning_rate=0.05
    )
    assert clf.fit(X, y).score(X, y) > 0.9
