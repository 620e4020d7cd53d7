"""What is doubtful in the signals of the records of a report."""

from __future__ import annotations

import numpy as np

from ..datasets import describe
from ..features import SignalQuality
from ..features._reversal import limb_reversal, missing_leads
from ..records import ECGRecords
from ._layout import Table, share

_TEXTS = {
    "flat": "flat: {}",
    "disconnected": "one value for a second or more: {}",
    "clipped": "clipped: {}",
}


def faults_of(records):
    """Return what is doubtful in each record.

    Parameters
    ----------
    records : ECGRecords or ndarray

    Returns
    -------
    faults : list of list of (str, str)
        For each record the kinds of its faults, and a text of each.
    """
    faults = [[] for _ in range(len(records))]
    if not isinstance(records, ECGRecords):
        return faults
    table = describe(records).records
    for found, row in zip(faults, table.itertuples(), strict=True):
        found += [(kind, text.format(getattr(row, kind))) for kind, text in _TEXTS.items() if getattr(row, kind)]
        if row.missing:
            found.append(("missing samples", f"missing samples: {row.missing:.2%}".replace("%", " %")))
        if row.duplicate_of >= 0:
            found.append(("duplicate", f"the same signal as {table.index[row.duplicate_of]}"))
        if row.implausible:
            found.append(("implausible voltage", f"voltages are {row.implausible} for mV"))
    finite = np.flatnonzero(table["missing"] == 0)
    if len(finite):
        _add_quality(faults, records[finite], finite)
    return faults


def _add_quality(faults, records, rows):
    quality = SignalQuality().fit(records)
    values = np.asarray(quality.transform(records)).reshape(len(records), -1, len(records.leads))
    for row, (template, *_) in zip(rows, values, strict=True):
        few = np.isnan(template)
        bad = template < quality.min_template
        if few.all():
            faults[row].append(("fewer than three beats", "fewer than three beats were found"))
        elif bad.any():
            leads = ", ".join(f"{records.leads[i]} ({template[i]:.2f})" for i in np.flatnonzero(bad))
            faults[row].append(("noise", f"noise, by the likeness of the beats: {leads}"))
    if missing_leads(records):
        return
    for row, reversal in zip(rows, limb_reversal(records), strict=True):
        if reversal:
            faults[row].append(("limb electrodes", f"limb electrodes seem exchanged: {reversal}"))


def table_of_faults(faults):
    """Return the table of the kinds of faults, or None if there is none."""
    kinds = dict.fromkeys(kind for found in faults for kind, _ in found)
    rows = [[kind, share(sum(kind in dict(found) for found in faults), len(faults))] for kind in kinds]
    return Table("Doubtful signals", ["Reason", "Records"], rows) if rows else None
