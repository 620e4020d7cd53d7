"""Match the leads of records with those of a model."""

from __future__ import annotations

from itertools import compress

from .._warn import warn
from ..preprocessing import SelectLeads
from ..signal.leads import plain_lead, resolve_leads


def match_leads(records, leads, *, missing, refuse):
    """Return records whose leads have the names and the order that a model needs.

    Parameters
    ----------
    records : ECGRecords
        Records whose leads differ.
    leads : sequence of str
        The leads that the model needs.
    missing : {"raise", "zeros"}
        What the model does with leads that are neither there nor derivable.
    refuse : callable
        Takes the reason why records differ, and raises an error if they are not to be converted.

    Returns
    -------
    matched : ECGRecords
        With the leads of the model; with the leads that the records have, if the model replaces others by zeros.

    Raises
    ------
    ValueError
        If leads are missing that the model needs, or if two leads have the same meaning.

    Warns
    -----
    UserWarning
        If leads are missing that the model replaces by zeros.
    """
    reason = f"The model was fitted on the leads {listed(leads)}; the records have {listed(records.leads)}."
    spelling = {plain_lead(lead): lead for lead in leads}
    names = [spelling.get(plain_lead(lead), lead) for lead in records.leads]
    if [name.casefold() for name in names] != [lead.casefold() for lead in leads]:
        refuse(reason)
    if len(set(names)) < len(names):
        raise ValueError(f"{reason} Several of them mean the same lead.")
    try:
        wanted, weights = resolve_leads(names, leads, missing=missing)
    except ValueError as error:
        raise ValueError(f"{reason} {error}") from error
    renamed = records.with_signals(records.signals, leads=names)
    there = weights.any(axis=1)
    if there.all():
        return SelectLeads(list(wanted), missing=missing).fit_transform(renamed)
    absent = listed(compress(wanted, ~there))
    warn(f"The records have the leads {listed(records.leads)}; the model sees zeros in place of {absent}.")
    return renamed


def listed(values):
    """Return rates or names in one text, with commas between them."""
    return ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
