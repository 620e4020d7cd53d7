"""Signals of SCP-ECG files (EN 1064, sections 3 to 6)."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from ._scp_huffman import decode, read_tables
from ._scp_leads import LEADS

_MANY = 2_000_000  # values; a file that gives more must have half as many bytes, so that no small file fills memory


class _Span(NamedTuple):
    lead: str
    first: int  # the number of the first sample, from 1
    last: int

    @property
    def n_times(self):
        return self.last - self.first + 1


class _Samples(NamedTuple):
    leads: list  # one array for each lead
    unit: float  # mV
    interval: int  # us
    bimodal: bool


def read_signal(sections):
    """Return leads, signal of shape (n_leads, n_times) in mV and rate in Hz.

    Leads that were recorded one after the other keep their times; the other times of a lead are NaN.

    Parameters
    ----------
    sections : dict from int to bytes
        As `read_sections` returns them.

    Raises
    ------
    ValueError
        If sections lack, contradict each other, or hold bimodal compression with fewer samples between the beats.
    """
    missing = [number for number in (3, 6) if number not in sections]
    if missing:
        raise ValueError(f"there is no section {missing[0]}; only files with leads and rhythm data can be read")
    spans, subtracts = _spans(sections[3])
    tables = read_tables(sections[2]) if sections.get(2) else []
    rhythm = _samples(sections[6], 6, [(span.lead, span.n_times) for span in spans], tables)
    beat = _beat(sections, spans, tables) if 4 in sections and (subtracts or rhythm.bimodal) else None
    if rhythm.bimodal and (beat is None or beat.interval != rhythm.interval):
        raise ValueError("bimodal compression averages the samples between the beats; such files cannot be read")
    first, last = min(span.first for span in spans), max(span.last for span in spans)
    _check_size(len(spans) * (last - first + 1), sections[6], 6)
    signal = np.full((len(spans), last - first + 1), np.nan)
    for row, span, values in zip(signal, spans, rhythm.leads, strict=True):
        row[span.first - first : span.last - first + 1] = values * rhythm.unit
    if subtracts:
        _add_beats(signal, first, beat, rhythm, sections)
    return [span.lead for span in spans], signal, 1e6 / rhythm.interval


def _spans(body):
    """Return the leads of section 3, and whether the reference beat was subtracted."""
    if len(body) < 2 or not body[0] or not 0 <= len(body) - 2 - 9 * body[0] <= 1:
        raise ValueError(f"section 3 states {body[0] if body else 0} leads, which do not fit {len(body)} bytes")
    spans = []
    for first, last, number in struct.iter_unpack("<IIB", body[2 : 2 + 9 * body[0]]):
        lead = LEADS.get(number, f"lead {number}")
        if not 1 <= first <= last:
            raise ValueError(f"section 3: {lead} must not go from sample {first} to {last}")
        spans.append(_Span(lead, first, last))
    return spans, bool(body[1] & 1)


def _samples(body, section, counts, tables):
    """Return the samples of section 5 or 6; counts are pairs of a lead and its number of samples."""
    start = 6 + 2 * len(counts)
    if len(body) < start:
        raise ValueError(f"section {section} of {len(body)} bytes is too short for {len(counts)} leads")
    unit, interval, difference, bimodal = struct.unpack_from("<HHBB", body)
    if not unit or not interval or difference > 2:
        raise ValueError(
            f"section {section} must have a unit above 0 nV, an interval above 0 us and differences of order 0 to 2, "
            f"got {unit}, {interval} and {difference}"
        )
    sizes = struct.unpack_from(f"<{len(counts)}H", body, 6)
    if not 0 <= len(body) - start - sum(sizes) <= 1:  # a section is filled up to an even number of bytes
        raise ValueError(f"section {section} states {sum(sizes)} bytes of leads, but holds {len(body) - start} bytes")
    _check_size(sum(n_times for _, n_times in counts), body, section)
    leads = []
    for (lead, n_times), size in zip(counts, sizes, strict=True):
        where, data = f"section {section}, {lead}", body[start : start + size]
        values = decode(data, n_times, tables, where) if tables else _plain(data, n_times, where)
        leads.append(_undo_differences(values, difference))
        start += size
    return _Samples(leads, unit * 1e-6, interval, section == 6 and bool(bimodal))


def _check_size(n_values, body, section):
    if n_values > max(_MANY, 2 * len(body)):
        raise ValueError(f"section {section} of {len(body)} bytes must not give {n_values} samples")


def _plain(data, n_times, where):
    if len(data) != 2 * n_times:
        raise ValueError(f"{where}: section 3 states {n_times} samples, but {len(data)} bytes hold {len(data) / 2:g}")
    return np.frombuffer(data, "<i2").astype(np.int64)


def _undo_differences(values, order):
    """Return samples from first or second differences; as in the standard they are whole numbers of 16 bits."""
    if order == 1:
        values = np.cumsum(values)
    if order == 2 and len(values) > 2:  # the first two values are samples
        slopes = np.cumsum(np.concatenate([values[1:2] - values[:1], values[2:]]))
        values = np.cumsum(np.concatenate([values[:1], slopes]))
    if not order and values.size and not -(2**15) <= values.min() <= values.max() < 2**15:
        raise ValueError(f"samples must have 16 bits, got {values.min()} to {values.max()}")
    return values.astype(np.int16)  # encoders let differences of samples overflow, which this undoes


def _beat(sections, spans, tables):
    """Return the reference beat of section 5, or None."""
    if not sections.get(5) or len(sections[4]) < 6 or len(sections[5]) < 4:
        return None
    (milliseconds,), (interval,) = struct.unpack_from("<H", sections[4]), struct.unpack_from("<H", sections[5], 2)
    n_times = round(milliseconds * 1000 / interval) if interval else 0
    return _samples(sections[5], 5, [(span.lead, n_times) for span in spans], tables)


def _add_beats(signal, first, beat, rhythm, sections):
    """Add the reference beat where it was subtracted: at beats of type 0, aligned by the fiducial point."""
    if beat is None:
        raise ValueError("the reference beat was subtracted, but section 4 or 5 with the beat is missing")
    if beat.interval != rhythm.interval:
        raise ValueError(
            f"a sample takes {beat.interval} us in the reference beat, but {rhythm.interval} us in the rhythm"
        )
    _, fiducial_of_beat, n_beats = struct.unpack_from("<3H", sections[4])
    if len(sections[4]) < 6 + 14 * n_beats:
        raise ValueError(f"section 4 states {n_beats} beats, which do not fit into {len(sections[4])} bytes")
    template, end = np.stack(beat.leads) * beat.unit, 0
    for kind, start, fiducial, last in struct.iter_unpack("<HIII", sections[4][6 : 6 + 14 * n_beats]):
        if kind:
            continue
        if not end < start <= last:
            raise ValueError(f"section 4: a beat from sample {start} to {last} follows one that ends at {end}")
        end = last
        shift = fiducial_of_beat - fiducial - 1  # from numbers of samples to columns of the template
        low = max(start, first, -shift)
        high = min(last, first + signal.shape[1] - 1, template.shape[1] - 1 - shift)
        if low <= high:
            signal[:, low - first : high - first + 1] += template[:, low + shift : high + shift + 1]
