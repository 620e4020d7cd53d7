"""The pipeline that the arguments of `skecg train` name."""

import ast

from .._near import hint
from ._parser import UsageError

NETWORK = "crnn"  # if neither --network nor --pretrained names one


def make_pipeline(options):
    """Return an unfitted pipeline; raise UsageError if its name or a setting NAME=VALUE is invalid."""
    from ..pipeline import PRESETS, make_ecg_pipeline

    name = options.network
    if name is None and options.pretrained is None:
        name = NETWORK
    if options.threshold is not None and options.tune:
        raise UsageError("--threshold sets a threshold and --tune chooses one: give one of them.")
    params = [("verbose", int(not options.quiet)), *map(_parameter, options.set)]
    names = [*PRESETS, "best"]
    if name not in [*names, None]:
        listed = ", ".join(sorted(names))
        raise UsageError(f"There is no pipeline named {name!r}; there are {listed}{hint(name, names)}")
    pipeline = make_ecg_pipeline(name, pretrained=options.pretrained, random_state=options.seed)
    for part in (part for _, part in pipeline.estimators) if name == "best" else [pipeline]:
        if hasattr(part.named_steps["classifier"], "max_epochs"):  # the trees of "best" take no parameters of networks
            _set_parameters(part, params)
    return pipeline


def _parameter(text):
    """Return name and value of NAME=VALUE; a value that is not a Python literal stays text."""
    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"--set takes NAME=VALUE, got {text!r}.")
    try:
        return name.strip(), ast.literal_eval(value.strip())
    except (SyntaxError, ValueError):
        return name.strip(), value.strip()


def _set_parameters(pipeline, params):
    """Set parameters by name; a name without a step is a parameter of the classifier."""
    for name, value in params:
        step, _, of_step = name.partition("__") if "__" in name else ("classifier", "", name)
        if step not in pipeline.named_steps:
            listed = ", ".join(pipeline.named_steps)
            near = hint(step, pipeline.named_steps)
            raise UsageError(f"--set {name}: there is no step {step!r}; there are {listed}{near}")
        valid = pipeline.named_steps[step].get_params()
        if of_step not in valid:
            listed = ", ".join(sorted(valid))
            near = hint(of_step, valid)
            raise UsageError(f"--set {name}: {step} has no parameter {of_step!r}; it has {listed}{near}")
        pipeline.set_params(**{f"{step}__{of_step}": value})


def with_decision(pipeline, options, target, positive):
    """Return the pipeline with the threshold of `--threshold`, or with what `--tune` chooses.

    Parameters
    ----------
    pipeline : Pipeline
    options : argparse.Namespace
    target : ndarray of shape (n_records,) or (n_records, n_labels)
    positive : object
        The class to detect; None if there are not two classes.
    """
    if options.threshold is None and options.tune is None:
        return pipeline
    several = target.ndim == 1 and positive is None
    if several and options.tune is None:
        raise ValueError(
            "More than two classes have no threshold: the most probable one is predicted. --tune f1 chooses a weight "
            "for each class."
        )
    if options.tune:
        from ..model_selection import TunedClassWeights, TunedLabelThresholds

        objective, sensitivity = options.tune
        if several:
            return TunedClassWeights(pipeline, scoring=_scoring_of(objective))
        return TunedLabelThresholds(pipeline, objective=objective, sensitivity=sensitivity, pos_label=positive)
    from sklearn.model_selection import FixedThresholdClassifier

    if target.ndim == 2 or isinstance(options.threshold, list):
        raise ValueError(
            "--threshold is the threshold of the class to detect, where there are two. Choose those of several labels "
            "with --tune, or set them in `skecg predict` and `skecg evaluate`."
        )
    return FixedThresholdClassifier(
        pipeline, threshold=options.threshold, pos_label=positive, response_method="predict_proba"
    )


def _scoring_of(objective):
    """Return the score of several classes that an objective of `--tune` means."""
    scorings = {"f1": "f1_macro", "youden": "balanced_accuracy"}
    if objective not in scorings:
        raise ValueError(
            f"--tune {objective} is for labels and two classes. More than two classes take f1, the macro F1, or "
            "youden, the mean sensitivity, for which a weight of each class is chosen."
        )
    return scorings[objective]
