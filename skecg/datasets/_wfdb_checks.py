"""Compare decoded signals with the checksums that their header gives.

The first value that a header gives is no evidence by itself: headers of the Challenge of 2017 have wrong ones.
"""

from __future__ import annotations

import numpy as np

from .._warn import warn

_ROWS = 50  # frames that are summed as one row, as NumPy sums long rows faster
_SHOWN = 10  # differences that the warning lists


def differences(headers, digital, signals):
    """Return {position: text} of the headers that disagree with their signals.

    Parameters
    ----------
    headers : sequence of Header
        `checksums` are those of all signals. A zero counts as none, as many writers write it.
    digital : ndarray of integers, shape (n_headers, n_times, n_signals)
    signals : ndarray of shape (n_signals,)
        Which signals of the records these are.
    """
    given = [i for i, header in enumerate(headers) if header.checksums is not None]
    if not given:
        return {}
    wanted = np.array([headers[i].checksums for i in given])[:, signals]
    there = _sums(digital if len(given) == len(headers) else digital[given])
    found = {}
    for row, column in np.argwhere((wanted != 0) & (wanted % 2**16 != there)):
        header = headers[given[row]]
        found.setdefault(
            given[row],
            f"{header.path}.hea, lead {header.layout.leads[signals[column]]} (checksum {wanted[row, column]}, of the "
            f"file {int(there[row, column].astype(np.int16))})",
        )
    return found


def _sums(digital):
    """Return the sums of all values of each signal modulo 2**16, as (n_records, n_signals)."""
    n_records, n_times, n_signals = digital.shape
    whole = n_times - n_times % _ROWS
    rows = np.ascontiguousarray(digital[:, :whole]).reshape(n_records, -1, _ROWS * n_signals)
    sums = np.add.reduce(rows, axis=1, dtype=digital.dtype).reshape(n_records, _ROWS, n_signals)
    sums = np.add.reduce(sums, axis=1, dtype=digital.dtype)
    return (sums + np.add.reduce(digital[:, whole:], axis=1, dtype=digital.dtype)).astype(np.uint16)


def warn_of_differences(found, n_records):
    """Warn once about all records whose header and signals disagree."""
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        warn(
            f"{len(found)} of {n_records} records are not those that their headers describe: "
            f"{'; '.join(found[:_SHOWN])}{more}. A file may be damaged or belong to another record.",
        )
