"""The base class of the steps: it applies a step block by block and lets the step describe itself."""

from abc import abstractmethod

import numpy as np

from ..estimators.checked import CheckedTransformer
from ..estimators.containers import TakesContainer
from ..records import ECGRecords
from ..records.blocks import for_each_block
from ..records.checks import names_of
from .form import Form


class BaseStep(TakesContainer, CheckedTransformer):
    """A step from signals to signals that processes every record separately.

    A subclass defines `_transform_block(block, form)`. A step that changes leads, length or rate
    overrides `form_out(form)`. A step that shifts samples or mixes leads, or that `to_onnx` should
    export, overrides `operation(form)`. A step that needs the rate has the parameter `fs`.
    A step raises for an invalid rate in `_check_rate(fs)` and for invalid leads in
    `_check_leads(leads)`. A step learns in `_learn(X)`, which receives an X that is already checked.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.preprocessing.base import BaseStep
    >>> class Halve(BaseStep):
    ...     def _transform_block(self, block, form):
    ...         return block[..., ::2]
    ...
    ...     def form_out(self, form):
    ...         n_times = None if form.n_times is None else (form.n_times + 1) // 2
    ...         return replace(form, n_times=n_times, fs=None if form.fs is None else form.fs / 2)
    >>> Halve().fit_transform(ECGRecords(np.ones((3, 2, 1000)), fs=500))
    ECGRecords(3 records, 2 leads, 500 samples, 250 Hz)
    """

    def form_out(self, form):
        """Return the form of a signal after the step.

        Parameters
        ----------
        form : Form
            The form of a signal. A field is None if its value is unknown. Return None for each
            field that is then unknown after the step too, and a value for each field that the
            step fixes.

        Returns
        -------
        form_out : Form
            The form of this signal after `transform`.
        """
        return form

    def operation(self, form):
        """Describe what the step does, for export and explanations.

        Parameters
        ----------
        form : Form
            The form of a signal; its leads and its length must not be None.

        Returns
        -------
        operation : Operation or None
            An operation of `skecg.preprocessing.form`, or None if none of them describes the step.
        """
        return None

    @abstractmethod
    def _transform_block(self, block, form):
        """Transform an array of shape (n_records, n_leads, n_times) whose records all have this form."""

    def _own_rate(self, form):
        """Return the rate at which the step works: its own `fs` if that is set, else the rate of the signal."""
        fs = getattr(self, "fs", None)
        return form.fs if fs is None else fs

    def _apply(self, X):
        if isinstance(X, ECGRecords):
            return self._apply_to_records(X)
        signals = self._apply_to_array(X[:, None] if X.ndim == 2 else X)
        return signals[:, 0] if X.ndim == 2 else signals

    def _apply_to_array(self, X):
        form = Form(names_of(X), X.shape[2], getattr(self, "fs", None))
        form_out = self.form_out(form)
        out = np.empty((len(X), len(form_out.leads), form_out.n_times), np.float32)

        def transform(rows, block, _):
            out[rows[0] : rows[-1] + 1] = self._transform_block(block, form)

        for_each_block(transform, X)
        return out

    def _apply_to_records(self, records):
        lengths, rates, leads = self._forms_out(records)
        ends = np.cumsum(lengths) * len(leads)
        starts = ends - lengths * len(leads)
        buffer = np.empty(ends[-1], np.float32)

        def transform(rows, block, fs):
            signals = self._transform_block(block, Form(records.leads, block.shape[2], fs))
            if rows[-1] - rows[0] == len(rows) - 1:  # adjacent rows are adjacent in the new buffer too
                buffer[starts[rows[0]] : ends[rows[-1]]].reshape(signals.shape)[:] = signals
                return
            for row, signal in zip(rows, signals, strict=True):
                buffer[starts[row] : ends[row]].reshape(signal.shape)[:] = signal

        for_each_block(transform, records)
        return ECGRecords.from_buffer(buffer, lengths, rates, leads=leads, metadata=records.metadata)

    def _forms_out(self, records):
        """Return lengths, rates and leads after the step; call `form_out` once per pair of length and rate."""
        pairs = np.column_stack([records.lengths, records.fs])
        pairs, which = np.unique(pairs, axis=0, return_inverse=True)
        forms = [self.form_out(Form(records.leads, int(n_times), fs)) for n_times, fs in pairs.tolist()]
        which = which.reshape(-1)
        lengths = np.array([form.n_times for form in forms], np.int64)[which]
        return lengths, np.array([form.fs for form in forms])[which], forms[0].leads
