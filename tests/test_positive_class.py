"""Every output is about the class to detect, names it, and asks for it where two classes are texts."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, recall_score, roc_auc_score

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.metrics._positive import positive_class
from skecg.model_selection import CalibratedLabels, TunedLabelThresholds
from skecg.plotting import (
    LabelCalibrationDisplay,
    LabelConfusionDisplay,
    LabelDecisionDisplay,
    LabelPrecisionRecallDisplay,
    LabelRocDisplay,
    ThresholdDisplay,
)
from skecg.reporting import compare, report

CURVES = [LabelCalibrationDisplay, LabelDecisionDisplay, LabelPrecisionRecallDisplay, LabelRocDisplay, ThresholdDisplay]
RNG = np.random.default_rng(0)
Y = np.where(RNG.random(200) < 0.2, "AF", "other")
X = RNG.normal(size=(200, 3)) + (Y == "AF")[:, None]
MODEL = LogisticRegression().fit(X, Y)
P = MODEL.predict_proba(X)
OUTPUTS = {
    "report": lambda **names: report(Y, P, n_resamples=5, random_state=0, **names).index.get_level_values("label"),
    "compare": lambda **names: compare(Y, P, P, n_resamples=5, **names).index.get_level_values("label"),
    "confusion": lambda **names: LabelConfusionDisplay.from_predictions(Y, MODEL.predict(X), **names).names,
    "confusion of a model": lambda **names: LabelConfusionDisplay.from_estimator(MODEL, X, Y, **names).names,
    **{
        f"{display.__name__}.{of}": lambda display=display, data=data, of=of, **names: (
            getattr(display, of)(*data, n_resamples=0, **names).scores
        )
        for display in CURVES
        for of, data in {"from_predictions": (Y, P), "from_estimator": (MODEL, X, Y)}.items()
    },
}


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_asks_for_the_class_and_names_it(output):
    with pytest.raises(ValueError, match=r"'AF' and 'other': name the class to detect"):
        output()
    with pytest.raises(ValueError, match=r"pos_label='af' is not one of the classes, 'AF' and 'other'"):
        output(pos_label="af")
    assert set(output(pos_label="AF")) == {"AF"}
    assert set(output(pos_label="other")) == {"other"}


def test_a_detector_that_finds_nothing_has_a_sensitivity_of_zero():
    silent = DummyClassifier(strategy="most_frequent").fit(X, Y)
    table = report(Y, silent.predict_proba(X), pos_label="AF", n_resamples=5, random_state=0)["estimate"]
    assert table["all", "AF", "sensitivity"] == 0
    assert table["all", "AF", "specificity"] == 1


def test_scores_are_those_of_the_class():
    table = report(Y, P, pos_label="AF", n_resamples=5, random_state=0)["estimate"].loc["all", "AF"]
    one_column = report(Y, P[:, 0], pos_label="AF", n_resamples=5, random_state=0)["estimate"].loc["all", "AF"]
    np.testing.assert_allclose(table, one_column)
    found = np.where(P[:, 0] >= 0.5, "AF", "other")
    assert table["auroc"] == pytest.approx(roc_auc_score(Y == "AF", P[:, 0]))
    assert table["average_precision"] == pytest.approx(average_precision_score(Y == "AF", P[:, 0]))
    assert table["f1"] == pytest.approx(f1_score(Y, found, pos_label="AF"))
    assert table["sensitivity"] == pytest.approx(recall_score(Y, found, pos_label="AF"))
    drawn = LabelPrecisionRecallDisplay.from_predictions(Y, P, pos_label="AF", n_resamples=0)
    assert drawn.scores["AF"].estimate == pytest.approx(table["average_precision"])


@pytest.mark.parametrize("meta", [TunedLabelThresholds, CalibratedLabels])
def test_a_name_has_no_influence_on_what_is_learnt(meta):
    """Renaming the class to detect, so that it sorts last, changes nothing."""
    first = meta(LogisticRegression(), pos_label="AF", cv=3).fit(X, Y)
    last = meta(LogisticRegression(), cv=3).fit(X, np.where(Y == "AF", "with AF", "other"))
    assert (first.pos_label_, last.pos_label_) == ("AF", "with AF")
    np.testing.assert_allclose(first.predict_proba(X), last.predict_proba(X)[:, ::-1], atol=1e-6)
    assert ((first.predict(X) == "AF") == (last.predict(X) == "with AF")).all()
    assert meta(LogisticRegression(), cv=3).fit(X, Y).pos_label_ == "other"
    with pytest.raises(ValueError, match="pos_label='MI' is not one of the classes"):
        meta(LogisticRegression(), pos_label="MI", cv=3).fit(X, Y)


def test_a_file_keeps_the_class(tmp_path):
    signals = RNG.normal(size=(40, 2, 80)).astype(np.float32)
    y = np.array(["AF", "other"])[np.arange(40) % 2]
    network = EEGNetClassifier(max_epochs=1, random_state=0)
    tuned = TunedLabelThresholds(network, cv=2, pos_label="AF", objective="sensitivity").fit(signals, y)
    skecg.save(tuned, tmp_path / "tuned.skecg")
    skecg.save(tuned.estimator_, tmp_path / "plain.skecg", pos_label="AF")
    loaded, plain = (skecg.load(tmp_path / f"{name}.skecg") for name in ("tuned", "plain"))
    assert loaded[0].pos_label == plain[0].pos_label == "AF"
    np.testing.assert_allclose(loaded[0].thresholds, tuned.thresholds_)
    assert (loaded.predict(signals) == tuned.predict(signals)).all()
    assert ((loaded.predict_proba(signals)[:, 0] >= tuned.thresholds_[0]) == (loaded.predict(signals) == "AF")).all()
    for model in (tuned, loaded, plain):
        assert LabelConfusionDisplay.from_estimator(model, signals, y).names == ["AF"]
        assert list(LabelRocDisplay.from_estimator(model, signals, y, n_resamples=0).scores) == ["AF"]
        assert "Scores of AF on 40 records" in skecg.model_card(model, X=signals, y=y)
    skecg.save(plain, tmp_path / "again.skecg", X=signals, y=y)
    assert skecg.load(tmp_path / "again.skecg")[0].pos_label == "AF"
    with pytest.raises(ValueError, match="pos_label='MI' is not one of the classes"):
        skecg.save(plain, tmp_path / "wrong.skecg", pos_label="MI")
    with pytest.raises(ValueError, match="'AF' and 'other': name the class to detect"):
        skecg.model_card(tuned.estimator_, X=signals, y=y)
    assert "class to detect | AF" in skecg.model_card(tuned.estimator_, X=signals, y=y, pos_label="AF")


def test_numbers_need_no_name():
    assert positive_class([0, 1]) == positive_class(np.array([0, 1])) == 1
    assert positive_class([False, True]) is True
    assert positive_class([0, 1], 0) == 0
