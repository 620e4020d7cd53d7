"""The model card."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import NotFittedError

import skecg
from skecg.classifiers import RNNClassifier
from skecg.datasets import make_ecg


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(24, classes=["NORM", "LBBB"], fs=100, duration=4, n_patients=12, random_state=0)


def quick_classifier():
    return RNNClassifier(hidden_size=8, n_layers=1, max_epochs=1, random_state=0)


def test_a_loaded_model_tells_of_its_data(ecgs, tmp_path):
    model = quick_classifier().fit(ecgs.data, ecgs.target)
    skecg.save(model, tmp_path / "m.skecg", X=ecgs.data, y=ecgs.target, pos_label="LBBB")
    card = skecg.model_card(skecg.load(tmp_path / "m.skecg"), title="A test", limits="Not for babies.")
    assert card.startswith("# A test\n")
    for text in (
        "| leads | I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6 |",
        "| rate | 100 Hz |",
        "| records | 24 |",
        "| patients | 12 |",
        "| labels | LBBB 12, NORM 12 |",
        "RNNClassifier(hidden_size=8, max_epochs=1, n_layers=1, random_state=0)",
        "not a medical device",
        "- Not for babies.",
    ):
        assert text in card
    assert "## Scores" not in card


def test_scores_with_intervals_by_patient(ecgs):
    model = quick_classifier().fit(ecgs.data, ecgs.target)
    card = skecg.model_card(model, X=ecgs.data, y=ecgs.target, pos_label="LBBB")
    assert "Not given." in card
    assert "24 records of 12 patients" in card
    line = next(line for line in card.splitlines() if line.startswith("| AUROC"))
    score, low, high = (float(part.strip("()")) for part in line.split("|")[2].replace(" to ", " ").split())
    assert 0 <= low <= score <= high <= 1


def test_scores_of_several_labels(ecgs):
    Y = np.stack([ecgs.target == "NORM", ecgs.target == "LBBB"], axis=1).astype(int)
    model = quick_classifier().fit(ecgs.data, Y)
    card = skecg.model_card(model, X=ecgs.data, y=Y, target_names=["normal", "block"])
    assert "| labels | normal, block |" in card
    assert "| decided from | 0.5 |" in card
    assert "| specificity | " in card


def test_unavailable_scores_are_named(ecgs):
    model = quick_classifier().fit(ecgs.data, ecgs.target)
    few = ecgs.data[:2], ecgs.target[:2]
    with np.errstate(all="ignore"):
        assert "not available" in skecg.model_card(model, X=few[0], y=few[1], groups=["a", "a"], pos_label="LBBB")


def test_bad_input(ecgs):
    with pytest.raises(NotFittedError):
        skecg.model_card(quick_classifier())
    model = quick_classifier().fit(ecgs.data, ecgs.target)
    with pytest.raises(ValueError, match="both X and y"):
        skecg.model_card(model, X=ecgs.data)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[3, 24\]"):
        skecg.model_card(model, X=ecgs.data[:3], y=ecgs.target)
    with pytest.raises(ValueError, match="y holds 'AF', which is none of the model's classes"):
        skecg.model_card(model, X=ecgs.data, y=np.full(24, "AF"))


def test_the_scores_of_labels_of_a_classifier_that_gives_a_list():
    X, y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(80).reshape(40, 2) % 3 % 2
    card = skecg.model_card(ExtraTreesClassifier(5, max_depth=2, random_state=0).fit(X, y), X=X, y=y)
    assert "Macro averages on 40 records" in card and "| AUROC |" in card
