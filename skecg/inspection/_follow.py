"""Map X through the steps of a pipeline to the input of the network, and map values back to X."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._placeholders import filler_of
from ..estimators.model import network_path
from ..preprocessing.form import Form, operation_of
from ..records import ECGRecords
from ..records.buffer import as_floats
from ..records.checks import check_records, folded, names_of

fill_parameters = filler_of(  # documentation that the explanations share
    """
    estimator : estimator
        A fitted classifier of skecg, or a `Pipeline` or a search that ends in one.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals as the estimator takes them.
    target : class, int or array-like of shape (n_records,), default=None
        The class to explain, or the number of the label in a multi-label task: one for all
        records, or one for each record. By default the most probable one of each record.
    space : {"input", "network"}, default="input"
        Whether the result fits X or the input of the network (`seen_by_network`).
    """
)


class Followed:
    """The input of the network for X, and the position in X of each sample of the input.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of skecg, a pipeline that ends in one, or a wrapper around one of these.
    X : ECGRecords or array-like

    Attributes
    ----------
    classifier : BaseECGClassifier
    given : ECGRecords or ndarray
        X itself.
    seen : ECGRecords or ndarray
        The input of the classifier: X after all steps before the classifier.
    """

    def __init__(self, estimator, X):
        path = network_path(estimator, "An explanation")
        self.classifier, steps = path.predictor, path.transformers
        self.given = X if isinstance(X, ECGRecords) else as_floats(X)
        self.seen, self._unmapped = self.given, None
        shapes = shapes_of(self.given)
        self._leads = np.arange(shapes[0][0])
        self._start, self._stride = np.zeros(len(shapes)), np.ones(len(shapes))
        for step in steps:
            out = step.transform(self.seen)
            if self._unmapped is None:
                self._extend(step, self.seen, out)
            self.seen = out
        self.seen = check_records(self.classifier, self.seen, reset=False)
        self.classifier._check_rate(self.seen)

    @property
    def signals(self):
        """The signals that the network sees, one array (n_leads, n_times) for each record."""
        return signals_of(self.seen)

    def _extend(self, step, before, after):
        """Record the position in X of the samples of `after`."""
        pairs = list(zip(_forms_before(step, before), _forms_after(after, before), strict=True))
        moves = {pair: _move(step, *pair) for pair in dict.fromkeys(pairs)}
        if None in moves.values():
            self._unmapped = type(step).__name__
            return
        start, stride, sources = zip(*(moves[pair] for pair in pairs), strict=True)
        self._start = self._start + self._stride * np.array(start)
        self._stride = self._stride * np.array(stride)
        self._choose(sources[0])

    def _choose(self, chosen):
        """Keep the leads with these numbers; -1 marks a derived lead, -2 a missing lead that became zeros."""
        self._leads = np.where(chosen >= 0, self._leads[chosen], chosen)

    def to_network(self, labels):
        """Map labels of the samples of X, one array (n_times,) for each record, to the input of the network."""
        self._check_mapped()
        moved = []
        for row, start, stride, (_, n_times) in zip(
            labels, self._start, self._stride, shapes_of(self.seen), strict=True
        ):
            where = np.round(start + stride * np.arange(n_times)).astype(int)
            moved.append(np.where(where < len(row), row[where.clip(0, len(row) - 1)], row.dtype.type()))
        return moved

    def to_input(self, values, space):
        """Map values from the input of the network back to X, or keep the values for `space="network"`.

        Parameters
        ----------
        values : list of ndarray of shape (n_leads, n_times)
        space : {"input", "network"}

        Returns
        -------
        values : ndarray, or list of ndarray if the records differ in length
        """
        if space == "network":
            return as_form(values, self.seen)
        if space != "input":
            raise ValueError(f'space must be "input" or "network"; got {space!r}.')
        self._check_mapped()
        placed = []
        for value, start, stride, shape in zip(values, self._start, self._stride, shapes_of(self.given), strict=True):
            out = np.zeros(shape, np.float32)
            where = (np.arange(shape[1]) - start) / stride
            for lead, row in zip(self._leads, value, strict=True):
                if lead >= 0:
                    out[lead] = np.interp(where, np.arange(len(row)), row, left=0.0, right=0.0)
            placed.append(out)
        return as_form(placed, self.given)

    def _check_mapped(self):
        if self._unmapped is not None:
            raise ValueError(
                f"The result cannot be mapped back to X through {self._unmapped}, because skecg does not know how this "
                'step changes leads or times; use space="network".'
            )
        if (self._leads == -1).any():
            raise ValueError(
                "The result cannot be mapped back to X, because SelectLeads derives leads of the input of the network "
                'from other leads; use space="network".'
            )


def _forms_before(step, X):
    """Return the form of each record before a step; for an array, the step's `fs` is the rate."""
    if isinstance(X, ECGRecords):
        return _forms_of(X)
    return [Form(names_of(X), n_times, getattr(step, "fs", None)) for _, n_times in shapes_of(X)]


