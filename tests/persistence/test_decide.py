"""Decisions by thresholds, without a second pass through the network."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.multiclass import OneVsRestClassifier

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.model_selection import CalibratedLabels, TunedClassWeights, TunedLabelThresholds
from skecg.persistence import SignalContract
from skecg.persistence._decide import decisions, threshold_for

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = np.where(X[:, 0] + RNG.normal(size=60) > 0, "AF", "other")
LABELS = np.column_stack([Y == "AF", X[:, 1] > 0, RNG.random(60) < 0.3]).astype(int)
CLASSES = np.where(X[:, 1] > 0.8, "noise", Y)
SIGNALS = RNG.normal(size=(40, 2, 80)).astype(np.float32)
SEVERAL = OneVsRestClassifier(LogisticRegression())
MODELS = {
    "two classes": (LogisticRegression(), X, Y),
    "fixed": (FixedThresholdClassifier(LogisticRegression(), threshold=0.8, pos_label="AF"), X, Y),
    "tuned": (TunedLabelThresholds(LogisticRegression(), pos_label="AF", objective="sensitivity", cv=3), X, Y),
    "calibrated": (CalibratedLabels(LogisticRegression(), pos_label="AF", cv=3), X, Y),
    "weighted": (TunedClassWeights(LogisticRegression(), cv=3), X, Y),
    "classes": (LogisticRegression(), X, CLASSES),
    "weighted classes": (TunedClassWeights(LogisticRegression(), cv=3), X, CLASSES),
    "labels": (SEVERAL, X, LABELS),
    "tuned labels": (TunedLabelThresholds(SEVERAL, cv=3), X, LABELS),
    "network": (EEGNetClassifier(max_epochs=1, random_state=0), SIGNALS, Y[:40]),
    "labels of a network": (EEGNetClassifier(max_epochs=1, random_state=0), SIGNALS, LABELS[:40]),
}


@pytest.mark.parametrize("name", MODELS)
def test_decisions_are_those_of_predict(name):
    model, signals, y = MODELS[name]
    model = model.fit(signals, y)
    p, decided = decisions(model, signals, SignalContract.of(model))
    assert (decided == model.predict(signals)).all()
    np.testing.assert_array_equal(p, model.predict_proba(signals))


def test_labels_of_a_classifier_that_gives_a_list():
    one_value = np.column_stack([LABELS, np.zeros(60, int)])
    model = ExtraTreesClassifier(5, max_depth=2, random_state=0).fit(X, one_value)
    p, decided = decisions(model, X, SignalContract.of(model))
    assert p.shape == (60, 4) and not p[:, 3].any()
    np.testing.assert_array_equal(p[:, 0], model.predict_proba(X)[0][:, 1])
    np.testing.assert_array_equal(decided, model.predict(X))


def test_the_network_runs_once(monkeypatch):
    model = EEGNetClassifier(max_epochs=1, random_state=0).fit(SIGNALS, Y[:40])
    passes, average = [], EEGNetClassifier._average
    monkeypatch.setattr(EEGNetClassifier, "_average", lambda self, *rest: passes.append(1) or average(self, *rest))
    skecg.predict_table(model, SIGNALS)
    assert len(passes) == 1


@pytest.mark.parametrize("positive", ["AF", "other"])
def test_a_threshold_is_that_of_the_class_to_detect(positive):
    model = EEGNetClassifier(max_epochs=1, random_state=0).fit(SIGNALS, Y[:40])
    p = skecg.predict_table(model, SIGNALS)[positive]
    least = float(p.median())
    table = skecg.predict_table(model, SIGNALS, threshold=least, pos_label=positive)
    assert ((table["prediction"] == positive) == (p >= least)).all()
    with pytest.raises(ValueError, match="'AF' and 'other': name the class to detect"):
        skecg.predict_table(model, SIGNALS, threshold=0.5)


def test_a_class_to_detect_that_does_not_exist():
    model = EEGNetClassifier(max_epochs=1, random_state=0).fit(SIGNALS, Y[:40])
    with pytest.raises(ValueError, match="pos_label='MI' is not one of the classes, 'AF' and 'other'"):
        skecg.predict_table(model, SIGNALS, pos_label="MI")
    with pytest.raises(ValueError, match="pos_label='AF' names one of two classes; the model has 3 labels"):
        skecg.predict_table(model.fit(SIGNALS, LABELS[:40]), SIGNALS, pos_label="AF")


def test_one_record_or_a_path_in_place_of_records():
    model = EEGNetClassifier(max_epochs=1, random_state=0).fit(SIGNALS, Y[:40])
    record = skecg.ECGRecords(SIGNALS, 100)[0]
    for predict in (skecg.predict_table, skecg.predict_ranked):
        with pytest.raises(TypeError, match=r"got one ECGRecord: pass records\[\[i\]\]"):
            predict(model, record)
        with pytest.raises(TypeError, match=r"got a path: pass skecg\.datasets\.read_ecg\(\['ecg.xml'\]\)"):
            predict(model, "ecg.xml")


def test_thresholds_of_labels():
    model = EEGNetClassifier(max_epochs=1, random_state=0).fit(SIGNALS, LABELS[:40])
    for threshold in (0.5, [0.4, 0.5, 0.6]):
        table = skecg.predict_table(model, SIGNALS, threshold=threshold)
        expected = [" ".join(np.array(["0", "1", "2"])[row]) for row in table[["0", "1", "2"]].to_numpy() >= threshold]
        assert table["prediction"].tolist() == expected
    with pytest.raises(ValueError, match="threshold must be one number or 3, one per label"):
        skecg.predict_table(model, SIGNALS, threshold=[0.4, 0.5])


def test_a_threshold_turns_with_the_class():
    contract = SignalContract(labels=["AF", "other"], pos_label="AF", thresholds=0.2)
    assert threshold_for(contract, "AF") == 0.2
    assert threshold_for(contract, "other") == 0.8
    assert threshold_for(contract, "other", 0.3) == 0.3
    assert threshold_for(SignalContract(labels=["AF", "other"], thresholds=0.2), "other") == 0.2
    assert threshold_for(SignalContract(labels=["AF", "other"]), "AF") == 0.5
    with pytest.raises(ValueError, match="is that of two classes or of labels; the model has 3 classes"):
        threshold_for(SignalContract(labels=["A", "B", "C"]), None, 0.3)
    with pytest.raises(ValueError, match=r"must be a probability from 0 to 1, got \[2, 0\]"):
        threshold_for(SignalContract(labels=["A", "B"], multilabel=True), None, [2, 0])
