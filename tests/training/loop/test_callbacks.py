"""Callbacks of skorch that a user passes in net_params."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV
from skorch import callbacks

from skecg.classifiers import EEGNetClassifier

Y = np.arange(40) % 2
X = (np.random.default_rng(0).normal(size=(40, 2, 100)) + 0.8 * Y[:, None, None]).astype(np.float32)


def _silent(message):
    pass


def _clf(given, **params):
    settings = {"n_tokens": 4, "max_epochs": 12, "batch_size": 8, "random_state": 0, **params}
    return EEGNetClassifier(**settings, net_params={"callbacks": given})


def _impatient(**params):
    return callbacks.EarlyStopping("train_loss", patience=1, sink=_silent, **params)


WORKING = {
    "early stopping": _impatient(),
    "its best weights": _impatient(load_best=True),
    "schedule": callbacks.LRScheduler("StepLR", step_size=2),
    "schedule that looks at the loss": callbacks.LRScheduler("ReduceLROnPlateau", monitor="train_loss"),
    "class": callbacks.LRScheduler,
    "clipping": callbacks.GradientNormClipping(1.0),
    "timer": callbacks.EpochTimer(),
    "log": callbacks.PrintLog(sink=_silent),
    "freezing": callbacks.Freezer("time*"),
}


@pytest.mark.parametrize("callback", WORKING.values(), ids=WORKING)
def test_every_form_works(callback):
    alone = _clf([callback]).fit(X, Y)
    named = _clf([("mine", callback)], early_stopping=True).fit(X, Y)
    assert alone.score(X, Y) > 0.9
    assert named.n_iter_ <= 12
    assert len(_clf([("progress", callback), ("checkpoint", callback)]).fit(X, Y).history_) == alone.n_iter_


def test_early_stopping_of_skorch_ends_the_training_alone_and_in_a_search():
    params = {"max_epochs": 50, "learning_rate": 0.3, "lr_schedule": "constant"}
    clf = _clf([("stop", _impatient())], **params).fit(X, Y)
    assert clf.n_iter_ < 50
    search = GridSearchCV(_clf([_impatient()], **params), {"batch_size": [8]}, cv=2, error_score="raise").fit(X, Y)
    assert search.best_estimator_.n_iter_ < 50


def test_an_interrupt_of_the_user_is_no_early_stopping():
    class Interrupt(callbacks.Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    clf = _clf([Interrupt(), _impatient()])
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, Y)
    assert not hasattr(clf, "net_")


def test_callbacks_are_copied():
    class Budget(callbacks.Callback):
        seen = 0

        def on_epoch_end(self, net, **kwargs):
            self.seen += 1
            if self.seen > 2:
                raise AssertionError("used up")

    mine = Budget()
    clf = _clf([("budget", mine)], max_epochs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first, second = (clf.fit(X, Y).net_.module_.state_dict() for _ in range(2))
    assert mine.seen == 0
    assert all(torch.equal(first[name], second[name]) for name in first)


UNSUITABLE = [callbacks.EpochScoring("accuracy"), callbacks.BatchScoring, callbacks.InputShapeSetter()]


@pytest.mark.parametrize("callback", UNSUITABLE, ids=["EpochScoring", "BatchScoring", "InputShapeSetter"])
def test_callbacks_that_need_arrays_are_refused(callback):
    with pytest.raises(ValueError, match=r"needs X and y as arrays\. For a score after each epoch, write"):
        _clf([callback]).fit(X, Y)


@pytest.mark.parametrize("given", ["disable", _impatient(), {"stop": _impatient()}], ids=["disable", "alone", "dict"])
def test_other_forms_are_refused(given):
    with pytest.raises(ValueError, match="must be a list of callbacks of skorch"):
        _clf(given).fit(X, Y)
    assert _clf(None).fit(X, Y).n_iter_ == 12
