"""Compare the segments of a WFDB record with each other, as the wfdb package joins them without a look."""

from __future__ import annotations

from ._wfdb_header import in_millivolts, parse_gain, rate_of, shorten, standard_lead

_DEFAULT = 250.0  # Hz, of a header that gives no rate


def check_segments(path, fields, headers, *, variable):
    """Raise ValueError if segments differ from their record in rate, or from the first segment in leads or units.

    Parameters
    ----------
    path : str
        The record, without suffix.
    fields : list of str
        The first line of its header.
    headers : dict of str to (str, list of str)
        The path and the lines of each segment.
    variable : bool
        Whether the first segment is a layout, by whose names of leads the others are read.
    """
    rate, first = _rate(fields), None
    for name, (_, lines) in headers.items():
        if _rate(lines[0].split()) != rate:
            there = _rate(lines[0].split())
            raise ValueError(f"{path}.hea: the segment {shorten(name)} has {there:g} Hz, the record {rate:g} Hz.")
        try:
            signals = [_signal(line) for line in lines[1:]]
        except ValueError as error:
            raise ValueError(f"{path}.hea: the segment {shorten(name)}: {error}") from None
        first = first or signals
        if not variable and [lead for lead, _ in signals] != [lead for lead, _ in first]:
            there, wanted = (", ".join(lead or "?" for lead, _ in part) for part in (signals, first))
            raise ValueError(f"{path}.hea: the segment {shorten(name)} has the leads {there}; the first has {wanted}.")
        units = dict(first)
        for lead, unit in signals:
            if lead in units and unit != units[lead] and in_millivolts(unit) != in_millivolts(units[lead]):
                raise ValueError(
                    f"{path}.hea: the wfdb package cannot read this record: lead {lead} is in {shorten(unit)} in the "
                    f"segment {shorten(name)}, and in {shorten(units[lead])} in the first."
                )


def _rate(fields):
    return (rate_of(fields[2]) if len(fields) > 2 else _DEFAULT) or _DEFAULT


def _signal(line):
    """Return lead and unit of a signal line; the lead is "" if the line does not name it."""
    fields = line.split(None, 8)
    return standard_lead(fields[8]) if len(fields) > 8 else "", parse_gain(fields[2] if len(fields) > 2 else "", None)[
        2
    ]
