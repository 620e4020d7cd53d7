"""Warn of training on records that pretrained weights have seen."""

import os
from pathlib import PurePath

from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator

from .._warn import warn
from ..estimators.model import unwrap
from ..format import read_file
from ..preprocessing.base import BaseStep
from ..preprocessing.form import Scale
from ..pretrained import path_of
from ..training.weights.digests import are_parts, merge_digests
from ._contract import SignalContract
from ._estimators import EstimatorDecoder
from ._seen import seen_in_training, sources_of
from ._summary import check_summary


class OverlapCheck(BaseStep):
    """Compare the records of `fit` with those that pretrained weights were trained on, and warn of equal ones.

    The step does not change the signals. `make_ecg_pipeline(pretrained=...)` puts the step in front of the other
    steps, because files keep digests of raw signals: a filtered or resampled record has another digest.

    Parameters
    ----------
    pretrained : None, path-like or FrozenEstimator, default=None
        The source of the weights, as the classifier takes it. None compares nothing.

    Attributes
    ----------
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Warns
    -----
    UserWarning
        In `fit`, if the weights were trained on some of the records.

    Notes
    -----
    Records are equal if the signals of all leads are, sample by sample, in any order of the leads. A file that was
    saved without X, or with `digests=False`, recognises no record. The file of a fine-tuned model also recognises the
    records that its own source recognised. Neither does a file recognise a record at another
    rate, from another reader, or with a part of its leads: the absence of a warning proves nothing.

    Examples
    --------
    >>> import tempfile
    >>> import warnings
    >>> import skecg
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> from skecg.persistence import OverlapCheck
    >>> X, y = make_ecg(16, classes=["NORM", "LBBB"], fs=100, random_state=0, return_X_y=True)
    >>> path = tempfile.mkdtemp() + "/model.skecg"
    >>> skecg.save(EEGNetClassifier(max_epochs=1, random_state=0).fit(X[:10], y[:10]), path, X=X[:10])
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     X_out = OverlapCheck(path).fit_transform(X[8:])
    >>> print(str(caught[0].message).partition(":")[0])
    The weights of model.skecg were trained on 2 of these 8 records (2 patients)
    """

    _parameter_constraints: dict = {"pretrained": [None, str, os.PathLike, BaseEstimator]}

    def __init__(self, pretrained=None):
        self.pretrained = pretrained

    def operation(self, form):
        """Describe the step as a scaling that changes nothing.

        Parameters
        ----------
        form : Form
            The form of a signal.

        Returns
        -------
        operation : Scale
        """
        return Scale(method="none", per="record")

    def _learn(self, X):
        if self.pretrained is None:
            return
        contract, sources = _described(self.pretrained)
        seen = seen_in_training(contract, X, sources)
        if seen is None or not seen.n_records:
            return
        patients = "" if seen.n_patients is None else f" ({seen.n_patients} patients)"
        warn(
            f"The weights of {_called(self.pretrained)} were trained on {seen.n_records} of these {len(X)} "
            f"records{patients}: scores on these records, as in cross-validation and early stopping, are too good. "
            "Test the model on patients that neither these weights nor this fit has seen.",
        )

    def _takes_other_leads(self):
        return True  # the next step compares the leads

    def _apply(self, X):
        return X

    def _transform_block(self, block, form):
        return block


def contract_of(pretrained):
    """Return the signal contract of a source of weights, or None if it has none; the model itself is not built."""
    return _described(pretrained)[0]


def _described(pretrained):
    """Return the signal contract of a source of weights, and the digests of the sources of that source."""
    if isinstance(pretrained, FrozenEstimator):
        return unwrap(pretrained)[0].contract, sources_of(pretrained)
    path = path_of(pretrained)
    document, tensors = read_file(path)
    try:
        decoder = EstimatorDecoder(tensors)
        contract = decoder.decode(document.get("contract"))
        if not isinstance(contract, SignalContract | None):
            raise ValueError("it holds another object in its place")
        if contract is not None:
            check_summary(contract)
        sources = [decoder.decode(tree) for tree in _source_digests(document.get("model"))]
        if not all(map(are_parts, sources)):
            raise ValueError("the digests of its sources are none")
    except Exception as error:  # any error means that the file is not valid
        raise ValueError(f"{path} has no valid signal contract: {error or type(error).__name__}.") from error
    return contract, merge_digests(part for parts in sources for part in parts)


def _source_digests(tree):
    """Yield what the estimators in a tree keep of the records that their sources were trained on."""
    if isinstance(tree, dict) and isinstance(tree.get("fitted"), dict) and tree["fitted"].get("source_digests_"):
        yield tree["fitted"]["source_digests_"]
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _source_digests(item)


def _called(pretrained):
    return type(pretrained.estimator).__name__ if isinstance(pretrained, FrozenEstimator) else PurePath(pretrained).name
