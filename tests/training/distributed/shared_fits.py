"""Fits for `test_shared_fits.py`, in one process or, under torchrun, shared by two.

python shared_fits.py FOLDER stores what each process has learnt in FOLDER.
"""

import contextlib
import os
import pickle
import sys
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from skorch.callbacks import Callback
from torch import nn

from skecg.classifiers import ECGClassifier
from skecg.training.distributed import processes
from skecg.training.distributed.board import Board

RANK = int(os.environ.get("RANK", 0))


class Small(nn.Module):
    """Convolution, BatchNorm, dropout and a head."""

    def __init__(self, n_leads, n_outputs, dropout=0.0):
        super().__init__()
        self.convolution, self.norm = nn.Conv1d(n_leads, 8, 9, stride=4, bias=False), nn.BatchNorm1d(8)
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(8, n_outputs)

    def forward_features(self, x):
        return self.dropout(self.norm(self.convolution(x)).relu()).mean(dim=2)

    def forward(self, x):
        return self.head(self.forward_features(x))


class Interrupting(Callback):
    """Raise an error at the start of an epoch, in some of the processes."""

    error, ranks = None, ()

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == 3 and RANK in self.ranks:
            raise self.error


@contextlib.contextmanager
def interrupting(error, ranks):
    """Let fits with the callback fail inside the block."""
    Interrupting.error, Interrupting.ranks = error, ranks
    try:
        yield
    finally:
        Interrupting.ranks = ()


def cohort():
    """Return 43 records, which two processes cannot halve, with weights, three classes and two labels."""
    rng = np.random.default_rng(0)
    y = np.arange(43) % 3
    X = (rng.normal(size=(43, 2, 120)) * (1 + 0.5 * y)[:, None, None]).astype(np.float32)
    return X, y, np.stack([y == 1, y == 2], axis=1).astype(int), 1 + rng.random(43)


def classifier(**params):
    settings = {"max_epochs": 4, "batch_size": 10, "random_state": 0, "window": 64, "device": "cpu"}
    return ECGClassifier(Small, **{**settings, **params})


def fits():
    """Return fits that two processes do as one does."""
    X, y, labels, weight = cohort()
    one_step = {"max_epochs": 1, "batch_size": 43, "learning_rate": 1.0, "lr_schedule": "constant"}
    bare = {"gradient_clip": None, "weight_decay": 0.0, "net_params": {"optimizer": torch.optim.SGD}}
    stopping = {"early_stopping": True, "max_epochs": 30, "n_iter_no_change": 2, "learning_rate": 0.02, "verbose": 1}
    source = classifier().fit(X, y)
    taught = 0.9 * labels + 0.1 * (weight - 1)[:, None]
    return {
        "a gradient": classifier(class_weight="balanced", **one_step, **bare).fit(X, y, sample_weight=weight),
        "labels": classifier(ema_decay=0.9, loss="focal").fit(X, labels),
        "a teacher": classifier(class_weight="balanced").fit(X, labels, soft_target=taught),
        "early stopping": classifier(**stopping).fit(X, y),
        "bfloat16": classifier(precision="bfloat16", balanced_batches=True).fit(X, y),
        "a head": classifier(pretrained=FrozenEstimator(source), fine_tune="head").fit(X, y),
        "no shared memory": without_board(classifier().fit, X, y),
    }


def without_board(function, *args):
    """Call a function in which the processes exchange everything through sockets."""
    with mock.patch.object(processes, "board_of", return_value=None):
        return function(*args)


def drawing_fits(folder):
    """Return a fit with dropout and augmentation, and the same fit resumed after an interruption."""
    X, y, _, _ = cohort()
    clf = classifier(
        module_params={"dropout": 0.5},
        augment=["mixup", "noise"],
        net_params={"callbacks": [Interrupting()]},
        checkpoint=folder / f"checkpoints of {RANK}",
        random_state=1,
    )
    done = {"drawn": clone(clf).fit(X, y)}
    with interrupting(KeyboardInterrupt, ranks=(0, 1)), contextlib.suppress(KeyboardInterrupt):
        clf.fit(X, y)
    done["resumed"] = clf.fit(X, y)
    return done


def failures():
    """Return the messages of fits that cannot be shared."""
    X, y, _, _ = cohort()
    messages = []
    try:
        classifier().fit(X, y, soft_target=np.eye(3)[y] * 0.7 + 0.1 if RANK else None)
    except ValueError as error:
        messages.append(f"{error}")
    for n_records, ranks in ((43 - RANK, ()), (43, (1,))):
        with interrupting(ArithmeticError, ranks=ranks):
            try:
                classifier(net_params={"callbacks": [Interrupting()]}).fit(X[:n_records], y[:n_records])
            except (ValueError, RuntimeError, ArithmeticError) as error:
                messages.append(f"{type(error).__name__}: {error}")
    return messages


def learnt(clf):
    """Return what a fit has learnt, as arrays."""
    state = {key: values.numpy() for key, values in clf.net_.module_.state_dict().items()}
    losses = np.array([epoch["train_loss"] for epoch in clf.history_])
    return {**state, "losses": losses, "probabilities": clf.predict_proba(cohort()[0])}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    warnings.simplefilter("ignore")
    with mock.patch.object(Board, "gather", autospec=True, side_effect=Board.gather) as gather:
        done = {name: learnt(clf) for name, clf in {**fits(), **drawing_fits(folder)}.items()}
    (folder / f"exchanges of {RANK}").write_text(str(gather.call_count))
    with (folder / f"{RANK}.pickle").open("wb") as file:
        pickle.dump((done, failures()), file)
