"""Conversion of a fitted pipeline to one torch module."""

from dataclasses import replace

import numpy as np

from ..classifiers._base import BaseECGClassifier
from ..preprocessing.form import Cut, Form, OverLeads, OverTime, Scale, form_after, operation_of
from ._modules import AcrossLeads, AcrossTime, CutOut, Probabilities, Scaled, Steps

_LARGEST = 2**27  # values of a matrix: half a gigabyte


class Builder:
    """A builder that adds the steps of a pipeline one by one, and keeps the form of the signals between them.

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
        self.form = Form(tuple(leads), n_times, fs)
        self.modules, self.matrix = [], None

    def add(self, name, step):
        """Append a step, or raise a ValueError if ONNX cannot express the step."""
        if isinstance(step, BaseECGClassifier):
            self._append(Probabilities(step, self.form.n_times))
            return
        if getattr(step, "fs", None) is not None:
            self.form = replace(self.form, fs=step.fs)
        elif hasattr(step, "fs") and hasattr(step, "operation") and self.form.fs is None:
            raise ValueError(f"The step {name!r} needs the rate of the signals: pass fs in Hz.")
        form_out = form_after(step, self.form)
        match operation_of(step, self.form):
            case OverTime() as operation:
                self._add_over_time(name, operation, form_out.n_times)
            case Cut() as operation:
                self._add_cut(operation)
            case OverLeads() as operation:
                self._append(AcrossLeads(operation.weights))
            case Scale() as operation:
                self._append(Scaled(operation))
            case _:
                raise ValueError(
                    f"The step {name!r}, {type(step).__name__}, cannot be expressed in ONNX. Apply this step "
                    "and all before it to the signals yourself; export the steps after it: to_onnx(pipeline[i:], ...)."
                )
        self.form = form_out

    def build(self):
        """Return all steps as one module."""
        self._flush()
        return Steps(*self.modules).eval()

    def _add_over_time(self, name, operation, n_out):
        n_in = self.form.n_times if self.matrix is None else len(self.matrix)
        if n_in * max(n_out, self.form.n_times) > _LARGEST:
            raise ValueError(
                f"The step {name!r} would become a matrix of {n_in} x {n_out} values. Apply the step to the "
                "signals yourself and export the steps after it, or export for fewer samples, n_times."
            )
        rows = np.eye(n_in) if self.matrix is None else self.matrix
        parts = [operation.apply(rows[i : i + 256, None])[:, 0] for i in range(0, len(rows), 256)]
        self.matrix = np.concatenate(parts)

    def _add_cut(self, cut):
        n_times, start, stop = self.form.n_times, cut.start, cut.stop
        if self.matrix is not None:
            self.matrix = self.matrix[:, start:stop]
            self._flush()
            n_times = stop - start
            start, stop = 0, n_times
        if stop - start < n_times or cut.n_zeros:
            self._append(CutOut(start, stop, cut.n_zeros))

    def _append(self, module):
        self._flush()
        self.modules.append(module)

    def _flush(self):
        if self.matrix is not None:
            self.modules.append(AcrossTime(self.matrix))
            self.matrix = None
