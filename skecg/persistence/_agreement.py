"""What the parts of an estimator must agree on: parameters, attributes, the estimators inside, the steps of a pipeline.

`save` and `load` both ask, so that `save` writes nothing that `load` refuses.
"""

from functools import singledispatch

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, PowerTransformer, StandardScaler

from .._scikit_learn import _is_fitted
from ..classifiers._base import BaseECGClassifier
from ..ensemble import SoftVotingClassifier
from ..estimators.checked import CheckedTransformer
from ..features import AutoencoderFeatures
from ..features._base import BaseTable
from ..model_selection._out_of_fold import OutOfFoldClassifier
from ..preprocessing import ECGCrop, Normalize
from ..records.buffer import lead_names
from ..records.checks import folded
from ._chain import check_steps
from ._fitted import check_fitted, refuse
from ._kinds import fits, in_words, is_estimator, is_number
from ._out_of_fold import check_learned


def check_estimator(estimator):
    """Raise ValueError if an estimator could not have become what it is by its constructor and `fit`.

    Parameters
    ----------
    estimator : estimator
        Fitted or not; the estimators inside were checked before.
    """
    if isinstance(estimator, Pipeline):
        check_steps(estimator)
    for key, value in estimator.get_params(deep=False).items():
        if type(value) is int and abs(value) >= 2**63:
            refuse(estimator, key, value, "an integer of 64 bits")
    if hasattr(estimator, "_parameter_constraints"):
        estimator._validate_params()
    check_fitted(estimator)
    _check_parts(estimator)


@singledispatch
def _check_parts(estimator):
    """Raise ValueError if the parts of an estimator of this class contradict each other."""


@_check_parts.register
def _(frozen: FrozenEstimator):
    if not is_estimator(frozen.estimator):
        refuse(frozen, "estimator", frozen.estimator, "an estimator")


@_check_parts.register
def _(step: CheckedTransformer):
    _check_leads(step)


@_check_parts.register
def _(step: BaseTable):
    _check_leads(step)
    if not hasattr(step, "leads_"):
        return
    leads_in = getattr(step, "leads_in_", step.leads_)
    given = step.leads_ if step.leads is None else lead_names(step.leads, len(step.leads_))
    if not folded(leads_in) == folded(step.leads_) == folded(given):
        refuse(step, "leads_", step.leads_, f"the leads {leads_in}, and leads={step.leads!r}")


@_check_parts.register
def _(imputer: SimpleImputer):
    if not hasattr(imputer, "statistics_"):
        return
    if imputer.add_indicator:
        refuse(imputer, "add_indicator", True, "False, for a file holds no indicator")
    if imputer.keep_empty_features and any(value != value for value in imputer.statistics_):
        refuse(imputer, "keep_empty_features", True, "False, as statistics_ has columns without a value")


@_check_parts.register
def _(crop: ECGCrop):
    _check_leads(crop)
    length = getattr(crop, "length_", crop.length)
    if length > crop.length or (crop.pad and length < crop.length):
        refuse(crop, "length_", length, f"{'' if crop.pad else 'at most '}length={crop.length}")


@_check_parts.register
def _(step: Normalize):
    _check_leads(step)
    if not hasattr(step, "n_leads_in_") or not step._uses_dataset():
        return
    expected = step.n_leads_in_ if step.per == "dataset_lead" else 1
    if not len(step.location_) == len(step.scale_) == expected:
        refuse(step, "scale_", step.scale_, f"{expected} of them for per={step.per!r}")


@_check_parts.register
def _(step: AutoencoderFeatures):
    _check_leads(step)
    if getattr(step, "_n_features_out", step.n_components) != step.n_components:
        refuse(step, "_n_features_out", step._n_features_out, f"n_components={step.n_components}")


@_check_parts.register
def _(classifier: BaseECGClassifier):
    _check_leads(classifier)
    if not hasattr(classifier, "net_"):
        return
    if classifier.n_iter_ != len(classifier.history_):
        refuse(classifier, "n_iter_", classifier.n_iter_, f"the {len(classifier.history_)} epochs of history_")
    learned = [column["name"] for column in classifier.covariates_ or []]
    if learned != list(classifier.covariates or []):
        refuse(classifier, "covariates_", learned, f"covariates={classifier.covariates!r}")
    seen = classifier.length_
    if not fits("samples | none", classifier.window, {}):
        refuse(classifier, "window", classifier.window, in_words("samples | none", {}))
    if classifier.window is not None and isinstance(classifier.n_windows, int) and classifier.n_windows > seen:
        refuse(classifier, "n_windows", classifier.n_windows, f"at most the {seen} samples of length_")


@_check_parts.register
def _(model: OutOfFoldClassifier):
    if _is_fitted(model):
        check_learned(model)
        _check_classes(model, model.estimator_, model.classes_)


@_check_parts.register
def _(model: FixedThresholdClassifier):
    if not is_number(model.threshold) and model.threshold != "auto":
        refuse(model, "threshold", model.threshold, "a finite number")
    part = getattr(model, "estimator_", model.estimator)
    classes = _classes_of(part)
    if classes is None and not hasattr(model, "estimator_"):
        return  # not fitted
    if classes is None or isinstance(classes, list) or len(classes) != 2:
        refuse(model, "estimator_", part, "a fitted classifier of two classes")
    if model.pos_label is not None and model.pos_label not in classes.tolist():
        refuse(model, "pos_label", model.pos_label, f"one of {classes.tolist()}")
    _check_input(model, part)


