"""Write a saved set into a draft folder, which gets its final name when it is complete."""

import hashlib
import os
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from .._drafts import draft_of
from ..records.buffer import ScaledBuffer
from ._manifest import FORMAT, MANIFEST, SIGNALS, TABLE, VERSION, check_gain, seal, sha256
from ._open import open_records
from ._publish import check_free, publish, restore
from ._table import pack_table


class Draft:
    """A draft of a saved set: a folder next to the final one, renamed when the set is complete.

    The draft is a context manager. If an error occurs, or the process is killed, no incomplete folder
    gets the final name.

    Parameters
    ----------
    folder : path-like
        Where to save the set. The parent folder must exist.
    gain : float or None
        Steps per mV of an int16 set; None for a float32 set.
    overwrite : bool, default=False
        Whether to replace a saved set that is already there.
    """

    def __init__(self, folder, *, gain, overwrite=False):
        self.folder, self.gain = Path(folder).expanduser().resolve(), gain
        self.overwrite, self._exit = overwrite, ExitStack()
        check_gain(gain)
        restore(self.folder)
        check_free(self.folder, overwrite)
        if not self.folder.parent.is_dir():
            raise ValueError(f"There is no folder {self.folder.parent} to write {self.folder.name} into.")

    def __enter__(self):
        self.draft = self._exit.enter_context(draft_of(self.folder))
        self.signals = self.draft / SIGNALS
        self.signals.touch()
        return self

    def __exit__(self, kind, error, trace):
        self._exit.close()
        if isinstance(error, OSError) and error.errno is not None:
            raise OSError(error.errno, f"{self.folder} could not be written: {error.strerror}") from error

    def finish(self, lengths, offsets, fs, *, leads, metadata, digest=None):
        """Write the table, then the manifest, flush all files to the disk, and rename and open the set.

        Parameters
        ----------
        lengths, offsets, fs : ndarray of shape (n_records,)
            As in `ECGRecords.from_buffer`.
        leads : sequence of str
        metadata : pandas.DataFrame of n_records rows
        digest : str, default=None
            SHA-256 of the signals, if the caller has computed it.

        Returns
        -------
        records : ECGRecords
        """
        with self.signals.open("r+b") as file:
            flush(file)
        columns, arrays = pack_table(metadata)
        with (self.draft / TABLE).open("wb") as file:
            np.savez(file, lengths=lengths, offsets=offsets, fs=fs, **arrays)
            flush(file)
        paths = {SIGNALS: self.signals, TABLE: self.draft / TABLE}
        digests = {SIGNALS: digest or sha256(self.signals), TABLE: sha256(paths[TABLE])}
        files = {name: {"bytes": path.stat().st_size, "sha256": digests[name]} for name, path in paths.items()}
        head = {"format": FORMAT, "version": VERSION, "leads": list(leads), "gain": self.gain}
        text = seal(head | {"columns": columns, "files": files}, self.folder / MANIFEST)
        with (self.draft / MANIFEST).open("w", encoding="utf-8") as file:
            file.write(text)
            flush(file)
        publish(self.draft, self.folder, overwrite=self.overwrite)
        return open_records(self.folder)


def flush(file):
    """Flush a file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def encode(values, gain):
    """Return float32 values in mV as the file stores them: little-endian float32, or int16 in steps.

    Raises
    ------
    ValueError
        If a value does not fit into int16.
    """
    if gain is None:
        return np.ascontiguousarray(values, "<f4")
    steps = np.multiply(values, np.float32(gain), dtype=np.float32)
    gaps = np.isnan(steps)
    if gaps.any():
        steps[gaps] = 0
    largest = max(steps.max(initial=0), -steps.min(initial=0))
    if not largest <= 2**15 - 1:
        raise ValueError(
            f"A signal reaches {largest / gain:g} mV, but int16 at {gain:g} steps per mV holds no more than "
            f"{(2**15 - 1) / gain:g} mV: choose a smaller gain, or dtype='float32'."
        )
    steps = np.rint(steps, out=steps).astype("<i2")
    if gaps.any():
        steps[gaps] = ScaledBuffer.MISSING
    return steps


class SignalWriter:
    """Write signals one after the other, and compute their checksum.

    Parameters
    ----------
    draft : Draft
    """

    def __init__(self, draft):
        self.file, self.gain, self.digest = draft.signals.open("wb"), draft.gain, hashlib.sha256()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def write(self, values):
        data = encode(values, self.gain).data
        self.file.write(data)
        self.digest.update(data)
