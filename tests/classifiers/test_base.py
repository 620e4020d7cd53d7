"""The behaviour that all classifiers share, tested on the smallest classifier."""

import inspect

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

import skecg.classifiers
import skecg.networks
from skecg import ECGRecords
from skecg.classifiers import CRNNClassifier, ECGClassifier, EEGNetClassifier, ResNetClassifier
from skecg.datasets import make_ecg
from skecg.testing._instances import small_network


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    signals = rng.normal(size=(60, 2, 300)) + y[:, None, None]
    records = ECGRecords(signals, 100, metadata={"patient_id": np.repeat(np.arange(20), 3)})
    return records, np.array(["healthy", "ill"])[y]


def _quick(**params):
    settings = {"max_epochs": 5, "learning_rate": 0.05, "batch_size": 16, "random_state": 0}
    return ECGClassifier(small_network, **{**settings, **params})


@pytest.mark.parametrize("name", skecg.classifiers.__all__)
def test_window_and_training_parameters_are_the_same_in_all(name):
    def shared(cls):
        parameters = [str(p) for p in inspect.signature(cls).parameters.values()]
        return parameters[parameters.index("window: int | None = None") :]

    def described(cls):
        text = inspect.getdoc(cls)
        return text[text.index("window : int") : text.index("Notes")]

    cls = getattr(skecg.classifiers, name)
    assert shared(cls) == shared(CRNNClassifier)
    assert described(cls) == described(CRNNClassifier)


@pytest.mark.parametrize("name", sorted(set(skecg.classifiers.__all__) - {"ECGClassifier"}))
def test_architecture_parameters_are_those_of_the_network(name):
    network = getattr(skecg.networks, name.removesuffix("Classifier"))
    wanted = [p for p in inspect.signature(network).parameters.values() if p.kind is p.KEYWORD_ONLY]
    found = list(inspect.signature(getattr(skecg.classifiers, name)).parameters.values())[: len(wanted)]
    assert [(p.name, p.default) for p in found] == [(p.name, p.default) for p in wanted]


def test_interrupting_raises_and_leaves_nothing_fitted(cohort):
    class Interrupt(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    records, y = cohort
    clf = _quick().fit(records, y)
    clf.net_params = {"callbacks": [Interrupt()]}
    with pytest.raises(KeyboardInterrupt):
        clf.fit(records, y)
    with pytest.raises(NotFittedError):
        clf.predict(records)


def test_early_stopping_respects_patients_and_restores_the_best_weights(cohort, monkeypatch):
    import skecg.training.loop.fit as fit

    seen = {}
    split = fit.validation_split

    def watched(target, groups, *args, **params):
        seen["groups"], seen["rows"] = groups, split(target, groups, *args, **params)
        return seen["rows"]

    monkeypatch.setattr(fit, "validation_split", watched)
    records, y = cohort
    y = np.where(np.arange(60) % 7 < 2, np.roll(y, 1), y)  # labels that cannot be learnt lead to early overfitting
    clf = _quick(early_stopping=True, validation_fraction=0.3, n_iter_no_change=3, max_epochs=200, learning_rate=0.5)
    clf.fit(records, y)
    train, valid = (set(seen["groups"][rows]) for rows in seen["rows"])
    assert len(valid) == 6 and not train & valid
    losses = [epoch["valid_loss"] for epoch in clf.history_]
    assert clf.n_iter_ == len(losses) < 200
    held_out = seen["rows"][1]
    p = clf.predict_proba(records[held_out])
    truth = (y[held_out] == "ill").astype(int)
    assert -np.log(p[np.arange(len(truth)), truth]).mean() == pytest.approx(min(losses), rel=1e-4)
    given = _quick(early_stopping=True).fit(records, y, groups=np.repeat(np.arange(6), 10))
    assert len(set(seen["groups"])) == 6 and hasattr(given, "net_")


def test_another_rate_is_refused(cohort):
    records, y = cohort
    clf = _quick().fit(records, y)
    with pytest.raises(ValueError, match="fitted on records at 100 Hz, got \\[250"):
        clf.predict(records.with_signals(records.to_array(), fs=250))
    mixed = records.with_signals(records.to_array(), fs=np.repeat([100, 250], 30))
    with pytest.raises(ValueError, match="different sampling rates"):
        clf.fit(mixed, y)


def test_other_leads_are_refused(cohort):
    records, y = cohort
    named = records.with_signals(records.to_array(), leads=("I", "V1"))
    clf = _quick(max_epochs=1).fit(named, y)
    assert clf.leads_in_ == ("I", "V1")
    assert clf.predict(named.with_signals(named.to_array(), leads=("i", "v1"))).shape == (60,)
    for leads in (("V1", "I"), ("I", "V2")):
        with pytest.raises(ValueError, match=r"fitted on the leads \['I', 'V1'\], got"):
            clf.predict(named.with_signals(named.to_array(), leads=leads))
    assert not hasattr(clf.fit(records.to_array(), y), "leads_in_")


@pytest.mark.learns
@pytest.mark.parametrize(("balanced", "prior"), [(False, 0.1), (True, 0.5)])
def test_balanced_batches_make_all_classes_as_likely(balanced, prior):
    X = np.random.default_rng(0).normal(size=(60, 2, 300))
    clf = _quick(balanced_batches=balanced, max_epochs=20, learning_rate=0.01).fit(X, np.arange(60) % 10 == 0)
    assert clf.predict_proba(X)[:, 1].mean() == pytest.approx(prior, abs=0.12)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(60), "one class only"),
        (np.arange(59) % 2, "inconsistent numbers of samples"),
        (None, "requires y to be passed"),
        (np.linspace(0, 1, 60), "Unknown label type"),
        (np.where(np.arange(60) == 3, np.nan, 1.0), "NaN"),
    ],
)
def test_bad_labels(cohort, y, message):
    with pytest.raises(ValueError, match=message):
        _quick().fit(cohort[0], y)


