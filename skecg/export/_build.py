"""From a fitted pipeline to one torch module."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from torch import nn

from ..classifiers._base import BaseECGClassifier
from ..preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, RemoveBaseline, SelectLeads
from ..records import STANDARD_LEADS
from ._modules import AcrossLeads, AcrossTime, Cut, Probabilities, Scaled

_LARGEST = 2**27  # values of a matrix: half a gigabyte


class Builder:
    """Walks the steps of a pipeline, and keeps the form of the signals between them.

    Parameters
    ----------
    leads : sequence of str
        Names of the leads of the input.
    n_times : int
        Samples of the input.
    fs : float or None
        Rate of the input in Hz.
    """

    def __init__(self, leads, n_times, fs):
        self.leads, self.n_times, self.fs = tuple(leads), n_times, fs
        self.modules, self.matrix = [], None

    def add(self, name, step):
        """Append a step; ValueError if ONNX cannot express it."""
        if isinstance(step, ECGFilter | ECGResample) or _is_linear_baseline(step):
            self._add_linear(name, step)
        elif isinstance(step, ECGCrop):
            self._add_crop(step)
        elif isinstance(step, Normalize):
            self._append(Scaled(step))
        elif isinstance(step, SelectLeads):
            weights = step._resolve(self.leads)[1]
            self.leads = step._leads_out(self.leads)
            self._append(AcrossLeads(weights))
        elif isinstance(step, BaseECGClassifier):
            self._append(Probabilities(step, self.n_times))
        else:
            raise ValueError(
                f"The step {name!r}, {type(step).__name__}, cannot be expressed in ONNX. Apply it and all before it "
                "to the signals yourself, and export the steps after it: to_onnx(pipeline[i:], ...)."
            )

    def build(self):
        """Return all of it as one module."""
        self._flush()
        return nn.Sequential(*self.modules).eval()

    def _add_linear(self, name, step):
        fs = self.fs if step.fs is None else step.fs
        if fs is None:
            raise ValueError(f"The step {name!r} needs the rate of the signals: pass fs in Hz.")
        n_out = step._shape_out(1, self.n_times, fs)[1]
        n_in = self.n_times if self.matrix is None else len(self.matrix)
        if n_in * max(n_out, self.n_times) > _LARGEST:
            raise ValueError(
                f"The step {name!r} would become a matrix of {n_in} x {n_out} values. Apply it to the signals "
                "yourself and export the steps after it, or export for fewer samples, n_times."
            )
        rows = np.eye(n_in) if self.matrix is None else self.matrix
        parts = [step._transform_block(rows[i : i + 256, None], fs, ("x",))[:, 0] for i in range(0, len(rows), 256)]
        self.matrix = np.concatenate(parts)
        self.n_times, self.fs = n_out, step._fs_out(fs)

    def _add_crop(self, step):
        surplus = max(0, self.n_times - step.length_)
        start = {"start": 0, "center": surplus // 2, "end": surplus}[step.position]
        stop = min(self.n_times, start + step.length_)
        n_zeros = step.length_ - (stop - start) if step.pad else 0
        if self.matrix is not None:
            self.matrix = self.matrix[:, start:stop]
            self._flush()
            start, stop = 0, stop - start
        if stop - start < self.n_times or n_zeros:
            self._append(Cut(start, stop, n_zeros))
        self.n_times = stop - start + n_zeros

    def _append(self, module):
        self._flush()
        self.modules.append(module)

    def _flush(self):
        if self.matrix is not None:
            self.modules.append(AcrossTime(self.matrix))
            self.matrix = None


def named_leaves(model, name="classifier"):
    """Yield (name, step) from inside pipelines and frozen estimators, without a contract."""
    if isinstance(model, Pipeline):
        for name, step in model.steps:
            if step not in (None, "passthrough") and type(step).__name__ != "SignalContract":
                yield from named_leaves(step, name)
    elif isinstance(model, FrozenEstimator):
        yield from named_leaves(model.estimator, name)
    else:
        yield name, model


def leads_of(first):
    """Return the names of the leads that a fitted step takes, made up where it knows only their number."""
    if hasattr(first, "leads_in_"):
        return first.leads_in_
    n_leads = first.n_leads_in_
    return STANDARD_LEADS if n_leads == 12 else tuple(f"lead {i}" for i in range(n_leads))


def _is_linear_baseline(step):
    return isinstance(step, RemoveBaseline) and step.method == "highpass"
