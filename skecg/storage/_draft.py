"""Write a saved set into a draft folder, which gets its final name when it is complete."""

import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path

import numpy as np

from ..records.buffer import ScaledBuffer
from ._open import FORMAT, MANIFEST, SIGNALS, TABLE, VERSION, open_records, sha256
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
        self.folder, self.gain = Path(folder).expanduser().absolute(), gain
        if self.folder.exists() and not (overwrite and (self.folder / MANIFEST).is_file()):
            what = " and is not a saved set" if overwrite else "; overwrite=True replaces a saved set"
            raise ValueError(f"{self.folder} already exists{what}.")
        if not self.folder.parent.is_dir():
            raise ValueError(f"There is no folder {self.folder.parent} to write {self.folder.name} into.")
        self.draft = self._sibling("part")
        self.signals = self.draft / SIGNALS

    def __enter__(self):
        self.draft.mkdir()
        self.signals.touch()
        return self

    def __exit__(self, kind, error, trace):
        shutil.rmtree(self.draft, ignore_errors=True)
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
        with (self.draft / MANIFEST).open("w") as file:
            json.dump(head | {"columns": columns, "files": files}, file, indent=1)
            flush(file)
        self._publish()
        return open_records(self.folder)

    def _publish(self):
        """Rename the finished folder to its final name; rename an older set first, and delete it last."""
        if not self.folder.exists():
            self.draft.rename(self.folder)
            return
        old = self._sibling("old")
        self.folder.rename(old)
        self.draft.rename(self.folder)
        shutil.rmtree(old)

    def _sibling(self, suffix):
        return self.folder.with_name(f".{self.folder.name}-{secrets.token_hex(4)}.{suffix}")


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
