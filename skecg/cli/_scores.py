"""Scores of a model, and how they are printed."""

import numpy as np

from .._near import hint
from .._warn import warn


def match_target(contract, target, names):
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


def patients_of(data):
    """Return the patient of each record; return None and warn if the patients are not given."""
    from ..model_selection import groups_of

    groups = groups_of(data)
    if groups is None:
        warn(
            "--group is missing: every record counts as a separate patient. If patients have several records, scores "
            "are too good and intervals too narrow.",
        )
    return groups


def class_to_detect(name, labels, by_default=None):
    """Return the one of two classes that `--positive` names; None if there are not two classes.

    Raises
    ------
    ValueError
        If there are two classes, and `--positive` names none of them, or is missing where both are texts.
    """
    from ..metrics._positive import positive_class

    if labels is None or len(labels) != 2:
        if name is not None:
            there = "several labels" if labels is None else f"{len(labels)} classes"
            raise ValueError(f"--positive {name} names one of two classes; there are {there}.")
        return None
    spelt = {str(label): label for label in labels}
    try:
        return positive_class(labels, by_default if name is None else spelt.get(name, name))
    except ValueError as error:
        raise ValueError(f"{str(error).rstrip('.')}{hint(name, labels) or '.'}") from None


def class_of_model(name, contract):
    """Return the class to detect of a loaded model, as `class_to_detect` does."""
    return class_to_detect(name, None if contract.multilabel else contract.labels, contract.pos_label)


def score(model, data, target, groups, positive, threshold=None):
    """Return all scores of a model, with intervals that resample patients."""
    from ..model_selection._folds import positive_probabilities
    from ..persistence._decide import decision_settings
    from ..reporting import report

    contract = model[0]
    return report(
        target,
        positive_probabilities(model, data),
        labels=contract.labels if target.ndim == 2 else np.asarray(contract.labels),
        **decision_settings(contract, positive, threshold),
        pos_label=positive,
        groups=groups,
        random_state=0,
    )


def warn_of_training_records(model, data):
    """Warn if the model was trained on some of the records."""
    from ..persistence._seen import seen_in_training, sources_of, warning_of

    message = warning_of(seen_in_training(model[0], data, sources_of(model)), len(data))
    if message:
        warn(message)


def summarise(table, data):
    """Return the main scores as lines of text."""
    units = {"patient_id": "patient", "strat_fold": "fold"}
    unit = next((units[column] for column in units if column in data.metadata), "record")
    chosen = table.loc["all"]
    label = "macro" if "macro" in chosen.index.get_level_values(0) else chosen.index.get_level_values(0)[0]
    rows = chosen.loc[label].iterrows()
    lines = [f"{name:<28}{row['estimate']:6.3f}  ({row['low']:.3f} to {row['high']:.3f})" for name, row in rows]
    return "\n".join([f"{label}, with 95 % intervals by {unit}", *lines])
