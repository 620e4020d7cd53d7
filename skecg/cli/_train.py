"""Train a model."""

import numpy as np

from ._hold_out import hold_out
from ._network import make_pipeline, with_thresholds
from ._records import complaints, failures, inform, read_table, tell
from ._scores import class_to_detect, patients_of, score, summarise


def train(options):
    """Train a model, score it on held-out records, and write it."""
    from .. import load, model_card, save

    pipeline = make_pipeline(options)
    with complaints() as skipped:
        data, target, names = read_table(options, skipped)
        groups = patients_of(data) if options.hold_out else None
        positive = class_to_detect(options.positive, np.unique(target).tolist() if target.ndim == 1 else None)
        pipeline = with_thresholds(pipeline, options, target, positive)
        rows, held_out = hold_out(target, groups, options.hold_out, options.seed, names)
    with complaints():
        pipeline.fit(data[rows], target[rows])
    target_names = names if target.ndim == 2 else None
    save(pipeline, options.out, X=data[rows], y=target[rows], target_names=target_names, pos_label=positive)
    inform(options, f"{options.out}: {options.network} of {len(rows)} records")
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
