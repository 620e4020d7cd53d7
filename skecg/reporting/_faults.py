"""What is doubtful in the signals of the records of a report."""

from __future__ import annotations

import numpy as np

from ..datasets._describe import duplicates
from ..features import SignalQuality
from ..persistence._files import _take_apart
from ..persistence._quality import doubts_of
from ..records import ECGRecords
from ._layout import Table, share


def faults_of(evaluation):
    """Return what is doubtful in each record.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    faults : Faults
        With the duplicates, and the noise that SignalQuality finds; without them for arrays.
    """
    records = evaluation.records
    has_contract = _take_apart(evaluation.model)[0] is not None
    faults = doubts_of(evaluation.contract, records, has_contract=has_contract)
    if not isinstance(records, ECGRecords):
        return faults
    for found, earlier in zip(faults.found, duplicates(records), strict=True):
        if earlier >= 0:
            found.append(("duplicate", f"the same signal as {records.metadata.index[earlier]}"))
    finite = np.flatnonzero(faults.finite)
    if len(finite):
        _add_quality(faults.found, records[finite], finite)
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


def table_of_faults(faults):
    """Return the table of the kinds of faults, or None if there is none."""
    kinds = dict.fromkeys(kind for found in faults.found for kind, _ in found)
    rows = []
    for kind in kinds:
        of_kind = np.array([kind in dict(found) for found in faults.found])
        rows.append([kind, share(int(of_kind.sum()), len(of_kind)), f"{int((of_kind & faults.severe).sum()):,}"])
    columns = ["Reason", "Records", "Without a prediction"]
    return Table("Doubtful signals", columns, rows, _note(faults.severe)) if rows else None


def _note(severe):
    """Return what becomes of records with severe faults."""
    if not severe.any():
        return "No record has such faults that a prediction would mean nothing."
    return (
        f"skecg predict gives no prediction for {share(int(severe.sum()), len(severe))} of the records, as half of the "
        "leads or more have no signal, the voltage is none of a heart, or the record is too short. The scores above "
        "count the probabilities of these records too."
    )
