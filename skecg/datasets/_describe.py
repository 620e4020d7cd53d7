"""Describe the content and the faults of a set of records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skecg.features._reversal import LIMB_ELECTRODES, add_reversals
from skecg.records import ECGRecords
from skecg.records.buffer import digest_of
from skecg.records.faults import GAPS, LEADS, SHORT, TOO_LARGE_FOR_MV, TOO_SMALL_FOR_MV, Faults

__all__ = ["describe"]

_BEAT = 0.4  # seconds between beats at 150 beats a minute
_HEADINGS = {SHORT: "shorter than a beat, as with leads and times turned"}


@dataclass(frozen=True, repr=False)
class Description:
    """Result of `describe`: tables for further work, and a report to `print`."""

    records: object  # pandas.DataFrame
    classes: object  # pandas.DataFrame or None
    missing: object  # pandas.Series
    report: str

    def __repr__(self):
        return self.report


def describe(records, y=None, *, target_names=None):
    """Describe a set of records: classes, lengths, rates, leads, gaps, and suspicious signals.

    Parameters
    ----------
    records : ECGRecords
        The records, in mV.
    y : array-like of shape (n_records,) or (n_records, n_labels), default=None
        Labels, or the indicator of several labels.
    target_names : sequence of str, default=None
        Names of the columns of an indicator.

    Returns
    -------
    description : Description
        An object that prints as a plain-text report. Its attributes:

        records : pandas.DataFrame of n_records rows
            `duration` (s), `fs` (Hz), `span` (mV, the median over leads of maximum minus
            minimum), `missing` (share of samples that are NaN or infinite), the lead names
            that are `flat` (one value throughout), `disconnected` (one value for a second or
            more) or `clipped` (4 samples and more in a row at the highest or lowest value,
            and 2 % of all), separated by blanks, `duplicate_of` (the position of an earlier
            record with the same signal, -1 if there is none), `implausible` ("too large"
            above 50 mV, as microvolts taken for millivolts; "too small" below 0.01 mV) and
            `reversed` (the limb electrodes that seem to be exchanged, as
            `skecg.features.limb_reversal` says, where the leads show them).
        classes : pandas.DataFrame, or None without y
            `count` and `share` of every label.
        missing : pandas.Series
            Missing values in each column of the metadata.
        report : str
            The plain text.

    Raises
    ------
    ValueError
        If the length of y differs from the number of records.
    TypeError
        If `records` is not an ECGRecords.

    Notes
    -----
    The thresholds are our choice: they find signals that are certainly wrong, and no others.

    Examples
    --------
    >>> from skecg.datasets import describe, make_ecg
    >>> ecg = make_ecg(4, classes=["NORM", "AF"], fs=250, random_state=0)
    >>> description = describe(ecg.data, ecg.target)
    >>> int(description.classes["count"].sum())
    4
    >>> description.records["implausible"].tolist()
    ['', '', '', '']
    """
    import pandas as pd

    if not isinstance(records, ECGRecords):
        raise TypeError(f"records must be ECGRecords, got {type(records).__name__}.")
    if y is not None and len(y) != len(records):
        raise ValueError(f"y has {len(y)} rows for {len(records)} records.")
    faults = Faults(records, shortest=_BEAT)
    reversals = add_reversals(faults, records)
    table = pd.DataFrame(
        {
            "duration": records.lengths / records.fs,
            "fs": records.fs,
            "span": faults.span,
            "missing": faults.missing,
            **{kind: _names(records.leads, faults.of_leads[kind]) for kind in LEADS},
            "duplicate_of": duplicates(records),
            "implausible": [_size(dict(found)) for found in faults.found],
            "reversed": reversals,
        },
        index=records.metadata.index,
    )
    classes = None if y is None else _classes(np.asarray(y), target_names)
    missing = records.metadata.isna().sum()
    return Description(table, classes, missing, _report(records, table, faults, classes, missing))


def _names(leads, wrong):
    """Return the names of the leads of each record that are wrong, with blanks between."""
    return [" ".join(lead for lead, yes in zip(leads, row, strict=True) if yes) for row in wrong]


def _size(kinds):
    return "too large" if TOO_LARGE_FOR_MV in kinds else "too small" if TOO_SMALL_FOR_MV in kinds else ""


def duplicates(records):
    """Return the position of an earlier record with the same signal for each record, -1 if there is none."""
    seen = {}
    first = [seen.setdefault(digest_of(signal), i) for i, signal in enumerate(records.signals)]
    return [-1 if earlier == i else earlier for i, earlier in enumerate(first)]


def _classes(y, target_names):
    import pandas as pd

    if y.ndim == 2:
        names = range(y.shape[1]) if target_names is None else target_names
        if len(names) != y.shape[1]:
            raise ValueError(f"target_names must name the {y.shape[1]} columns of y, got {len(names)} names.")
        counts = pd.Series(y.sum(axis=0), index=list(names))
    else:
        labels, counts = np.unique(y, return_counts=True)
        counts = pd.Series(counts, index=labels)
    return pd.DataFrame({"count": counts, "share": counts / len(y)})


def _report(records, table, faults, classes, missing):
    lines = [f"{_count(len(records), 'record')}, {_count(len(records.leads), 'lead')}: {_few(records.leads, 15)}"]
    if len(table):
        low, middle, high = table["duration"].quantile([0, 0.5, 1])
        rates = ", ".join(f"{fs:g} Hz ({n})" for fs, n in table["fs"].value_counts().items())
        lines.append(f"Duration {low:g} to {high:g} s, median {middle:g} s; rates {rates}")
    if classes is not None:
        lines.append("Labels")
        lines += [f"  {name}: {row['count']:.0f} ({row['share']:.1%})" for name, row in classes.iterrows()]
    gaps = missing[missing > 0]
    if len(gaps):
        lines.append("Missing metadata: " + ", ".join(f"{name} {n}" for name, n in gaps.items()))
    of_kind = {kind: [] for kind in (*LEADS, TOO_LARGE_FOR_MV, TOO_SMALL_FOR_MV, SHORT, GAPS, LIMB_ELECTRODES)}
    for name, found in zip(table.index, faults.found, strict=True):
        for kind in dict(found):
            of_kind[kind].append(name)
    of_kind["duplicates"] = table.index[table["duplicate_of"] >= 0]
    found = {_HEADINGS.get(kind, kind): rows for kind, rows in of_kind.items() if len(rows)}
    lines.append("To look at" if found else "Nothing suspicious in the signals")
    for name, rows in found.items():
        lines.append(f"  {name}: {_count(len(rows), 'record')} ({_few(rows, 5)})")
    return "\n".join(lines)


def _few(names, most):
    return ", ".join(map(str, names[:most])) + (", ..." if len(names) > most else "")


def _count(n, word):
    return f"{n} {word}{'s' * (n != 1)}"
