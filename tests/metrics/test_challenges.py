import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score

from skecg.metrics import cinc2017_score, cpsc2018_score


def test_follows_the_formula_of_the_challenge():
    rng = np.random.default_rng(0)
    labels = ["N", "A", "O", "~"]
    y_true, y_pred = rng.choice(labels, 500), rng.choice(labels, 500)
    table = confusion_matrix(y_true, y_pred, labels=labels)
    f1 = 2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1))
    assert cinc2017_score(y_true, y_pred) == pytest.approx(f1[:3].mean())


def test_noise_counts_where_it_is_taken_for_a_rhythm():
    assert cinc2017_score(["N", "A", "O", "~"], ["N", "A", "O", "~"]) == 1
    assert cinc2017_score(["N", "A", "O", "~"], ["N", "A", "O", "O"]) < 1


def test_a_class_that_is_absent_scores_zero_without_a_warning():
    assert cinc2017_score(["N", "A"], ["N", "A"]) == pytest.approx(2 / 3)


def test_a_weight_of_two_is_a_record_twice():
    weighted = cinc2017_score(["N", "A", "O"], ["N", "O", "O"], sample_weight=[1, 2, 1])
    assert weighted == cinc2017_score(["N", "A", "A", "O"], ["N", "O", "O", "O"])


def test_other_labels_are_an_error():
    with pytest.raises(ValueError, match=r"got also \['AF', 'n'\]"):
        cinc2017_score(["N", "AF"], ["n", "A"])


@pytest.fixture
def cpsc():
    """Return records with one to three labels, and predictions of which four in five are correct."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 9, 300)
    truth = np.eye(9, dtype=int)[first]
    truth[np.arange(300), np.where(rng.random(300) < 0.1, rng.integers(0, 9, 300), first)] = 1
    return truth, np.eye(9)[np.where(rng.random(300) < 0.8, first, rng.integers(0, 9, 300))]


def test_cpsc_follows_the_rules_of_the_challenge(cpsc):
    truth, answers = cpsc
    table = np.zeros((9, 9))
    for labels, answer in zip(truth, answers.argmax(axis=1), strict=True):
        table[answer if labels[answer] else np.flatnonzero(labels)[0], answer] += 1
    hits, whole = np.diag(table), table.sum(axis=0) + table.sum(axis=1)
    assert cpsc2018_score(truth, answers) == pytest.approx((2 * hits / whole).mean())
    np.testing.assert_allclose(cpsc2018_score(truth, answers, average=None), 2 * hits / whole)
    blocks = 2 * hits[2:5].sum() / (table[2:5].sum() + table[:, 2:5].sum())
    groups = cpsc2018_score(truth, answers, average="groups")
    assert groups[1] == pytest.approx(blocks) and groups[0] == pytest.approx(2 * hits[1] / whole[1])


def test_cpsc_of_single_labels_is_the_macro_f1():
    rng = np.random.default_rng(1)
    y, answer = rng.integers(0, 9, (2, 400))
    assert cpsc2018_score(np.eye(9)[y], np.eye(9)[answer]) == pytest.approx(f1_score(y, answer, average="macro"))


def test_cpsc_any_of_the_true_labels_is_right_and_unlabelled_records_do_not_count():
    truth = np.eye(9, dtype=int)
    truth[0, 8] = 1
    assert cpsc2018_score(truth, np.eye(9)) == cpsc2018_score(truth, np.eye(9)[[8, *range(1, 9)]]) + 1 / 9
    more = np.vstack([truth, np.zeros((3, 9), int)]), np.vstack([np.eye(9), np.eye(9)[:3]])
    assert cpsc2018_score(*more) == 1


def test_cpsc_bad_input():
    with pytest.raises(ValueError, match="9 classes; got 5 and 9 columns"):
        cpsc2018_score(np.eye(5), np.zeros((5, 9)))
    with pytest.raises(ValueError, match="No record has a label"):
        cpsc2018_score(np.zeros((2, 9)), np.zeros((2, 9)))
