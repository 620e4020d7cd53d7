"""The fall of the log-odds when parts of the signal are removed."""

from __future__ import annotations

import itertools
from numbers import Integral

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from ..estimators.model import has_one_network
from ..model_selection._folds import positive_probabilities
from ..records import ECGRecords
from ..records.buffer import as_floats
from ._follow import Followed, as_form, fill_parameters, shapes_of, signals_of, with_signals
from ._score import batches, import_captum, outputs_of, targets_of
from ._waves import wave_labels

_KINDS = ("lead", "segment", "lead_segment", "time")


@fill_parameters
def occlusion(estimator, X, *, by="lead", segments=None, width=25, target=None, space="input"):
    """Measure how much the log-odds fall when a lead, a kind of wave or a stretch of time is removed.

    `occlusion` replaces one part at a time, in the input of the network, by a straight line between
    the ends of the part; a whole lead is replaced by its median. All samples of the part get the
    fall of the log-odds. A part that speaks for the target is positive. For a classifier that is not a
    single network of skecg, such as a `SoftVotingClassifier`, `occlusion` replaces the parts in X
    and compares the probabilities that the classifier predicts.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of skecg, a `Pipeline` or a search that ends in one, or any other
        fitted classifier with `predict_proba`.
    **X
    by : {"lead", "segment", "lead_segment", "time"}, default="lead"
        The parts. "lead": each lead. "segment": all segments of one name (all P waves at once) in
        all leads. "lead_segment": all segments of one name in one lead. "time": stretches of
        `width` samples in all leads.
    segments : callable or array-like of shape (n_records, n_times), default=None
        The name of the segment of each sample of X, such as "P", "QRS" or "T"; "" or 0 for no
        segment. Give a list of arrays if the records differ in length. A callable is called as
        `segments(signal, fs)` for each record, with the signal of shape (n_leads, n_times) and the
        sampling rate, which is None for plain arrays. By default `wave_labels`, for `ECGRecords`.
    width : int, default=25
        Number of samples of a stretch, in the input of the network. The default is 0.25 s at
        100 Hz (our choice: a wide QRS complex with some samples on both sides).
    **target
    space : {"input", "network"}, default="input"
        Whether the result fits X or the input of the network (`seen_by_network`). "network" needs
        a classifier of skecg.

    Returns
    -------
    attribution : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        Fall of the log-odds, the same for all samples of a part, zero outside all segments. The
        result is a list if the records differ in length.

    Raises
    ------
    ImportError
        If captum is not installed and the estimator holds one network of skecg.
    TypeError
        If the estimator is not a classifier with `predict_proba`.
    ValueError
        If X is a plain array and `by="segment"` comes without segments, the segments do not have
        the lengths of X, X does not fit the estimator, the target is unknown, or the result cannot
        be mapped back to X.

    Notes
    -----
    The notes of `saliency` describe the score that is explained and how the result is mapped back
    to X. Occlusion evaluates the network on signals that do not occur in training. A lead at its
    median does occur in practice, when an electrode is off. For classifiers that are not a single
    network of skecg, probabilities are clipped to at least 1e-7 from 0 and 1.

    References
    ----------
    Zeiler, Fergus 2014, "Visualizing and understanding convolutional networks", arXiv 1311.2901.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import occlusion
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 200)), [0, 1] * 4
    >>> clf = CRNNClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    >>> fall = occlusion(clf, X)
    >>> bool((fall[:, :, 0] == fall[:, :, 100]).all())  # one value for each lead
    True
    """
    if by not in _KINDS:
        raise ValueError(f"by must be one of {', '.join(map(repr, _KINDS))}; got {by!r}.")
    if not isinstance(width, Integral) or width < 1:
        raise ValueError(f"width must be a positive number of samples; got {width!r}.")
    if not has_one_network(estimator):
        return _of_probabilities(estimator, X, by, segments, width, target, space)
    captum = import_captum()
    followed = Followed(estimator, X)
    labels = followed.to_network(_labels(followed.given, segments)) if "segment" in by else None
    shapes = [signal.shape for signal in followed.signals]
    parts = [_parts(by, shape, labels[i] if labels else None, width) for i, shape in enumerate(shapes)]
    out = [None] * len(shapes)
    for rows, x, arguments, score in batches(followed, targets_of(followed, target)):
        mask = np.stack([parts[row] for row in rows])
        lines = np.stack([_lines(followed.signals[row], parts[row]) for row in rows])
        with torch.no_grad():
            falls = captum.FeatureAblation(score).attribute(
                x,
                baselines=torch.from_numpy(lines).to(x.device),
                feature_mask=torch.from_numpy(mask).to(x.device),
                additional_forward_args=arguments,
            )
        falls = falls.cpu().numpy() * (mask > 0)
        for row, fall in zip(rows, falls, strict=True):
            out[row] = fall
    return followed.to_input(out, space)


