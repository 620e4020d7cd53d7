"""The signals that a model needs, and the conversion of other signals to this form."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from .._scikit_learn import Interval, StrOptions
from .._warn import warn
from ..estimators.containers import TakesContainer
from ..estimators.model import InputContract, unwrap
from ..estimators.positive import positive_of
from ..metrics._positive import positive_class
from ..preprocessing import ECGResample
from ..records import ECGRecords
from ..signal.faults import TOO_LARGE, TOO_SMALL
from ._leads import listed, match_leads
from ._places import without_places
from ._quality import report_faults
from ._seen import training_digests
from ._steps import input_of, shared_transformers
from ._summary import summarize
from ._tuning import class_weights_of, threshold_of
from ._units import is_signals, wrong_units


class SignalContract(TakesContainer, InputContract, TransformerMixin, BaseEstimator):
    """The signals that a model was fitted on, as the first step of a loaded model.

    Records (`ECGRecords`) that differ in rate, in order or spelling of the leads, or in unit are
    converted or refused. `transform` returns matching records unchanged. A plain array has neither rate nor
    names. `transform` returns an array unchanged, and warns if its values look like microvolts or volts.

    Parameters
    ----------
    fs : float, default=None
        Rate in Hz that the model needs; None if the model takes any rate, for example because it resamples.
    leads : sequence of str, default=None
        Names of the leads in order; None if the model was fitted on plain arrays.
    n_leads : int, default=None
        Number of leads.
    length : int, default=None
        Samples of the longest training record, as the network saw it.
    window : int, default=None
        Samples that the network sees at once.
    labels : list, default=None
        The classes, or the names of the labels, in the order of `predict_proba`.
    multilabel : bool, default=False
        Whether a record may have several labels.
    thresholds : float or list of float, default=None
        Lowest probabilities at which a label, or the class to detect, is predicted; None if the most probable
        class is predicted.
    preprocessing : list of str, default=None
        The steps before the classifier, as text.
    training : dict, default=None
        The summary of the training records that were passed to `save`.
    on_mismatch : {"convert", "raise"}, default="convert"
        Whether to convert records that differ, or to raise an error.
    pos_label : int, float, bool or str, default=None
        The class to detect, for two classes; None if nobody named it.
    quality : {"warn", "raise", "ignore"}, default="warn"
        What to do with recordings of doubtful quality: flat, disconnected or clipped leads, less than a second, or
        an implausible voltage.
    missing_leads : {"raise", "zeros"}, default="raise"
        What to do with records that lack leads: raise an error, or pass them on with a warning, to a model whose
        first step is `SelectLeads(missing="zeros")`.
    class_weights : list of float, default=None
        For more than two classes: the weights of their probabilities, the highest product of which decides; None if
        the most probable class is predicted.

    Notes
    -----
    The contract detects microvolts record by record: no heart gives a span of more than 50 mV, in the median
    over the leads. The contract detects volts if more than half of the records span less than 0.01 mV, because
    loose electrodes explain a few such records. Records that cannot be converted (a missing lead that does not
    follow from I and II, unless the model sets such leads to zero) raise an error in either case.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.persistence import SignalContract
    >>> contract = SignalContract(fs=100, leads=["I", "II", "aVR"])
    >>> signals = np.sin(np.arange(10_000).reshape(1, 2, 5000))
    >>> records = ECGRecords(signals, fs=500, leads=["ii", "i"])
    >>> contract.transform(records)
    ECGRecords(1 record, 3 leads, 1000 samples, 100 Hz)
    >>> contract.set_params(on_mismatch="raise").transform(records)
    Traceback (most recent call last):
        ...
    ValueError: The model was fitted on the leads I, II, aVR; the records have ii, i.
    """

    _parameter_constraints: dict = {
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "leads": [list, tuple, None],
        "n_leads": [Interval(Integral, 1, None, closed="left"), None],
        "length": [Interval(Integral, 1, None, closed="left"), None],
        "window": [Interval(Integral, 1, None, closed="left"), None],
        "labels": [list, tuple, None],
        "multilabel": ["boolean"],
        "pos_label": [Real, str, "boolean", None],
        "thresholds": [Real, list, None],
        "preprocessing": [list, tuple, None],
        "training": [dict, None],
        "on_mismatch": [StrOptions({"convert", "raise"})],
        "quality": [StrOptions({"warn", "raise", "ignore"})],
        "missing_leads": [StrOptions({"raise", "zeros"})],
        "class_weights": [list, None],
    }

    def __init__(
        self,
        fs=None,
        leads=None,
        n_leads=None,
        length=None,
        window=None,
        labels=None,
        multilabel=False,
        thresholds=None,
        preprocessing=None,
        training=None,
        on_mismatch="convert",
        pos_label=None,
        quality="warn",
        missing_leads="raise",
        class_weights=None,
    ):
        self.fs = fs
        self.leads = leads
        self.n_leads = n_leads
        self.length = length
        self.window = window
        self.labels = labels
        self.multilabel = multilabel
        self.thresholds = thresholds
        self.preprocessing = preprocessing
        self.training = training
        self.on_mismatch = on_mismatch
        self.pos_label = pos_label
        self.quality = quality
        self.missing_leads = missing_leads
        self.class_weights = class_weights

    @classmethod
    def of(cls, model, X=None, y=None, *, target_names=None, pos_label=None, digests=True):
        """Make the contract of a fitted model.

        Parameters
        ----------
        model : estimator
            A fitted classifier, or a model that holds fitted classifiers.
        X : ECGRecords or ndarray, default=None
            The training records, of which the contract keeps a summary.
        y : array-like, default=None
            The training labels.
        target_names : sequence of str, default=None
            Names of the columns of an indicator.
        pos_label : int, float, bool or str, default=None
            The class to detect, for two classes; by default the one that a wrapper of the model names.
        digests : bool, default=True
            Whether the summary keeps digests of the training signals.

        Returns
        -------
        contract : SignalContract

        Raises
        ------
        ValueError
            If `pos_label` is not one of two classes.
        """
        paths = unwrap(model)
        classes = getattr(model, "classes_", [])
        multilabel = isinstance(classes, list)
        if target_names is None:
            target_names = range(len(classes)) if multilabel else np.asarray(classes).tolist()
        pos_label = positive_of(model) if pos_label is None else pos_label
        threshold = threshold_of(paths[0], multilabel)
        if pos_label is not None:
            if multilabel or len(classes) != 2:
                raise ValueError(
                    f"pos_label={pos_label!r} names one of two classes; the model has {len(classes)} labels."
                )
            pos_label = positive_class(classes, pos_label)
            if threshold is not None and pos_label == classes[0]:
                threshold = (1 - np.asarray(threshold)).tolist()
        taken = input_of(paths, X)
        training = None if X is None and y is None else summarize(X, y, target_names)
        if X is not None and digests:
            training |= training_digests(X, taken["leads"])
        return cls(
            **taken,
            labels=list(target_names),
            multilabel=multilabel,
            pos_label=pos_label,
            thresholds=threshold,
            class_weights=class_weights_of(paths[0]),
            preprocessing=[" ".join(repr(without_places(step)).split()) for step in shared_transformers(paths)],
            training=training,
        )

    def fit(self, X, y=None):
        """Do nothing: a contract is made from a model, not from data.

        Parameters
        ----------
        X, y : None
            Ignored.

        Returns
        -------
        self : SignalContract
        """
        return self

    def transform(self, X):
        """Compare X with the contract, and convert X if X differs.

        Parameters
        ----------
        X : ECGRecords or array-like
            Signals in mV.

        Returns
        -------
        X : ECGRecords or array-like
            The same object if X matches the contract.

        Raises
        ------
        ValueError
            If X does not match, and cannot be converted or `on_mismatch="raise"`.

        Warns
        -----
        UserWarning
            If the signals seem to be in microvolts or volts instead of millivolts.
        """
        self._validate_params()
        if not isinstance(X, ECGRecords):
            if is_signals(X, self.n_leads):
                self._look_at_array(X)
                report_faults(self, X, self.quality)
            return X
        X = self._match_unit(X)
        if self.leads is not None and list(X.leads) != list(self.leads):
            X = match_leads(X, self.leads, missing=self.missing_leads, refuse=self._refuse)
        if self.fs is not None and (X.fs != self.fs).any():
            self._refuse(f"The model needs {self.fs:g} Hz; the records have {listed(np.unique(X.fs))} Hz.")
            X = ECGResample(target_fs=self.fs).fit_transform(X)
        report_faults(self, X, self.quality)
        return X

    def _refuse(self, reason):
        if self.on_mismatch == "raise":
            raise ValueError(reason)

    def _match_unit(self, records):
        large, small = wrong_units(records.signals, self.training)
        for wrong, span, unit, done in (
            (large, f"more than {TOO_LARGE:g} mV, as microvolts", 1000, "divided"),
            (small, f"less than {TOO_SMALL:g} mV, as volts", 0.001, "multiplied"),
        ):
            if not wrong.any():
                continue
            reason = f"{wrong.sum()} of {len(wrong)} records span {span} do, but signals must be in millivolts."
            self._refuse(reason)
            warn(f"{reason} They were {done} by 1000.")
            signals = zip(records.signals, wrong, strict=True)
            records = records.with_signals([signal / unit if is_wrong else signal for signal, is_wrong in signals])
        return records

    def _look_at_array(self, X):
        large, small = wrong_units([np.atleast_2d(signal) for signal in X], self.training)
        for wrong, span, unit in (
            (large, f"more than {TOO_LARGE:g} mV", "microvolts"),
            (small, f"less than {TOO_SMALL:g} mV", "volts"),
        ):
            if wrong.any():
                reason = f"{wrong.sum()} of {len(X)} records span {span}: are these {unit}?"
                self._refuse(reason)
                warn(f"{reason} The array was not changed.")

    def __setstate__(self, state):
        later = {"missing_leads": "raise", "class_weights": None}  # not in pickles of version 0.1.0
        super().__setstate__(later | state)

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.requires_fit = False
        return tags