def test_weights_that_are_all_zero(cohort):
    with pytest.raises(ValueError, match="zero"):
        _quick().fit(*cohort, sample_weight=np.zeros(60))


def test_a_training_that_diverges_says_so(cohort):
    with pytest.raises(ValueError, match="not finite"):
        _quick(learning_rate=1e30, lr_schedule="constant", gradient_clip=None).fit(*cohort)


@pytest.mark.learns
@pytest.mark.parametrize("loss", ["focal", "asymmetric", "cross_entropy"])
def test_losses_learn(cohort, loss):
    records, y = cohort
    assert _quick(loss=loss, max_epochs=15).fit(records, y).score(records, y) == 1.0
    with pytest.raises(ValueError, match="'bce' does not fit classes"):
        _quick(loss="bce").fit(records, y)


def test_augmentation_acts_in_training_only(cohort):
    records, y = cohort
    plain, changed = (_quick(augment=augment).fit(records, y) for augment in (None, ["flip", "mixup"]))
    weights = [next(clf.net_.module_.parameters()) for clf in (plain, changed)]
    assert not torch.equal(*weights)
    np.testing.assert_array_equal(changed.predict_proba(records), changed.predict_proba(records))
    again = _quick(augment=["flip", "mixup"]).fit(records, y)
    np.testing.assert_array_equal(changed.predict_proba(records), again.predict_proba(records))


def test_averaged_weights_lag_behind_the_last_ones(cohort):
    records, y = cohort
    last, quick, slow = (_quick(ema_decay=decay).fit(records, y) for decay in (None, 1e-6, 0.9))
    weights = [torch.cat([p.detach().flatten() for p in clf.net_.module_.parameters()]) for clf in (last, quick, slow)]
    torch.testing.assert_close(weights[0], weights[1], rtol=1e-4, atol=1e-4)
    assert (weights[0] - weights[2]).abs().max() > 1e-2
    with pytest.raises(ValueError, match="ema_decay and early_stopping"):
        _quick(ema_decay=0.9, early_stopping=True).fit(records, y)


@pytest.mark.learns
def test_embedding_feeds_another_estimator(cohort):
    records, y = cohort
    clf = ResNetClassifier(width=8, max_epochs=3, window=100, random_state=0).fit(records, y)
    assert clf.transform(records).shape == (60, 64)
    assert not hasattr(_quick(), "transform")
    model = make_pipeline(FrozenEstimator(clf), LogisticRegression())
    assert cross_val_score(model, records, y, cv=3).mean() > 0.8


