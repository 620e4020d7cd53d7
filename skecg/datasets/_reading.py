"""Read records from files into an `ECGRecords`, in memory or in a saved set that is memory-mapped."""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from tqdm.auto import tqdm

from skecg.records import ECGRecords
from skecg.signal import rate_ratio, resample
from skecg.storage._draft import Draft, encode

from ._base import Faults, join_names
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
        if pays or self.n_workers == 1:
            return self
        alone = copy(self)  # a shallow copy, so that both collect the same faults
        object.__setattr__(alone, "n_jobs", 1)
        return alone

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
    leads, kept, shapes, described = None, [], [], []
    with destination(reading, 0) as place, reading.bar(len(paths), "records") as bar:
        end = 0
        for position, found in enumerate(reading.in_chunks(_read_chunk, list(paths), read, reading.leads, reading.fs)):
            bar.update()
            found = found if isinstance(found, str) else _in_order(paths[position], leads, *found)
            if isinstance(found, str):
                reading.faults.add(found)
                continue
            signal, fs, leads, description = found
            if not kept:
                place.reserve(len(paths) * signal.size)
            place.append(end, signal.reshape(-1))
            kept.append(position)
            shapes.append((signal.shape[1], end, fs))
            described.append(description)
            end += signal.size
        reading.faults.warn(len(kept), stacklevel=6)
        if not kept:
            raise ValueError("There is no record to read: paths is empty.")
        lengths, offsets, fs = map(np.array, zip(*shapes, strict=True))
        records = place.finish(lengths, offsets, fs, leads=leads, metadata=metadata(np.array(kept), described))
    return records, np.array(kept)


def _in_order(path, leads, signal, fs, there, description):
    """Return a record with the leads of the first record in their order, or an error message."""
    if leads in (None, there):
        return signal, fs, there, description
    if sorted(leads) != sorted(there):
        return (
            f"{path}: the leads are {join_names(there)}, but the first record has {join_names(leads)}; "
            "choose some with `leads`."
        )
    return signal[[there.index(lead) for lead in leads]], fs, leads, description


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


@contextmanager
def destination(reading, n_values, gain=None, *, shared=False):
    """Yield the destination of the signals: memory, memory shared with other processes, or a saved set."""
    if reading.save_to is not None:
        with Draft(reading.save_to, gain=gain) as draft:
            yield InSet(draft)
    elif shared:
        with ExitStack() as stack:
            yield InSharedMemory(n_values, stack)
    else:
        yield InMemory(n_values)


class InMemory:
    """A buffer in memory for the signals of all records."""

    def __init__(self, n_values):
        self.buffer = np.empty(n_values, np.float32)

    @property
    def target(self):
        return self

    def block(self, start, end):
        """Return the part of the buffer for the values from start to end."""
        return self.buffer[start:end]

    def put(self, start, block):
        """Do nothing: the block is a view of the buffer."""

    def reserve(self, n_values):
        """Allocate an estimated number of values, if possible; untouched values take no memory."""
        with suppress(MemoryError, ValueError):
            self.buffer = np.empty(n_values, np.float32)

    def append(self, start, values):
        if start + len(values) > len(self.buffer):
            self.buffer.resize(start + len(values) + len(self.buffer) // 4, refcheck=False)
        self.buffer[start : start + len(values)] = values

    def finish(self, lengths, offsets, fs, *, leads, metadata):
        """Return the records."""
        return ECGRecords.from_buffer(self.buffer, lengths, fs, leads=leads, metadata=metadata, offsets=offsets)


class InSharedMemory:
    """A buffer that several processes fill with records.

    On Linux the processes write to a file in memory without a name (memfd_create). Elsewhere they
    write to a temporary file, which is read at the end and deleted.
    """

    def __init__(self, n_values, stack):
        if hasattr(os, "memfd_create"):
            self.file = stack.enter_context(os.fdopen(os.memfd_create("skecg"), "r+b"))
            path = Path(f"/proc/{os.getpid()}/fd/{self.file.fileno()}")
        else:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "signals"
            self.file = stack.enter_context(path.open("x+b"))
        self.file.truncate(4 * n_values)
        self.target = File(path)

    def finish(self, lengths, offsets, fs, *, leads, metadata):
        """Return the records."""
        if hasattr(os, "memfd_create"):
            buffer = np.frombuffer(mmap.mmap(self.file.fileno(), 0), np.float32)
        else:
            buffer = np.fromfile(self.file, np.float32)
        return ECGRecords.from_buffer(buffer, lengths, fs, leads=leads, metadata=metadata, offsets=offsets)


@dataclass(frozen=True)
class File:
    """A file to which several processes write blocks."""

    path: Path
    gain: float | None = None

    def block(self, start, end):
        return np.empty(end - start, np.float32)

    def put(self, start, block):
        values = encode(block, self.gain)
        with self.path.open("r+b") as file:
            file.seek(start * values.itemsize)
            file.write(values.data)


class InSet:
    """A saved set that is being written."""

    def __init__(self, draft):
        self.target = File(draft.signals, draft.gain)
        self.finish = draft.finish

    def reserve(self, n_values):
        """Do nothing: a file grows by itself."""

    def append(self, start, values):
        self.target.put(start, values)
