"""An interrupted or killed fit resumes and ends with the same weights."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from skorch.callbacks import Callback
from torch import nn

from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.testing import quick_instances

NETWORKS = [model for model in quick_instances() if "checkpoint" in model.get_params()]


class Small(nn.Module):
    """A small network with the layers that have a state: BatchNorm, dropout."""

    def __init__(self, n_leads, n_outputs):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv1d(n_leads, 8, 9, stride=4), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Linear(8, n_outputs)

    def forward(self, x):
        return self.head(self.trunk(x).mean(dim=2))


class Stop(Callback):
    """A callback that interrupts after some epochs like Ctrl-C, or kills the process."""

    def __init__(self, epochs, kill=False):
        self.epochs, self.kill = epochs, kill

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) - 1 == self.epochs:
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt


class Begun(Callback):
    """A callback that notes the epochs, counted from 1, that begin."""

    def __init__(self):
        self.epochs = []

    def on_epoch_begin(self, net, **kwargs):
        self.epochs.append(len(net.history))


def _cohort(n_records=40):
    rng = np.random.default_rng(0)
    y = np.arange(n_records) % 2
    signals = rng.normal(size=(n_records, 2, 200)) * (1 + 0.2 * y)[:, None, None]
    return ECGRecords(signals, 100, metadata={"age": rng.uniform(20, 90, n_records)}), y


def _clf(**params):
    settings = {"max_epochs": 7, "batch_size": 8, "random_state": 0, "window": 100, "augment": ["flip", "mixup"]}
    return ECGClassifier(Small, **{**settings, **params})


def _interrupted(folder, epochs=4, **params):
    with pytest.raises(KeyboardInterrupt):
        _clf(**params, checkpoint=folder, net_params={"callbacks": [Stop(epochs)]}).fit(*_cohort())


def _same(one, other):
    states = [clf.net_.module_.state_dict() for clf in (one, other)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    losses = [[(epoch["epoch"], epoch["train_loss"]) for epoch in clf.history_] for clf in (one, other)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"lr_schedule": "constant", "checkpoint_every": 3},
        {"ema_decay": 0.9},
        {"balanced_batches": True, "window": None, "augment": None},
        {"early_stopping": True, "n_iter_no_change": 3, "max_epochs": 40, "learning_rate": 0.1},
        {"layer_decay": 0.5, "class_weight": "balanced"},
    ],
)
def test_an_interrupted_fit_goes_on_to_the_same_weights(tmp_path, params):
    whole = _clf(**params).fit(*_cohort())
    _interrupted(tmp_path, **params)
    assert len(list(tmp_path.iterdir())) == 1
    begun = Begun()
    resumed = _clf(**params, checkpoint=tmp_path, net_params={"callbacks": [begun]}).fit(*_cohort())
    assert begun.epochs[0] == (4 if params.get("checkpoint_every") == 3 else 5)
    _same(resumed, whole)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)
def test_every_network_goes_on_to_the_same_weights(tmp_path, clf):
    """Some networks keep their weights channels last in memory; so must the averages of the optimizer."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 2, 160)).astype(np.float32), np.arange(12) % 2
    clf = clone(clf).set_params(max_epochs=4, batch_size=4)
    whole = clone(clf).fit(X, y)
    with pytest.raises(KeyboardInterrupt):
        clone(clf).set_params(checkpoint=tmp_path, net_params={"callbacks": [Stop(2)]}).fit(X, y)
    begun = Begun()
    resumed = clf.set_params(checkpoint=tmp_path, net_params={"callbacks": [begun]}).fit(X, y)
    assert begun.epochs == [3, 4]
    _same(resumed, whole)


def test_a_head_alone_goes_on_too(tmp_path):
    """The head learns from embeddings that are computed once, and not from windows."""
    source = FrozenEstimator(_clf(max_epochs=1, random_state=3).fit(*_cohort()))
    params = {"pretrained": source, "fine_tune": "head", "augment": None}
    _interrupted(tmp_path, **params)
    _same(_clf(**params, checkpoint=tmp_path).fit(*_cohort()), _clf(**params).fit(*_cohort()))
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_do_not_change_a_fit(tmp_path):
    _same(_clf(checkpoint=tmp_path / "new" / "folder").fit(*_cohort()), _clf().fit(*_cohort()))


def test_interrupted_twice(tmp_path):
    _interrupted(tmp_path, epochs=2)
    _interrupted(tmp_path, epochs=5)
    _same(_clf(checkpoint=tmp_path).fit(*_cohort()), _clf().fit(*_cohort()))


@pytest.mark.parametrize(
    ("params", "changed"),
    [({"random_state": 1}, False), ({"learning_rate": 1e-3}, False), ({}, True)],
)
def test_another_fit_does_not_take_it(tmp_path, params, changed):
    _interrupted(tmp_path)
    records, y = _cohort()
    if changed:
        signals = np.array(records.to_array())
        signals[7] += 1
        records = records.with_signals(signals)
    _same(_clf(**params, checkpoint=tmp_path).fit(records, y), _clf(**params).fit(records, y))
    assert len(list(tmp_path.iterdir())) == 1  # the checkpoint of the other fit


@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_damaged_checkpoint_is_not_loaded(tmp_path, left):
    _interrupted(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:left])
    with pytest.warns(UserWarning, match="cannot be used, training starts from the beginning"):
        again = _clf(checkpoint=tmp_path).fit(*_cohort())
    _same(again, _clf().fit(*_cohort()))


def test_it_needs_a_seed(tmp_path):
    with pytest.raises(ValueError, match="checkpoint needs a random_state"):
        _clf(checkpoint=tmp_path, random_state=None).fit(*_cohort())


DIES = {
    "between batches": "callbacks = [t.Stop(4, kill=True)]",
    "while it writes": """
callbacks, synced = [], []
def fsync(handle):
    synced.append(handle)
    if len(synced) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = fsync
""",
}


@pytest.mark.parametrize("when", DIES)
def test_a_killed_process(tmp_path, when):
    code = (
        f"import os, signal, sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import torch; torch.set_num_threads(1)\n"
        f"import test_checkpoint as t\n{DIES[when]}\n"
        f"t._clf(checkpoint={str(tmp_path)!r}, net_params={{'callbacks': callbacks}}).fit(*t._cohort())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    left = [path.suffix for path in tmp_path.iterdir()]
    assert sorted(left) == ([".checkpoint"] if when == "between batches" else [".checkpoint", ".part"])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        begun = Begun()
        resumed = _clf(checkpoint=tmp_path, net_params={"callbacks": [begun]}).fit(*_cohort())
        _same(resumed, _clf().fit(*_cohort()))
    finally:
        torch.set_num_threads(threads)
    assert begun.epochs[0] == (5 if when == "between batches" else 3)
    assert list(tmp_path.iterdir()) == []
