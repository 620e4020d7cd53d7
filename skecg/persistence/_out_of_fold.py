"""What the meta-estimators that learn from out-of-fold probabilities hold, and how a file names their metric."""

from functools import singledispatch

from .. import metrics
from ..model_selection import CalibratedLabels, TunedClassWeights, TunedLabelThresholds
from ._fitted import refuse


@singledispatch
def check_learned(model):
    """Raise ValueError if what a fitted meta-estimator learnt contradicts its classes."""


@check_learned.register(CalibratedLabels)
@check_learned.register(TunedLabelThresholds)
def _(model):
    key = "calibrators_" if isinstance(model, CalibratedLabels) else "thresholds_"
    n_labels, learned = len(model.classes_), getattr(model, key)
    if not isinstance(model.classes_, list) and n_labels != 2:
        refuse(model, "classes_", model.classes_, "two classes, or labels")
    if model.pos_label_ not in ([None] if isinstance(model.classes_, list) else model.classes_.tolist()):
        refuse(model, "pos_label_", model.pos_label_, f"one of {model.classes_}")
    expected = n_labels if isinstance(model.classes_, list) else 1
    if len(learned) != expected:
        refuse(model, key, learned, f"{expected} of them")


@check_learned.register
def _(model: TunedClassWeights):
    if isinstance(model.classes_, list) or len(model.classes_) < 2:
        refuse(model, "classes_", model.classes_, "two classes or more")
    if len(model.class_weights_) != len(model.classes_):
        refuse(model, "class_weights_", model.class_weights_, f"{len(model.classes_)} of them")


def name_of_metric(function):
    """Return the name of a metric function of skecg for a file, or raise a TypeError if the function is another."""
    name = getattr(function, "__name__", type(function).__name__)
    if metric_of(f"skecg.metrics.{name}") is function:
        return f"skecg.metrics.{name}"
    raise TypeError(
        f"The parameter scoring of TunedClassWeights holds {name}, which is no score of skecg.metrics. A fitted "
        "model predicts without it: set_params(scoring='f1_macro')."
    )


def metric_of(name):
    """Return the metric function of skecg that a file names; any other value unchanged."""
    home, _, last = name.rpartition(".") if isinstance(name, str) else ("", "", "")
    is_score = home == "skecg.metrics" and last in metrics.__all__ and last.endswith("_score")
    return getattr(metrics, last) if is_score else name
