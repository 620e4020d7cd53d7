import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, recall_score, roc_auc_score

from skecg.metrics import specificity_score
from skecg.plotting import LabelCalibrationDisplay, LabelPrecisionRecallDisplay, LabelRocDisplay, ThresholdDisplay

CURVES = [LabelRocDisplay, LabelPrecisionRecallDisplay, LabelCalibrationDisplay, ThresholdDisplay]


@pytest.mark.parametrize("display", CURVES)
def test_curves_of_labels_classes_and_two_classes(display, predictions):
    Y, P, groups = predictions
    both = display.from_predictions(Y, P, names=["MI", "CD"], groups=groups, n_resamples=20, random_state=0)
    assert list(both.curves) == list(both.scores) == ["MI", "CD"]
    one = display.from_predictions(Y[:, 0], P[:, 0], groups=groups, n_resamples=20, random_state=0)
    words, columns = np.array(["no", "yes"])[Y[:, 0]], np.c_[1 - P[:, 0], P[:, 0]]
    two = display.from_predictions(words, columns, pos_label="yes", groups=groups, n_resamples=20, random_state=0)
    assert list(one.curves) == ["1"] and list(two.curves) == ["yes"]
    for part in range(3):
        np.testing.assert_array_equal(one.curves["1"][part], both.curves["MI"][part])
        np.testing.assert_array_equal(two.curves["yes"][part], both.curves["MI"][part])
    for curve in both.curves.values():
        assert (curve.low <= curve.high).all() and np.isfinite(curve.estimate).all()
    assert both.ax_.figure is both.figure_
    assert len(both.ax_.get_legend().get_texts()) == 2


def test_scores_are_those_of_scikit_learn(predictions):
    Y, P, _ = predictions
    for display, metric in (
        (LabelRocDisplay, roc_auc_score),
        (LabelPrecisionRecallDisplay, average_precision_score),
        (LabelCalibrationDisplay, brier_score_loss),
    ):
        drawn = display.from_predictions(Y, P, n_resamples=0)
        for i, score in enumerate(drawn.scores.values()):
            assert score.estimate == pytest.approx(metric(Y[:, i], P[:, i])) and score.low == score.high


def test_the_roc_curve_holds_at_every_point_of_its_grid(predictions):
    Y, P, _ = predictions
    drawn = LabelRocDisplay.from_predictions(Y, P, n_resamples=0)
    y, p = Y[:, 0], P[:, 0]
    best = [
        max(np.mean(p[y == 1] >= t) for t in [*p, 2.0] if np.mean(p[y == 0] >= t) <= share + 1e-12)
        for share in drawn.grids["label 0"][::20]
    ]
    np.testing.assert_allclose(drawn.curves["label 0"].estimate[0, ::20], best)


def test_precision_holds_at_every_recall(predictions):
    Y, P, _ = predictions
    drawn = LabelPrecisionRecallDisplay.from_predictions(Y, P, n_resamples=0)
    y, p = Y[:, 1], P[:, 1]
    for recall, precision in zip(drawn.grids["label 1"][::40], drawn.curves["label 1"].estimate[0, ::40], strict=True):
        threshold = max(t for t in p if np.mean(p[y == 1] >= t) >= max(recall, 1e-12))
        assert precision == pytest.approx(y[p >= threshold].mean())


def test_sensitivity_and_specificity_are_those_of_predict(predictions):
    Y, P, _ = predictions
    drawn = ThresholdDisplay.from_predictions(Y, P, n_resamples=0)
    for i, curve in enumerate(drawn.curves.values()):
        for k in (20, 100, 137):
            decided = (P[:, i] > drawn.grids[f"label {i}"][k]).astype(int)
            assert curve.estimate[0, k] == pytest.approx(recall_score(Y[:, i], decided))
            assert curve.estimate[1, k] == pytest.approx(specificity_score(Y[:, i], decided))
    sensitivity, specificity = drawn.curves["label 0"].estimate
    crossing = round(drawn.scores["label 0"].estimate * 200)
    assert abs(sensitivity - specificity)[crossing] < 0.05


def test_calibration_is_that_of_scikit_learn(predictions):
    Y, P, _ = predictions
    drawn = LabelCalibrationDisplay.from_predictions(Y, P, n_resamples=0)
    shares, means = calibration_curve(Y[:, 0], P[:, 0], n_bins=10, strategy="quantile")
    np.testing.assert_allclose(drawn.curves["label 0"].estimate[0], shares, atol=0.05)
    np.testing.assert_allclose(drawn.grids["label 0"], means, atol=0.01)


@pytest.mark.parametrize("display", CURVES)
def test_constant_probabilities_are_drawn(display):
    drawn = display.from_predictions([0, 1, 0, 1] * 10, np.full(40, 0.5), n_resamples=5, random_state=0)
    assert np.isfinite(drawn.curves["1"].estimate).all()


def test_intervals_draw_patients_not_records(predictions):
    """Ten copies of each record, in one group, must not narrow the interval."""
    Y, P, _ = predictions
    y, p = Y[:60, 0], P[:60, 0]
    once = LabelRocDisplay.from_predictions(y, p, n_resamples=100, random_state=0).scores["1"]
    copied = np.repeat(y, 10), np.repeat(p, 10)
    patients = np.repeat(np.arange(60), 10)
    by_patient = LabelRocDisplay.from_predictions(*copied, groups=patients, n_resamples=100, random_state=0).scores["1"]
    by_record = LabelRocDisplay.from_predictions(*copied, n_resamples=100, random_state=0).scores["1"]
    assert by_patient.high - by_patient.low == pytest.approx(once.high - once.low, rel=0.05)
    assert by_record.high - by_record.low < 0.6 * (by_patient.high - by_patient.low)


@pytest.mark.parametrize("display", CURVES)
def test_from_estimator_knows_classes_and_patients(display, fitted):
    model, X, y = fitted
    _, ax = plt.subplots()
    drawn = display.from_estimator(model, X, y, pos_label="AF", n_resamples=10, random_state=0, ax=ax)
    groups = X.metadata["patient_id"].to_numpy()
    again = display.from_predictions(
        y, model.predict_proba(X), names=["AF", "N"], pos_label="AF", groups=groups, n_resamples=10, random_state=0
    )
    assert drawn.ax_ is ax and list(drawn.curves) == ["AF"]
    np.testing.assert_array_equal(drawn.curves["AF"].low, again.curves["AF"].low)


def test_predictions_that_do_not_fit_are_told(predictions):
    Y, P, _ = predictions
    with pytest.raises(ValueError, match="do not fit"):
        LabelRocDisplay.from_predictions(Y, P[:, :1])
    with pytest.raises(ValueError, match="do not fit"):
        LabelRocDisplay.from_predictions(Y, P, names=["one"])
    with pytest.raises(ValueError, match="not among the names"):
        LabelRocDisplay.from_predictions(["a", "b", "c"], P[:3], names=["a", "b"])
    with pytest.raises(ValueError, match="one class only"):
        LabelRocDisplay.from_predictions(np.c_[Y[:, 0], 0 * Y[:, 1]], P)
    with pytest.raises(ValueError, match="continuous"):
        LabelRocDisplay.from_predictions(P[:, 0], P[:, 0])