def _forms_after(X, before):
    """Return the form of each record after a step; an array keeps its lead names if the number of leads is the same."""
    if isinstance(X, ECGRecords) and isinstance(before, ECGRecords):
        return _forms_of(X)
    leads = names_of(before)
    return [Form(leads if n_leads == len(leads) else None, n_times) for n_leads, n_times in shapes_of(X)]


def _forms_of(records):
    lengths, rates = records.lengths.tolist(), records.fs.tolist()
    return [Form(records.leads, n_times, fs) for n_times, fs in zip(lengths, rates, strict=True)]


def _move(step, old, new):
    """Return the start and stride of the samples and the sources of the leads, or None if they cannot be found."""
    operation = operation_of(step, old)
    if operation is not None:
        return operation.start, operation.stride, operation.sources(len(old.leads))
    if hasattr(step, "form_out"):
        new = replace(step.form_out(old), n_times=new.n_times)
    stride = old.fs / new.fs if old.fs and new.fs else 1.0
    if new.leads is None or abs(new.n_times - -(-old.n_times // stride)) > 1:
        return None
    if new.leads == old.leads:
        return 0.0, stride, np.arange(len(old.leads))
    names = folded(old.leads)
    return 0.0, stride, np.array([names.index(lead) if lead in names else -1 for lead in folded(new.leads)])


def signals_of(X):
    """Return X as a sequence of arrays (n_leads, n_times)."""
    if isinstance(X, ECGRecords):
        return X.signals
    return X if X.ndim == 3 else X[:, None, :]


def with_signals(X, signals):
    """Return new signals of the same shapes as records or an array, whichever X is."""
    return X.with_signals(signals) if isinstance(X, ECGRecords) else np.stack(signals).reshape(X.shape)


def shapes_of(X):
    """Return (n_leads, n_times) of each record."""
    if isinstance(X, ECGRecords):
        return [(len(X.leads), int(n)) for n in X.lengths]
    if X.ndim not in (2, 3):
        raise ValueError(
            f"X must have the shape (n_records, n_leads, n_times), or (n_records, n_times) for one lead; got {X.shape}."
        )
    return [(X.shape[1] if X.ndim == 3 else 1, X.shape[-1])] * len(X)


def as_form(values, X):
    """Stack a list of arrays into one array with the dimensions of X, or return the list if lengths differ."""
    values = [np.asarray(value, np.float32) for value in values]
    if len({value.shape for value in values}) > 1:
        return values
    stacked = np.stack(values)
    return stacked if isinstance(X, ECGRecords) or X.ndim == 3 else stacked[:, 0]


@fill_parameters
def seen_by_network(estimator, X):
    """Return the input of the network of a pipeline: X after all steps but the last.

    Parameters
    ----------
    **estimator
    **X

    Returns
    -------
    X_seen : ECGRecords or ndarray
        The signals that explanations with `space="network"` fit. `ECGRecords` stay `ECGRecords`,
        arrays stay arrays.

    Raises
    ------
    TypeError
        If the last step is not a classifier of skecg.
    ValueError
        If X does not fit the estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import seen_by_network
    >>> from skecg.preprocessing import ECGCrop
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 300)), [0, 1] * 4
    >>> model = make_pipeline(ECGCrop(length=200), CRNNClassifier(width=4, max_epochs=1, random_state=0)).fit(X, y)
    >>> seen_by_network(model, X).shape
    (8, 2, 200)
    """
    return Followed(estimator, X).seen


@fill_parameters
def seen_samples(estimator, X):
    """Return which samples of X reach the network of a pipeline, and not only a crop or chosen leads.

    Parameters
    ----------
    **estimator
    **X

    Returns
    -------
    seen : bool ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        For `plot_ecg`, which draws the other samples grey. The result is a list if the records differ in length.

    Raises
    ------
    TypeError
        If the last step is not a classifier of skecg.
    ValueError
        If X does not fit the estimator, or skecg does not know how a step changes leads or times.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import seen_samples
    >>> from skecg.preprocessing import ECGCrop
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 300)), [0, 1] * 4
    >>> model = make_pipeline(ECGCrop(length=200), CRNNClassifier(width=4, max_epochs=1, random_state=0)).fit(X, y)
    >>> seen_samples(model, X)[0].sum(axis=1)
    array([200, 200])
    """
    followed = Followed(estimator, X)
    placed = followed.to_input([np.ones(signal.shape, np.float32) for signal in followed.signals], "input")
    return [row > 0 for row in placed] if isinstance(placed, list) else placed > 0
