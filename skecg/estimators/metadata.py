"""Pass metadata of records to the classifier inside a model, as keywords of its `fit` or by metadata routing."""

from sklearn import get_config
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from .._scikit_learn import GroupsConsumerMixin, _safe_indexing
from .delegates import is_search
from .errors import UnsuitableModelError

_INSTEAD = {
    "groups": "Pass ECGRecords with metadata['patient_id']",
    "sample_weight": "Use class_weight",
    "soft_target": "Use class_weight or balanced_batches of the network",
}


class PassesMetadata:
    """A marker of meta-estimators whose `fit` passes weights and groups to the estimators inside.

    A subclass defines `_accepts(name)`, which returns whether the estimators inside take the metadata of this name.
    """


def keywords(estimator, name):
    """Return the keywords under which the `fit` of an estimator takes metadata for its classifier.

    Parameters
    ----------
    estimator : estimator
        A `Pipeline` takes them for its last step as `<step>__<name>`; a search takes weights as its
        estimator does, and groups for its splits.
    name : {"sample_weight", "groups", "soft_target"}

    Returns
    -------
    keywords : list of str
        Empty if the classifier does not take the metadata.

    Raises
    ------
    UnsuitableModelError
        If the classifier takes the metadata, but a wrapper around it would drop them or assign them to other records.
    """
    if isinstance(estimator, Pipeline):
        return _of_pipeline(estimator, name)
    if isinstance(estimator, FrozenEstimator) or not hasattr(estimator, "fit"):
        return []
    if isinstance(estimator, PassesMetadata):
        return [name] if estimator._accepts(name) else []
    if has_fit_parameter(estimator, name):
        return [name]
    if is_search(estimator):
        return _of_search(estimator, name)
    if isinstance(estimator, CalibratedClassifierCV | MultiOutputClassifier):
        return keywords(estimator.estimator, name)
    if isinstance(estimator, VotingClassifier | StackingClassifier) and name == "sample_weight":
        parts = [part for _, part in estimator.estimators if part != "drop"]
        return [name] if all(ends_frozen(part) or keywords(part, name) == [name] for part in parts) else []
    if name == "groups" and _is_taken_inside(estimator, name):
        raise UnsuitableModelError(
            f"{type(estimator).__name__} does not pass groups to the classifier inside, which takes them. Pass "
            "ECGRecords with metadata['patient_id'], or enable the metadata routing of scikit-learn."
        )
    return []


def fit_keywords(estimator, given, implied=None):
    """Return keyword arguments that bring weights and groups to the classifier inside an estimator.

    Parameters
    ----------
    estimator : estimator
    given : dict of str to array-like
        `sample_weight` and `groups`, as far as the user passed them.
    implied : dict of str to array-like, default=None
        Further metadata, which are passed only if the classifier can get them.

    Returns
    -------
    params : dict of str to array-like

    Raises
    ------
    UnsuitableModelError
        If weights cannot reach the classifier, or if groups cannot reach a classifier that takes them.
    """
    if get_config()["enable_metadata_routing"]:
        taken = {name for name in given if has_fit_parameter(estimator, name) or _is_taken_inside(estimator, name)}
        return {name: given[name] for name in taken} | requested_params(estimator, {**(implied or {}), **given})
    params = {}
    for name, values in given.items():
        taken = keywords(estimator, name)
        if not taken and name == "sample_weight" and not ends_frozen(estimator):
            raise UnsuitableModelError(
                f"{type(estimator).__name__} does not take sample_weight in fit, and does not pass it to a "
                "classifier inside."
            )
        params |= dict.fromkeys(taken, values)
    for name, values in (implied or {}).items():
        try:
            params |= dict.fromkeys(keywords(estimator, name), values)
        except UnsuitableModelError:  # not needed: the metadata of the records hold the patients
            continue
    return params


def requested_params(estimator, params):
    """Return the params that an estimator requests by metadata routing."""
    names = get_routing_for_object(estimator).consumes("fit", set(params or ()))
    return {name: params[name] for name in names}


def request_soft_target(estimator):
    """Let the classifier inside an estimator request soft targets, under the metadata routing of scikit-learn."""
    while is_search(estimator) or isinstance(estimator, Pipeline | CalibratedClassifierCV):
        estimator = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator.estimator
    estimator.set_fit_request(soft_target=True)


def ends_frozen(estimator):
    """Return whether an estimator, or the last step of a pipeline, is frozen."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return isinstance(estimator, FrozenEstimator)


def rows_of(params, rows, n_records):
    """Return the params, with only some rows of those that have one value per record."""
    return {name: _safe_indexing(v, rows) if _has_rows(v, n_records) else v for name, v in params.items()}


def _has_rows(values, n_records):
    sized = hasattr(values, "shape") or isinstance(values, list | tuple)
    return sized and getattr(values, "ndim", 1) > 0 and len(values) == n_records


def _of_pipeline(pipeline, name):
    step, last = pipeline.steps[-1]
    inside = keywords(last, name)
    samplers = [other for other, part in pipeline.steps if hasattr(part, "fit_resample")]
    if inside and samplers:
        raise UnsuitableModelError(
            f"{name} cannot pass the step {samplers[0]!r}, which draws other records than those that it gets. "
            f"{_INSTEAD[name]}."
        )
    return [f"{step}__{keyword}" for keyword in inside]


def _of_search(search, name):
    inside = keywords(search.estimator, name)
    if name != "groups":
        return inside
    if name in inside:  # the search uses the keyword `groups` for its splits
        raise UnsuitableModelError(
            f"{type(search).__name__} does not pass groups to {type(search.estimator).__name__}. Put this estimator "
            "into a Pipeline, pass ECGRecords with metadata['patient_id'], or enable the metadata routing of "
            "scikit-learn."
        )
    return [*inside, *([name] if isinstance(search.cv, GroupsConsumerMixin) else [])]


def _is_taken_inside(estimator, name):
    parts = estimator.get_params().values() if hasattr(estimator, "get_params") else ()
    return any(has_fit_parameter(part, name) for part in parts if hasattr(part, "fit") and not isinstance(part, type))
