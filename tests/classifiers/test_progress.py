"""The callbacks of scikit-learn see a fit and its epochs as tasks, outside and inside a search."""

import importlib.util
import pickle
import sys
from unittest import mock

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch import NeuralNet

from skecg.classifiers import ECGClassifier
from skecg.preprocessing import Normalize
from skecg.testing._instances import small_network
from skecg.training.loop.net import ECGNet

callbacks = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")


class Recorder:
    """A callback that notes its calls, and asks to stop after some epochs."""

    max_propagation_depth = None

    def __init__(self, n_epochs=None):
        self.n_epochs = n_epochs
        self.calls, self.seen, self.p = [], [], []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.calls.append(f"end {context.task_name}")
        self.seen.append((X, y, metadata))
        if fitted_estimator is not None:
            self.p.append(fitted_estimator.predict_proba(X))
        return context.task_name == "epoch" and context.task_id + 1 == self.n_epochs

    def teardown(self, estimator, context):
        self.calls.append("teardown")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    return rng.normal(size=(40, 2, 300)) + y[:, None, None], y


def _quick(**params):
    settings = {"max_epochs": 3, "learning_rate": 0.05, "batch_size": 16, "random_state": 0}
    return ECGClassifier(small_network, **{**settings, **params})


def _story(n_epochs):
    return ["setup", "begin fit", *["begin epoch", "end epoch"] * n_epochs, "end fit", "teardown"]


def test_each_epoch_is_a_task(data):
    recorder = Recorder()
    weight = np.full(40, 2.0)
    clf = _quick().set_callbacks(recorder).fit(*data, sample_weight=weight)
    assert recorder.calls == _story(3)
    for X, y, metadata in recorder.seen:
        assert np.allclose(X, data[0]) and y is data[1] and metadata["sample_weight"] is weight
    assert len(recorder.p) == 4 and not np.array_equal(recorder.p[0], recorder.p[2])
    for p in recorder.p[2:]:  # after the last epoch, and after the fit
        np.testing.assert_allclose(p, clf.predict_proba(data[0]), rtol=1e-5)


def test_watching_changes_nothing(data):
    watched, alone = _quick().set_callbacks(Recorder()).fit(*data), _quick().fit(*data)
    for one, other in zip(watched.net_.module_.parameters(), alone.net_.module_.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not [name for name in vars(alone) if "callback" in name]


def test_a_callback_stops_the_training(data):
    recorder = Recorder(n_epochs=2)
    assert _quick().set_callbacks(recorder).fit(*data).n_iter_ == 2
    assert recorder.calls == _story(2)


@pytest.mark.parametrize("params", [{"early_stopping": True, "n_iter_no_change": 2}, {"ema_decay": 0.5}])
def test_the_weights_are_those_that_the_fit_would_keep(data, params):
    X, y = data
    y = np.roll(y, 1) * (np.arange(40) % 7 < 2) | y * (np.arange(40) % 7 >= 2)  # soon overfitted
    recorder = Recorder()
    clf = _quick(max_epochs=50, learning_rate=0.5, **params).set_callbacks(recorder).fit(X, y)
    assert recorder.calls == _story(clf.n_iter_)
    assert ("early_stopping" in params) == (clf.n_iter_ < 50)
    assert np.abs(recorder.p[-2] - clf.predict_proba(X)).max() < 1e-5


def test_the_number_of_epochs_may_come_from_elsewhere(data, tmp_path):
    recorder = Recorder()
    _quick(lr_schedule="constant", net_params={"max_epochs": 5}).set_callbacks(recorder).fit(*data)
    assert recorder.calls == _story(5)

    def on_epoch_begin(net, *args, **kwargs):
        NeuralNet.on_epoch_begin(net, *args, **kwargs)
        if len(net.history) == 3:
            raise KeyboardInterrupt

    recorder = Recorder()
    killed = _quick(checkpoint=tmp_path).set_callbacks(recorder)
    with mock.patch.object(ECGNet, "on_epoch_begin", on_epoch_begin), pytest.raises(KeyboardInterrupt):
        killed.fit(*data)
    assert recorder.calls == [*_story(2)[:-2], "teardown"]  # killed before the third began
    recorder = Recorder()
    assert killed.set_callbacks(recorder).fit(*data).n_iter_ == 3
    assert recorder.calls == _story(1)


def test_callbacks_are_shared_by_clones_and_leave_pickles_alone(data):
    recorder = Recorder()
    clf = clone(_quick().set_callbacks(recorder)).fit(*data)
    assert recorder.calls == _story(3)
    again = pickle.loads(pickle.dumps(clf))
    assert np.array_equal(again.predict(data[0]), clf.predict(data[0]))
    assert clone(clf).set_callbacks().fit(*data).n_iter_ == 3 and recorder.calls == _story(3)


def test_scores_of_each_epoch(data):
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    clf = _quick().set_callbacks(monitor).fit(*data)
    scores = [row["accuracy"] for row in monitor.get_logs().data]
    assert len(scores) == 4 and scores[-1] == clf.score(*data)


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_a_search_shows_nested_bars(data, capsys, n_jobs):
    pytest.importorskip("rich")
    search = GridSearchCV(_quick(max_epochs=2), {"learning_rate": [0.01, 0.1]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(callbacks.ProgressBar()).fit(*data)
    shown = capsys.readouterr().out
    assert "GridSearchCV - fit" in shown
    for task in range(4):
        assert f"GridSearchCV - candidate-split-evaluation | ECGClassifier - fit #{task}" in " ".join(shown.split())
    assert "_skl_callbacks" not in vars(search.best_estimator_)


def test_a_search_over_a_pipeline_reaches_the_epochs(data):
    recorder = Recorder()
    search = GridSearchCV(make_pipeline(Normalize(), _quick(max_epochs=2)), {}, cv=2, refit=False)
    with pytest.warns(UserWarning, match="Normalize does not support callbacks"):
        search.set_callbacks(recorder).fit(*data)
    assert recorder.calls.count("end epoch") == 2 * 2 and recorder.calls.count("setup") == 1


def test_before_callbacks_there_is_nothing_to_tell(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = importlib.util.find_spec("skecg.training.loop.progress")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.fit_task(module.CallbackSupportMixin(), X=[], y=[], metadata=None) as watchers:
        assert watchers == []
