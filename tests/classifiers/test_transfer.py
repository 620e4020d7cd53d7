"""Weights from another fit are copied, adapted to other leads, frozen in part, and used in a search."""

import copy
import pickle

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
from skecg import ECGRecords
from skecg.classifiers import CRNNClassifier, ECGClassifier, EEGNetClassifier, ResNetClassifier
from skecg.format import save_weights
from skecg.preprocessing import Normalize, SelectLeads
from skecg.signal import mix_leads
from skecg.testing import quick_instances

NETWORKS = [each for each in quick_instances() if hasattr(each, "fine_tune") and not hasattr(each, "module")]
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


def _records(n_records=24, leads=TWELVE, n_times=200, seed=0, fs=100):
    """Return records whose other limb leads are computed from I and II, and their two classes."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_records) % 2
    signals = (rng.normal(size=(n_records, 8, n_times)) * (1 + y)[:, None, None]).astype(np.float32)
    eight = ECGRecords(signals, fs, leads=EIGHT)
    return SelectLeads(list(leads)).fit_transform(eight), np.array(["no", "yes"])[y]


def _resnet(**params):
    return ResNetClassifier(**{"width": 8, "max_epochs": 2, "batch_size": 8, "random_state": 0, **params})


@pytest.fixture(scope="module")
def source():
    return _resnet().fit(*_records())


def _state(clf, part):
    return {key: value for key, value in clf.net_.module_.state_dict().items() if key.startswith(part)}


def _equal(one, other):
    return all(torch.equal(one[key], other[key]) for key in one)


def test_a_frozen_trunk_stays_as_it_was_statistics_and_all(source):
    X, y = _records(seed=1)
    clf = _resnet(pretrained=FrozenEstimator(source), fine_tune="head", augment="flip").fit(X, y)
    assert _equal(_state(clf, "trunk"), _state(source, "trunk"))
    assert not _equal(_state(clf, "head"), _state(source, "head"))
    np.testing.assert_array_equal(clf.transform(X), source.transform(X))
    assert all(weights.requires_grad for weights in clf.net_.module_.parameters())


def test_the_last_stages_learn(source):
    clf = _resnet(pretrained=FrozenEstimator(source), fine_tune=3).fit(*_records(seed=1))
    for part, kept in [("trunk.stem", True), ("trunk.stages.1", True), ("trunk.stages.2", False), ("head", False)]:
        assert _equal(_state(clf, part), _state(source, part)) == kept
    everything = _resnet(pretrained=FrozenEstimator(source), fine_tune="all").fit(*_records(seed=1))
    assert not _equal(_state(everything, "trunk.stem"), _state(source, "trunk.stem"))


@pytest.mark.parametrize(
    ("fewest", "params", "part"),
    [(25, {}, "head"), (24, {}, "all"), (24, {"early_stopping": True, "validation_fraction": 0.25}, "head")],
)
def test_auto_decides_by_the_number_of_training_records(source, monkeypatch, fewest, params, part):
    monkeypatch.setattr("skecg.training.weights.plan.FEWEST_FOR_ALL", fewest)
    X, y = _records(seed=1)
    auto, named = (
        _resnet(pretrained=FrozenEstimator(source), fine_tune=fine_tune, **params).fit(X, y)
        for fine_tune in ("auto", part)
    )
    assert auto.fine_tune_ == named.fine_tune_ == part
    assert _equal(auto.net_.module_.state_dict(), named.net_.module_.state_dict())


def test_what_learned_is_kept_in_a_file_and_decided_anew_in_a_fit(source, monkeypatch, tmp_path):
    X, y = _records(seed=1)
    assert source.fine_tune_ == _resnet(fine_tune="auto", max_epochs=1).fit(X, y).fine_tune_ == "all"
    assert _resnet(pretrained=FrozenEstimator(source), fine_tune=3, max_epochs=1).fit(X, y).fine_tune_ == 3
    clf = _resnet(pretrained=FrozenEstimator(source), fine_tune="auto", max_epochs=1).fit(X, y)
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
        _resnet(fine_tune=fine_tune).fit(*_records())


@pytest.mark.parametrize(("classes", "kept"), [(["no", "yes"], True), (["a", "b"], False), (["a", "b", "c"], False)])
def test_the_head_is_new_where_the_classes_differ(source, classes, kept):
    X, y = _records()
    labels = np.array(classes)[np.arange(len(y)) % len(classes)]
    clf = _resnet(pretrained=FrozenEstimator(source), learning_rate=1e-9, max_epochs=1).fit(X, labels)
    old, new = (model.net_.module_.head.weight for model in (source, clf))
    assert (old.shape == new.shape and torch.allclose(old, new, atol=1e-4)) == kept


def test_labels_in_place_of_classes_get_a_new_head(source):
    X, y = _records()
    Y = np.stack([y == "yes", y == "no"], axis=1).astype(int)
    clf = _resnet(pretrained=FrozenEstimator(source), learning_rate=1e-9).fit(X, Y)
    assert not torch.allclose(clf.net_.module_.head.weight, source.net_.module_.head.weight, atol=1e-3)


def test_twelve_leads_become_eight_without_loss(source):
    X, y = _records(seed=2)
    eight = SelectLeads(list(EIGHT)).fit_transform(X)
    clf = _resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(eight, y)
    np.testing.assert_allclose(clf.transform(eight), source.transform(X), rtol=1e-4, atol=1e-5)


def test_the_order_of_leads_does_not_matter(source):
    X, y = _records(seed=2)
    turned = SelectLeads(list(TWELVE[::-1])).fit_transform(X)
    clf = _resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(turned, y)
    np.testing.assert_allclose(clf.transform(turned), source.transform(X), rtol=1e-4, atol=1e-5)


def test_eegnet_which_weighs_leads_elsewhere():
    settings = {"n_tokens": 4, "dropout": 0.0, "max_epochs": 2, "batch_size": 8, "random_state": 0}
    X, y = _records()
    twelve = EEGNetClassifier(**settings).fit(X, y)
    eight = SelectLeads(list(EIGHT)).fit_transform(X)
    clf = EEGNetClassifier(**settings, pretrained=FrozenEstimator(twelve), fine_tune="head").fit(eight, y)
    assert clf.predict_proba(eight).shape == (24, 2)
    weights = [model.net_.module_.spatial[0].weight[:, 0, :, 0] for model in (twelve, clf)]
    torch.testing.assert_close(weights[1], weights[0] @ torch.from_numpy(_eight_to_twelve()).float())


def _eight_to_twelve():
    return mix_leads(np.eye(8)[None], skecg.signal.resolve_leads(EIGHT, TWELVE)[1])[0]


@pytest.mark.parametrize("leads", [("V2",), ("II",), ("MLII",)])
def test_one_lead_of_twelve(source, leads):
    X, y = _records()
    one = X.with_signals(X.to_array()[:, :1], leads=leads)
    clf = _resnet(pretrained=FrozenEstimator(source))
    if leads == ("MLII",):
        with pytest.warns(UserWarning, match=r"no filters for the leads MLII; it has I, II.*get the mean of its"):
            clf.fit(one, y)
    else:
        clf.fit(one, y)
    assert np.isfinite(clf.predict_proba(one)).all()


def test_names_of_leads_are_compared_without_what_recorders_write_around_them(source):
    X, y = _records(seed=2)
    eight = SelectLeads(list(EIGHT)).fit_transform(X)
    named = eight.with_signals(eight.signals, leads=["LEAD I", "ii", "v1", "Lead V2", "ECG V3", "V4", "v5", "lead_v6"])
    clf = _resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(named, y)
    np.testing.assert_allclose(clf.transform(named), source.transform(X), rtol=1e-4, atol=1e-5)


def test_leads_that_the_source_does_not_know_are_named_once(source):
    X, y = _records()
    some = X.with_signals(X.to_array()[:, :3], leads=["V1", "lead 0", "Frank X"])
    with pytest.warns(UserWarning, match="no filters for the leads lead 0, Frank X; it has I, II") as warned:
        clf = _resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(some, y)
    assert len(warned) == 1
    old, new = (next(iter(_state(model, "trunk").values())) for model in (source, clf))
    torch.testing.assert_close(new[:, 1], old.mean(dim=1))
    torch.testing.assert_close(new[:, 1], new[:, 2])
    assert not torch.allclose(new[:, 0], new[:, 1])


def test_arrays_have_no_names():
    X, y = _records()
    X = X.to_array()
    source = _resnet().fit(X, y)
    for fewer in (X[:, :8], X[:, 0]):
        clf = _resnet(pretrained=FrozenEstimator(source))
        with pytest.warns(UserWarning, match="leads without names; pretrained has 12 leads, these records have"):
            clf.fit(fewer, y)
        assert clf.predict(fewer).shape == (24,)
    same = _resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(X, y)
    np.testing.assert_array_equal(same.transform(X), source.transform(X))


def test_more_leads_than_the_source():
    X, y = _records(leads=EIGHT)
    source = _resnet().fit(X, y)
    with pytest.raises(ValueError, match="pretrained has filters for 8 leads, but these records have 12"):
        _resnet(pretrained=FrozenEstimator(source)).fit(*_records())


@pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)
def test_every_network_takes_fewer_leads_other_lengths_and_other_classes(clf):
    X, y = _records(n_times=160)
    source = clone(clf).set_params(max_epochs=1).fit(X.to_array(), y)
    target = clone(clf).set_params(max_epochs=1, pretrained=FrozenEstimator(source), fine_tune="head")
    other = _records(leads=("I", "V1", "V6"), n_times=230)[0].to_array()
    with pytest.warns(UserWarning, match="leads without names"):
        target.fit(other, np.arange(24) % 3)
    assert target.predict_proba(other).shape == (24, 3)
    again = clone(target).set_params(fine_tune=2, layer_decay=0.5).fit(X.to_array(), y)
    assert again.predict_proba(X.to_array()).shape == (24, 2)


def test_a_pipeline_or_a_file_is_a_source_too(source, tmp_path):
    X, y = _records(seed=3)
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
    fitted = [_resnet(pretrained=each, max_epochs=1).fit(X, y) for each in sources]
    for clf in fitted[1:]:
        np.testing.assert_array_equal(clf.predict_proba(X), fitted[0].predict_proba(X))
    save_weights(source.net_.module_, tmp_path / "weights.skecg")
    bare = _resnet(pretrained=tmp_path / "weights.skecg", fine_tune="head").fit(X, y)
    assert _equal(_state(bare, "trunk"), _state(source, "trunk"))


def test_what_is_no_source(source, tmp_path):
    X, y = _records()
    with pytest.raises(NotFittedError, match=r"ResNetClassifier is not fitted.*FrozenEstimator\(clf\)"):
        _resnet(pretrained=FrozenEstimator(_resnet())).fit(X, y)
    with pytest.raises(TypeError, match=r"a search would clone it.*FrozenEstimator\(clf\)"):
        _resnet(pretrained=source).fit(X, y)
    with pytest.raises(TypeError, match=r"needs one fitted classifier of skecg.*got Normalize"):
        _resnet(pretrained=FrozenEstimator(Normalize().fit(X))).fit(X, y)
    crnn = CRNNClassifier(width=8, max_epochs=1, pretrained=FrozenEstimator(source))
    with pytest.raises(ValueError, match="pretrained is a ResNetClassifier, but this is a CRNNClassifier"):
        crnn.fit(X, y)
    with pytest.raises(ValueError, match=r"ResNetClassifier\(depth=18\) and this ResNetClassifier\(depth=34\)"):
        _resnet(depth=34, pretrained=FrozenEstimator(source)).fit(X, y)
    with pytest.raises(ValueError, match="fine_tune=7 stages, but ResNet has 6"):
        _resnet(pretrained=FrozenEstimator(source), fine_tune=7).fit(X, y)
    with pytest.raises(OSError, match="nowhere"):
        _resnet(pretrained=tmp_path / "nowhere.skecg").fit(X, y)
    skecg.save(_resnet(), tmp_path / "unfitted.skecg")
    with pytest.raises(ValueError, match="holds no fitted classifier"):
        _resnet(pretrained=tmp_path / "unfitted.skecg").fit(X, y)


def test_a_network_bound_to_its_length_says_so():
    def flat(n_leads, n_outputs, n_times):
        return nn.Sequential(nn.Flatten(), nn.Linear(n_leads * n_times, 4), nn.Linear(4, n_outputs))

    def linear(n_leads, n_outputs, n_times):
        return nn.Sequential(nn.Flatten(), nn.Linear(n_leads * n_times, n_outputs))

    X, y = _records()
    source = ECGClassifier(flat, max_epochs=1).fit(X, y)
    longer = _records(n_times=240)[0]
    with pytest.raises(ValueError, match=r"different networks: 1\.weight is \(4, 2400\) in pretrained and \(4, 2880\)"):
        ECGClassifier(flat, max_epochs=1, pretrained=FrozenEstimator(source)).fit(longer, y)
    source = ECGClassifier(linear, max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="pretrained has nothing for this ECGClassifier except a last layer"):
        ECGClassifier(linear, max_epochs=1, pretrained=FrozenEstimator(source)).fit(longer, y)


def test_another_rate_is_worth_a_warning(source):
    with pytest.warns(UserWarning, match="pretrained was fitted at 100 Hz, but these records have 250 Hz"):
        _resnet(pretrained=FrozenEstimator(source), max_epochs=1).fit(*_records(fs=250))


def test_a_search_over_all_of_them(source):
    X, y = _records(seed=4)
    grid = {
        "pretrained": [None, FrozenEstimator(source)],
        "fine_tune": ["all", "head", 2],
        "layer_decay": [None, 0.5],
    }
    search = GridSearchCV(_resnet(max_epochs=1), grid, cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 12
    best = search.best_estimator_
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(best)).predict_proba(X), best.predict_proba(X))


def test_layer_decay_slows_the_first_stages(source):
    X, y = _records(seed=1)

    def moved(**params):
        clf = _resnet(pretrained=FrozenEstimator(source), max_epochs=1, weight_decay=0, **params).fit(X, y)
        one, other = (model.net_.module_.trunk.stem[0].weight for model in (clf, source))
        return (one - other).abs().mean().item()

    assert 0 < moved(layer_decay=0.3) < 0.02 * moved()
    assert moved(layer_decay=1.0) == pytest.approx(moved(), rel=1e-3)


# -- only the head ----------------------------------------------------------------------------


@pytest.mark.parametrize("params", [{}, {"early_stopping": True, "n_iter_no_change": 4}, {"ema_decay": 0.5}])
@pytest.mark.parametrize("multilabel", [False, True])
def test_looking_once_gives_what_looking_each_epoch_gives(source, params, multilabel):
    X, y = _records(n_records=40, seed=5)
    if multilabel:
        y = np.stack([y == "yes", np.arange(40) % 3 == 0], axis=1).astype(int)
    settings = {"pretrained": FrozenEstimator(source), "fine_tune": "head", "max_epochs": 8, "learning_rate": 0.01}
    once = _resnet(**settings, **params).fit(X, y)
    each = _resnet(**settings, **params, augment=("flip", {"probability": 0.0})).fit(X, y)
    np.testing.assert_allclose(once.predict_proba(X), each.predict_proba(X), atol=1e-5)
    losses = [[epoch["train_loss"] for epoch in clf.history_] for clf in (once, each)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.learns
def test_windows_of_the_head_alone_learn(source):
    X, y = _records(n_records=60, seed=6)
    clf = _resnet(pretrained=FrozenEstimator(source), fine_tune="head", window=100, max_epochs=20, learning_rate=0.05)
    assert clf.fit(X, y).score(X, y) > 0.9
