"""Faults of recordings, in the words that all outputs share."""

from __future__ import annotations

import numpy as np

from ..signal.faults import TOO_LARGE, TOO_SMALL, clipped_leads, disconnected_leads, flat_leads, spans
from .blocks import iter_blocks
from .checks import names_of

SHORTEST = 1.0  # seconds; fewer than two beats at 60 beats per minute
TOO_LARGE_FOR_MV, TOO_SMALL_FOR_MV = "too large for mV, as microvolts are", "too small for mV, as volts are"
GAPS, SHORT, LEADS = "NaN or infinite", "too short", ("flat", "disconnected", "clipped")


class Faults:
    """What is wrong with each of several records.

    Parameters
    ----------
    X : ECGRecords or ndarray of shape (n_records, n_leads, n_times) or (n_records, n_times)
        Signals in mV.
    fs : float, default=None
        Rate in Hz of an array; if it is None, nothing is said of the duration of its records.
    shortest : float, default=1.0
        Records of less than this number of seconds are too short.
    largest, smallest : float
        A median span of the leads above or below these numbers of mV is too large or too small.

    Attributes
    ----------
    leads : tuple of str
        The names of the leads.
    found : list of list of (str, str)
        For each record the kinds of its faults, and a text of each.
    missing : ndarray of shape (n_records,)
        Share of the values that are NaN or infinite.
    span : ndarray of shape (n_records,)
        Highest minus lowest value in mV, the median over the leads.
    of_leads : dict of ndarray of shape (n_records, n_leads), bool
        Which leads are "flat" (one value throughout), "disconnected" (one value for a second or more) or "clipped"
        (four samples and more in a row at the highest or lowest value, and 2 % of all).
    severe : ndarray of shape (n_records,), bool
        Whether a prediction would mean nothing: values that are missing, half of the leads or more without a signal,
        a voltage that no heart has, or a record that is too short.
    """

    def __init__(self, X, fs=None, *, shortest=SHORTEST, largest=TOO_LARGE, smallest=TOO_SMALL):
        self.leads = names_of(X)
        self.found = [[] for _ in range(len(X))]
        self.missing, self.span = np.zeros(len(X)), np.zeros(len(X))
        self.severe = np.zeros(len(X), bool)
        self.of_leads = {kind: np.zeros((len(X), len(self.leads)), bool) for kind in LEADS}
        for rows, block, rate in iter_blocks(X):
            self._measure(rows, block, fs if rate is None else rate)
            self._judge(rows, block.shape[2], fs if rate is None else rate, shortest, (largest, smallest))

    @property
    def finite(self):
        """Whether all values of a record are there, bool (n_records,)."""
        return self.missing == 0

    @property
    def reasons(self):
        """The texts of the faults of each record."""
        return [[text for _, text in found] for found in self.found]

    def texts(self):
        """Return the faults of each record in one text; an empty one if there are none."""
        return ["; ".join(reasons) for reasons in self.reasons]

    def _measure(self, rows, block, fs):
        finite = np.isfinite(block)
        usable = block if finite.all() else np.where(finite, block, 0)
        self.missing[rows] = 1 - finite.mean(axis=(1, 2)) if block.size else 0
        self.span[rows] = np.median(spans(usable), axis=1)
        still = disconnected_leads(usable, fs) if fs else np.zeros(block.shape[:2], bool)
        self.of_leads["flat"][rows] = flat_leads(usable) & finite.all(axis=2)  # a lead without values is not flat
        self.of_leads["disconnected"][rows] = still
        self.of_leads["clipped"][rows] = clipped_leads(usable) & ~still

    def _judge(self, rows, n_times, fs, shortest, limits):
        span = self.span[rows]
        self._add(rows, self.missing[rows] > 0, GAPS, "has NaN or infinite values", severe=True)
        if fs and n_times < shortest * fs:
            self._add(rows, np.ones(len(rows), bool), SHORT, f"lasts {n_times / fs:.3g} s only", severe=True)
        self._add(rows, span > limits[0], TOO_LARGE_FOR_MV, "has a voltage that no heart has", severe=True)
        self._add(rows, (span > 0) & (span < limits[1]), TOO_SMALL_FOR_MV, "has hardly any voltage")
        for kind, wrong in self.of_leads.items():
            for row in rows[wrong[rows].any(axis=1)]:
                self.found[row].append((kind, f"{kind}: {self.named(kind, row) or 'all leads'}"))
        silent = self.of_leads["flat"][rows] | self.of_leads["disconnected"][rows]
        self.severe[rows] |= 2 * silent.sum(axis=1) >= len(self.leads)

    def _add(self, rows, wrong, kind, text, *, severe=False):
        for row in rows[wrong]:
            self.found[row].append((kind, text))
        self.severe[rows[wrong]] |= severe

    def named(self, kind, row):
        """Return the names of the leads of a record that have a fault; an empty text for all leads."""
        wrong = self.of_leads[kind][row]
        return "" if wrong.all() else " ".join(np.asarray(self.leads)[wrong])
