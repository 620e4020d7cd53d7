"""Train a model."""

import numpy as np

from ._hold_out import hold_out
from ._network import NETWORK, make_pipeline, with_decision
from ._records import complaints, failures, inform, read_table, tell
from ._scores import class_to_detect, patients_of, score, summarise
from ._tables import write_tables


def train(options):
    """Train a model, score it on held-out records, and write it."""
    from .. import load, model_card, save

    pipeline = make_pipeline(options)
    with complaints() as skipped:
        data, target, names = read_table(options, skipped)
        groups = patients_of(data) if options.hold_out else None
        positive = class_to_detect(options.positive, np.unique(target).tolist() if target.ndim == 1 else None)
        pipeline = with_decision(pipeline, options, target, positive)
        rows, held_out = hold_out(target, groups, options.hold_out, options.seed, names)
    with complaints():
        pipeline.fit(data[rows], target[rows])
    target_names = names if target.ndim == 2 else None
    save(pipeline, options.out, X=data[rows], y=target[rows], target_names=target_names, pos_label=positive)
    inform(options, f"{options.out}: {options.network or options.pretrained or NETWORK} of {len(rows)} records")
    model, X, y = load(options.out), None, None
    if len(held_out):
        X, y, groups = data[held_out], target[held_out], None if groups is None else groups[held_out]
        with failures("scores"):
            tell(summarise(score(model, X, y, groups, positive), X))
        if options.held_out:
            with failures("table of held-out records"):
                write_tables([_table_of(X, y, options)], options.held_out)
    if options.card:
        patients = groups if X is not None and "patient_id" in X.metadata else None
        with failures("card"):
            options.card.write_text(model_card(model, X=X, y=y, groups=patients), encoding="utf-8")
    return 3 if skipped else 0


def _table_of(X, y, options):
    """Return records and labels as a table that `skecg evaluate` and `skecg report` take with the same options."""
    table = X.metadata.rename_axis(options.record)
    if options.group is not None:
        table = table.rename(columns={"patient_id": options.group})
    return table.assign(**dict(zip(options.target, y.T if y.ndim == 2 else [y], strict=True)))
