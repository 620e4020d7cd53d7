"""Every score of every draw equals the plain function on the records of that draw."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    f1_score,
    recall_score,
    roc_auc_score,
)

from skecg.metrics import _resampled as resampled
from skecg.metrics import (
    challenge_fbeta_score,
    challenge_gbeta_score,
    expected_calibration_error,
    geometric_mean_score,
    npv_score,
    ppv_score,
    sensitivity_at_specificity,
    specificity_score,
)


def plain_scores(Y, P, predicted, specificity, prevalence):
    """Return the scores of one draw for each label, in the order of SCORES."""
    each = {"average": None}
    predicted = predicted.astype(int)
    return np.column_stack(
        [
            [roc_auc_score(y, p) for y, p in zip(Y.T, P.T, strict=True)],
            average_precision_score(Y, P, **each),
            f1_score(Y, predicted, **each),
            recall_score(Y, predicted, **each),
            specificity_score(Y, predicted, **each),
            geometric_mean_score(Y, predicted, **each),
            ppv_score(Y, predicted, prevalence=prevalence, **each),
            npv_score(Y, predicted, prevalence=prevalence, **each),
            challenge_fbeta_score(Y, predicted, **each),
            challenge_gbeta_score(Y, predicted, **each),
            sensitivity_at_specificity(Y, P, specificity=specificity, **each),
            [brier_score_loss(y, p) for y, p in zip(Y.T, P.T, strict=True)],
            expected_calibration_error(Y, P, **each),
        ]
    )


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    Y = rng.random((300, 3)) < [0.1, 0.4, 0.7]
    P = np.round(1 / (1 + np.exp(-2 * Y + 1 - rng.normal(size=Y.shape))), 2)  # with ties
    return Y, P, P >= [0.3, 0.5, 0.6]


@pytest.mark.parametrize("prevalence", [None, 0.05])
def test_each_draw_is_scored_as_its_records_are(scored, prevalence):
    Y, P, predicted = scored
    weights = resampled.draw_weights(np.arange(300) // 2, 300, 5, 0)
    settings = {"specificity": 0.8, "prevalence": prevalence}
    scores, exact = resampled.scores_of_draws(Y, P, predicted, weights, **settings)
    assert scores.shape == (6, 3, len(resampled.SCORES))
    for draw, weight in enumerate(weights):
        rows = np.repeat(np.arange(300), weight.astype(int))
        expected = plain_scores(Y[rows].astype(int), P[rows], predicted[rows], **settings)
        np.testing.assert_allclose(scores[draw], expected, atol=1e-9)
        assert exact[draw] == pytest.approx(accuracy_score(Y[rows], predicted[rows]))


def test_the_first_draw_is_the_records_and_the_others_are_whole_groups():
    groups = np.arange(90) // 3
    weights = resampled.draw_weights(groups, 90, 20, 0)
    assert (weights[0] == 1).all() and (weights.sum(axis=1) == 90).all()
    assert all((weights[:, groups == group] == weights[:, [3 * group]]).all() for group in range(30))
    assert len(np.unique(weights, axis=0)) == 21
    with pytest.raises(ValueError, match="at least two groups to draw from, got 1"):
        resampled.draw_weights(np.zeros(5), 5, 20, 0)


def test_blocks_of_draws_give_the_same(scored, monkeypatch):
    weights = resampled.draw_weights(None, 300, 10, 0)
    settings = {"specificity": 0.9, "prevalence": None}
    whole = resampled.scores_of_draws(*scored, weights, **settings)
    monkeypatch.setattr(resampled, "BLOCK", 700)
    for one, other in zip(whole, resampled.scores_of_draws(*scored, weights, **settings), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_what_is_undefined_is_nan(scored):
    _, P, _ = scored
    Y, predicted = np.zeros(P.shape, bool), np.zeros(P.shape, bool)
    Y[:, 1] = True
    scores, exact = resampled.scores_of_draws(Y, P, predicted, np.ones((1, 300)), specificity=0.9, prevalence=None)
    nobody, everybody = (dict(zip(resampled.SCORES, row, strict=True)) for row in scores[0, :2])
    for name in ("auroc", "average_precision", "f1", "sensitivity", "ppv", "f_beta", "sensitivity_at_specificity"):
        assert np.isnan(nobody[name]), name
    for name in ("auroc", "specificity", "g_mean", "sensitivity_at_specificity"):
        assert np.isnan(everybody[name]), name
    assert nobody["specificity"] == 1 and everybody["sensitivity"] == 0 and exact[0] == 0
    empty, _ = resampled.scores_of_draws(Y, P, predicted, np.zeros((1, 300)), specificity=0.9, prevalence=0.1)
    assert np.isnan(empty).all()
