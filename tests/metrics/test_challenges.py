import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from skecg.metrics import cinc2017_score


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
