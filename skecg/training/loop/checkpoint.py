"""Checkpoints: the whole state of a training, from which a killed fit resumes as if never interrupted.

A checkpoint is one file, JSON and safetensors, which is written completely or not at all. Its name is
the fingerprint of the training. Only the same training therefore resumes from it, and a search may
keep the checkpoints of all its fits in one folder.
"""

import json
import shutil
import tempfile
from numbers import Real
from pathlib import Path

import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.history import History

from ..._drafts import leftovers
from ..._warn import warn
from ...format import read_file, write_file
from ...networks._random import fit_generator
from ..distributed.processes import ALONE
from .callbacks import AveragedWeights


class Checkpoint(Callback):
    """Callback that writes a checkpoint every few epochs, and restores it.

    Parameters
    ----------
    folder : path-like
        Folder of the checkpoints; created if missing.
    name : str
        Name of the training, from `fingerprint`.
    every : int
        Number of epochs from one checkpoint to the next.
    rngs : dict of str to numpy.random.Generator
        Generators that draw windows and batches.
    generator : torch.Generator
        Generator of the data loader.
    processes : Alone, default=ALONE
        Only the main process reads and writes the file.
    """

    def __init__(self, folder, name, every, rngs, generator, processes=ALONE):
        self.path = Path(folder).expanduser() / f"{name}.checkpoint"
        self.every, self.rngs, self.generator, self.processes = every, rngs, generator, processes
        self.failed = False
        self.abandoned = []  # drafts of a fit that was killed during writing

    def on_epoch_end(self, net, **kwargs):
        """Write the state every few epochs."""
        if len(net.history) % self.every == 0:
            drawn = self.processes.collect(_drawn_from(net))
            if not self.processes.is_main:
                return
            try:
                write_file(self.path, *self._state(net, drawn))
            except OSError as error:
                self._warn_of_failure(len(net.history), error)

    def prepare(self):
        """Make the folder, and raise if no file can be written to it, before the first epoch."""
        if not self.processes.is_main:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix=self.path.stem):
                pass
        except OSError as error:
            raise type(error)(
                error.errno, f"checkpoint must be a folder that can be written to; {error.strerror}", error.filename
            ) from None

    def resume(self, net):
        """Restore the state from the file, if it exists, and return the number of epochs done."""
        state = self.processes.agree(self._read() if self.processes.is_main else None)
        if state is None:
            return 0
        document, tensors = state
        self._restore(net, document, {key: torch.from_numpy(values) for key, values in tensors.items()})
        return len(net.history)

    def _read(self):
        """Return the content of the file, or None without a file that can be used."""
        self.abandoned = leftovers(self.path)
        if not self.path.exists():
            return None
        try:
            return read_file(self.path)
        except ValueError as error:
            warn(f"The checkpoint cannot be used; training starts from the beginning: {error}")
            return None

    def remove(self):
        """Remove the file and the drafts of killed fits, because the training is complete."""
        if not self.processes.is_main:
            return
        self.path.unlink(missing_ok=True)
        for draft in self.abandoned:
            shutil.rmtree(draft, ignore_errors=True)

    def _warn_of_failure(self, n_epochs, error):
        if not self.failed:
            warn(
                f"The checkpoint after epoch {n_epochs} could not be written: {error}. Training continues, and "
                "tries again at the next checkpoint.",
            )
        self.failed = True

    def _state(self, net, drawn):
        tensors = {"rng.loader": self.generator.get_state()}
        for rank, states in enumerate(drawn):
            tensors.update({_of_rank(key, rank): state for key, state in states.items()})
        document = {"history": [{**epoch, "batches": []} for epoch in net.history]}
        document["numpy"] = {key: rng.bit_generator.state for key, rng in self.rngs.items()}
        optimizer = net.optimizer_.state_dict()
        document["groups"] = optimizer["param_groups"]
        document["optimizer"] = {}
        for i, state in optimizer["state"].items():
            for key, value in state.items():
                if isinstance(value, torch.Tensor):
                    tensors[f"optimizer.{i}.{key}"] = value
                else:
                    document["optimizer"][f"{i}.{key}"] = value
        for name, weights in _weights(net).items():
            tensors.update({f"{name}.{key}": value for key, value in weights.items()})
        document["callbacks"] = {name: _plain(state) for name, (state, _) in _counters(net).items()}
        arrays = {key: value.detach().cpu().numpy() for key, value in tensors.items()}
        return json.loads(json.dumps(document, default=lambda value: value.item())), arrays

    def _restore(self, net, document, tensors):
        net.history_ = History(document["history"])
        for key, rng in self.rngs.items():
            rng.bit_generator.state = document["numpy"][key]
        for name, weights in _weights(net, like=tensors).items():
            for key, value in weights.items():
                value.copy_(tensors[f"{name}.{key}"].reshape(value.shape))
        for name, (_, put_back) in _counters(net).items():
            put_back(document["callbacks"][name])
        net.optimizer_.load_state_dict(
            {"state": _optimizer_state(document, tensors), "param_groups": _groups(document)}
        )
        _lay_out(net.optimizer_.state)
        self.generator.set_state(tensors["rng.loader"])
        own = {key: _of_rank(key, self.processes.rank) for key in ("rng.torch", "rng.cuda")}
        _generator().set_state(tensors[own["rng.torch"]])
        if own["rng.cuda"] in tensors:
            torch.cuda.set_rng_state(tensors[own["rng.cuda"]], net.device)


