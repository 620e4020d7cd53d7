"""The commands, which use only the public interface of skecg."""

import csv
import sys
import warnings
from contextlib import contextmanager

import numpy as np
from tqdm import tqdm

from ._hold_out import hold_out
from ._network import make_pipeline

_AT_ONCE = 256  # number of records that are read and predicted together
_LEFT_OUT = ("Skipped ", "None of ")  # the readers begin their warnings about skipped records with these words


def train(options):
    """Train a model, score it on held-out records, and write it."""
    from .. import load, model_card, save

    pipeline = make_pipeline(options.network, options.seed, options.set)
    with _complaints() as left_out:
        data, target, names = _read_table(options)
        groups = _patients(data) if options.hold_out else None
        rows, held_out = hold_out(target, groups, options.hold_out, options.seed, names)
    with _complaints():
        pipeline.fit(data[rows], target[rows])
    save(pipeline, options.out, X=data[rows], y=target[rows], target_names=names if target.ndim == 2 else None)
    _tell(f"{options.out}: {options.network} of {len(rows)} records")
    model, X, y = load(options.out), None, None
    if len(held_out):
        X, y, groups = data[held_out], target[held_out], None if groups is None else groups[held_out]
        _tell(_summary(_report(model, X, y, groups), X))
    if options.card:
        patients = groups if X is not None and "patient_id" in X.metadata else None
        options.card.write_text(model_card(model, X=X, y=y, groups=patients), encoding="utf-8")
    return 3 if left_out else 0


def predict(options):
    """Write one row of predictions per record, reading 256 records at a time."""
    model = _load(options.model, options.on_mismatch)
    labels, n_written = [str(label) for label in model[0].labels], 0
    paths = _headers(options.records)
    _check_names(paths)
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
    """Score a model with intervals that resample patients, and print and write the scores."""
    model = _load(options.model, options.on_mismatch)
    with _complaints() as left_out:
        data, target, names = _read_table(options)
        groups = _patients(data)
    target = _match_target(model[0], target, names)
    with _complaints():
        table = _report(model, data, target, groups)
    _tell(_summary(table, data))
    if options.out:
        table.to_csv(options.out)
    return 3 if left_out else 0


def export(options):
    """Write a model as ONNX; print its input and output and, given labelled records, its loss of AUROC."""
    from .. import to_onnx

    if (options.labels is None) != (options.records is None):
        raise ValueError("To measure the loss of AUROC, pass both --labels and --records.")
    model, X, y = _load(options.model), None, None
    if options.labels is not None:
        with _complaints():
            data, target, names = _read_table(options)
            X, y = model[0].transform(data), _match_target(model[0], target, names)
    n_times, fs = (options.n_times, options.fs) if X is not None else _form_of_input(model[0], options)
    try:
        exported = to_onnx(model, options.out, n_times=n_times, fs=fs, X=X, y=y, int8=options.int8)
    except ValueError as error:  # the message names parameters, which are options of the command
        raise ValueError(
            str(error).replace("pass n_times", "pass --n-times").replace("pass fs", "pass --fs")
        ) from error
    rate = "" if exported.fs is None else f" at {exported.fs:g} Hz"
    _tell(
        f"{exported.path}: signals (records, {exported.n_leads}, {exported.n_times}){rate} in mV to probabilities of "
        f"{', '.join(map(str, exported.labels))}; at most {exported.difference:.1g} from the model"
    )
    if exported.auc is not None:
        _tell(
            f"AUROC {exported.auc:.4f}, that of the model {exported.auc_exact:.4f}: "
            f"a loss of {exported.auc_exact - exported.auc:.4f}"
        )
    return 0


def describe(options):
    """Print a description of the records and of suspicious signals."""
    from ..datasets import describe as describe_records
    from ..records import ECGRecords

    paths = _headers(options.records)
    with _complaints() as left_out:
        records = ECGRecords.concatenate(list(_read_in_parts(paths, options.on_error)))
    _tell(describe_records(records).report)
    return 3 if left_out else 0


def inspect(options):
    """Print everything that the file of a model holds."""
    from ..persistence import list_contents

    _tell(list_contents(options.model))
    return 0


def _form_of_input(contract, options):
    """Return n_times and fs from the options; if the model resamples, default to those of the training records."""
    training = contract.training or {}
    if contract.fs is not None or len(training.get("fs", [])) != 1:
        return options.n_times, options.fs
    fs, (shortest, longest) = options.fs or training["fs"][0], training["duration_s"]
    if options.n_times is not None:
        return options.n_times, fs
    if shortest != longest:
        raise ValueError(
            f"The training records last {shortest:g} to {longest:g} s, the file takes one length only: pass its "
            "samples, --n-times."
        )
    return round(longest * fs), fs


