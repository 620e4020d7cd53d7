"""Apply a transformer to a set that is larger than the memory."""

from sklearn.utils.validation import check_is_fitted
from tqdm.auto import tqdm

from ..records import ECGRecords
from ..records.buffer import release
from ._save import pieces, save_records


def transform_records(transformer, records, folder, *, dtype="float32", gain=1000.0, overwrite=False, verbose=0):
    """Apply a transformer to records block by block, and save the result.

    Neither the records nor the result need to fit into the memory: only some megabytes of them
    are in memory at a time.

    Parameters
    ----------
    transformer : fitted transformer
        A transformer whose `transform` turns `ECGRecords` into `ECGRecords`, such as the steps of
        `skecg.preprocessing`, or a `Pipeline` of such steps.
    records : ECGRecords
        The records, for example those that `open_records` returns.
    folder : path-like
        Where to save the result. The parent folder must exist.
    dtype : {"float32", "int16"}, default="float32"
        How to store the signals, as in `save_records`.
    gain : float, default=1000.0
        Steps per mV of int16.
    overwrite : bool, default=False
        Whether to replace a saved set that is already there.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    records : ECGRecords
        The result, mapped from the folder.

    Raises
    ------
    ValueError
        If `transformer` raises it for the records, or `save_records` raises it for the result.
    TypeError
        If `records` is not `ECGRecords`, or the transformer does not return `ECGRecords`.
    OSError
        If the disk is full or the folder cannot be written; nothing is left behind.

    Notes
    -----
    Most steps learn nothing and need no `fit`. Fit a step that learns, such as
    `Normalize(per="dataset")`, alone and beforehand, on the records that reach it: its `fit` reads a
    memory map block by block. Do not fit a whole `Pipeline` on a set larger than the memory: `fit` of
    a `Pipeline` holds the whole output of each step but the last in memory.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.pipeline import make_pipeline
    >>> from skecg.datasets import make_ecg
    >>> from skecg.preprocessing import ECGFilter, ECGResample
    >>> from skecg.storage import save_records, transform_records
    >>> folder = tempfile.mkdtemp()
    >>> records = save_records(make_ecg(8, fs=500, random_state=0).data, f"{folder}/500", dtype="int16")
    >>> steps = make_pipeline(ECGFilter(), ECGResample(target_fs=100))
    >>> transform_records(steps, records, f"{folder}/100").lengths
    array([1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000])
    """
    if not isinstance(records, ECGRecords):
        raise TypeError(f"records must be ECGRecords, got {type(records).__name__}.")
    check_is_fitted(transformer)
    parts = _transformed(transformer, records, verbose)
    return save_records(parts, folder, dtype=dtype, gain=gain, overwrite=overwrite)


def _transformed(transformer, records, verbose):
    with tqdm(total=len(records), desc="transform", unit=" records", disable=not verbose) as bar:
        for rows in pieces(records):
            part = transformer.transform(records[rows])
            if not isinstance(part, ECGRecords):
                name = type(transformer).__name__
                raise TypeError(f"{name} must turn ECGRecords into ECGRecords, but it returned {type(part).__name__}.")
            yield part
            release(records._buffer)
            bar.update(len(rows))
