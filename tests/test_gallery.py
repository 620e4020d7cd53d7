"""The scores that the examples of the gallery show are clearly better than chance."""

import runpy
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.learns,
    pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture
def example():
    """Return a function that runs an example and returns its variables."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    yield lambda name: runpy.run_path(str(EXAMPLES / f"{name}.py"))
    pyplot.close("all")


def test_a_label_drawn_by_lot_is_not_predicted_for_new_patients(example):
    scores = example("plot_06_cross_validation")["scores"]
    assert np.mean(scores["by record"]) > np.mean(scores["by patient"]) + 0.1


def test_the_search_finds_a_setting_that_separates_the_classes(example):
    assert example("plot_07_grid_search")["search"].best_score_ > 0.9


def test_over_sampling_finds_the_rare_class(example):
    shown = example("plot_10_imbalance")
    assert shown["scores"]["G-mean"](shown["y"], shown["decided"]["over-sampled"]) > 0.5


def test_thresholds_reach_their_sensitivity(example):
    table = example("plot_11_thresholds")["table"]
    assert table["sensitivity tuned"].mean() > 0.85
    assert table["specificity tuned"].mean() > 0.3


def test_the_evaluation_shows_a_model_that_has_learnt(example):
    assert example("plot_16_evaluation")["interval"].low > 0.8
