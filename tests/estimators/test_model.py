"""The last estimator of a model: paths, wrappers, and the messages about models without a single network."""

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imbalanced_pipeline
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skecg.ensemble import SoftVotingClassifier
from skecg.estimators.delegates import is_search, wraps_estimators
from skecg.estimators.errors import UnsuitableModelError
from skecg.estimators.model import (
    InputContract,
    NetworkClassifier,
    has_one_network,
    network_of,
    network_path,
    sole_path,
    unwrap,
)
from skecg.model_selection import CalibratedLabels, TunedClassWeights, TunedLabelThresholds

X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2


class Network(NetworkClassifier, LogisticRegression):
    """A classifier that counts as a network and is quick to fit."""


class Contract(InputContract, StandardScaler):
    """A step that counts as an input contract."""


def of_types(path):
    return [type(step) for _, step in path.steps]


def test_a_bare_estimator_is_its_own_path():
    model = Network()
    (path,) = unwrap(model)
    assert path.steps == (("classifier", model),)
    assert path.predictor is model and path.transformers == [] and path.wrappers == ()


def test_pipelines_are_flattened_without_samplers_and_empty_steps():
    prepare = make_pipeline(StandardScaler(), "passthrough", MinMaxScaler())
    model = make_imbalanced_pipeline(FrozenEstimator(prepare.fit(X)), RandomOverSampler(), None, Network()).fit(X, y)
    (path,) = unwrap(model)
    assert of_types(path) == [StandardScaler, MinMaxScaler, Network]
    assert [name for name, _ in path.steps] == ["standardscaler", "minmaxscaler", "network"]
    assert path.transformers[0] is prepare[0] and path.predictor is model[-1]


def test_a_pipeline_may_end_in_nothing():
    (path,) = unwrap(Pipeline([("scale", StandardScaler()), ("classify", "passthrough")]))
    assert of_types(path) == [StandardScaler]
    for empty in (make_pipeline("passthrough"), make_imbalanced_pipeline(RandomOverSampler())):
        with pytest.raises(UnsuitableModelError, match="a pipeline without any step"):
            unwrap(empty)


def test_searches_are_opened_wherever_they_are():
    search = GridSearchCV(make_pipeline(StandardScaler(), Network()), {"network__C": [1.0]}, cv=2).fit(X, y)
    inside = make_pipeline(MinMaxScaler(), RandomizedSearchCV(Network(), {"C": [1.0]}, n_iter=1, cv=2)).fit(X, y)
    for model, best in [(search, search.best_estimator_[-1]), (inside, inside[-1].best_estimator_)]:
        for outer in (model, FrozenEstimator(model), make_pipeline(FrozenEstimator(model))):
            assert network_of(outer, "This") is best and unwrap(outer)[0].wrappers == ()
    assert is_search(search) and not is_search(FrozenEstimator(search)) and not is_search(inside)


def test_a_search_without_a_best_estimator_is_named():
    search = GridSearchCV(Network(), {"C": [1.0]}, cv=2)
    with pytest.raises(NotFittedError, match="GridSearchCV is not fitted: it has no best_estimator_"):
        unwrap(make_pipeline(search))
    with pytest.raises(UnsuitableModelError, match=r"got GridSearchCV with refit=False.*refit=True"):
        unwrap(search.set_params(refit=False).fit(X, y))


