"""An interrupted or killed fit resumes and ends with the same weights."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from skorch import NeuralNet
from skorch.callbacks import GradientNormClipping, LRScheduler
from torch import nn

from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.storage import save_records
from skecg.testing import quick_instances
from skecg.training.loop.net import ECGNet

NETWORKS = [model for model in quick_instances() if "checkpoint" in model.get_params()]


class Small(nn.Module):
    """A small network with the layers that have a state: BatchNorm, dropout."""

    def __init__(self, n_leads, n_outputs, dropout=0.3):
        super().__init__()
        convolution = nn.Conv1d(n_leads, 8, 9, stride=4)
        self.trunk = nn.Sequential(convolution, nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(dropout))
        self.head = nn.Linear(8, n_outputs)

    def forward(self, x):
        return self.head(self.trunk(x).mean(dim=2))


@contextlib.contextmanager
def epochs(stop_after=None, kill=False):
    """Note the epochs, from 1, that begin; interrupt after some of them, as Ctrl-C does, or die at once."""
    begun = []

    def on_epoch_begin(net, *args, **kwargs):
        NeuralNet.on_epoch_begin(net, *args, **kwargs)
        begun.append(len(net.history))
        if len(net.history) - 1 == stop_after:
            if kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt

    with mock.patch.object(ECGNet, "on_epoch_begin", on_epoch_begin):
        yield begun


def _cohort(n_records=40):
    rng = np.random.default_rng(0)
    y = np.arange(n_records) % 2
    signals = rng.normal(size=(n_records, 2, 200)) * (1 + 0.2 * y)[:, None, None]
    return ECGRecords(signals, 100, metadata={"age": rng.uniform(20, 90, n_records)}), y


def _clf(**params):
    settings = {"max_epochs": 7, "batch_size": 8, "random_state": 0, "window": 100, "augment": ["flip", "mixup"]}
    return ECGClassifier(Small, **{**settings, **params})


def _interrupted(folder, stop_after=4, **params):
    with epochs(stop_after), pytest.raises(KeyboardInterrupt):
        _clf(**params, checkpoint=folder).fit(*_cohort())


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
    with epochs() as begun:
        resumed = _clf(**params, checkpoint=tmp_path).fit(*_cohort())
    assert begun[0] == (4 if params.get("checkpoint_every") == 3 else 5)
    _same(resumed, whole)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)
def test_every_network_goes_on_to_the_same_weights(tmp_path, clf):
    """Some networks keep their weights channels last in memory; so must the averages of the optimizer."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 2, 160)).astype(np.float32), np.arange(12) % 2
    clf = clone(clf).set_params(max_epochs=4, batch_size=4)
    whole = clone(clf).fit(X, y)
    clf.set_params(checkpoint=tmp_path)
    with epochs(stop_after=2), pytest.raises(KeyboardInterrupt):
        clone(clf).fit(X, y)
    with epochs() as begun:
        resumed = clf.fit(X, y)
    assert begun == [3, 4]
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
    _interrupted(tmp_path, stop_after=2)
    _interrupted(tmp_path, stop_after=5)
    _same(_clf(checkpoint=tmp_path).fit(*_cohort()), _clf().fit(*_cohort()))


OTHER = {
    "seed": {"random_state": 1},
    "rate": {"learning_rate": 1e-3},
    "optimizer": {"net_params": {"optimizer__betas": (0.5, 0.9)}},
    "clipping": {"net_params": {"callbacks": [GradientNormClipping(0.01)]}},
    "schedule": {"net_params": {"callbacks": [LRScheduler("StepLR", step_size=1)]}},
    "dropout": {"module_params": {"dropout": 0.6}},
    "precision": {"precision": "bfloat16"},
}


@pytest.mark.filterwarnings('ignore:precision="bfloat16" is slower')
@pytest.mark.parametrize("params", OTHER.values(), ids=OTHER)
def test_a_fit_with_other_parameters_does_not_take_it(tmp_path, params):
    _interrupted(tmp_path)
    _same(_clf(**params, checkpoint=tmp_path).fit(*_cohort()), _clf(**params).fit(*_cohort()))
    assert len(list(tmp_path.iterdir())) == 1  # the checkpoint of the other fit


def test_a_fit_takes_it_if_auto_selects_the_same_precision(tmp_path):
    _interrupted(tmp_path)
    with epochs() as begun:
        _clf(precision="float32", checkpoint=tmp_path).fit(*_cohort())
    assert begun[0] == 5