def _load(path, on_mismatch="convert"):
    """Return a saved pipeline, whose first step is its SignalContract."""
    from .. import load
    from ..persistence import SignalContract

    if path.is_dir():
        raise ValueError(f"{path} is a folder; the first argument is a model, a file.")
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
    """Yield the records of 256 headers at a time; skip records that cannot be read unless on_error is "raise"."""
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
    from ..datasets._segments import without_segments

    found = []
    for path in paths:
        found += sorted(path.rglob("*.hea")) if path.is_dir() else [path]
    there = set(found)  # the shell expands records/* to signal files as well
    found = [path for path in found if path.suffix == ".hea" or path.with_suffix(".hea") not in there]
    if not found:
        raise ValueError(f"There are no WFDB headers (.hea) in {', '.join(map(str, paths))}.")
    return without_segments(found)


def _check_names(paths):
    """Raise ValueError if two records have the same name, as their rows could not be distinguished."""
    seen = {}
    for path in paths:
        if path.stem in seen:
            raise ValueError(f"Two records are called {path.stem}, {seen[path.stem]} and {path}: predict them apart.")
        seen[path.stem] = path


def _match_target(contract, target, names):
    """Return the target in the order of the model's labels; raise ValueError if its labels differ."""
    labels = ", ".join(map(str, contract.labels))
    if target.ndim == 1:
        if contract.multilabel:
            raise ValueError(f"The model gives several labels, {labels}: name a column for each with --target.")
        unknown = [str(label) for label in np.unique(target).tolist() if label not in contract.labels]
        if unknown:
            raise ValueError(
                f"The model gives one of the classes {labels}; the table has {', '.join(unknown)} as well."
            )
        return target
    if not contract.multilabel:
        raise ValueError(f"The model gives one of the classes {labels}: name the one column of them with --target.")
    if contract.labels == list(range(target.shape[1])):  # the model was saved without names
        return target
    if sorted(names) != sorted(map(str, contract.labels)):
        raise ValueError(f"The model gives the labels {labels}; --target names {', '.join(names)}.")
    return target[:, [names.index(str(label)) for label in contract.labels]]


def _patients(data):
    """Return the patient of each record; return None and warn if the patients are not given."""
    from ..model_selection import groups_of

    groups = groups_of(data)
    if groups is None:
        warnings.warn(
            "--group is missing: every record counts as a separate patient. If patients have several records, scores "
            "are too good and intervals too narrow.",
            stacklevel=2,
        )
    return groups


def _report(model, data, target, groups):
    from ..reporting import report

    contract = model[0]
    return report(
        target,
        model.predict_proba(data),
        labels=contract.labels if target.ndim == 2 else np.asarray(contract.labels),
        threshold=0.5 if contract.thresholds is None else contract.thresholds,
        groups=groups,
        random_state=0,
    )


def _summary(table, data):
    """Return the main scores as lines of text."""
    units = {"patient_id": "patient", "strat_fold": "fold"}
    unit = next((units[column] for column in units if column in data.metadata), "record")
    chosen = table.loc["all"]
    label = "macro" if "macro" in chosen.index.get_level_values(0) else chosen.index.get_level_values(0)[0]
    rows = chosen.loc[label].iterrows()
    lines = [f"{name:<28}{row['estimate']:6.3f}  ({row['low']:.3f} to {row['high']:.3f})" for name, row in rows]
    return "\n".join([f"{label}, with 95 % intervals by {unit}", *lines])


def _decided(model, records, p, labels):
    """Return the prediction for each record as text: a class, or all predicted labels."""
    given = model.predict(records)
    if not model[0].multilabel:
        return given
    return [" ".join(label for label, yes in zip(labels, row, strict=True) if yes) for row in given]


@contextmanager
def _complaints():
    """Write each warning as a line to standard error; yield a list of the warnings about skipped records."""
    skipped = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield skipped
        finally:
            for warning in caught:
                if issubclass(warning.category, UserWarning):
                    sys.stderr.write(f"{warning.message}\n")
                    if str(warning.message).startswith(_LEFT_OUT):
                        skipped.append(str(warning.message))


def _tell(text):
    sys.stdout.write(f"{text}\n")
