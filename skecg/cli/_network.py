"""The pipeline that the arguments of `skecg train` name."""

import ast


def make_pipeline(name, seed, settings):
    """Return an unfitted pipeline; raise ValueError if its name or a setting NAME=VALUE is invalid."""
    from ..pipeline import PRESETS, make_ecg_pipeline

    if name == "best":
        raise ValueError(
            "--network best cannot be written to a model file: its trees are scikit-learn estimators, and their "
            'state is not plain data. Train it in Python, make_ecg_pipeline("best"), and save it with joblib, or name '
            "another network."
        )
    if name not in PRESETS:
        raise ValueError(f"There is no pipeline named {name!r}; there are {', '.join(sorted(PRESETS))}.")
    pipeline = make_ecg_pipeline(name, random_state=seed)
    _set_parameters(pipeline, [("verbose", 1), *map(_parameter, settings)])
    return pipeline


def _parameter(text):
    """Return name and value of NAME=VALUE; a value that is not a Python literal stays text."""
    name, separator, value = text.partition("=")
    if not separator:
        raise ValueError(f"--set takes NAME=VALUE, got {text!r}.")
    try:
        return name.strip(), ast.literal_eval(value.strip())
    except (SyntaxError, ValueError):
        return name.strip(), value.strip()


def _set_parameters(pipeline, params):
    """Set parameters by name; a name without a step is a parameter of the classifier."""
    for name, value in params:
        step, _, of_step = name.partition("__") if "__" in name else ("classifier", "", name)
        if step not in pipeline.named_steps:
            raise ValueError(f"--set {name}: there is no step {step!r}; there are {', '.join(pipeline.named_steps)}.")
        valid = pipeline.named_steps[step].get_params()
        if of_step not in valid:
            raise ValueError(f"--set {name}: {step} has no parameter {of_step!r}; it has {', '.join(sorted(valid))}.")
        pipeline.set_params(**{f"{step}__{of_step}": value})