def test_a_fit_to_other_records_does_not_take_it(tmp_path):
    """Each record counts: one of 600 differs, in one sample, or is as long as two others."""
    y = np.arange(600) % 2
    signals = np.random.default_rng(0).normal(size=(600, 2, 60))
    with epochs(1), pytest.raises(KeyboardInterrupt):
        _clf(window=None, max_epochs=2, checkpoint=tmp_path).fit(signals, y)
    for row in (1, 300, 598):
        others = signals.copy()
        others[row, 1, 30] += 1
        with epochs() as begun:
            _clf(window=None, max_epochs=2, checkpoint=tmp_path).fit(others, y)
        assert begun[0] == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_fit_to_other_soft_targets_does_not_take_it(tmp_path):
    X, y = _cohort()
    taught, otherwise = (np.stack([p, 1 - p], axis=1) for p in np.random.default_rng(1).random((2, 40)))
    with epochs(4), pytest.raises(KeyboardInterrupt):
        _clf(checkpoint=tmp_path).fit(X, y, soft_target=taught)
    for targets, first in ((None, 1), (otherwise, 1), (taught, 5)):
        with epochs() as begun:
            resumed = _clf(checkpoint=tmp_path).fit(X, y, soft_target=targets)
        assert begun[0] == first
    _same(resumed, _clf().fit(X, y, soft_target=taught))


def test_a_saved_set_is_identified_by_its_checksum(tmp_path):
    """The same records are another array, but the same set; a set with one other sample is not."""
    records, y = _cohort()
    for dtype in ("float32", "int16"):
        folder, checkpoint = tmp_path / dtype, tmp_path / f"checkpoint {dtype}"
        mapped = save_records(records, folder, dtype=dtype)
        with epochs(4), pytest.raises(KeyboardInterrupt):
            _clf(checkpoint=checkpoint).fit(mapped, y)
        signals = np.array(records.to_array())
        signals[7, 1, 30] += 1
        other = save_records(records.with_signals(signals), tmp_path / f"other {dtype}", dtype=dtype)
        for given, first in ((other, 1), (mapped[::-1][::-1], 5)):
            with epochs() as begun:
                _clf(checkpoint=checkpoint).fit(given, y)
            assert begun[0] == first


def test_a_fit_takes_it_if_auto_trains_the_same_part(tmp_path):
    source = FrozenEstimator(_clf(max_epochs=1, random_state=3).fit(*_cohort()))
    _interrupted(tmp_path, pretrained=source, fine_tune="head")
    for fine_tune, first in (("all", 1), ("auto", 5)):
        with epochs() as begun:
            _clf(pretrained=source, fine_tune=fine_tune, checkpoint=tmp_path).fit(*_cohort())
        assert begun[0] == first


@pytest.mark.parametrize("fine_tune", ["all", "head"])
def test_the_seed_counts_where_all_weights_are_pretrained(tmp_path, fine_tune):
    source = FrozenEstimator(_clf(max_epochs=1, random_state=3).fit(*_cohort()))
    params = {"pretrained": source, "fine_tune": fine_tune, "augment": None}
    _interrupted(tmp_path, **params)
    again = {**params, "random_state": 1}
    _same(_clf(**again, checkpoint=tmp_path).fit(*_cohort()), _clf(**again).fit(*_cohort()))


def test_parameters_without_comparable_content_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"checkpoint compares the parameters .* net_params cannot be pickled"):
        _clf(checkpoint=tmp_path, net_params={"callbacks": [LRScheduler(lambda *_: None)]}).fit(*_cohort())


def test_a_full_disk_costs_the_checkpoint_not_the_fit(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skecg.training.loop.checkpoint.write_file", full)
    with pytest.warns(UserWarning, match="checkpoint after epoch 1 could not be written: .*No space left") as caught:
        clf = _clf(checkpoint=tmp_path).fit(*_cohort())
    assert len(caught) == 1
    _same(clf, _clf().fit(*_cohort()))


def test_an_impossible_folder_is_refused_before_the_first_epoch(tmp_path):
    (tmp_path / "file").write_text("")
    with epochs() as begun, pytest.raises(OSError, match="checkpoint must be a folder that can be written to"):
        _clf(checkpoint=tmp_path / "file" / "folder").fit(*_cohort())
    assert begun == []


@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_damaged_checkpoint_is_not_loaded(tmp_path, left):
    _interrupted(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:left])
    with pytest.warns(UserWarning, match="cannot be used; training starts from the beginning"):
        again = _clf(checkpoint=tmp_path).fit(*_cohort())
    _same(again, _clf().fit(*_cohort()))


def test_it_needs_a_seed(tmp_path):
    with pytest.raises(ValueError, match="checkpoint needs a random_state"):
        _clf(checkpoint=tmp_path, random_state=None).fit(*_cohort())


DIES = {
    "between batches": "dying = t.epochs(4, kill=True); dying.__enter__()",
    "while it writes": """
synced = []
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
        f"t._clf(checkpoint={str(tmp_path)!r}).fit(*t._cohort())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    left = [path.suffix for path in tmp_path.iterdir()]
    assert sorted(left) == ([".checkpoint"] if when == "between batches" else [".checkpoint", ".part"])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with epochs() as begun:
            resumed = _clf(checkpoint=tmp_path).fit(*_cohort())
        _same(resumed, _clf().fit(*_cohort()))
    finally:
        torch.set_num_threads(threads)
    assert begun[0] == (5 if when == "between batches" else 3)
    assert list(tmp_path.iterdir()) == []
