"""A saved set in the making."""

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
    """A saved set in the making, next to its folder; it gets its name when it is whole.

    A context manager: whatever goes wrong inside, or a kill, leaves no folder that opens.

    Parameters
    ----------
    folder : path-like
        Where the set will be. Its parent must exist.
    gain : float or None
        Steps per mV of an int16 set; None is float32.
    overwrite : bool, default=False
        Whether to replace a saved set that is there already.
    """

    def __init__(self, folder, *, gain, overwrite=False):
        self.folder, self.gain = Path(folder).expanduser().absolute(), gain
        if self.folder.exists() and not (overwrite and (self.folder / MANIFEST).is_file()):
            what = "and is no saved set" if overwrite else "already; overwrite=True replaces a saved set"
            raise ValueError(f"{self.folder} is there {what}.")
        if not self.folder.parent.is_dir():
            raise ValueError(f"There is no folder {self.folder.parent} in which {self.folder.name} could be written.")
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
        """Write the table and, last, the manifest; flush all to the disk; publish and open the set.

        Parameters
        ----------
        lengths, offsets, fs : ndarray of shape (n_records,)
            As in `ECGRecords.from_buffer`.
        leads : sequence of str
        metadata : pandas.DataFrame of n_records rows
        digest : str, default=None
            SHA-256 of the signals, if it is known already.

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
        """Give the finished folder its name; an older set moves out of the way first."""
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
    """Have the disk take what was written."""
    file.flush()
    os.fsync(file.fileno())


def encode(values, gain):
    """Return float32 values in mV as they lie in the file: little-endian float32, or int16 in steps.

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
    """Writes signals one after the other, and knows their checksum.

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
