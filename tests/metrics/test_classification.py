import warnings

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score as imblearn_geometric_mean
from imblearn.metrics import specificity_score as imblearn_specificity
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import make_scorer, recall_score
from sklearn.model_selection import cross_validate

from skecg.metrics import geometric_mean_score, specificity_score

SCORES = [specificity_score, geometric_mean_score]


@pytest.fixture
def multiclass():
    rng = np.random.default_rng(0)
    y_true = rng.choice(["AF", "N", "other"], 300, p=[0.1, 0.6, 0.3])
    y_pred = np.where(rng.random(300) < 0.7, y_true, rng.choice(["AF", "N", "other"], 300))
    return y_true, y_pred


@pytest.fixture
def multilabel():
    rng = np.random.default_rng(1)
    y_true = (rng.random((200, 5)) < [0.1, 0.5, 0.3, 0.2, 0.4]).astype(int)
    return y_true, np.where(rng.random((200, 5)) < 0.8, y_true, 1 - y_true)


def test_specificity_is_the_recall_of_the_other_class(multiclass):
    y_true, y_pred = (y == "AF" for y in multiclass)
    assert specificity_score(y_true, y_pred) == recall_score(y_true, y_pred, pos_label=0)


@pytest.mark.parametrize("average", ["macro", "weighted", "micro", None])
def test_specificity_agrees_with_imbalanced_learn(multiclass, average):
    ours = specificity_score(*multiclass, average=average)
    np.testing.assert_allclose(ours, imblearn_specificity(*multiclass, average=average))


def test_multiclass_geometric_mean_agrees_with_imbalanced_learn(multiclass):
    ours = geometric_mean_score(*multiclass, average="multiclass")
    assert ours == pytest.approx(imblearn_geometric_mean(*multiclass, average="multiclass"))


def test_binary_geometric_mean_is_the_multiclass_one_of_two_classes(multiclass):
    y_true, y_pred = (y == "AF" for y in multiclass)
    binary = geometric_mean_score(y_true, y_pred)
    assert binary == pytest.approx(geometric_mean_score(y_true, y_pred, average="multiclass"))
    assert binary == pytest.approx(geometric_mean_score(y_true, y_pred, pos_label=0))


def test_multiclass_geometric_mean_is_zero_when_a_class_is_never_recognised(multiclass):
    y_true, y_pred = multiclass[0], np.where(multiclass[1] == "AF", "N", multiclass[1])
    assert geometric_mean_score(y_true, y_pred, average="multiclass") == 0
    assert geometric_mean_score(y_true, y_pred, average="macro") > 0


@pytest.mark.parametrize("score", SCORES)
def test_multilabel_averages_the_binary_scores_of_the_labels(score, multilabel):
    y_true, y_pred = multilabel
    each = [score(y_true[:, i], y_pred[:, i]) for i in range(5)]
    np.testing.assert_allclose(score(y_true, y_pred, average=None), each)
    assert score(y_true, y_pred, average="macro") == pytest.approx(np.mean(each))
    assert score(y_true, y_pred, average="weighted") == pytest.approx(np.average(each, weights=y_true.sum(0)))
    assert score(y_true, y_pred, average="micro") == pytest.approx(score(y_true.ravel(), y_pred.ravel()))


@pytest.mark.parametrize("score", SCORES)
def test_labels_choose_and_order(score, multiclass, multilabel):
    np.testing.assert_array_equal(
        score(*multiclass, labels=["other", "AF"], average=None), score(*multiclass, average=None)[[2, 0]]
    )
    np.testing.assert_array_equal(
        score(*multilabel, labels=[3, 1], average=None), score(*multilabel, average=None)[[3, 1]]
    )


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
def test_a_weight_of_two_is_a_record_twice(score, average, multiclass):
    y_true, y_pred = multiclass
    weights = np.random.default_rng(2).integers(1, 4, len(y_true))
    np.testing.assert_allclose(
        score(y_true, y_pred, average=average, sample_weight=weights),
        score(np.repeat(y_true, weights), np.repeat(y_pred, weights), average=average),
    )


def test_a_fold_without_negatives_warns_or_takes_the_given_value():
    with pytest.warns(UndefinedMetricWarning, match="no negatives"):
        assert specificity_score([1, 1], [1, 0]) == 0
    assert specificity_score([1, 1], [1, 0], zero_division=1.0) == 1
    assert np.isnan(specificity_score([1, 1], [1, 0], zero_division=np.nan))


def test_the_warning_points_at_the_caller():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        specificity_score([1, 1], [1, 0])
    assert caught[0].filename == __file__


def test_a_fold_without_positives_still_has_a_specificity():
    assert specificity_score([0, 0, 0], [0, 0, 0]) == 1
    assert specificity_score([0, 0, 0], [0, 1, 0]) == pytest.approx(2 / 3)


def test_an_undefined_label_is_left_out_of_the_mean():
    y_true, y_pred = np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 1]])
    assert specificity_score(y_true, y_pred, average="macro", zero_division=np.nan) == 1
    assert specificity_score(y_true, y_pred, average="macro", zero_division=0.0) == 0.5


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("y_true", "y_pred", "params", "message"),
    [
        (["AF", "N"], ["AF", "AF"], {}, "pos_label=1 is not one of the labels, \\['AF', 'N'\\]"),
        ([0, 1, 2], [0, 1, 1], {}, "needs binary labels, got binary and multiclass"),
        ([0, 1], [0, 2], {}, "needs binary labels, got the classes \\[0, 1, 2\\]"),
        ([[0, 1], [1, 1]], [[0, 1], [1, 1]], {}, "needs binary labels, got multilabel-indicator"),
        ([0, 1], [0.2, 0.7], {"average": "macro"}, "continuous"),
        ([0, 1], [0, 1, 1], {"average": "macro"}, "inconsistent numbers"),
        ([0, 1], [0, 1], {"average": "samples"}, "average"),
    ],
)
def test_bad_input(score, y_true, y_pred, params, message):
    with pytest.raises(ValueError, match=message):
        score(y_true, y_pred, **params)


def test_as_scorers_in_cross_validate(multilabel):
    X, Y = np.zeros((200, 1)), multilabel[0]
    scoring = {score.__name__: make_scorer(score, average="macro") for score in SCORES}
    scores = cross_validate(DummyClassifier(), X, Y, cv=4, scoring=scoring)
    assert (
        scores["test_specificity_score"] >= 0.8
    ).all()  # the predictions are the most frequent value of each column, mostly 0
    assert (scores["test_geometric_mean_score"] <= 0.2).all()