def _generator():
    """Return the generator that dropout and augmentation draw from."""
    return fit_generator() or torch.default_generator


def _drawn_from(net):
    """Return the states of the generators that dropout and augmentation of this process draw from."""
    states = {"rng.torch": _generator().get_state()}
    if str(net.device).startswith("cuda"):
        states["rng.cuda"] = torch.cuda.get_rng_state(net.device)
    return states


def _of_rank(key, rank):
    return f"{key}.{rank}" if rank else key


def _weights(net, like=None):
    """Return {name: weights} of all weights that a training keeps.

    The best weights of early stopping are missing before the first epoch ends. If `like` holds them, make them.
    """
    kept = {"network": net.module_.state_dict()}
    for name, callback in net.callbacks_:
        if isinstance(callback, AveragedWeights):
            kept["average"] = callback.average_.state_dict()
        if isinstance(callback, EarlyStopping):
            if like is not None and any(key.startswith(f"best {name}.") for key in like):
                callback.best_model_weights_ = {key: value.clone() for key, value in kept["network"].items()}
            if callback.best_model_weights_ is not None:
                kept[f"best {name}"] = callback.best_model_weights_
    return kept


def _counters(net):
    """Return {name: (numbers that a callback keeps, function that puts them back)}."""
    kept = {}
    for name, callback in net.callbacks_:
        if isinstance(callback, EarlyStopping):
            state = {key: getattr(callback, key) for key in ("misses_", "best_epoch_", "dynamic_threshold_")}
            kept[name] = state, vars(callback).update
        if isinstance(callback, LRScheduler):
            kept[name] = vars(callback.lr_scheduler_), vars(callback.lr_scheduler_).update
    return kept


def _plain(state):
    """Return the numbers and lists of numbers among some attributes."""
    return {
        key: value
        for key, value in state.items()
        if isinstance(value, Real) or (isinstance(value, list) and all(isinstance(one, Real) for one in value))
    }


def _groups(document):
    """Return the groups of the optimizer, with tuples again where JSON stored lists."""
    return [
        {key: tuple(value) if isinstance(value, list) and key != "params" else value for key, value in group.items()}
        for group in document["groups"]
    ]


def _lay_out(optimizer_state):
    """Give averages the memory layout of their weights (channels last or not), which fused optimizers require."""
    for weights, state in optimizer_state.items():
        for key, value in state.items():
            if isinstance(value, torch.Tensor) and value.shape == weights.shape:
                state[key] = torch.empty_like(weights).copy_(value)


def _optimizer_state(document, tensors):
    state = {}
    for name, value in document["optimizer"].items():
        i, key = name.split(".", 1)
        state.setdefault(int(i), {})[key] = value
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, i, key = name.split(".", 2)
            state.setdefault(int(i), {})[key] = value.reshape(()) if key == "step" else value
    return state
