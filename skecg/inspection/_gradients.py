"""Explanations from the gradient at the signal."""

from __future__ import annotations

import numpy as np

from ._follow import Followed
from ._score import batches, import_captum, targets_of, without_cudnn


def saliency(estimator, X, *, target=None, absolute=True, space="input"):
    """Tell how strongly each sample moves the decision: the gradient of its log-odds.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of skecg, or a `Pipeline` or a search that ends in one.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals as the estimator takes them.
    target : class, int or array-like of shape (n_records,), default=None
        The class to explain, or the number of the label in a multi-label task; one for all
        records or one each. By default the most probable one of each record.
    absolute : bool, default=True
        Whether to return the size of the gradient, as Simonyan et al. do, or to keep its sign.
    space : {"input", "network"}, default="input"
        Where the result belongs: to X, or to what the network sees (`seen_by_network`).

    Returns
    -------
    attribution : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        In log-odds per unit of what the network sees; a list where the records differ in length.

    Raises
    ------
    ImportError
        If captum is not there.
    TypeError
        If the last step is no classifier of skecg.
    ValueError
        If X does not fit the estimator, the target is unknown, or the result cannot be led
        back to X.

    Notes
    -----
    The score is the log-odds of the target, averaged over the windows of a record, as in
    prediction. The steps before the classifier are applied, and the gradient is taken at what
    the network sees, not through the steps. With `space="input"` it is then placed where its
    samples lie in X: a crop leaves zeros around it, resampling is undone by linear interpolation
    in time, leads that `SelectLeads` left out are zero; filters and normalisation, which move
    nothing, leave it as it is. Sums over samples hold in `space="network"` only. Other steps
    that change leads or times, and leads that `SelectLeads` derives, raise.

    References
    ----------
    Simonyan, Vedaldi, Zisserman 2013, "Deep inside convolutional networks", arXiv 1312.6034.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import saliency
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 200)), [0, 1] * 4
    >>> clf = CRNNClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    >>> saliency(clf, X).shape
    (8, 2, 200)
    """
    captum = import_captum()

    def explain(score, x, beside):
        return captum.Saliency(score).attribute(x, abs=False, additional_forward_args=beside)

    followed = Followed(estimator, X)
    values = _attribute(followed, target, explain)
    return followed.to_input([np.abs(value) for value in values] if absolute else values, space)


def integrated_gradients(estimator, X, *, target=None, n_steps=32, space="input"):
    """Share out the decision among the samples: integrated gradients from a flat line.

    In `space="network"` the values of a record add up to its log-odds less those of a flat line
    at zero, up to the error of `n_steps`.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier of skecg, or a `Pipeline` or a search that ends in one.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals as the estimator takes them.
    target : class, int or array-like of shape (n_records,), default=None
        The class to explain, or the number of the label in a multi-label task; one for all
        records or one each. By default the most probable one of each record.
    n_steps : int, default=32
        Steps of the integral; ours, between the 20 and 300 that Sundararajan et al. advise,
        because each step costs a pass forward and back.
    space : {"input", "network"}, default="input"
        Where the result belongs: to X, or to what the network sees (`seen_by_network`).

    Returns
    -------
    attribution : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        In log-odds, positive where a sample speaks for the target; a list where the records
        differ in length.

    Raises
    ------
    ImportError
        If captum is not there.
    TypeError
        If the last step is no classifier of skecg.
    ValueError
        If X does not fit the estimator, the target is unknown, or the result cannot be led
        back to X.

    Notes
    -----
    The flat line lies at zero of what the network sees: the mean of a z-scored lead, but the
    lowest voltage after min-max scaling. What is explained, and how it is led back to X, is
    told in `saliency`.

    References
    ----------
    Sundararajan, Taly, Yan 2017, "Axiomatic attribution for deep networks", arXiv 1703.01365.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.classifiers import CRNNClassifier
    >>> from skecg.inspection import integrated_gradients
    >>> X, y = np.random.default_rng(0).normal(size=(8, 2, 200)), [0, 1] * 4
    >>> clf = CRNNClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    >>> integrated_gradients(clf, X, n_steps=8).shape
    (8, 2, 200)
    """
    captum = import_captum()

    def explain(score, x, beside):
        return captum.IntegratedGradients(score).attribute(
            x, n_steps=n_steps, internal_batch_size=max(len(x), 32), additional_forward_args=beside
        )

    followed = Followed(estimator, X)
    return followed.to_input(_attribute(followed, target, explain), space)


def _attribute(followed, target, explain):
    """Return what `explain(score, x, beside)` makes of each record, as a list of arrays."""
    out = [None] * len(followed.signals)
    with without_cudnn():
        for rows, x, beside, score in batches(followed, targets_of(followed, target)):
            values = explain(score, x.requires_grad_(), beside).detach().cpu().numpy()
            for row, value in zip(rows, values, strict=True):
                out[row] = value
    return out
