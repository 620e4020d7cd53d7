"""Every public estimator in an `__all__` passes the check suites of scikit-learn and of skecg."""

import traceback

import pytest
from sklearn.base import clone, is_classifier
from sklearn.utils.estimator_checks import estimator_checks_generator

from skecg.preprocessing import Normalize
from skecg.testing import EXPECTED_FAILED_CHECKS, ecg_checks, quick_instances

NOT_MADE_FOR_US = {
    "check_array_api_input",  # needs SCIPY_ARRAY_API in the environment
    "check_classifiers_multilabel_output_format_decision_function",  # there is no decision_function
}


# Networks for which all checks take long. They share all code but the network with the other classifiers, so that
# `make test` runs on them what depends on the network; `make test-all` runs everything.
DEEP = {
    "AlexNetClassifier",
    "AttResNetClassifier",
    "CRNNClassifier",
    "EEGNetClassifier",
    "EfficientECGClassifier",
    "ResNetClassifier",
    "ResTransformerClassifier",
    "S4Classifier",
    "TransformerClassifier",
    "VGGClassifier",
    "XResNetClassifier",
}
OF_THE_NETWORK = {
    "check_class_weight_classifiers",
    "check_classifiers_train",
    "check_dict_unchanged",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimators_pickle",
    "check_fit2d_1feature",
    "check_get_params_invariance",
    "check_methods_sample_order_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
}
# The other checks of the network pass after any number of epochs.
OF_LEARNING = {"check_class_weight_classifiers", "check_classifiers_train"}


def _nothing(y_true, y_pred):
    """Give all decisions the same score, so that `TunedClassWeights` decides for the most probable class."""
    return 0.0


# This check wants the most probable class to be predicted, which tuned weights of classes change on purpose.
OF_THE_MOST_PROBABLE = {"check_classifiers_train": {"TunedClassWeights": {"scoring": _nothing}}}


def _is_deep(estimator):
    return type(estimator).__name__ in DEEP


def _epochs_of(estimator):
    """Return the parameter for the epochs of a classifier, or of the student inside; None if no network trains."""
    names = estimator.get_params() if is_classifier(estimator) else {}
    return next((name for name in ("max_epochs", "student__max_epochs") if name in names), None)


def _briefly(estimator):
    """Return a copy that trains for two epochs if it trains at all."""
    epochs = _epochs_of(estimator)
    return clone(estimator).set_params(**{epochs: 2}) if epochs else estimator


def _failures(estimator, checks):
    """Run all checks; return the traceback of each check that fails, and a message for each unexpected pass."""
    trains = _epochs_of(estimator) is not None
    failures = []
    for check in checks:
        expected = trains and _name(check) in EXPECTED_FAILED_CHECKS
        params = OF_THE_MOST_PROBABLE.get(_name(check), {}).get(type(estimator).__name__, {})
        try:
            check(clone(estimator).set_params(**params))
        except Exception as error:
            if not (expected and isinstance(error, AssertionError)):
                failures.append(f"{_name(check)}: {traceback.format_exc()}")
        else:
            if expected:
                failures.append(f"{_name(check)} passes; it should no longer be an expected failure")
    return failures


def _sklearn_checks(estimator):
    checks = [check for _, check in estimator_checks_generator(estimator)]
    assert len(checks) > 40, "scikit-learn runs only one check if an estimator has two_d_array=False"
    return [check for check in checks if _name(check) not in NOT_MADE_FOR_US]


def _name(check):
    return getattr(check, "func", check).__name__


DEEP_MODELS = [model for model in quick_instances() if _is_deep(model)]
SUITES = [
    pytest.param(model, marks=[pytest.mark.slow, pytest.mark.learns] if _is_deep(model) else ())
    for model in quick_instances()
]


@pytest.mark.filterwarnings("ignore")  # scikit-learn's suite provokes warnings on purpose
@pytest.mark.parametrize("estimator", SUITES, ids=lambda estimator: type(estimator).__name__)
def test_sklearn(estimator):
    failures = _failures(estimator, _sklearn_checks(estimator))
    assert not failures, "\n".join(failures)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator", DEEP_MODELS, ids=lambda estimator: type(estimator).__name__)
def test_sklearn_on_deep_networks(estimator):
    first = {_name(check): check for check in reversed(_sklearn_checks(estimator))}  # without those on memory maps
    checks = [check for name, check in first.items() if name in OF_THE_NETWORK]
    assert len(checks) == len(OF_THE_NETWORK)
    learning = [check for check in checks if _name(check) in OF_LEARNING]
    others = [check for check in checks if _name(check) not in OF_LEARNING]
    failures = _failures(estimator, learning) + _failures(_briefly(estimator), others)
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("estimator", quick_instances(), ids=lambda estimator: type(estimator).__name__)
def test_ecg(estimator):
    failures = _failures(_briefly(estimator), ecg_checks(estimator))
    assert not failures, "\n".join(failures)


class Broken(Normalize):
    """A step whose transform always raises."""

    def _apply(self, X):
        raise ZeroDivisionError("broken on purpose")


def test_a_failure_is_reported_with_its_traceback():
    failures = _failures(Broken(), ecg_checks(Broken()))
    names = {failure.partition(":")[0] for failure in failures}
    assert names == {_name(check) for check in ecg_checks(Broken())} - {
        "check_bad_signals"
    }  # it raises before `_apply`
    assert "ZeroDivisionError: broken on purpose" in failures[0]


def test_an_expected_failure_that_passes_is_a_failure():
    def check_sample_weight_equivalence_on_dense_data(estimator):
        """Pass."""

    trained = next(clf for clf in quick_instances() if "max_epochs" in clf.get_params() and is_classifier(clf))
    (failure,) = _failures(trained, [check_sample_weight_equivalence_on_dense_data])
    assert "no longer" in failure
    assert not _failures(Normalize(), [check_sample_weight_equivalence_on_dense_data])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["CRNNClassifier", "ResNetClassifier"])
def test_sklearn_with_defaults(name):
    import skecg.classifiers

    estimator = getattr(skecg.classifiers, name)(random_state=0)
    failures = _failures(estimator, _sklearn_checks(estimator))
    assert not failures, "\n".join(failures)
