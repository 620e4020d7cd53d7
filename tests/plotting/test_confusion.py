import numpy as np
import pytest

from skecg.plotting import LabelConfusionDisplay


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
    named = {"names": ["fibrillation", "normal"], "pos_label": "AF"}
    assert LabelConfusionDisplay.from_estimator(model, X, y, **named).names == ["fibrillation"]
    empty = LabelConfusionDisplay.from_predictions(np.zeros((4, 1), int), np.array([[0], [1], [0], [0]]))
    assert [text.get_text() for text in empty.ax_.texts] == ["0", "0", "1\n25 %", "3\n75 %"]
    three = LabelConfusionDisplay.from_predictions(["a", "b", "c"], ["a", "b", "b"])
    assert three.names == ["a", "b", "c"] and three.matrices[2].tolist() == [[2, 0], [1, 0]]
    with pytest.raises(ValueError, match="differ in shape"):
        LabelConfusionDisplay.from_predictions(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="each of the classes"):
        LabelConfusionDisplay.from_predictions(["a", "b"], ["a", "b"], names=["one"], pos_label="a")
    with pytest.raises(ValueError, match="each of 1 labels"):
        LabelConfusionDisplay.from_predictions(np.zeros((4, 1), int), np.zeros((4, 1), int), names=["a", "b"])
