import numpy as np
import pandas as pd
import pytest

from skecg.plotting import TransferCurveDisplay


def test_transfer_curve_draws_means_and_folds():
    rows = [(name, size, fold, size, 0.5 + 0.1 * fold) for name in "ab" for size in (50, 100, 400) for fold in (0, 1)]
    results = pd.DataFrame(rows, columns=["estimator", "size", "fold", "n_train", "score"])
    drawn = TransferCurveDisplay.from_results(results, score_name="Macro AUC")
    mean, folds, *_ = drawn.ax_.lines
    np.testing.assert_allclose(mean.get_ydata(), 0.55)
    assert mean.get_xdata().tolist() == [50, 100, 400] and len(folds.get_xdata()) == 6
    assert drawn.ax_.get_xscale() == "log" and drawn.ax_.get_ylabel() == "Macro AUC"
    with pytest.raises(ValueError, match="n_train"):
        TransferCurveDisplay.from_results(results.drop(columns="n_train"))


def test_transfer_curve_takes_what_model_selection_gives():
    from sklearn.datasets import make_classification
    from sklearn.naive_bayes import GaussianNB

    from skecg.model_selection import transfer_curve

    X, y = make_classification(80, random_state=0)
    results = transfer_curve({"bayes": GaussianNB()}, X, y, sizes=[0.5, 1.0], cv=2, random_state=0)
    drawn = TransferCurveDisplay.from_results(results)
    assert drawn.ax_.lines[0].get_xdata().tolist() == [20, 40]
