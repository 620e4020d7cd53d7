"""How records get from files into an `ECGRecords`, or into a saved set that one maps."""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from tqdm.auto import tqdm

from skecg.records import ECGRecords
from skecg.signal import rate_ratio, resample
from skecg.storage._draft import Draft, encode

from ._base import Faults

_CHUNK = 8  # records that a task reads
_TASKS = 4  # tasks a process between two steps of the progress bar


@dataclass(frozen=True)
class Reading:
    """The options of reading that all readers share."""

    leads: object = None  # names, None: those of the first record
    fs: float | None = None  # Hz, None: as published
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
        """Return these options, and with a single process unless several pay for their start."""
        if pays or self.n_workers == 1:
            return self
        alone = copy(self)  # which counts the same faults
        object.__setattr__(alone, "n_jobs", 1)
        return alone

    def bar(self, total, what):
        """Return a progress bar that shows itself after three seconds."""
        return tqdm(total=total, desc=what, unit="", delay=3, leave=False, disable=not self.verbose)

    def in_chunks(self, function, items, *args, size=_CHUNK):
        """Yield what `function(chunk, *args)` lists for each item, in order, with `n_jobs` processes."""
        chunks = [items[i : i + size] for i in range(0, len(items), size)]
        if self.n_workers == 1:
            for chunk in chunks:
                yield from function(chunk, *args)
            return
        step = _TASKS * self.n_workers
        with Parallel(self.n_jobs) as parallel:  # a step after the other, so that an error leaves nothing running
            for first in range(0, len(chunks), step):
                for part in parallel(delayed(function)(chunk, *args) for chunk in chunks[first : first + step]):
                    yield from part

    def in_processes(self, function, tasks):
        """Yield `function(*task)` of each task, in order, with `n_jobs` processes.

        Close it (`contextlib.closing`) where results may be left: no further task starts then.
        """
        if self.n_workers == 1:
            yield from (function(*task) for task in tasks)
            return
        over = threading.Event()
        calls = (delayed(function)(*task) for task in tasks if not over.is_set())
        found = Parallel(self.n_jobs, batch_size=1, return_as="generator")(calls)
        try:
            for result in found:  # noqa: UP028, as `yield from` would close it, and joblib kill its workers
                yield result
        finally:
            over.set()
            deque(found, maxlen=0)  # wait for the tasks that run

    def slices(self, n_records, largest):
        """Return slices of records, several for each worker, one task each."""
        size = max(1, min(largest, -(-n_records // (_TASKS * self.n_workers))))
        return [slice(i, min(i + size, n_records)) for i in range(0, n_records, size)]


def load_each(paths, read, how, metadata):
    """Read records one by one, whatever their files are.

    Parameters
    ----------
    paths : sequence of str
    read : callable
        `read(path, leads)` returns the signal (n_leads, n_times) in mV, its rate, the lead names
        and what else is known of the record; raises ValueError on damage. Found by its name in
        other processes.
    how : Reading
    metadata : callable
        Returns the table for the positions of the records that were read, and what is known of each.

    Returns
    -------
    records : ECGRecords
    kept : ndarray of int
        Positions in `paths` of the records that could be read.
    """
    leads, kept, shapes, told = None, [], [], []
    with destination(how, 0) as place, how.bar(len(paths), "records") as bar:
        end = 0
        for position, found in enumerate(how.in_chunks(_read_chunk, list(paths), read, how.leads, how.fs)):
            bar.update()
            if not isinstance(found, str) and leads not in (None, found[2]):
                found = f"{paths[position]}: the leads are {', '.join(found[2])}, those before {', '.join(leads)}."
            if isinstance(found, str):
                how.faults.add(found)
                continue
            signal, fs, leads, known = found
            if not kept:
                place.reserve(len(paths) * signal.size)
            place.append(end, signal.reshape(-1))
            kept.append(position)
            shapes.append((signal.shape[1], end, fs))
            told.append(known)
            end += signal.size
        how.faults.warn(len(kept), stacklevel=6)
        if not kept:
            raise ValueError("There is no record to read: paths is empty.")
        lengths, offsets, fs = map(np.array, zip(*shapes, strict=True))
        records = place.finish(lengths, offsets, fs, leads=leads, metadata=metadata(np.array(kept), told))
    return records, np.array(kept)


def _read_chunk(paths, read, leads, fs):
    """Return signal, rate, leads and more of each record, or what is wrong with it."""
    found = []
    for path in paths:
        try:
            signal, rate, names, known = read(path, leads)
            signal = np.ascontiguousarray(signal, np.float32)
            ratio = (1, 1) if fs is None else rate_ratio(rate, fs)
            signal = resample(signal, *ratio) if ratio != (1, 1) else signal
            found.append((signal, float(fs or rate), tuple(names), known))
        except ValueError as error:
            found.append(str(error))
    return found


@contextmanager
def destination(how, n_values, gain=None, *, shared=False):
    """Give the place to which signals are read: memory, shared with other processes or not, or a saved set."""
    if how.save_to is not None:
        with Draft(how.save_to, gain=gain) as draft:
            yield InSet(draft)
    elif shared:
        with ExitStack() as stack:
            yield InSharedMemory(n_values, stack)
    else:
        yield InMemory(n_values)


class InMemory:
    """A buffer that records are read into."""

    def __init__(self, n_values):
        self.buffer = np.empty(n_values, np.float32)

    @property
    def target(self):
        return self

    def block(self, start, end):
        """Return where to put the values from start to end."""
        return self.buffer[start:end]

    def put(self, start, block):
        """Take a block that is filled."""

    def reserve(self, n_values):
        """Make room for a first guess of all values; what is not touched takes no memory."""
        self.buffer = np.empty(n_values, np.float32)

    def append(self, start, values):
        if start + len(values) > len(self.buffer):
            self.buffer.resize(start + len(values) + len(self.buffer) // 4, refcheck=False)
        self.buffer[start : start + len(values)] = values

    def finish(self, lengths, offsets, fs, *, leads, metadata):
        """Return the records."""
        return ECGRecords.from_buffer(self.buffer, lengths, fs, leads=leads, metadata=metadata, offsets=offsets)


class InSharedMemory:
    """A buffer that several processes read records into.

    They write to a file that lies in memory and has no name (memfd_create, of Linux); elsewhere
    to a temporary one, which is read at the end and deleted.
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
    """A file that several processes write blocks to."""

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
    """A saved set in the making."""

    def __init__(self, draft):
        self.target = File(draft.signals, draft.gain)
        self.finish = draft.finish

    def reserve(self, n_values):
        """Do nothing: a file grows by itself."""

    def append(self, start, values):
        self.target.put(start, values)
