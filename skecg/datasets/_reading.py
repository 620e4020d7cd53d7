"""Read records from files into an `ECGRecords`, in memory or in a saved set that is memory-mapped."""

from __future__ import annotations

import threading
from collections import deque
from copy import copy
from dataclasses import dataclass, field

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from tqdm.auto import tqdm

from skecg.signal import rate_ratio, resample

from ._base import COMMON, Faults
from ._destination import destination
from ._leads import advice, common_leads, other_leads, usual_leads
from ._wfdb_blocks import LONGER
from ._wfdb_header import is_rate

_LARGEST = 1e9  # mV; larger values come from damaged numbers
_CHUNK = 8  # records read by one task
_TASKS = 4  # tasks per process between two steps of the progress bar


@dataclass(frozen=True)
class Reading:
    """Options that all readers have."""

    leads: object = None  # names; None means the leads of the first record
    fs: float | None = None  # Hz; None means the rate of the files
    n_jobs: int | None = None
    verbose: int = 1
    on_error: str = "raise"
    save_to: object = None  # folder of a saved set to write
    faults: Faults = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "faults", Faults(self.on_error))

    @property
    def n_workers(self):
        return effective_n_jobs(self.n_jobs)

    def alone_unless(self, pays):
        """Return these options, with a single process unless starting several processes pays."""
        return self if pays or self.n_workers == 1 else self.replace(n_jobs=1)

    def replace(self, **options):
        """Return these options with others in their place; both collect the same faults."""
        other = copy(self)  # a shallow copy
        for name, value in options.items():
            object.__setattr__(other, name, value)
        return other

    def bar(self, total, what):
        """Return a progress bar that appears after three seconds."""
        return tqdm(total=total, desc=what, unit="", delay=3, leave=False, disable=not self.verbose)

    def in_chunks(self, function, items, *args, size=_CHUNK):
        """Yield the results of `function(chunk, *args)`, one for each item, in order, with `n_jobs` processes."""
        chunks = [items[i : i + size] for i in range(0, len(items), size)]
        if self.n_workers == 1:
            for chunk in chunks:
                yield from function(chunk, *args)
            return
        step = _TASKS * self.n_workers
        with Parallel(self.n_jobs) as parallel:  # one step after the other, so that no task runs on after an error
            for first in range(0, len(chunks), step):
                for part in parallel(delayed(function)(chunk, *args) for chunk in chunks[first : first + step]):
                    yield from part

    def in_processes(self, function, tasks):
        """Yield `function(*task)` of each task, in order, with `n_jobs` processes.

        Close the generator (`contextlib.closing`) if you may stop before its end, so that no further task starts.
        """
        if self.n_workers == 1:
            yield from (function(*task) for task in tasks)
            return
        over = threading.Event()
        calls = (delayed(function)(*task) for task in tasks if not over.is_set())
        found = Parallel(self.n_jobs, batch_size=1, return_as="generator")(calls)
        try:
            for result in found:  # noqa: UP028, `yield from` would close `found`, and joblib would kill its workers
                yield result
        finally:
            over.set()
            deque(found, maxlen=0)  # wait for the running tasks

    def slices(self, n_records, largest):
        """Return slices of records, one for each task and several for each worker."""
        size = max(1, min(largest, -(-n_records // (_TASKS * self.n_workers))))
        return [slice(i, min(i + size, n_records)) for i in range(0, n_records, size)]


def load_each(paths, read, reading, metadata):
    """Read records one by one, with a function for their file format.

    Parameters
    ----------
    paths : sequence of str
    read : callable
        `read(path, leads)` returns the signal (n_leads, n_times) in mV, its rate, the lead names
        and the metadata of the record. It raises ValueError if the file is damaged. It must be a
        function of a module, as other processes import it by name.
    reading : Reading
    metadata : callable
        Returns the table of metadata, given the positions of the records that were read and what
        `read` returned as metadata of each.

    Returns
    -------
    records : ECGRecords
    kept : ndarray of int
        Positions in `paths` of the records that could be read.
    """
    if reading.leads == COMMON:
        reading = reading.replace(leads=common_leads(_leads_there(paths, read, reading)))
    n_faults = len(reading.faults.messages)
    try:
        return _load_each(paths, read, reading, metadata)
    except _LeadsDifferError as error:
        there = _leads_there(paths, read, reading)
        if reading.faults.raises:
            raise ValueError(f"{error} {advice(there)}") from None
    del reading.faults.messages[n_faults:]  # they come again
    return _load_each(paths, read, reading, metadata, usual_leads(there))


def _leads_there(paths, read, reading):
    """Return {path: leads} of the records that can be read."""
    found = reading.in_chunks(_read_chunk, list(paths), read, None, None)
    return {path: record[2] for path, record in zip(paths, found, strict=True) if not isinstance(record, str)}


class _LeadsDifferError(ValueError):
    """An error that a record has other leads than the first."""


def _load_each(paths, read, reading, metadata, usual=None):
    leads, kept, shapes, described = usual, [], [], []
    with destination(reading, 0) as place, reading.bar(len(paths), "records") as bar:
        end = 0
        for position, found in enumerate(reading.in_chunks(_read_chunk, list(paths), read, reading.leads, reading.fs)):
            bar.update()
            if isinstance(found, str):
                reading.faults.add(found)
                continue
            signal, fs, there, description = found
            if leads not in (None, there) and sorted(there) != sorted(leads):
                whose = "the first record has" if usual is None else "most records have"
                message = f"{paths[position]}: {other_leads(there, leads, whose)}"
                if usual is None:
                    raise _LeadsDifferError(message)
                reading.faults.add(message)
                continue
            leads = leads or there
            signal = signal if leads == there else signal[[there.index(lead) for lead in leads]]
            if not kept:
                place.reserve(len(paths) * signal.size)
            place.append(end, signal.reshape(-1))
            kept.append(position)
            shapes.append((signal.shape[1], end, fs))
            described.append(description)
            end += signal.size
        reading.faults.warn(len(kept))
        if not kept:
            raise ValueError("There is no record to read: paths is empty.")
        lengths, offsets, fs = map(np.array, zip(*shapes, strict=True))
        records = place.finish(lengths, offsets, fs, leads=leads, metadata=metadata(np.array(kept), described))
    return records, np.array(kept)


def _read_chunk(paths, read, leads, fs):
    """Return signal, rate, leads and metadata of each record, or an error message."""
    found = []
    for path in paths:
        try:
            signal, rate, names, description = read(path, leads)
            if not is_rate(rate) or (fs is not None and fs > LONGER * rate):
                raise ValueError(f"{path}: the rate of {rate:g} Hz cannot be that of an ECG.")
            with np.errstate(over="ignore"):
                signal = np.ascontiguousarray(signal, np.float32)
            if signal.size and not -_LARGEST <= signal.min() <= signal.max() <= _LARGEST and _too_large(signal):
                raise ValueError(f"{path}: the values go up to {np.nanmax(np.abs(signal)):g} mV, which no ECG has.")
            ratio = (1, 1) if fs is None else rate_ratio(rate, fs)
            signal = resample(signal, *ratio) if ratio != (1, 1) else signal
            found.append((signal, float(fs or rate), tuple(names), description))
        except ValueError as error:
            message = str(error)
            found.append(message if path in message else f"{path}: {message}")
        except MemoryError:
            found.append(f"{path}: does not fit into memory.")
    return found


def _too_large(signal):
    return (np.abs(signal) > _LARGEST).any()  # slower, for signals with NaN
