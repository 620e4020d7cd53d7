"""The checks; each check raises AssertionError if an estimator misbehaves."""

import copy
import pickle
import re

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import cross_val_predict
from sklearn.utils.validation import has_fit_parameter

from ..estimators.delegates import wraps_estimators
from ..records import ECGRecords


def ecg_checks(estimator):
    """Return the checks that apply to an estimator.

    Parameters
    ----------
    estimator : estimator
        A transformer or a classifier.

    Returns
    -------
    checks : list of callable
        Each check takes an estimator and raises AssertionError if the estimator misbehaves. The list
        is empty for samplers and for meta-estimators, which accept the input of the inner estimator.

    Examples
    --------
    >>> from skecg.preprocessing import Normalize
    >>> from skecg.testing import ecg_checks
    >>> ecg_checks(Normalize())[0].__name__
    'check_kinds_agree'
    """
    if wraps_estimators(estimator) or not hasattr(estimator, _method(estimator)):
        return []
    checks = [check_kinds_agree, check_ragged_records, check_bad_signals, check_copies]
    if "fs" in estimator.get_params():
        checks.append(check_rate)
    if is_classifier(estimator):
        checks += [
            check_labels_as_given,
            check_multilabel,
            check_seed,
            check_single_record,
            check_cross_validation,
        ]
    elif not hasattr(estimator, "get_feature_names_out"):  # a table is not a signal
        checks.append(check_kind_is_kept)
    return checks


def check_ecg_estimator(estimator):
    """Run all checks that apply to an estimator.

    Parameters
    ----------
    estimator : estimator
        An unfitted instance, quick to fit.

    Raises
    ------
    AssertionError
        If a check fails.

    Examples
    --------
    >>> from skecg.preprocessing import Normalize
    >>> from skecg.testing import check_ecg_estimator
    >>> check_ecg_estimator(Normalize())
    """
    for check in ecg_checks(estimator):
        check(clone(estimator))


# -- for all estimators -----------------------------------------------------------------------


def check_kinds_agree(estimator):
    """Check that an array gives the same as records, and a 2-D array of one lead the same as a 3-D array.

    The records have no names of leads, as an array has none: some columns exist for a lead of a name only.
    """
    named, y = _cohort()
    X = named.to_array()
    records = ECGRecords(X, named.fs, metadata=named.metadata)
    from_array, from_records = (_fitted_and_applied(estimator, data, y) for data in (X, records))
    np.testing.assert_array_equal(from_array, from_records)
    flat, deep = (np.squeeze(_fitted_and_applied(estimator, data, y)) for data in (X[:, 0], X[:, :1]))
    np.testing.assert_array_equal(flat, deep)


def check_ragged_records(estimator):
    """Check that records may differ in length, and that a result does not depend on the other records."""
    records, y = _cohort(ragged=True)
    estimator = _fitted(estimator, records, y)
    together = _values(estimator, records)
    assert len(together) == len(records)
    for i in (0, len(records) - 1):
        np.testing.assert_allclose(_values(estimator, records[[i]])[0], together[i], atol=1e-6)


def check_bad_signals(estimator):
    """Check that NaN, other leads than in `fit` and an empty time axis raise a ValueError that says so."""
    records, y = _cohort()
    X = np.array(records.to_array())
    broken = X.copy()
    broken[3, 1, 7] = np.nan
    _raises(r"NaN.*record 3.*lead", estimator.fit, broken, y)
    _raises(r"NaN.*record 3.*lead", estimator.fit, records.with_signals(broken), y)
    _raises("", estimator.fit, X[:, :, :0], y)
    estimator = _fitted(estimator, records, y)
    _raises("lead", getattr(estimator, _method(estimator)), records.with_signals(X[:, :2], leads=records.leads[:2]))
    _raises("", getattr(estimator, _method(estimator)), X[:, :2])


def check_copies(estimator):
    """Check that an estimator can be pickled and copied before and after `fit`."""
    records, y = _cohort()
    for copied in (pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)):
        assert copied.get_params().keys() == estimator.get_params().keys()
    estimator = _fitted(estimator, records, y)
    for copied in (pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)):
        for one, other in zip(_values(estimator, records), _values(copied, records), strict=True):
            np.testing.assert_array_equal(one, other)


