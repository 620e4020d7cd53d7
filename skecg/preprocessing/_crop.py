"""The step that brings all records to one length."""

from dataclasses import replace
from numbers import Integral

from .._scikit_learn import Interval, StrOptions
from .._warn import warn
from ..records import ECGRecords
from ..signal.windowing import crop, pad
from .base import BaseStep
from .form import Cut


class ECGCrop(BaseStep):
    """Cut every record to the same number of samples.

    `transform` cuts longer records. It leaves shorter records unchanged, or zero-pads them at
    their end with `pad=True`. The crop is deterministic: the classifiers draw random windows for
    training themselves (parameter `window`).

    Parameters
    ----------
    length : int, default=2048
        Samples to keep. The default is that of Marques & Oliveira (2025), 4.1 s at 500 Hz.
        If the longest record of `fit` is shorter and `pad` is False, `fit` warns and uses the
        length of that record.
    position : {"center", "start", "end"}, default="center"
        Which part of a longer record to keep.
    pad : bool, default=False
        Whether to zero-pad shorter records to `length`, so that the result is one array.
        `Normalize` ignores this padding.

    Attributes
    ----------
    length_ : int
        Samples that `transform` keeps: `length`, or less if all records of `fit` are shorter
        and `pad` is False.
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Notes
    -----
    For a plain array, `transform` returns a view of it if no padding is needed.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.preprocessing import ECGCrop
    >>> ECGCrop(length=3).fit_transform([[1.0, 2.0, 3.0, 4.0, 5.0]])
    array([[2., 3., 4.]], dtype=float32)
    >>> records = ECGRecords([np.ones((2, 900)), np.ones((2, 400))], fs=100)
    >>> ECGCrop(length=500).fit_transform(records)
    ECGRecords(2 records, 2 leads, 400-500 samples, 100 Hz)
    >>> ECGCrop(length=500, pad=True).fit_transform(records).to_array().shape
    (2, 2, 500)
    """

    _parameter_constraints: dict = {
        "length": [Interval(Integral, 1, None, closed="left")],
        "position": [StrOptions({"center", "start", "end"})],
        "pad": ["boolean"],
    }

    def __init__(self, length=2048, position="center", pad=False):
        self.length = length
        self.position = position
        self.pad = pad

    def form_out(self, form):
        """Return the form of a signal after the crop.

        Parameters
        ----------
        form : Form
            The form of a signal. A signal of unknown length counts as long enough.

        Returns
        -------
        form_out : Form
            The same form with the length after the crop.
        """
        length = getattr(self, "length_", self.length)  # a step that is not fitted can be asked too
        full = self.pad or form.n_times is None
        return replace(form, n_times=length if full else min(length, form.n_times))

    def operation(self, form):
        """Describe the crop by the samples that it keeps.

        Parameters
        ----------
        form : Form
            The form of a signal; its length must not be None.

        Returns
        -------
        operation : Cut
        """
        surplus = max(0, form.n_times - self.length_)
        start = {"start": 0, "center": surplus // 2, "end": surplus}[self.position]
        stop = min(form.n_times, start + self.length_)
        return Cut(start=start, stop=stop, n_zeros=self.length_ - (stop - start) if self.pad else 0)

    def _learn(self, X):
        longest = int(X.lengths.max()) if isinstance(X, ECGRecords) else X.shape[-1]
        self.length_ = self.length if self.pad else min(self.length, longest)
        if self.length_ < self.length:
            warn(
                f"The longest record has {longest} samples, fewer than length={self.length}: the crop keeps {longest}."
            )

    def _transform_block(self, block, form):
        block = crop(block, self.length_, position=self.position)
        return pad(block, self.length_) if self.pad else block

    def _apply_to_array(self, X):
        return self._transform_block(X, None)  # a view if no padding is needed

    def __sklearn_is_fitted__(self):
        return hasattr(self, "length_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        return tags
