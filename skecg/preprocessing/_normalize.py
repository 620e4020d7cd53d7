"""The step that brings all records to one scale."""

import numpy as np

from .._scikit_learn import StrOptions
from ..records.blocks import iter_blocks
from ..records.checks import names_of
from ..signal.scaling import METHODS, normalize, rescale
from ..signal.statistics import dataset_location_and_scale
from ..signal.windowing import missing_leads, unpadded_lengths, unpadded_parts
from .base import BaseStep
from .form import Scale


class Normalize(BaseStep):
    """Bring the signals to a common scale.

    Zero padding at the end of a record, as `ECGCrop(pad=True)` adds it, enters no statistic and
    stays zero. Two or more last samples at which all leads are zero count as padding.
    So does a lead that is zero throughout a record, as `SelectLeads(missing="zeros")` makes a missing
    lead; only the statistics of "dataset_lead" count its zeros. A constant signal becomes zero.

    Parameters
    ----------
    method : {"zscore", "minmax", "robust", "log", "l2", "none"}, default="zscore"
        "zscore": `(x - mean) / std`. "minmax": `(x - min) / (max - min)`, from 0 to 1.
        "robust": `(x - median) / (q75 - q25)`. "log": `log(1 + |x|)`, which loses the sign.
        "l2": `x / sqrt(sum(x**2))`. "none": x.
    per : {"lead", "record", "dataset", "dataset_lead"}, default="lead"
        The values from which the statistics are computed: each lead of each record, all leads of
        a record together, the whole data set of `fit` (one pair of numbers), or each lead of the
        data set. "l2" and "log" have no statistic of a data set. "log" and "none" use no
        statistics.
    statistics : (location, scale), default=None
        The statistics of a data set, each a number or, for "dataset_lead", one number per lead; `fit` then
        learns none. For a network that starts from the weights of another one, those of the other data set keep the
        scale that these weights expect.

    Attributes
    ----------
    location_, scale_ : ndarray of shape (1,) or (n_leads,)
        The values that `transform` subtracts and divides by. Only if `per` is "dataset" or
        "dataset_lead" and `method` is not "none".
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Raises
    ------
    ValueError
        In `fit`, if `method` is "l2" or "log" and `per` is "dataset" or "dataset_lead"; or if `statistics` are not
        of this `per`, of these leads, or not finite numbers with a scale of 0 or more.

    Notes
    -----
    The methods per lead are those of Marques & Oliveira (2025). Strodthoff et al. (2021) use one
    mean and one standard deviation for the whole data set.

    References
    ----------
    J. Marques and A. Oliveira, "Are ECGs enough? Deep learning classification of pulmonary
    embolism using electrocardiograms", arXiv:2503.08960, 2025.

    N. Strodthoff et al., "Deep learning for ECG analysis: benchmarks and insights from
    PTB-XL", IEEE Journal of Biomedical and Health Informatics 25 (2021) 1519-1528.

    Examples
    --------
    >>> from skecg.preprocessing import Normalize
    >>> Normalize("minmax").fit_transform([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    array([[0. , 0.5, 1. ],
           [0. , 0. , 0. ]], dtype=float32)
    >>> Normalize("minmax", per="dataset").fit_transform([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    array([[0.  , 0.25, 0.5 ],
           [1.  , 1.  , 1.  ]], dtype=float32)
    >>> Normalize(per="dataset", statistics=(1.0, 2.0)).fit_transform([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    array([[0. , 0.5, 1. ],
           [2. , 2. , 2. ]], dtype=float32)
    """

    _parameter_constraints: dict = {
        "method": [StrOptions(set(METHODS))],
        "per": [StrOptions({"lead", "record", "dataset", "dataset_lead"})],
        "statistics": [tuple, list, None],
    }

    def __init__(self, method="zscore", per="lead", statistics=None):
        self.method = method
        self.per = per
        self.statistics = statistics

    def operation(self, form):
        """Describe the scaling by its method and, if `per` needs them, the statistics of the data set.

        Parameters
        ----------
        form : Form
            The form of a signal.

        Returns
        -------
        operation : Scale
        """
        location, scale = (self.location_, self.scale_) if self._uses_dataset() else (None, None)
        return Scale(method=self.method, per=self.per, location=location, scale=scale)

    def _learn(self, X):
        if self._uses_dataset() and self.method in ("l2", "log"):
            raise ValueError(
                f"method={self.method!r} has no statistic of a data set: "
                f"per must be 'lead' or 'record'; got per={self.per!r}."
            )
        for name in ("location_", "scale_"):
            if hasattr(self, name):
                delattr(self, name)
        if self.statistics is not None:
            self.location_, self.scale_ = self._given_statistics(X)
        elif self._uses_dataset():
            self.location_, self.scale_ = dataset_location_and_scale(lambda: self._groups(X), self.method)

    def _given_statistics(self, X):
        """Return `statistics` as arrays; raise if they are none for this `per` and these leads."""
        if not self._uses_dataset():
            raise ValueError(
                f"statistics are those of a data set, which method={self.method!r} and per={self.per!r} do not use."
            )
        n_leads = len(names_of(X)) if self.per == "dataset_lead" else 1
        try:
            location, scale = (np.array(values, np.float64).reshape(-1) for values in self.statistics)
        except (TypeError, ValueError):
            location, scale = np.empty(0), np.empty(0)
        sizes_fit = len(location) == len(scale) == n_leads
        if not (sizes_fit and np.isfinite([location, scale]).all() and (scale >= 0).all()):
            raise ValueError(
                f"statistics must be (location, scale) of finite numbers, {n_leads} of each, with a scale of 0 or "
                f"more; got {self.statistics!r}."
            )
        return location, scale

    def _groups(self, X):
        """Yield the values of each statistic, with shape `(n_leads, n_values)` or `(1, n_values)`."""
        for _, block, _ in iter_blocks(X):
            for part in unpadded_parts(block):
                if self.per == "dataset":
                    yield part[~missing_leads(part)].reshape(1, -1)
                else:
                    yield part.swapaxes(0, 1).reshape(part.shape[1], -1)

    def _transform_block(self, block, form):
        if not self._uses_dataset():
            return normalize(block, self.method, per="record" if self.per == "record" else "lead")
        out = rescale(block, self.location_[:, None], self.scale_[:, None])
        out[missing_leads(block)] = 0
        lengths = unpadded_lengths(block)
        for row in np.flatnonzero(lengths < block.shape[-1]):
            out[row, :, lengths[row] :] = 0
        return out

    def _uses_dataset(self):
        return self.per in ("dataset", "dataset_lead") and self.method != "none"

    def __setstate__(self, state):
        super().__setstate__({"statistics": None} | state)  # not in pickles of version 0.1.0

    def __sklearn_is_fitted__(self):
        return not self._uses_dataset() or hasattr(self, "scale_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = self._uses_dataset()
        return tags
