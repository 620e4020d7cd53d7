"""Find the steps of a model, its final predictors, and the wrappers around the predictors."""

from dataclasses import dataclass

from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import _is_fitted
from .delegates import predictor_of, wraps_estimators
from .errors import UnsuitableModelError


class NetworkClassifier:
    """A marker of classifiers that predict with one network; `network_of` returns such a classifier."""


class InputContract:
    """A marker of steps that compare signals with the training signals and convert those that differ."""


@dataclass(frozen=True)
class Wrapper:
    """A model that computes its prediction from the predictions of the fitted estimators inside it.

    Parameters
    ----------
    model : estimator
    adds : str
        What the model does with the predictions, in words that can follow its name.
    inside : str
        The attribute that holds the fitted estimators.
    combines : bool
        Whether the model uses several estimators, or an estimator that predicts another target than the model.
    """

    model: BaseEstimator
    adds: str
    inside: str
    combines: bool

    @property
    def name(self):
        """The name of the class of the model."""
        return type(self.model).__name__


@dataclass(frozen=True)
class Path:
    """One path of a signal through a model.

    Parameters
    ----------
    steps : tuple of (str, estimator)
        The steps in their order, as `Pipeline.steps` names them. The last one is the predictor.
    wrappers : tuple of Wrapper
        The wrappers around the predictor, the outermost first.
    """

    steps: tuple
    wrappers: tuple = ()

    @property
    def transformers(self):
        """The steps before the predictor, without their names."""
        return [step for _, step in self.steps[:-1]]

    @property
    def predictor(self):
        """The last step."""
        return self.steps[-1][1]

    @property
    def combiner(self):
        """The outermost wrapper that combines estimators, or None."""
        return next((wrapper for wrapper in self.wrappers if wrapper.combines), None)

    @property
    def signal_steps(self):
        """The steps that change signals or predict: all steps but an input contract."""
        return tuple((name, step) for name, step in self.steps if not isinstance(step, InputContract))

    @property
    def contract(self):
        """The first input contract among the steps, or None."""
        return next((step for _, step in self.steps if isinstance(step, InputContract)), None)


def unwrap(model, name="classifier"):
    """Follow a model to its final predictors.

    `unwrap` opens pipelines, frozen estimators, fitted searches and distilled classifiers, because they predict what
    the estimators inside predict. `unwrap` also opens calibrators, thresholds, votes and other wrappers, and lists
    them. It leaves samplers out, because they act in training only. The parameter `estimator` of a wrapper is a
    template, which is not used for the prediction, unless it is frozen.

    Parameters
    ----------
    model : estimator
    name : str, default="classifier"
        The name of a step that is not in a pipeline.

    Returns
    -------
    paths : list of Path
        One path for each final predictor.

    Raises
    ------
    NotFittedError
        If a search, a distilled classifier or a wrapper is not fitted.
    UnsuitableModelError
        If a search keeps no fitted estimator, or a pipeline has no step.
    """
    steps = _opened_steps(model, name)
    if not steps:
        raise UnsuitableModelError("A fitted model is needed; got a pipeline without any step.")
    *before, (name, last) = steps
    wrapper, inside = _opened_wrapper(last)
    if wrapper is None:
        return [Path(tuple(steps))]
    paths = [path for estimator in inside for path in unwrap(estimator, name)]
    return [Path((*before, *path.steps), (wrapper, *path.wrappers)) for path in paths]


def sole_path(model, what_for):
    """Return the path of a model that has one final predictor, with the same target as the model.

    Parameters
    ----------
    model : estimator
    what_for : str
        The name of what needs the path; it starts the message of an error.

    Returns
    -------
    path : Path

    Raises
    ------
    NotFittedError
        If a search or a wrapper is not fitted.
    UnsuitableModelError
        If the model combines several estimators.
    """
    path, *_ = unwrap(model)
    if (combiner := path.combiner) is not None:
        raise UnsuitableModelError(
            f"{what_for} needs one fitted classifier of skecg; got {combiner.name}, which {combiner.adds}. "
            f"Pass one of the fitted estimators in its {combiner.inside}."
        )
    return path


