import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, recall_score, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skecg import ECGRecords
from skecg.classifiers import AlexNetClassifier
from skecg.metrics import specificity_score
from skecg.plotting import (
    FitHistoryDisplay,
    LabelCalibrationDisplay,
    LabelConfusionDisplay,
    LabelPrecisionRecallDisplay,
    LabelRocDisplay,
    SubgroupDisplay,
    ThresholdDisplay,
    TransferCurveDisplay,
)
from skecg.preprocessing import Normalize

matplotlib.use("Agg")
import matplotlib.pyplot as plt

CURVES = [LabelRocDisplay, LabelPrecisionRecallDisplay, LabelCalibrationDisplay, ThresholdDisplay]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def predictions():
    rng = np.random.default_rng(0)
    Y = (rng.uniform(size=(300, 2)) < [0.5, 0.2]).astype(int)
    return Y, (0.3 * Y + 0.7 * rng.uniform(size=Y.shape)).round(3), np.arange(300) // 3


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    y = np.array(["N", "AF"])[np.arange(60) % 2]
    signals = rng.normal(size=(60, 2, 80)) + 0.6 * (y == "AF")[:, None, None]
    metadata = {
        "patient_id": np.arange(60) // 2,
        "sex": np.array(["female", "male"])[np.arange(60) // 4 % 2],
        "age": rng.integers(20, 90, 60),
    }
    X = ECGRecords(signals, 100, metadata=metadata)
    clf = AlexNetClassifier(
        width=4, hidden_size=8, max_epochs=3, batch_size=16, learning_rate=0.01, early_stopping=True, random_state=0
    )
    return make_pipeline(Normalize(method="none"), clf).fit(X, y), X, y


@pytest.mark.parametrize("display", CURVES)
def test_curves_of_labels_classes_and_two_classes(display, predictions):
    Y, P, groups = predictions
    both = display.from_predictions(Y, P, names=["MI", "CD"], groups=groups, n_resamples=20, random_state=0)
    assert list(both.curves) == list(both.scores) == ["MI", "CD"]
    one = display.from_predictions(Y[:, 0], P[:, 0], groups=groups, n_resamples=20, random_state=0)
    two = display.from_predictions(
        np.array(["no", "yes"])[Y[:, 0]], np.c_[1 - P[:, 0], P[:, 0]], groups=groups, n_resamples=20, random_state=0
    )
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
    """Ten copies of each record, known as one patient, tell no more than one of each."""
    Y, P, _ = predictions
    y, p = Y[:60, 0], P[:60, 0]
    once = LabelRocDisplay.from_predictions(y, p, n_resamples=100, random_state=0).scores["1"]
    copied = np.repeat(y, 10), np.repeat(p, 10)
    patients = np.repeat(np.arange(60), 10)
    known = LabelRocDisplay.from_predictions(*copied, groups=patients, n_resamples=100, random_state=0).scores["1"]
    unknown = LabelRocDisplay.from_predictions(*copied, n_resamples=100, random_state=0).scores["1"]
    assert known.high - known.low == pytest.approx(once.high - once.low, rel=0.05)
    assert unknown.high - unknown.low < 0.6 * (known.high - known.low)


@pytest.mark.parametrize("display", CURVES)
def test_from_estimator_knows_classes_and_patients(display, fitted):
    model, X, y = fitted
    _, ax = plt.subplots()
    drawn = display.from_estimator(model, X, y, n_resamples=10, random_state=0, ax=ax)
    groups = X.metadata["patient_id"].to_numpy()
    again = display.from_predictions(
        y, model.predict_proba(X), names=["AF", "N"], groups=groups, n_resamples=10, random_state=0
    )
    assert drawn.ax_ is ax and list(drawn.curves) == ["N"]
    np.testing.assert_array_equal(drawn.curves["N"].low, again.curves["N"].low)


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


# -- the others ---------------------------------------------------------------------------------


def test_confusion_counts(predictions):
    Y, P, _ = predictions
    decided = (P > 0.5).astype(int)
    drawn = LabelConfusionDisplay.from_predictions(Y, decided, names=["MI", "CD"])
    texts = [text.get_text() for text in drawn.ax_.texts]
    hits = ((Y[:, 0] == 1) & (decided[:, 0] == 1)).sum()
    assert texts[0] == f"{hits}\n{100 * hits / Y[:, 0].sum():.0f} %"
    assert len(texts) == 8
    assert [tick.get_text() for tick in drawn.ax_.get_yticklabels()] == ["MI", "CD"]


def test_confusion_refuses_what_is_not_decided(predictions):
    Y, P, _ = predictions
    y = np.array(["no", "yes"])[Y[:, 0]]
    for truth, given in ((y, P), (y, P[:, 0]), (Y, P), (Y[:, :1], P[:, :1]), (Y, 2 * Y)):
        with pytest.raises(ValueError, match=r"y_pred must hold classes or a 0/1 indicator.* of shape \(300,"):
            LabelConfusionDisplay.from_predictions(truth, given)
    with pytest.raises(ValueError, match="y_true must hold classes"):
        LabelConfusionDisplay.from_predictions(P, Y)
    for truth, given in ((y, Y), (Y, Y[:, :1]), (Y, Y[:7]), (y, y[:7])):
        with pytest.raises(ValueError, match="differ in shape"):
            LabelConfusionDisplay.from_predictions(truth, given)


def test_confusion_of_classes_and_of_a_label_that_nobody_has(fitted):
    model, X, y = fitted
    assert LabelConfusionDisplay.from_estimator(model, X, y, names=["fibrillation", "normal"]).names == ["normal"]
    empty = LabelConfusionDisplay.from_predictions(np.zeros((4, 1), int), np.array([[0], [1], [0], [0]]))
    assert [text.get_text() for text in empty.ax_.texts] == ["0", "0", "1\n25 %", "3\n75 %"]
    three = LabelConfusionDisplay.from_predictions(["a", "b", "c"], ["a", "b", "b"])
    assert three.names == ["a", "b", "c"] and three.matrices[2].tolist() == [[2, 0], [1, 0]]
    with pytest.raises(ValueError, match="differ in shape"):
        LabelConfusionDisplay.from_predictions(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="each of the classes"):
        LabelConfusionDisplay.from_predictions(["a", "b"], ["a", "b"], names=["one"])
    with pytest.raises(ValueError, match="each of 1 labels"):
        LabelConfusionDisplay.from_predictions(np.zeros((4, 1), int), np.zeros((4, 1), int), names=["a", "b"])


def test_history_of_a_pipeline_and_of_a_search(fitted):
    model, X, y = fitted
    drawn = FitHistoryDisplay.from_estimator(model)
    assert list(drawn.losses) == ["training", "validation"]
    assert drawn.losses["training"] == [epoch["train_loss"] for epoch in model[-1].history_]
    assert drawn.best_epoch == 1 + int(np.argmin(drawn.losses["validation"]))
    search = GridSearchCV(AlexNetClassifier(width=4, hidden_size=8, random_state=0), {"max_epochs": [1]}, cv=2)
    both = FitHistoryDisplay.from_estimator(search.fit(X, y), name="search", ax=drawn.ax_)
    assert list(both.losses) == ["search, training"] and both.ax_ is drawn.ax_
    with pytest.raises(ValueError, match="LogisticRegression has no history_"):
        FitHistoryDisplay.from_estimator(make_pipeline(LogisticRegression()))
    assert FitHistoryDisplay.from_estimator(FrozenEstimator(model)).losses == drawn.losses
    template = GridSearchCV(model[-1], {"max_epochs": [1]}, cv=2, refit=False).fit(X, y)
    with pytest.raises(ValueError, match="GridSearchCV with refit=False"):
        FitHistoryDisplay.from_estimator(template)


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


def test_subgroups_of_metadata(fitted):
    model, X, y = fitted
    drawn = SubgroupDisplay.from_estimator(model, X, y, n_resamples=10, random_state=0)
    names = list(drawn.scores)
    assert names[:3] == ["all", "sex: female", "sex: male"] and len(names) == 6
    assert drawn.counts["all"] == 60 == sum(drawn.counts[name] for name in names[3:])
    female = (X.metadata["sex"] == "female").to_numpy()
    expected = roc_auc_score(y[female], model.predict_proba(X[female])[:, 1])
    assert drawn.scores["sex: female"].estimate == pytest.approx(expected)
    with pytest.raises(ValueError, match="ward"):
        SubgroupDisplay.from_estimator(model, X, y, by=["ward"])


def test_subgroups_of_a_table(fitted):
    model, X, y = fitted
    P, params = model.predict_proba(X), {"n_resamples": 5, "random_state": 0}
    table = X.metadata[["sex", "age"]]
    drawn = SubgroupDisplay.from_predictions(y, P, table, **params)
    assert drawn.scores == SubgroupDisplay.from_predictions(y, P, dict(table), **params).scores
    assert list(drawn.scores)[:3] == ["all", "sex: female", "sex: male"]
    unknown = [f"p{i:02}" if i < 30 else np.nan for i in range(60)]  # each is nobody else
    assert SubgroupDisplay.from_predictions(y, P, table, groups=unknown, **params).scores == drawn.scores


def test_a_subgroup_without_a_class_stays_empty(predictions):
    Y, P, groups = predictions
    rare = np.where(Y[:, 0] == 1, "never", "always")
    drawn = SubgroupDisplay.from_predictions(
        Y[:, 0], P[:, 0], {"rare": rare}, metric=roc_auc_score, groups=groups, n_resamples=5, random_state=0
    )
    assert drawn.scores["rare: never"] is None and drawn.scores["all"] is not None


def test_unknown_values_are_in_no_subgroup(predictions):
    Y, P, _ = predictions
    age = np.where(np.arange(300) < 30, np.nan, np.arange(300))
    drawn = SubgroupDisplay.from_predictions(Y[:, 0], P[:, 0], {"age": age}, n_resamples=5, random_state=0)
    assert sum(drawn.counts.values()) == 300 + 270