def check_rate(estimator):
    """Check that arrays need `fs`, records provide the rate, and a contradiction raises an error."""
    records, y = _cohort()
    estimator.set_params(fs=None)
    _fitted(estimator, records, y)
    _raises("fs", _fitted_and_applied, estimator, records.to_array(), y)
    _raises("fs", _fitted_and_applied, estimator.set_params(fs=333), records, y)


# -- for transformers -------------------------------------------------------------------------


def check_kind_is_kept(transformer):
    """Check that arrays become float32 arrays, and records become records with the same metadata."""
    records, _ = _cohort()
    X = records.to_array()
    assert transformer.fit_transform(X).dtype == np.float32
    assert transformer.fit_transform(X[:, 0]).ndim == 2
    changed = transformer.fit_transform(records)
    assert isinstance(changed, ECGRecords)
    assert changed.metadata.equals(records.metadata)


# -- for classifiers --------------------------------------------------------------------------


def check_labels_as_given(classifier):
    """Check that classes of any type keep their type, and that probabilities add up to one."""
    records, y = _cohort()
    for classes in (["no", "yes"], [3, 7], [False, True]):
        labels = np.array(classes)[y]
        fitted = clone(classifier).fit(records, labels)
        assert fitted.predict(records).dtype == labels.dtype
        assert set(fitted.predict(records)) <= set(classes)
    p = fitted.predict_proba(records)
    assert p.dtype == np.float32 and p.shape == (len(records), 2)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)


def check_multilabel(classifier):
    """Check that an indicator gives an indicator and one probability per label."""
    records, y = _cohort()
    Y = np.stack([y, 1 - y, np.arange(len(y)) % 2], axis=1)
    classifier.fit(records, Y)
    p = classifier.predict_proba(records)
    assert p.dtype == np.float32 and p.shape == Y.shape
    np.testing.assert_array_equal(classifier.predict(records), (p > 0.5).astype(int))


def check_seed(classifier):
    """Check that the same seed gives the same result, and that `fit` leaves the global random states alone."""
    records, y = _cohort()
    before = _global_random_state()
    first, second = (_values(clone(classifier).set_params(random_state=1).fit(records, y), records) for _ in "ab")
    np.testing.assert_array_equal(first, second)
    assert before == _global_random_state()
    other = _values(clone(classifier).set_params(random_state=2).fit(records, y), records)
    assert not np.array_equal(first, other)


def check_single_record(classifier):
    """Check that one record can be predicted, even if it is longer or shorter than those of `fit`."""
    records, y = _cohort()
    classifier.fit(records, y)
    X = records.to_array()[:1]
    for signals in (X, X[:, :, :50], np.tile(X, 3)):
        assert classifier.predict_proba(records[:1].with_signals(signals)).shape == (1, 2)


def check_cross_validation(classifier):
    """Check that scikit-learn can cross-validate on records, with classes and with labels."""
    records, y = _cohort()
    for target, n_outputs in ((y, 2), (np.stack([y, 1 - y, y], axis=1), 3)):
        p = cross_val_predict(classifier, records, target, cv=2, method="predict_proba")
        assert p.shape == (len(records), n_outputs)
    assert has_fit_parameter(classifier, "sample_weight") and has_fit_parameter(classifier, "groups")


# -- material ---------------------------------------------------------------------------------


def _cohort(ragged=False):
    """Return 16 records of three leads, the second half larger, with labels."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 8)
    signals = rng.normal(size=(16, 3, 160)) * (1 + y)[:, None, None]
    if ragged:
        signals = [signal[:, : 100 + 10 * (i % 7)] for i, signal in enumerate(signals)]
    metadata = {"age": rng.integers(20, 90, 16), "patient_id": np.arange(16) // 2}
    return ECGRecords(signals, 500, leads=["I", "II", "V1"], metadata=metadata), y


def _fitted(estimator, X, y):
    return clone(estimator).fit(X, y)


def _fitted_and_applied(estimator, X, y):
    return _values(_fitted(estimator, X, y), X)


def _method(estimator):
    return "predict_proba" if is_classifier(estimator) else "transform"


def _values(estimator, X):
    """Return the output of the estimator for X: an array, or a list of signals."""
    out = getattr(estimator, _method(estimator))(X)
    return list(out.signals) if isinstance(out, ECGRecords) else out


def _raises(pattern, function, *args):
    try:
        function(*args)
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError(f"{function} took bad input without a ValueError")
    assert re.search(pattern, message), f"the message should match {pattern!r}: {message}"


def _global_random_state():
    import torch

    return np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002
