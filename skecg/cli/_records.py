"""What the commands share: find and read records, load a model, and print."""

import sys
import warnings
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np
from tqdm import tqdm

_AT_ONCE = 256  # number of records that are read and predicted together
_IN_OPTIONS = {
    "`leads`": "--leads",
    "file_fs": "--file-fs",
    "as units": "with --units",
    "units is": "--units is",
    "pos_label=": "--positive ",
    "subgroups names": "--subgroups names",
    "threshold must be": "--threshold must be",
    "threshold=": "--threshold ",
}


def load_model(path, on_mismatch="convert"):
    """Return the pipeline of a file or of a name, whose first step is its SignalContract."""
    from .. import load
    from ..persistence import SignalContract
    from ..pretrained import path_of

    path = path_of(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; the first argument is a model, a file.")
    if not path.exists():
        raise FileNotFoundError(f"There is no model {path}; `skecg models` lists those that come with skecg.")
    model = load(path, on_mismatch=on_mismatch)
    if not (hasattr(model, "steps") and isinstance(model[0], SignalContract)):
        raise ValueError(f"{path} holds {type(model).__name__}, which is no fitted classifier.")
    return model


def read_table(options, skipped):
    """Return records, target and the names of the labels; add what is no recording to `skipped`."""
    from ..datasets import read_folder

    target = options.target if len(options.target) > 1 else options.target[0]
    folder = read_folder(
        options.records,
        options.labels,
        record=options.record,
        target=target,
        group=options.group,
        unlisted="ignore",
        on_error=options.on_error,
        verbose=int(not options.quiet),
        sep=options.sep,
        decimal=options.decimal,
        encoding=options.encoding,
        **_reading(options),
    )
    _name_left_out(folder.left_out, skipped)
    rows = whole_records(folder.data, options, skipped)
    return _without_unknown_patients(folder.data[rows]), folder.target[rows], folder.target_names


def _without_unknown_patients(records):
    """Return records without the column of patients if no patient is known."""
    table = records.metadata
    known = "patient_id" not in table or table["patient_id"].notna().any()
    return records if known else records.with_metadata(table.drop(columns="patient_id"))


def _reading(options):
    leads = "common" if options.leads == ["common"] else options.leads
    return {"leads": leads, "file_fs": options.file_fs, "units": options.units}


def find_recordings(options, skipped):
    """Return the recordings that the arguments name; add what else their folders hold to `skipped`.

    Raises
    ------
    ValueError
        If there is none, or two have the same name, as their rows could not be distinguished.
    """
    from ..datasets._find import each_once, find_files

    found, left_out = [], {}
    for path in options.records:
        if path.is_dir():
            paths, others = find_files(path, file_fs=options.file_fs)
            found, left_out = found + paths, left_out | others
    found += each_once(path for path in options.records if not path.is_dir())
    _name_left_out(left_out, skipped)
    if not found:
        raise ValueError(f"There are no recordings in {', '.join(map(str, options.records))}.")
    _check_names(found)
    return found


def _check_names(paths):
    seen = {}
    for path in paths:
        name = Path(path).stem
        if name in seen:
            raise ValueError(f"Two records are called {name}, {seen[name]} and {path}: name them in separate calls.")
        seen[name] = path


def _name_left_out(left_out, skipped):
    """Write one line for each file that is no recording; add those that look like one to `skipped`."""
    from ..datasets._base import join_names
    from ..datasets._recognise import seems_recording

    like_one = {path: reason for path, reason in left_out.items() if seems_recording(path)}
    odd = [f"{path} {reason.partition(';')[0].rstrip('.')}" for path, reason in like_one.items()]
    if odd:
        what = "1 file that is no recording" if len(odd) == 1 else f"{len(odd)} files that are no recordings"
        sys.stderr.write(f"Left out {what}:\n")
        sys.stderr.writelines(f"  {line}\n" for line in odd)
    others = [path for path in left_out if path not in like_one]
    if others:
        sys.stderr.write(f"Other files: {join_names(others)}\n")
    skipped += odd


def read_in_parts(paths, options, skipped, *, at_once=_AT_ONCE, leads_differ=False):
    """Yield the records of some files at a time; add files that are skipped to `skipped`.

    The records of a part have the same leads. If the leads of files may differ, a part ends where they change.
    """
    n_read = 0
    with tqdm(total=len(paths), unit="record", disable=options.quiet or not sys.stderr.isatty()) as bar:
        for start in range(0, len(paths), at_once):
            part = paths[start : start + at_once]
            for records in _read_runs(part, options, skipped) if leads_differ else _read(part, options, skipped):
                n_read += len(records)
                yield records
            bar.update(len(part))
    if not n_read:
        raise ValueError(f"None of the {len(paths)} files could be read.")


def _read(paths, options, skipped):
    """Yield the records of some files in one part, unless none of the files can be read."""
    from ..datasets import read_ecg

    try:
        records = read_ecg(paths, on_error=options.on_error, verbose=0, **_reading(options))
    except ValueError as error:
        if options.on_error == "raise":
            if len(options.records) == 1 and not options.records[0].is_dir():
                raise
            raise ValueError(f"{str(error).rstrip('.')}. --on-error warn skips such files.") from error
        messages = getattr(error, "messages", [str(error)])
        sys.stderr.writelines(in_options(f"Skipped {message}\n") for message in messages)
        skipped += messages
    else:
        yield records


def _read_runs(paths, options, skipped):
    """Yield the records of some files in one part for each run of equal leads.

    Reading together is several times as fast, but refuses all files for one that is damaged or has other leads.
    Only then are the files read one by one.
    """
    from ..datasets import read_ecg
    from ..records import ECGRecords

    reading = _reading(options) | ({"leads": None} if options.leads == ["common"] else {})
    try:
        each = [read_ecg(paths, on_error="raise", verbose=0, **reading)]
    except ValueError:
        each = (records for path in paths for records in _read([path], options, skipped))
    for _, run in groupby(each, key=lambda records: records.leads):
        yield ECGRecords.concatenate(list(run))


def whole_records(records, options, skipped):
    """Return which records a network takes: all, or those without missing samples if the others are to be skipped."""
    if options.on_error == "raise":  # the network says which sample is missing
        return np.ones(len(records), bool)
    whole = np.array([np.isfinite(signal).all() for signal in records.signals])
    messages = [f"{name}: it has missing samples." for name in records.metadata.index[~whole]]
    sys.stderr.writelines(f"Skipped {message}\n" for message in messages)
    skipped += messages
    return whole


@contextmanager
def complaints():
    """Write each warning as a line to standard error, once; yield a list of what was skipped."""
    skipped, said = [], set()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield skipped
        finally:
            for warning in caught:
                text = (str(warning.message), *getattr(warning.message, "messages", []))
                if issubclass(warning.category, UserWarning) and text not in said:
                    said.add(text)
                    skipped += _say(warning.message)


@contextmanager
def failures(what):
    """Write an error as a warning, since the model is stored and nothing that took long may be lost."""
    try:
        with complaints():
            yield
    except (ValueError, TypeError, OSError, ImportError) as error:
        sys.stderr.write(f"The model is stored, but there are no {what}: {in_options(str(error))}\n")


def _say(warning):
    """Write a warning to standard error; return its messages about records that were skipped."""
    messages = getattr(warning, "messages", [])
    text = str(warning).partition(". ")[0] + ":" if messages else str(warning)
    sys.stderr.write(in_options("".join([f"{text}\n", *(f"  {message}\n" for message in messages)])))
    return messages


def in_options(text):
    """Return a message that names parameters of functions with the options of the command in their place."""
    for name, option in _IN_OPTIONS.items():
        text = text.replace(name, option)
    return text


def inform(options, text):
    """Write a line on what was done to standard output, unless the command is to be quiet."""
    if not options.quiet:
        tell(text)


def tell(text):
    """Write a line to standard output."""
    sys.stdout.write(f"{text}\n")
