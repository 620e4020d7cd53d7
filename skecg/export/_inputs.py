"""Inputs of an ONNX model of a pipeline: signals, and the covariates of its network."""

from dataclasses import dataclass

import numpy as np

from ..records import ECGRecords
from ..training.data.covariates import plain_covariates

_BATCH = 64
_ANY_RATE = 100.0  # Hz, for steps that do not depend on the rate


@dataclass(frozen=True)
class Inputs:
    """The form of the inputs.

    Parameters
    ----------
    leads : tuple of str
        Names of the leads.
    n_times : int
        Samples of a record.
    fs : float or None
        Rate in Hz.
    covariates : list of dict or None
        What the network has learnt of its covariates.
    """

    leads: tuple
    n_times: int
    fs: float | None
    covariates: list | None

    @property
    def shapes(self):
        """The shape of each input by its name, without the batch."""
        shapes = {"signals": (len(self.leads), self.n_times)}
        return shapes if self.covariates is None else shapes | {"covariates": (len(self.covariates),)}

    @property
    def described(self):
        """The covariates in the order of the input: names, and the categories of those that are no numbers."""
        if self.covariates is None:
            return {}
        return {"covariates": [_described(column) for column in self.covariates]}

    def batches(self, X):
        """Yield the inputs of records by name, 64 at a time."""
        for first in range(0, len(X), _BATCH):
            part = X[first : first + _BATCH]
            signals = part.to_array() if isinstance(part, ECGRecords) else np.asarray(part, np.float32)
            inputs = {"signals": np.ascontiguousarray(signals.reshape(len(part), *self.shapes["signals"]))}
            if self.covariates is not None:
                inputs["covariates"] = plain_covariates(part, self.covariates)
            yield inputs

    def noise(self, *, named):
        """Return three random records, as ECGRecords if the model knows leads by their names, or an array."""
        rng = np.random.default_rng(0)
        signals = rng.normal(size=(3, *self.shapes["signals"])).astype(np.float32)
        if not named and self.fs is None and self.covariates is None:
            return signals
        columns = {column["name"]: _drawn(column, rng) for column in self.covariates or ()}
        return ECGRecords(signals, self.fs or _ANY_RATE, leads=self.leads, metadata=columns or None)


def _described(column):
    categories = {} if column["kind"] == "numeric" else {"categories": column["categories"]}
    return {"name": column["name"]} | categories


def _drawn(column, rng):
    """Return three values of a covariate, of which the last is missing."""
    if column["kind"] == "numeric":
        return [*rng.normal(column["mean"], column["scale"], size=2), np.nan]
    return [*rng.choice(column["categories"] or [None], size=2), None]