@pytest.mark.parametrize(
    ("model", "adds"),
    [
        (CalibratedClassifierCV(FrozenEstimator(Network().fit(X, y)), cv=2), "calibrates the probabilities"),
        (CalibratedClassifierCV(Network(), cv=2, ensemble=False), "calibrates the probabilities"),
        (CalibratedLabels(Network(), cv=2), "calibrates the probabilities"),
        (TunedLabelThresholds(Network(), cv=2), "decides with a threshold"),
        (TunedClassWeights(Network(), cv=2), "decides with a weight for each class"),
        (TunedThresholdClassifierCV(Network(), cv=2), "decides with a threshold"),
        (FixedThresholdClassifier(Network(), threshold=0.3), "decides with a threshold"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_wrappers_of_one_network_are_opened_and_listed(model, adds):
    model.fit(X, y)
    name = type(model).__name__
    for outer in (model, make_pipeline(StandardScaler(), FrozenEstimator(model))):
        (path,) = unwrap(outer)
        assert [wrapper.name for wrapper in path.wrappers] == [name]
        assert network_of(outer, "This") is path.predictor and has_one_network(outer)
        inside = model.estimator_ if hasattr(model, "estimator_") else model.calibrated_classifiers_[0].estimator
        assert unwrap(inside)[0].predictor is path.predictor
        with pytest.raises(UnsuitableModelError, match=f"This would lose what {name} adds .*: it {adds}"):
            network_path(outer, "This", complete=True)


def test_a_template_is_not_what_predicts():
    template = Network().fit(X, 1 - y)
    model = TunedLabelThresholds(template, cv=2).fit(X, y)
    assert network_of(model, "This") is model.estimator_
    prefit = FixedThresholdClassifier(template, threshold=0.3)  # unfitted, it predicts with its parameter
    assert network_of(prefit, "This") is template
    assert network_path(prefit, "This").wrappers[0].inside == "estimator"


@pytest.mark.parametrize(
    "model",
    [
        CalibratedClassifierCV(Network(), cv=2),
        TunedThresholdClassifierCV(Network(), cv=2),
        FixedThresholdClassifier(Network()),
        CalibratedLabels(Network(), cv=2),
        SoftVotingClassifier([("one", Network())]),
    ],
    ids=lambda model: type(model).__name__,
)
def test_an_unfitted_wrapper_is_named(model):
    with pytest.raises(NotFittedError, match=f"This {type(model).__name__} instance is not fitted"):
        unwrap(make_pipeline(StandardScaler(), model))


@pytest.mark.parametrize(
    "model",
    [
        CalibratedClassifierCV(Network(), cv=2),
        SoftVotingClassifier([("one", Network()), ("two", make_pipeline(StandardScaler(), Network()))]),
        VotingClassifier([("one", Network()), ("two", Network())]),
        StackingClassifier([("one", Network()), ("two", Network())], cv=2),
        BaggingClassifier(Network(), 2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_several_networks_come_as_several_paths(model):
    paths = unwrap(make_pipeline(MinMaxScaler(), model).fit(X, y))
    assert len(paths) == 2 and not has_one_network(model)
    assert all(type(path.predictor) is Network for path in paths)
    assert all(of_types(path)[0] is MinMaxScaler and path.combiner.model is model for path in paths)
    for ask in (network_of, sole_path):
        with pytest.raises(UnsuitableModelError, match=f"This needs one .*got {type(model).__name__}.*2"):
            ask(model, "This")


def test_one_estimator_for_each_class_answers_another_question():
    model = OneVsRestClassifier(Network()).fit(X, y)
    assert len(unwrap(model)) == 1 and not has_one_network(model)
    with pytest.raises(TypeError, match="got OneVsRestClassifier, which combines"):
        network_of(model, "This")


def test_wrappers_around_wrappers_are_listed_from_outside():
    inner = TunedThresholdClassifierCV(make_pipeline(StandardScaler(), Network()), cv=2)
    model = make_pipeline(MinMaxScaler(), SoftVotingClassifier([("one", inner), ("two", Network())])).fit(X, y)
    first, second = unwrap(model)
    assert [wrapper.name for wrapper in first.wrappers] == ["SoftVotingClassifier", "TunedThresholdClassifierCV"]
    assert of_types(first) == [MinMaxScaler, StandardScaler, Network]
    assert [wrapper.name for wrapper in second.wrappers] == ["SoftVotingClassifier"]


def test_other_predictors_are_named():
    assert not has_one_network(make_pipeline(StandardScaler(), LogisticRegression()))
    for model in (LogisticRegression(), FixedThresholdClassifier(LogisticRegression()).fit(X, y)):
        with pytest.raises(UnsuitableModelError, match=r"This needs one fitted.*got LogisticRegression"):
            network_of(model, "This")
    with pytest.raises(NotFittedError, match="This needs one fitted classifier of skecg; this Network is not fitted"):
        network_of(make_pipeline(StandardScaler(), Network()), "This")


def test_the_error_is_of_both_types():
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match="got LogisticRegression"):
            network_of(LogisticRegression(), "This")


def test_a_forest_is_no_wrapper():
    model = RandomForestClassifier(3).fit(X, y)
    (path,) = unwrap(make_pipeline(StandardScaler(), model))
    assert path.predictor is model and path.wrappers == ()
    assert wraps_estimators(BaggingClassifier()) and not wraps_estimators(model)


def test_a_contract_is_found_among_the_steps():
    model = make_pipeline(StandardScaler(), FrozenEstimator(make_pipeline(Contract(), Network())))
    (path,) = unwrap(model)
    assert type(path.contract) is Contract
    assert [type(step) for _, step in path.signal_steps] == [StandardScaler, Network]
    assert unwrap(Network())[0].contract is None