@_check_parts.register
def _(model: SoftVotingClassifier):
    model._check_estimators()
    if hasattr(model, "estimators_"):
        _check_names(model, [name for name, _ in model.estimators])
        for part in model.estimators_:
            if not hasattr(part, "predict_proba"):
                refuse(model, "estimators_", part, "classifiers with predict_proba")
            _check_classes(model, part, model.classes_)


@_check_parts.register
def _(model: VotingClassifier):
    pairs = model._validate_estimators()
    if not hasattr(model, "estimators_"):
        return
    used = [name for name, estimator in model.estimators if estimator != "drop"]
    _check_names(model, used)
    if not isinstance(model.le_, LabelEncoder) or not np.array_equal(model.le_.classes_, model.classes_):
        refuse(model, "le_", model.le_, "the encoder of classes_")
    if model.weights is not None and len(model.weights) != len(model.estimators):
        refuse(model, "weights", model.weights, f"{len(pairs[0])} of them")
    for part in model.estimators_:
        _check_classes(model, part, np.arange(len(model.classes_)))


@_check_parts.register
def _(model: OneVsRestClassifier):
    if not hasattr(model, "estimators_"):
        return
    binarizer = model.label_binarizer_
    if not isinstance(binarizer, LabelBinarizer) or not np.array_equal(binarizer.classes_, model.classes_):
        refuse(model, "label_binarizer_", binarizer, "the binarizer of classes_")
    several = len(model.classes_) > 2 or binarizer.y_type_.startswith("multilabel")
    expected = len(model.classes_) if several else 1
    if len(model.estimators_) != expected:
        refuse(model, "estimators_", len(model.estimators_), f"{expected} of them")
    for part in model.estimators_:
        _check_classes(model, part, np.arange(2))


@_check_parts.register
def _(binarizer: LabelBinarizer):
    kind = getattr(binarizer, "y_type_", "binary")
    if kind not in {"binary", "multiclass", "multilabel-indicator"}:
        refuse(binarizer, "y_type_", kind, "binary, multiclass or multilabel-indicator")
    n_classes = len(getattr(binarizer, "classes_", [0, 1]))
    if kind != "multilabel-indicator" and hasattr(binarizer, "classes_") and (kind == "binary") != (n_classes <= 2):
        refuse(binarizer, "y_type_", kind, f"the kind of {n_classes} classes")


@_check_parts.register
def _(model: MultiOutputClassifier):
    if not hasattr(model, "estimators_"):
        return
    if len(model.estimators_) != len(model.classes_):
        refuse(model, "estimators_", len(model.estimators_), f"one for each of {len(model.classes_)} labels")
    for part, classes in zip(model.estimators_, model.classes_, strict=True):
        _check_classes(model, part, classes)


@_check_parts.register(RidgeClassifier)
@_check_parts.register(RidgeClassifierCV)
def _(model):
    if not hasattr(model, "coef_"):
        return
    binarizer, n_classes = model._label_binarizer, len(model.classes_)
    if not isinstance(binarizer, LabelBinarizer) or not np.array_equal(binarizer.classes_, model.classes_):
        refuse(model, "_label_binarizer", binarizer, "the binarizer of classes_")
    several = n_classes > 2 or binarizer.y_type_.startswith("multilabel")
    rows = len(np.atleast_2d(model.coef_))
    if rows != (n_classes if several else 1) or np.size(model.intercept_) not in (rows, 1):
        refuse(model, "coef_", model.coef_, f"a row for each of {n_classes} classes, or one for two classes")


@_check_parts.register
def _(model: DummyClassifier):
    if not hasattr(model, "classes_"):
        return
    if model._strategy != model.strategy:
        refuse(model, "_strategy", model._strategy, f"strategy={model.strategy!r}")
    one = model.strategy == "constant" and not isinstance(model.classes_, list)
    if one and model.constant not in model.classes_.tolist():
        refuse(model, "constant", model.constant, f"one of {model.classes_.tolist()}")


@_check_parts.register
def _(step: PowerTransformer):
    scaler = getattr(step, "_scaler", None)
    if scaler is not None and not isinstance(scaler, StandardScaler):
        refuse(step, "_scaler", scaler, "StandardScaler")


def _check_leads(estimator):
    """Compare the number of features with that of the leads."""
    n_leads, n_features = (getattr(estimator, key, None) for key in ("n_leads_in_", "n_features_in_"))
    named = hasattr(estimator, "leads_in_")
    if None not in (n_leads, n_features) and n_leads != n_features and (named or n_leads != 1):
        refuse(estimator, "n_features_in_", n_features, f"n_leads_in_={n_leads}")


def _check_names(model, names):
    """Compare the fitted estimators of a vote with their names."""
    if len(model.estimators_) != len(names):
        refuse(model, "estimators_", len(model.estimators_), f"one for each of {names}")
    named = [name for name in model.named_estimators_ if name in names]
    if named != names:
        refuse(model, "named_estimators_", list(model.named_estimators_), f"estimators of the names {names}")


def _check_classes(model, part, classes):
    """Compare the classes and the input of an estimator inside with those of the model."""
    inside = _classes_of(part)
    if inside is not None:
        labels = isinstance(classes, list)
        same = len(inside) == len(classes) if labels else np.array_equal(inside, classes)
        if not same:
            refuse(model, "classes_", classes, f"those of {type(part).__name__} inside, {inside}")
    _check_input(model, part)


def _classes_of(model):
    """Return the classes of a fitted estimator, or None."""
    return getattr(model, "classes_", None)


def _check_input(model, part):
    """Compare the number of features of an estimator inside with that of the model."""
    outer, inner = getattr(model, "n_features_in_", None), getattr(part, "n_features_in_", None)
    if None not in (outer, inner) and outer != inner:
        refuse(model, "n_features_in_", outer, f"{inner}, as {type(part).__name__} inside has")
