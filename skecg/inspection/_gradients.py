"""Explanations from the gradient of the log-odds with respect to the signal."""

from __future__ import annotations

import numpy as np

from ._follow import Followed, fill_parameters
from ._score import batches, differentiable, import_captum, targets_of


@fill_parameters
def saliency(estimator, X, *, target=None, absolute=True, space="input"):
    """Compute the gradient of the log-odds with respect to each sample.

    Parameters
    ----------
    **estimator
    **X
    **target
    absolute : bool, default=True
        Whether to return the absolute value of the gradient, as Simonyan et al. do, or the
        gradient with its sign.
    **space

    Returns
    -------
    attribution : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        In log-odds per unit of the input of the network. The result is a list if the records
        differ in length.

    Raises
    ------
    ImportError
        If captum is not installed.
    TypeError
        If the last step is not a classifier of skecg.
    ValueError
        If X does not fit the estimator, the target is unknown, or the result cannot be mapped
        back to X.

    Notes
    -----
    The score is the log-odds of the target, averaged over the windows of a record, as in
    prediction. `saliency` applies the steps before the classifier and takes the gradient with
    respect to the input of the network, not with respect to X. With `space="input"`, the gradient
    is then placed at the positions of its samples in X. Samples that a crop removed get zeros.
    Leads that `SelectLeads` left out get zeros. Resampling is undone by linear interpolation in
    time. Filters and normalisation move no samples, so their gradient needs no change. Sums over
    samples are valid in `space="network"` only. Other steps that change leads or times raise an
    error, and so do leads that `SelectLeads` derives.

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

    def explain(score, x, arguments):
        return captum.Saliency(score).attribute(x, abs=False, additional_forward_args=arguments)

    followed = Followed(estimator, X)
    values = _attribute(followed, target, explain)
    return followed.to_input([np.abs(value) for value in values] if absolute else values, space)


@fill_parameters
def integrated_gradients(estimator, X, *, target=None, n_steps=32, space="input"):
    """Divide the log-odds among the samples by integrated gradients from a flat line.

    In `space="network"`, the values of a record add up to the log-odds of the record minus the
    log-odds of a flat line at zero, up to the error of `n_steps`.

    Parameters
    ----------
    **estimator
    **X
    **target
    n_steps : int, default=32
        Steps of the integral. The default is our choice. Sundararajan et al. advise 20 to 300
        steps; we stay near the lower end because each step costs a forward and a backward pass.
    **space

    Returns
    -------
    attribution : ndarray of the shape of X, or list of ndarray of shape (n_leads, n_times)
        In log-odds, positive where a sample speaks for the target. The result is a list if the
        records differ in length.

    Raises
    ------
    ImportError
        If captum is not installed.
    TypeError
        If the last step is not a classifier of skecg.
    ValueError
        If X does not fit the estimator, the target is unknown, or the result cannot be mapped
        back to X.

    Notes
    -----
    The flat line is zero in the input of the network. Zero is the mean of a z-scored lead, but
    the lowest voltage after min-max scaling. The notes of `saliency` describe the score that is
    explained and how the result is mapped back to X.

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

    def explain(score, x, arguments):
        return captum.IntegratedGradients(score).attribute(
            x, n_steps=n_steps, internal_batch_size=max(len(x), 32), additional_forward_args=arguments
        )

    followed = Followed(estimator, X)
    return followed.to_input(_attribute(followed, target, explain), space)


def _attribute(followed, target, explain):
    """Apply `explain(score, x, arguments)` to all records, and return one array for each record."""
    out = [None] * len(followed.signals)
    with differentiable():
        for rows, x, arguments, score in batches(followed, targets_of(followed, target)):
            values = explain(score, x.requires_grad_(), arguments).detach().cpu().numpy()
            for row, value in zip(rows, values, strict=True):
                out[row] = value
    return out
