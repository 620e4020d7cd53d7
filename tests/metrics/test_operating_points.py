import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import make_scorer, precision_score, recall_score

from skecg.metrics import npv_score, ppv_score, sensitivity_at_specificity, specificity_score


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    Y = (rng.random((400, 3)) < [0.1, 0.4, 0.7]).astype(int)
    return Y, Y + rng.normal(size=Y.shape)


@pytest.mark.parametrize("wanted", [0.5, 0.9, 0.99])
def test_no_threshold_of_that_specificity_is_more_sensitive(scored, wanted):
    Y, S = (part[:100] for part in scored)
    for y, s, found in zip(Y.T, S.T, sensitivity_at_specificity(Y, S, specificity=wanted, average=None), strict=True):
        best = max(recall_score(y, s >= t) for t in [*s, np.inf] if specificity_score(y, s >= t) >= wanted)
        assert found == pytest.approx(best)


def test_labels_without_positives_are_left_out_of_the_mean(scored):
    Y, S = scored
    with_empty = np.column_stack([Y, np.zeros(400, int)]), np.column_stack([S, S[:, 0]])
    assert sensitivity_at_specificity(*with_empty) == sensitivity_at_specificity(Y, S)
    assert np.isnan(sensitivity_at_specificity(*with_empty, average=None)[3])
    with pytest.warns(UndefinedMetricWarning, match="no label has both"):
        assert np.isnan(sensitivity_at_specificity([1, 1], [0.2, 0.3]))


def test_two_columns_of_a_binary_target_and_names_of_classes():
    y, p = np.array(["PE", "no", "no", "PE"]), np.array([0.9, 0.2, 0.6, 0.5])
    value = sensitivity_at_specificity(y, p, specificity=1, pos_label="PE")
    assert value == 0.5 == sensitivity_at_specificity(y == "PE", np.column_stack([1 - p, p]), specificity=1)


def test_predictive_values_of_the_data_are_the_precisions(scored):
    Y, S = scored
    predicted = (S > 0.5).astype(int)
    assert ppv_score(Y, predicted, average="macro") == pytest.approx(precision_score(Y, predicted, average="macro"))
    assert npv_score(Y[:, 0], predicted[:, 0]) == precision_score(Y[:, 0], predicted[:, 0], pos_label=0)


@pytest.mark.parametrize("prevalence", [0.02, 0.25])
def test_predictive_values_at_a_prevalence_are_those_of_records_weighted_to_it(scored, prevalence):
    y, predicted = scored[0][:, 0], (scored[1][:, 0] > 0.5).astype(int)
    weight = np.where(y, prevalence / y.mean(), (1 - prevalence) / (1 - y.mean()))
    for score in (ppv_score, npv_score):
        assert score(y, predicted, prevalence=prevalence) == pytest.approx(score(y, predicted, sample_weight=weight))


def test_a_class_never_predicted_warns_or_takes_the_given_value():
    for prevalence in (None, 0.1):
        with pytest.warns(UndefinedMetricWarning, match="positive predictive value is undefined"):
            assert ppv_score([0, 1], [0, 0], prevalence=prevalence) == 0
        assert np.isnan(npv_score([0, 1], [1, 1], prevalence=prevalence, zero_division=np.nan))


def test_a_prevalence_needs_both_classes():
    with pytest.warns(UndefinedMetricWarning, match="needs positives and negatives"):
        assert np.isnan(ppv_score([1, 1, 1], [1, 1, 0], prevalence=0.1, zero_division=np.nan))
    assert ppv_score([1, 1, 1], [1, 1, 0]) == 1


def test_bad_input():
    with pytest.raises(ValueError, match="specificity"):
        sensitivity_at_specificity([0, 1], [0.1, 0.2], specificity=90)
    with pytest.raises(ValueError, match="prevalence"):
        ppv_score([0, 1], [0, 1], prevalence=0)
    with pytest.raises(ValueError, match=r"has 2 column\(s\), y_score 3"):
        sensitivity_at_specificity([[0, 1], [1, 0]], np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"classes \[0, 1, 2\]; expected a binary target with pos_label=1"):
        sensitivity_at_specificity([0, 1, 2], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="inconsistent numbers"):
        sensitivity_at_specificity([0, 1], [0.1, 0.2, 0.3])


def test_as_a_scorer(scored):
    from sklearn.linear_model import LogisticRegression

    scorer = make_scorer(sensitivity_at_specificity, response_method="predict_proba", specificity=0.8)
    clf = LogisticRegression().fit(scored[1][:, :1], scored[0][:, 0])
    assert scorer(clf, scored[1][:, :1], scored[0][:, 0]) > 0.2