def test_a_window_that_no_record_fills_warns(cohort):
    records, y = cohort
    longest = max(records.lengths)
    with pytest.warns(UserWarning, match=rf"window={longest + 1} is longer than every record, of at most {longest} "):
        _quick(window=int(longest) + 1).fit(records, y)
    _quick(window=int(longest)).fit(records, y)


def test_windows_average_their_probabilities(cohort):
    records, y = cohort
    clf = _quick(window=100).fit(records, y)
    X = np.array(records.to_array())
    parts = [clf.predict_proba(X[:, :, start : start + 100]) for start in (0, 50, 100, 150, 200)]
    np.testing.assert_allclose(clf.predict_proba(records), np.mean(parts, axis=0), atol=1e-6)
    centre = clone(clf).set_params(n_windows=1).fit(records, y)
    np.testing.assert_allclose(centre.predict_proba(records), clf.predict_proba(X[:, :, 100:200]), atol=1e-6)


def test_the_network_is_told_the_length_if_it_asks(cohort):
    lengths = []

    def flat(n_leads, n_outputs, n_times):
        lengths.append(n_times)
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(n_leads * n_times, n_outputs))

    ECGClassifier(flat, max_epochs=1).fit(*cohort)
    ECGClassifier(flat, max_epochs=1, window=120).fit(*cohort)
    assert lengths == [300, 120]


def test_net_params_reach_skorch(cohort):
    clf = _quick(net_params={"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9, "optimizer__fused": False})
    assert clf.fit(*cohort).predict(cohort[0]).shape == (60,)


def test_a_progress_bar_on_request(cohort, capsys):
    _quick(verbose=1, max_epochs=2).fit(*cohort)
    out, err = capsys.readouterr()
    assert out == "" and "2/2" in err and "train_loss" in err


def test_a_fit_does_not_keep_the_records(cohort):
    import pickle

    records, y = cohort
    long = records.with_signals(np.tile(records.to_array(), 100))
    clf = _quick(max_epochs=1, early_stopping=True).fit(long, y)
    assert len(pickle.dumps(clf)) < 100_000


@pytest.mark.learns
@pytest.mark.parametrize("classifier", [CRNNClassifier, ResNetClassifier])
def test_learns_synthetic_ecgs(classifier):
    ecgs = make_ecg(64, classes=("NORM", "LBBB"), fs=100, duration=5, difficulty=0.0, random_state=0)
    clf = classifier(width=16, max_epochs=12, batch_size=16, learning_rate=5e-3, random_state=0)
    clf.fit(ecgs.data[:48], ecgs.target[:48])
    assert clf.score(ecgs.data[:48], ecgs.target[:48]) == 1.0
    assert clf.score(ecgs.data[48:], ecgs.target[48:]) >= 0.8


def test_grid_search_in_processes(cohort):
    search = GridSearchCV(_quick(), {"learning_rate": [0.01, 0.05], "window": [None, 150]}, cv=2, n_jobs=2)
    search.fit(*cohort)
    assert search.best_estimator_.predict(cohort[0]).dtype == cohort[1].dtype


@pytest.mark.parametrize(("device", "message"), [("gpu", "another device of PyTorch"), ("cuda", "no CUDA here")])
def test_a_device_that_is_not_there(cohort, device, message):
    if torch.cuda.is_available() and device == "cuda":
        pytest.skip("there is CUDA")
    with pytest.raises(ValueError, match=message):
        _quick(device=device).fit(*cohort)


def test_cross_validated_log_probabilities():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 2, 50)).astype(np.float32), np.tile(["AF", "NORM"], 6)
    clf = EEGNetClassifier(max_epochs=1, random_state=0)
    p = cross_val_predict(clf, X, y, cv=2, method="predict_proba")
    np.testing.assert_allclose(cross_val_predict(clf, X, y, cv=2, method="predict_log_proba"), np.log(p), rtol=1e-6)