def _of_probabilities(estimator, X, by, segments, width, target, space):
    """Compute `occlusion` from the predicted probabilities of any classifier."""
    if not hasattr(estimator, "predict_proba"):
        raise TypeError(f"occlusion needs a fitted classifier with predict_proba; got {type(estimator).__name__}.")
    check_is_fitted(estimator)
    if space != "input":
        raise ValueError(
            f'space must be "input" for {type(estimator).__name__}, which is not one network of skecg; got {space!r}.'
        )
    X = X if isinstance(X, ECGRecords) else as_floats(X)
    shapes, signals = shapes_of(X), signals_of(X)
    labels = _labels(X, segments) if "segment" in by else [None] * len(shapes)
    parts = [_parts(by, shape, row, width) for shape, row in zip(shapes, labels, strict=True)]
    lines = [_lines(signal, row) for signal, row in zip(signals, parts, strict=True)]
    whole = positive_probabilities(estimator, X)
    outputs = whole.argmax(axis=1)
    if target is not None:
        classes = estimator.classes_
        outputs = outputs_of(target, classes, len(shapes), multilabel=isinstance(classes, list))
    out = [np.zeros(shape, np.float32) for shape in shapes]
    for part in range(1, 1 + max(row.max() for row in parts)):
        gone = [row == part for row in parts]
        taken = [np.where(of, line, signal) for of, line, signal in zip(gone, lines, signals, strict=True)]
        without = positive_probabilities(estimator, with_signals(X, taken))
        falls = _log_odds(whole, outputs) - _log_odds(without, outputs)
        for value, of, fall in zip(out, gone, falls, strict=True):
            value[of] = fall
    return as_form(out, X)


def _log_odds(probabilities, outputs):
    tiny = np.finfo(np.float32).eps
    p = probabilities[np.arange(len(outputs)), outputs].astype(np.float64).clip(tiny, 1 - tiny)
    return np.log(p) - np.log1p(-p)


def _labels(X, segments):
    """Return the segments as int codes, one array (n_times,) for each record; 0 means no segment."""
    signals = signals_of(X)
    if segments is None and not isinstance(X, ECGRecords):
        raise ValueError(
            'by="segment" needs segments for a plain array: one name for each sample, or a callable that returns them.'
        )
    segments = wave_labels if segments is None else segments
    if callable(segments):
        rates = X.fs if isinstance(X, ECGRecords) else [None] * len(signals)
        segments = [segments(signal, fs) for signal, fs in zip(signals, rates, strict=True)]
    rows = [np.asarray(row) for row in segments]
    for i, (row, signal) in enumerate(zip(rows, signals, strict=False)):
        if row.shape != (signal.shape[1],):
            raise ValueError(f"segments of record {i} must have the shape ({signal.shape[1]},); got {row.shape}.")
    if len(rows) != len(signals):
        raise ValueError(f"segments must be given for each of {len(signals)} records; got {len(rows)}.")
    names = sorted({str(name) for row in rows for name in np.unique(row.astype(str))} - {"", "0", "None"})
    codes = {name: code for code, name in enumerate(names, start=1)}
    return [np.array([codes.get(name, 0) for name in row.astype(str)], np.int64) for row in rows]


def _parts(by, shape, labels, width):
    """Return the number of the part of each sample, (n_leads, n_times); 0 means no part."""
    n_leads, n_times = shape
    leads = np.arange(n_leads)[:, None]
    if by == "lead":
        parts = np.broadcast_to(leads + 1, shape)
    elif by == "time":
        parts = np.broadcast_to(np.arange(n_times) // width + 1, shape)
    elif by == "segment":
        parts = np.broadcast_to(labels, shape)
    else:
        parts = np.where(labels > 0, labels + leads * (labels.max() + 1), 0)
    return np.ascontiguousarray(parts, np.int64)


def _lines(signal, parts):
    """Return the signal with each run of a part replaced by a line between the two neighbouring samples."""
    out = np.array(signal, np.float32)
    n_times = signal.shape[1]
    for lead, (values, row) in enumerate(zip(signal, parts, strict=True)):
        edges = np.flatnonzero(np.r_[True, row[1:] != row[:-1], True])
        for first, end in itertools.pairwise(edges):
            if first == 0 and end == n_times:
                out[lead] = np.median(values)
            elif row[first]:
                before = values[first - 1] if first else values[end]
                after = values[end] if end < n_times else before
                out[lead, first:end] = np.linspace(before, after, end - first + 2)[1:-1]
    return out
