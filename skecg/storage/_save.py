"""Save records in a folder, completely or not at all."""

from numbers import Real

import numpy as np

from .._scikit_learn import Interval, StrOptions, validate_params
from ..records import ECGRecords
from ..records.buffer import release
from ._draft import Draft, SignalWriter
from ._manifest import check_leads

CHUNK = 2**22  # number of values to write, or to transform, at once


@validate_params(
    {
        "records": [object],
        "folder": [object],
        "dtype": [StrOptions({"float32", "int16"})],
        "gain": [Interval(Real, 0, None, closed="neither")],
        "overwrite": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def save_records(records, folder, *, dtype="float32", gain=1000.0, overwrite=False):
    """Write records into a folder from which `open_records` maps them.

    The folder appears complete or not at all: `save_records` writes all files into another folder
    next to it, flushes them to the disk, and then renames that folder. With `overwrite=True` the folders
    exchange their names in one step. Where the system cannot do that, two renames follow each other; if the
    process is killed between them, the next `open_records` or `save_records` gives the old set its name back.
    `save_records` removes what killed writers of the same folder left, and logs the names.

    Parameters
    ----------
    records : ECGRecords or iterable of ECGRecords
        The records, or an iterable of parts that have the same leads. The parts are saved one
        after the other, and need not fit into the memory together.
    folder : path-like
        Where to write. The parent folder must exist.
    dtype : {"float32", "int16"}, default="float32"
        How to store the signals. int16 takes half the space: each value is rounded to a whole
        number of steps of `1 / gain` mV, and decoded to float32 when it is used.
    gain : float, default=1000.0
        Steps per mV of int16. With 1000, the gain of PTB-XL and of the PhysioNet Challenges, int16
        holds up to 32 mV.
    overwrite : bool, default=False
        Whether to replace a saved set that is already there.

    Returns
    -------
    records : ECGRecords
        The same records, mapped from the folder.

    Raises
    ------
    ValueError
        If the folder exists already, the parts differ in their leads, there are no parts, or a
        value does not fit into int16.
    TypeError
        If a metadata column holds values other than numbers, booleans, times and text.
    OSError
        If the disk is full or the folder cannot be written; nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.storage import open_records, save_records
    >>> folder = tempfile.mkdtemp() + "/set"
    >>> parts = (ECGRecords(np.ones((10, 1, 500)) * i, fs=250, metadata={"age": [50 + i] * 10}) for i in range(3))
    >>> _ = save_records(parts, folder)
    >>> open_records(folder)
    ECGRecords(30 records, 1 lead, 500 samples, 250 Hz; age)
    """
    import pandas as pd

    parts = [records] if isinstance(records, ECGRecords) else records
    with Draft(folder, gain=float(gain) if dtype == "int16" else None, overwrite=overwrite) as draft:
        leads, seen = None, []
        with SignalWriter(draft) as writer:
            for part in parts:
                leads = _check_part(part, leads)
                seen.append((part.lengths, part.fs, part.metadata))
                _write_part(part, writer)
        if leads is None:
            raise ValueError("There are no records to save.")
        lengths, fs, tables = zip(*seen, strict=True)
        lengths, fs = np.concatenate(lengths), np.concatenate(fs)
        offsets = (np.cumsum(lengths) - lengths) * len(leads)
        metadata = pd.concat(tables) if len(tables) > 1 else tables[0]
        digest = writer.digest.hexdigest()
        return draft.finish(lengths, offsets, fs, leads=leads, metadata=metadata, digest=digest)


def pieces(records):
    """Return the rows of the records in pieces of some megabytes of signals each."""
    ends = np.cumsum(records.lengths * len(records.leads))
    cuts = np.searchsorted(ends, np.arange(CHUNK, ends[-1] if len(ends) else 0, CHUNK))
    return np.split(np.arange(len(records)), np.unique(cuts))


def _check_part(part, leads):
    if not isinstance(part, ECGRecords):
        raise TypeError(f"records must be ECGRecords or an iterable of them, got {type(part).__name__}.")
    if leads is None:
        check_leads(part.leads)
    elif leads != part.leads:
        raise ValueError(f"The parts differ in their leads: {leads} and {part.leads}.")
    return part.leads


def _write_part(part, writer):
    bare = part.with_metadata(None)
    for rows in pieces(part):
        lengths = part.lengths[rows]
        together = len(rows) > 0 and (lengths == lengths[0]).all()
        for signal in [bare[rows].to_array()] if together else bare[rows].signals:
            writer.write(signal)
        release(part._buffer)
