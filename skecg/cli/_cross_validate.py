"""Estimate by cross-validation how well a network would do on new patients."""

import numpy as np

from ._network import make_pipeline, with_decision
from ._records import complaints, inform, read_table, tell
from ._scores import class_to_detect, patients_of, summarise
from ._tables import write_tables


def cross_validate(options):
    """Score predictions of records by networks that did not see their patients, with intervals by patient."""
    from ..model_selection._folds import make_splits

    pipeline = make_pipeline(options)
    with complaints() as skipped:
        data, target, names = read_table(options, skipped)
        groups = patients_of(data)
        labels = names if target.ndim == 2 else np.unique(target).tolist()
        positive = class_to_detect(options.positive, None if target.ndim == 2 else labels)
        model = with_decision(pipeline, options, target, positive)
        splits = make_splits(options.folds, data, target, groups)
    with complaints():
        table = _score(model, data, target, groups, splits, labels, positive, options)
    tell(summarise(table, data))
    tell(_spread(table, len(splits)))
    if options.out:
        write_tables([table], options.out)
    return 3 if skipped else 0


def _score(model, data, target, groups, splits, labels, positive, options):
    """Return the scores of all records, and of those of each fold."""
    from sklearn.base import clone

    from ..persistence import SignalContract
    from ..persistence._decide import decision_settings
    from ..reporting import report

    p, fold = np.zeros((len(target), len(labels))), np.zeros(len(target), int)
    thresholds = np.full((len(target), len(labels) if target.ndim == 2 else 1), 0.5)
    weights = np.ones(p.shape)
    for i, (train, test) in enumerate(splits, start=1):
        inform(options, f"fold {i} of {len(splits)}: training on {len(train)} records")
        fitted = clone(model).fit(data[train], target[train])
        columns = range(len(labels)) if target.ndim == 2 else np.searchsorted(labels, fitted.classes_)
        p[np.ix_(test, columns)] = fitted.predict_proba(data[test])
        own = decision_settings(SignalContract.of(fitted, pos_label=positive), positive)
        thresholds[test], fold[test] = own["threshold"], i
        if own["class_weights"] is not None:
            weights[np.ix_(test, columns)] = own["class_weights"]
    several = target.ndim == 1 and len(labels) > 2
    return report(
        target,
        p,
        labels=labels,
        threshold=0.5 if several else thresholds,
        class_weights=weights if several else None,
        pos_label=positive,
        groups=groups,
        subgroups={"fold": fold},
        random_state=0,
    )


def _spread(table, n_folds):
    """Return a line with the AUROC of each fold."""
    label = table.loc["all"].index.get_level_values(0)[0]
    of_folds = [table.loc[(f"fold: {i}", label, "auroc"), "estimate"] for i in range(1, n_folds + 1)]
    return f"auroc of the folds: {', '.join(f'{value:.3f}' for value in of_folds)}"
