"""The commands, which use only the public interface of skecg."""

import numpy as np

from ._hold_out import hold_out
from ._network import make_pipeline
from ._records import (
    complaints,
    failures,
    find_recordings,
    load_model,
    read_in_parts,
    read_table,
    tell,
)
from ._scores import (
    class_of_model,
    class_to_detect,
    match_target,
    patients_of,
    score,
    summarise,
    warn_of_training_records,
)


def train(options):
    """Train a model, score it on held-out records, and write it."""
    from .. import load, model_card, save

    pipeline = make_pipeline(options.network, options.seed, options.set)
    with complaints() as skipped:
        data, target, names = read_table(options, skipped)
        groups = patients_of(data) if options.hold_out else None
        positive = class_to_detect(options.positive, np.unique(target).tolist() if target.ndim == 1 else None)
        rows, held_out = hold_out(target, groups, options.hold_out, options.seed, names)
    with complaints():
        pipeline.fit(data[rows], target[rows])
    target_names = names if target.ndim == 2 else None
    save(pipeline, options.out, X=data[rows], y=target[rows], target_names=target_names, pos_label=positive)
    tell(f"{options.out}: {options.network} of {len(rows)} records")
    model, X, y = load(options.out), None, None
    if len(held_out):
        X, y, groups = data[held_out], target[held_out], None if groups is None else groups[held_out]
        with failures("scores"):
            tell(summarise(score(model, X, y, groups, positive), X))
    if options.card:
        patients = groups if X is not None and "patient_id" in X.metadata else None
        with failures("card"):
            options.card.write_text(model_card(model, X=X, y=y, groups=patients), encoding="utf-8")
    return 3 if skipped else 0


def predict(options):
    """Write one row of predictions per record, reading 256 records at a time."""
    from .. import predict_table

    model, n_written, n_answered = load_model(options.model, options.on_mismatch), 0, 0
    draft = options.out.with_name(f".{options.out.name}.part")
    try:
        with complaints() as skipped, draft.open("w", newline="", encoding="utf-8") as file:
            paths = find_recordings(options, skipped)
            for records in read_in_parts(paths, options, skipped):
                table = predict_table(model, records, abstain=options.abstain)
                table.to_csv(file, header=not n_written, index_label="record", float_format="%.6f")
                n_written, n_answered = n_written + len(table), n_answered + int(table["prediction"].notna().sum())
        draft.replace(options.out)
    finally:
        draft.unlink(missing_ok=True)
    unanswered = f", {n_written - n_answered} of them without a prediction: see the column quality"
    tell(f"{options.out}: {n_written} of {len(paths)} records{unanswered if n_answered < n_written else ''}")
    return 3 if skipped else 0


def evaluate(options):
    """Score a model with intervals that resample patients, and print and write the scores."""
    model = load_model(options.model, options.on_mismatch)
    with complaints() as skipped:
        data, target, names = read_table(options, skipped)
        groups = patients_of(data)
    contract = model[0]
    target = match_target(contract, target, names)
    positive = class_of_model(options.positive, contract)
    with complaints():
        table = score(model, data, target, groups, positive)
        warn_of_training_records(model, data)
    tell(summarise(table, data))
    if options.out:
        table.to_csv(options.out)
    return 3 if skipped else 0


def describe(options):
    """Print a description of the records and of suspicious signals."""
    from ..datasets import describe as describe_records
    from ..records import ECGRecords

    with complaints() as skipped:
        paths = find_recordings(options, skipped)
        records = ECGRecords.concatenate(list(read_in_parts(paths, options, skipped)))
    tell(describe_records(records).report)
    return 3 if skipped else 0


def inspect(options):
    """Print everything that the file of a model holds."""
    from ..persistence import list_contents

    tell(list_contents(options.model))
    return 0
