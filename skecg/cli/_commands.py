"""What the commands do, by the public interface alone."""

import ast
import csv
import sys
import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.model_selection import GroupShuffleSplit
from tqdm import tqdm

_AT_ONCE = 256  # records that are read and predicted together


def train(options):
    """Train, score what was held out, and write the model."""
    from .. import load, make_ecg_pipeline, model_card, save

    params = dict(_parameter(text) for text in options.set)
    ours = {name: params.pop(name) for name in list(params) if "__" not in name}
    pipeline = make_ecg_pipeline(options.network, random_state=options.seed, **ours)
    pipeline.set_params(**{"classifier__verbose": 1, **params})
    with _complaints() as left_out:
        data, target, names = _read_table(options)
    rows, held_out = _split(data, options.hold_out, options.seed)
    with _complaints():
        pipeline.fit(data[rows], target[rows])
    save(pipeline, options.out, X=data[rows], y=target[rows], target_names=names if target.ndim == 2 else None)
    _tell(f"{options.out}: {options.network} of {len(rows)} records")
    model = load(options.out)
    if len(held_out):
        _tell(_summary(_report(model, data[held_out], target[held_out])))
    if options.card:
        X, y = (data[held_out], target[held_out]) if len(held_out) else (None, None)
        options.card.write_text(model_card(model, X=X, y=y), encoding="utf-8")
    return 3 if left_out else 0


def predict(options):
    """Write one row a record, some hundred records at a time."""
    model = _load(options.model, options.on_mismatch)
    labels, n_written = [str(label) for label in model[0].labels], 0
    paths = _headers(options.records)
    draft = options.out.with_name(f".{options.out.name}.part")
    try:
        with draft.open("w", newline="", encoding="utf-8") as file, _complaints():
            writer = csv.writer(file)
            writer.writerow(["record", "prediction", *labels])
            for records in _read_in_parts(paths, options.on_error):
                p = model.predict_proba(records)
                decided = _decided(model, records, p, labels)
                for name, decision, row in zip(records.metadata.index, decided, p, strict=True):
                    writer.writerow([name, decision, *(f"{value:.6f}" for value in row)])
                n_written += len(records)
        draft.replace(options.out)
    finally:
        draft.unlink(missing_ok=True)
    _tell(f"{options.out}: {n_written} of {len(paths)} records")
    return 0 if n_written == len(paths) else 3


def evaluate(options):
    """Write scores with intervals by patient."""
    model = _load(options.model, options.on_mismatch)
    with _complaints() as left_out:
        data, target, _ = _read_table(options)
    table = _report(model, data, target)
    _tell(_summary(table))
    if options.out:
        table.to_csv(options.out)
    return 3 if left_out else 0


def export(options):
    """Write ONNX, and tell what it takes."""
    from .. import to_onnx

    told = to_onnx(_load(options.model), options.out, n_times=options.n_times, fs=options.fs, int8=options.int8)
    rate = "" if told.fs is None else f" at {told.fs:g} Hz"
    _tell(
        f"{told.path}: signals (records, {told.n_leads}, {told.n_times}){rate} in mV to probabilities of "
        f"{', '.join(map(str, told.labels))}; at most {told.difference:.1g} from the model"
    )
    return 0


def describe(options):
    """Tell what is in the records, and what looks wrong."""
    from ..datasets import describe as describe_records
    from ..records import ECGRecords

    paths = _headers(options.records)
    with _complaints() as left_out:
        records = ECGRecords.concatenate(list(_read_in_parts(paths, options.on_error)))
    _tell(describe_records(records).report)
    return 3 if left_out else 0


def _load(path, on_mismatch="convert"):
    """Return a model with its contract in front."""
    from .. import load
    from ..persistence import SignalContract

    model = load(path, on_mismatch=on_mismatch)
    if not (hasattr(model, "steps") and isinstance(model[0], SignalContract)):
        raise ValueError(f"{path} holds {type(model).__name__}, which is no fitted classifier.")
    return model


def _read_table(options):
    """Return records, target and the names of the labels."""
    from ..datasets import read_wfdb_folder

    target = options.target if len(options.target) > 1 else options.target[0]
    folder = read_wfdb_folder(
        options.records,
        options.labels,
        record=options.record,
        target=target,
        group=options.group,
        unlisted="ignore",
        on_error=options.on_error,
    )
    return folder.data, folder.target, folder.target_names


def _read_in_parts(paths, on_error):
    """Yield the records of some hundred headers at a time; those that cannot be read are left out if that is wanted."""
    from ..datasets import read_wfdb

    with tqdm(total=len(paths), unit="record", disable=not sys.stderr.isatty()) as bar:
        for start in range(0, len(paths), _AT_ONCE):
            part = paths[start : start + _AT_ONCE]
            try:
                yield read_wfdb(part, on_error=on_error)
            except ValueError as error:
                if on_error == "raise":
                    raise
                warnings.warn(str(error), stacklevel=2)
            bar.update(len(part))


def _headers(paths):
    found = []
    for path in paths:
        found += sorted(path.rglob("*.hea")) if path.is_dir() else [path]
    if not found:
        raise ValueError(f"There are no WFDB headers (.hea) in {', '.join(map(str, paths))}.")
    return found


def _split(records, share, seed):
    """Return the rows to train on and those held out, patients kept whole."""
    rows = np.arange(len(records))
    if not share:
        return rows, rows[:0]
    table = records.metadata
    groups = table["patient_id"].to_numpy() if "patient_id" in table else rows
    return next(GroupShuffleSplit(1, test_size=share, random_state=seed).split(rows, groups=groups))


def _report(model, data, target):
    from ..model_selection import groups_of
    from ..reporting import report

    contract = model[0]
    p = model.predict_proba(data)
    if target.ndim == 1:
        classes = np.asarray(contract.labels)
        return report(target, p, labels=classes, groups=groups_of(data), random_state=0)
    return report(target, p, labels=contract.labels, threshold=0.5, groups=groups_of(data), random_state=0)


def _summary(table):
    """Return the main scores as lines of text."""
    chosen = table.loc["all"]
    label = "macro" if "macro" in chosen.index.get_level_values(0) else chosen.index.get_level_values(0)[0]
    lines = []
    for name, row in chosen.loc[label].iterrows():
        lines.append(f"{name:<28}{row['estimate']:6.3f}  ({row['low']:.3f} to {row['high']:.3f})")
    return "\n".join([f"{label}, with 95 % intervals by patient", *lines])


def _decided(model, records, p, labels):
    """Return the decision for each record in words: a class, or all labels that are given."""
    if not model[0].multilabel:
        return model.predict(records)
    given = model.predict(records)
    return [" ".join(label for label, yes in zip(labels, row, strict=True) if yes) for row in given]


def _parameter(text):
    """Return name and value of NAME=VALUE; a value that is no Python literal is text."""
    name, separator, value = text.partition("=")
    if not separator:
        raise ValueError(f"--set takes NAME=VALUE, got {text!r}.")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


@contextmanager
def _complaints():
    """Bring warnings to standard error, a line each; the list tells whether there were any of records left out."""
    told = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield told
        finally:
            for warning in caught:
                if issubclass(warning.category, UserWarning):
                    sys.stderr.write(f"{warning.message}\n")
                    told.append(str(warning.message))


def _tell(text):
    sys.stdout.write(f"{text}\n")
