import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import fbeta_score, jaccard_score

from skecg.metrics import challenge_fbeta_score, challenge_gbeta_score


def by_the_book(Y, P, beta):
    """Compute the scores by the definition of the challenge, record by record."""
    f, g = [], []
    for k in range(Y.shape[1]):
        tp = fp = fn = 0.0
        for truth, answer in zip(Y, P, strict=True):
            weight = 1 / max(truth.sum(), 1)
            tp += weight * (truth[k] and answer[k])
            fp += weight * (answer[k] and not truth[k])
            fn += weight * (truth[k] and not answer[k])
        f.append((1 + beta**2) * tp / ((1 + beta**2) * tp + fp + beta**2 * fn))
        g.append(tp / (tp + fp + beta * fn))
    return f, g


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    Y = (rng.random((300, 5)) < [0.1, 0.5, 0.3, 0.2, 0.4]).astype(int)
    assert not Y.any(axis=1).all()
    return Y, np.where(rng.random(Y.shape) < 0.8, Y, 1 - Y)


@pytest.mark.parametrize("beta", [1, 2.0])
def test_follows_the_definition_of_the_challenge(labels, beta):
    f, g = by_the_book(*labels, beta)
    np.testing.assert_allclose(challenge_fbeta_score(*labels, beta=beta, average=None), f)
    np.testing.assert_allclose(challenge_gbeta_score(*labels, beta=beta, average=None), g)
    assert challenge_fbeta_score(*labels, beta=beta) == pytest.approx(np.mean(f))
    assert challenge_gbeta_score(*labels, beta=beta) == pytest.approx(np.mean(g))


def test_of_classes_it_is_what_scikit_learn_computes():
    rng = np.random.default_rng(1)
    y, predicted = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    assert challenge_fbeta_score(y, predicted) == pytest.approx(fbeta_score(y, predicted, beta=2, average="macro"))
    assert challenge_gbeta_score(y, predicted, beta=1) == pytest.approx(jaccard_score(y, predicted, average="macro"))


def test_a_label_neither_present_nor_predicted_is_left_out(labels):
    wider = [np.column_stack([part, np.zeros(300, int)]) for part in labels]
    for score in (challenge_fbeta_score, challenge_gbeta_score):
        assert score(*wider) == score(*labels)
        assert np.isnan(score(*wider, average=None)[5])


def test_without_any_label_the_score_is_undefined():
    none = np.zeros((3, 2), int)
    for score in (challenge_fbeta_score, challenge_gbeta_score):
        with pytest.warns(UndefinedMetricWarning, match="no label is present or predicted"):
            assert np.isnan(score(none, none))


def test_bad_input(labels):
    with pytest.raises(ValueError, match="beta"):
        challenge_fbeta_score(*labels, beta=0)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        challenge_gbeta_score(labels[0], labels[1][:-1])
