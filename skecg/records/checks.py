"""The check of X that all steps and classifiers share."""

from os import PathLike

import numpy as np
from sklearn.utils.validation import validate_data

from ._rows import called
from .blocks import iter_blocks
from .buffer import as_floats, lead_names
from .implausible import Watch, is_raw
from .record import ECGRecord
from .records import ECGRecords

_SHAPES = "X must have the shape (n_records, n_leads, n_times), or (n_records, n_times) for one lead"


def check_records(estimator, X, *, reset, same_leads=True):
    """Check the ECGs that an estimator got, and store their form or compare it with the stored one.

    Parameters
    ----------
    estimator : estimator instance
        `check_records` sets its `n_features_in_` (`n_leads` of a 3-D array or of `ECGRecords`,
        `n_times` of a 2-D array), its `n_leads_in_` and, for `ECGRecords`, its `leads_in_`.
    X : array-like of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
        Voltages in mV. A 2-D array is one lead.
    reset : bool
        True in `fit`: store the form. False in `transform` and `predict`: compare the form with
        that of the training data, and lead names without regard to case.
    same_leads : bool, default=True
        Whether `ECGRecords` must have the leads of the training data.

    Returns
    -------
    X : ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times), or ECGRecords
        The array as float32, without a copy if it was float32; `ECGRecords` unchanged.

    Raises
    ------
    ValueError
        If X is empty, has another number of dimensions, contains NaN or infinity (the message
        names record and lead), or has other leads than the training data.
    TypeError
        If X is a single record, or a list of them; if X is a path, or a list of paths.

    Warns
    -----
    UserWarning
        In `fit`, if X has more leads than samples and more than 16 leads, as a transposed array has; or if records
        span more than 50 mV, or most of them less than 0.01 mV. Only the first step of a pipeline warns.
    """
    raw = reset and is_raw(X)
    check_kind(X)
    if isinstance(X, ECGRecords):
        _check_container(estimator, X, reset, same_leads)
    else:
        if isinstance(X, np.ma.MaskedArray):
            X = as_floats(X)  # the check for NaN below names the place of a masked value
        if not reset and isinstance(X, np.ndarray) and X.ndim == 3:
            _check_n_leads(estimator, X.shape[1])
        if getattr(X, "ndim", 2) == 1:
            raise ValueError(f"Expected 2D array, got 1D array instead: {_SHAPES}; got {X.shape}. Reshape your data.")
        if reset or not _is_plain(X):
            with np.errstate(over="ignore"):  # a value beyond float32 becomes infinity, which the check below reports
                X = validate_data(estimator, X, reset=reset, dtype=np.float32, allow_nd=True, ensure_all_finite=False)
        if X.ndim > 3 or 0 in X.shape:
            raise ValueError(f"{_SHAPES}, with at least one lead and one sample; got {X.shape}.")
        n_leads = X.shape[1] if X.ndim == 3 else 1
        if reset:
            _forget(estimator, "leads_in_")
            estimator.n_leads_in_ = n_leads
        elif n_leads != getattr(estimator, "n_leads_in_", n_leads):  # a 2-D array may pass the check above
            raise ValueError(
                f"X of shape {X.shape} has {n_leads} lead(s), but {type(estimator).__name__} was fitted on "
                f"{estimator.n_leads_in_}."
            )
    n_times = X.lengths.max() if isinstance(X, ECGRecords) else X.shape[-1]
    watch = Watch(estimator.n_leads_in_, int(n_times), len(X)) if raw else None
    _check_finite(X, watch)
    if watch is not None:
        watch.warn()
    return X


def _is_plain(X):
    """Return whether X needs no conversion; for one record, scikit-learn's check takes as long as a small network."""
    return type(X) is np.ndarray and X.dtype == np.float32 and X.ndim == 3 and X.size


def check_kind(X):
    """Raise on what numpy cannot turn into records: one record, paths, a list of records or of unequal signals."""
    if isinstance(X, ECGRecord):
        raise TypeError("X must be ECGRecords, got one ECGRecord: pass records[[i]] instead of records[i].")
    if isinstance(X, str | PathLike):
        raise TypeError(f"X must be ECGRecords, got a path: pass skecg.datasets.read_ecg([{str(X)!r}]).")
    if isinstance(X, list):
        _check_list(X)


def _check_list(signals):
    if any(isinstance(signal, ECGRecord) for signal in signals):
        raise TypeError("X is a list of ECGRecord; select the records together: records[[i, j]].")
    if signals and all(isinstance(signal, str | PathLike) for signal in signals):
        raise TypeError("X must be ECGRecords, got a list of paths: pass skecg.datasets.read_ecg(paths).")
    shapes = {np.shape(signal) for signal in signals if isinstance(signal, np.ndarray)}
    if len(shapes) > 1:
        raise ValueError(f"The signals of X have different shapes, {sorted(shapes)}; put them into ECGRecords(X, fs).")


def _check_container(estimator, records, reset, same_leads):
    name = type(estimator).__name__
    if not len(records):
        raise ValueError(f"Found ECGRecords with 0 sample(s), that is, no records; {name} requires at least one.")
    if records.lengths.min() == 0:
        which = called(records.metadata, int(records.lengths.argmin()))
        raise ValueError(f"{which[0].upper()}{which[1:]} has an empty time axis; {name} needs a signal.")
    if reset:
        _forget(estimator, "feature_names_in_")
        estimator.n_features_in_ = estimator.n_leads_in_ = len(records.leads)
        estimator.leads_in_ = records.leads
        return
    if not same_leads:
        return
    expected = getattr(estimator, "leads_in_", None)
    if expected is not None and folded(expected) != folded(records.leads):
        raise ValueError(f"{name} was fitted on the leads {list(expected)}, got {list(records.leads)}.")
    _check_n_leads(estimator, len(records.leads))


def _check_n_leads(estimator, n_leads):
    expected = getattr(estimator, "n_features_in_", n_leads)
    if n_leads != expected:
        name = type(estimator).__name__
        raise ValueError(
            f"X has {n_leads} leads, but {name} was fitted on {expected} (leads, or samples of a 2-D array)."
        )


def _check_finite(X, watch):
    """Raise on the first NaN or infinity, and show finite blocks to the watch, if there is one."""
    for rows, block, _ in iter_blocks(X):
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(np.einsum("rlt->", block))  # if the sum is finite, so are the values
        bad = () if finite else np.argwhere(~np.isfinite(block))
        if not len(bad):
            if watch is not None:
                watch.look(rows, block)
            continue
        record, lead, time = bad[0]
        what = "NaN" if np.isnan(block[record, lead, time]) else "infinity"
        which, where = f"record {rows[record]}", f"lead {lead}"
        if isinstance(X, ECGRecords):
            which, where = called(X.metadata, rows[record]), f"lead {X.leads[lead]!r}"
        raise ValueError(
            f"Input X contains {what}: {which}, {where}, sample {time}. "
            "Replace the value or leave the record out; skecg does not impute values."
        )


def names_of(X):
    """Return the names of the leads; an array of twelve leads gets the standard names."""
    if isinstance(X, ECGRecords):
        return X.leads
    return lead_names(None, X.shape[1] if X.ndim == 3 else 1)


def folded(leads):
    """Return the names of leads casefolded, to compare them without regard to case."""
    return [lead.casefold() for lead in leads]


def _forget(estimator, attribute):
    if hasattr(estimator, attribute):
        delattr(estimator, attribute)
