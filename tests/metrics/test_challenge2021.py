import csv
from pathlib import Path

import numpy as np
import pytest

from skecg.metrics import challenge2021_score
from skecg.metrics._challenge2021 import _table

OFFICIAL = Path(__file__).parents[3] / "shared" / "data" / "challenge2021" / "weights.csv"
LABELS = ["NSR", "AF", "PVC", "427084000", "VPB"]  # PVC and VPB are one class; the code is that of sinus tachycardia


def earned(truth, answers):
    """Return the sum of the challenge, pair by pair."""
    weights, classes = _table()
    total = 0.0
    for true, predicted in zip(truth, answers, strict=True):
        true = {classes[label] for label, present in zip(LABELS, true, strict=True) if present}
        predicted = {classes[label] for label, present in zip(LABELS, predicted, strict=True) if present}
        total += sum(weights[j, k] for j in true for k in predicted) / max(len(true | predicted), 1)
    return total


@pytest.fixture
def diagnoses():
    return np.random.default_rng(0).random((2, 60, 5)) < 0.4


def test_follows_the_formula_of_the_challenge(diagnoses):
    truth, answers = diagnoses
    sinus = np.tile([True, False, False, False, False], (60, 1))
    expected = (earned(truth, answers) - earned(truth, sinus)) / (earned(truth, truth) - earned(truth, sinus))
    assert challenge2021_score(truth, answers, labels=LABELS) == pytest.approx(expected)
    assert challenge2021_score(truth, truth, labels=LABELS) == 1
    assert challenge2021_score(truth, sinus.astype(int), labels=LABELS) == 0
    assert challenge2021_score(sinus, sinus, labels=LABELS) == 0


def test_a_weight_of_two_is_a_record_twice(diagnoses):
    truth, answers = diagnoses
    twice = challenge2021_score(*np.concatenate([diagnoses, diagnoses[:, :9]], axis=1), labels=LABELS)
    assert challenge2021_score(truth, answers, labels=LABELS, sample_weight=[2] * 9 + [1] * 51) == pytest.approx(twice)


@pytest.mark.skipif(not OFFICIAL.exists(), reason="needs the weights.csv of the challenge")
def test_the_weights_are_those_of_the_challenge():
    header, *rows = csv.reader(OFFICIAL.read_text().splitlines())
    weights, classes = _table()
    places = [classes[code] for code in (name.split("|")[0] for name in header[1:])]
    np.testing.assert_array_equal(weights[np.ix_(places, places)], np.array([row[1:] for row in rows], float))


@pytest.mark.parametrize(
    ("answers", "labels", "message"),
    [
        ([[0.3, 1, 0]], ["NSR", "AF", "AFL"], r"y_pred must hold 0 and 1 only.*0\.3"),
        ([[0, 1]], ["NSR", "AF", "AFL"], "as many columns; got 3, 2 and 3"),
        ([[0, 1, 0]], ["NSR", "AFib", "MI"], "does not score AFib, MI.*It scores AF, AFL"),
    ],
)
def test_wrong_input(answers, labels, message):
    with pytest.raises(ValueError, match=message):
        challenge2021_score([[1, 0, 0]], answers, labels=labels)
