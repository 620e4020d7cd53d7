"""Every public estimator, found through `__all__`, against scikit-learn's suite and ours."""

import pytest
from sklearn.base import clone, is_classifier
from sklearn.utils.estimator_checks import estimator_checks_generator

from skecg.testing import EXPECTED_FAILED_CHECKS, ecg_checks, quick_instances

NOT_MADE_FOR_US = {
    "check_array_api_input",  # asks for SCIPY_ARRAY_API in the environment
    "check_classifiers_multilabel_output_format_decision_function",  # there is no decision_function
}


def _pairs(checks_of):
    return [
        pytest.param(estimator, check, id=f"{type(estimator).__name__}-{_name(check)}")
        for estimator in quick_instances()
        for check in checks_of(estimator)
    ]


def _sklearn_checks(estimator):
    checks = [check for _, check in estimator_checks_generator(estimator)]
    assert len(checks) > 40, "with two_d_array=False scikit-learn runs a single check and calls it a pass"
    return [check for check in checks if _name(check) not in NOT_MADE_FOR_US]


def _name(check):
    return getattr(check, "func", check).__name__


@pytest.mark.filterwarnings("ignore")  # scikit-learn's suite provokes warnings on purpose
@pytest.mark.parametrize(("estimator", "check"), _pairs(_sklearn_checks))
def test_sklearn(estimator, check):
    trains = is_classifier(estimator) and "max_epochs" in estimator.get_params(deep=False)
    if trains and _name(check) in EXPECTED_FAILED_CHECKS:
        with pytest.raises(AssertionError):
            check(clone(estimator))
    else:
        check(clone(estimator))


@pytest.mark.parametrize(("estimator", "check"), _pairs(ecg_checks))
def test_ecg(estimator, check):
    check(clone(estimator))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["CRNNClassifier", "ResNetClassifier"])
def test_sklearn_with_defaults(name):
    import skecg.classifiers

    estimator = getattr(skecg.classifiers, name)(random_state=0)
    for check in _sklearn_checks(estimator):
        if _name(check) not in EXPECTED_FAILED_CHECKS:
            check(clone(estimator))
