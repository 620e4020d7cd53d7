"""Choose the leads to read from records whose leads may differ."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ._base import COMMON, join_names
from ._wfdb_header import standard_lead

_SHOWN = 5  # records that a message names


def common_leads(there):
    """Return the leads that all records have, in the order of the first; None without records.

    Parameters
    ----------
    there : dict of str to tuple of str
        The leads of each record, by its path.

    Raises
    ------
    ValueError
        If the records have no lead in common.
    """
    if not there:
        return None
    if not _common(there):
        raise ValueError(f"The records have no lead in common: {_listed(there)}. Read them separately.")
    return _common(there)


def usual_leads(there):
    """Return the leads that most records have, in the order of the first of these; None without records."""
    counts = Counter(map(frozenset, there.values()))
    most = max(counts.values(), default=0)
    return next((leads for leads in there.values() if counts[frozenset(leads)] == most), None)


def advice(there):
    """Return what to write if records have other leads than the first."""
    first, *_ = there.values()
    odd = {path: leads for path, leads in there.items() if set(leads) != set(first)}
    text = f"{len(odd)} of {len(there)} records have other leads than the first: {_listed(odd)}."
    if not _common(there):
        return f"{text} They have no lead in common: read them separately."
    return f'{text} Pass "common" as `leads` to read what all have: {join_names(_common(there))}.'


def other_leads(there, leads, whose):
    """Return what is wrong with a record that has other leads than others: `whose` is "the first record has"."""
    return f"the leads are {join_names(there)}, but {whose} {join_names(leads)}; choose some with `leads`."


def _common(there):
    first, *_ = there.values()
    sets = set(map(frozenset, there.values()))
    return tuple(lead for lead in first if all(lead in leads for leads in sets))


def _listed(there):
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return "; ".join(f"{path} has {join_names(leads, 12)}" for path, leads in list(there.items())[:_SHOWN]) + more


class LeadChoice:
    """The mapping from the signals of a record to leads, computed once for each layout."""

    def __init__(self, leads, *, usual=None):
        self.given = leads is not None
        self.leads = tuple(standard_lead(lead) for lead in leads) if self.given else usual
        self.whose = "the first record has" if usual is None else "most records have"
        if self.given and len(set(self.leads)) < len(self.leads):
            raise ValueError(f"leads must be different names, got {list(leads)}.")
        self._positions = {}

    @classmethod
    def of(cls, reading, there):
        """Return the choice for records that have the leads `there`; those of most records if others may be skipped."""
        if reading.leads == COMMON:
            return cls(common_leads(there))
        skips = reading.leads is None and not reading.faults.raises
        return cls(reading.leads, usual=usual_leads(there) if skips else None)

    def __reduce__(self):  # other processes compute the positions for their own layouts
        return LeadChoice, (self.leads,)

    def positions(self, layout):
        """Return the positions of the leads in the record; raise ValueError if a lead is missing."""
        if layout not in self._positions:
            self._positions[layout] = self._find(layout.leads)
        return self._positions[layout]

    def _find(self, there):
        if self.leads is None:
            self.leads = there
        row_of = {lead: i for i, lead in enumerate(there)}
        absent = [lead for lead in self.leads if lead not in row_of]
        if absent:
            raise ValueError(f"there is no lead {join_names(absent)}; the leads are {join_names(there)}.")
        if not self.given and len(there) > len(self.leads):
            raise ValueError(other_leads(there, self.leads, self.whose))
        return np.array([row_of[lead] for lead in self.leads])