def network_path(model, what_for, *, complete=False):
    """Return the path of a model to its only fitted classifier of skecg.

    Parameters
    ----------
    model : estimator
    what_for : str
        The name of what needs the network; it starts the message of an error.
    complete : bool, default=False
        Whether the steps and the network must compute the whole prediction, without any wrapper.

    Returns
    -------
    path : Path

    Raises
    ------
    NotFittedError
        If the classifier, a search or a wrapper is not fitted.
    UnsuitableModelError
        If the model ends in another predictor or in several, or with `complete` if a wrapper changes the prediction.
    """
    path = sole_path(model, what_for)
    if not isinstance(path.predictor, NetworkClassifier):
        raise UnsuitableModelError(
            f"{what_for} needs one fitted classifier of skecg, or a model that ends in one; "
            f"got {type(path.predictor).__name__}."
        )
    unfitted = f"{what_for} needs one fitted classifier of skecg; this %(name)s is not fitted. Call fit first."
    check_is_fitted(path.predictor, msg=unfitted)
    if complete and path.wrappers:
        outer = path.wrappers[0]
        raise UnsuitableModelError(
            f"{what_for} would lose what {outer.name} adds to the network: it {outer.adds}. "
            f"Pass its {outer.inside}, and apply the rest yourself."
        )
    return path


def network_of(model, what_for):
    """Return the only fitted classifier of skecg at the end of a model.

    `network_of` ignores wrappers: use it if the result does not depend on a calibrator or a threshold.

    Parameters
    ----------
    model : estimator
    what_for : str
        The name of what needs the network; it starts the message of an error.

    Returns
    -------
    classifier : NetworkClassifier

    Raises
    ------
    NotFittedError, UnsuitableModelError
        As in `network_path`.
    """
    return network_path(model, what_for).predictor


def has_one_network(model):
    """Return whether a model ends in one classifier of skecg, fitted or not; raises as `unwrap` does."""
    path, *_ = unwrap(model)
    return path.combiner is None and isinstance(path.predictor, NetworkClassifier)


def _opened_steps(model, name):
    """Return each (name, step) of a model, including those inside pipelines, frozen estimators and searches."""
    if isinstance(model, FrozenEstimator):
        return _opened_steps(model.estimator, name)
    if (inside := predictor_of(model)) is not model:
        return _opened_steps(inside, name)
    if not isinstance(model, Pipeline):
        return [(name, model)]
    acting = [(name, step) for name, step in model.steps if step is not None and step != "passthrough"]
    acting = [(name, step) for name, step in acting if not hasattr(step, "fit_resample")]
    return [opened for name, step in acting for opened in _opened_steps(step, name)]


def _opened_wrapper(model):
    """Return the model as a wrapper, and the fitted estimators inside; (None, []) if it is not a wrapper."""
    if not hasattr(model, "get_params") or not wraps_estimators(model):
        return None, []
    if hasattr(model, "calibrated_classifiers_"):
        inside = [calibrated.estimator for calibrated in model.calibrated_classifiers_]
        several, where = len(inside) > 1, "calibrated_classifiers_[0].estimator"
        adds = f"averages {len(inside)} calibrated estimators" if several else "calibrates the probabilities"
        return Wrapper(model, adds, "calibrated_classifiers_" if several else where, several), inside
    if hasattr(model, "estimators_"):  # the `estimator_` of such a model is a template
        inside = list(model.estimators_)
        return Wrapper(model, f"combines {len(inside)} fitted estimators", "estimators_", True), inside
    if hasattr(model, "estimator_"):
        return Wrapper(model, _added_by(model), "estimator_", False), [model.estimator_]
    if isinstance(model, FixedThresholdClassifier) and _is_fitted(model.estimator):  # it predicts without `fit`
        return Wrapper(model, _added_by(model), "estimator", False), [model.estimator]
    check_is_fitted(model)
    return None, []


def _added_by(model):
    """Return in words what a wrapper of one estimator does with the predictions of this estimator."""
    if hasattr(model, "calibrators_"):
        return "calibrates the probabilities"
    if any(hasattr(model, name) for name in ("threshold", "best_threshold_", "thresholds_")):
        return "decides with a threshold"
    if hasattr(model, "class_weights_"):
        return "decides with a weight for each class"
    return "makes its own prediction"
