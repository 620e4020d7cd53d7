"""Where readers put the signals of records: memory, memory shared with other processes, or a saved set."""

from __future__ import annotations

import mmap
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skecg.records import ECGRecords
from skecg.storage._draft import Draft, encode


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
