"""Occlusion by segment, and the names of the waves."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skecg.classifiers import AlexNetClassifier
from skecg.datasets import make_ecg
from skecg.ensemble import SoftVotingClassifier
from skecg.inspection import occlusion, wave_labels
from skecg.preprocessing import ECGCrop, ECGResample

V1, HALF = 6, 24


# -- segments -------------------------------------------------------------------------------------


def test_segments_are_labels_or_a_callable(clf, bumps):
    X, times = bumps.X[1:4:2], bumps.times[1:4:2]
    labels = np.full((2, 320), "", dtype=object)
    for row, time in zip(labels, times, strict=True):
        row[time - HALF : time + HALF + 1] = "QRS"
        row[:10] = "P"
    fall = occlusion(clf, X, by="segment", segments=labels, target=1)
    assert not fall[:, :, labels[0] == ""][0].any()
    for value, row in zip(fall, labels, strict=True):
        assert len(np.unique(value[:, row == "QRS"])) == 1
        assert value[0][row == "QRS"][0] > 3 * abs(value[0][0])
    calls = []

    def segments(signal, fs):
        calls.append((signal.shape, fs))
        return labels[len(calls) - 1]

    np.testing.assert_array_equal(occlusion(clf, X, by="segment", segments=segments, target=1), fall)
    assert calls == [((12, 320), 100.0)] * 2
    by_lead = occlusion(clf, X, by="lead_segment", segments=labels, target=1)
    assert by_lead[0][:, times[0]].argmax() == V1


def test_segments_follow_the_signal_through_the_steps(train_bumps, bumps):
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    pipeline = make_pipeline(ECGResample(50), ECGCrop(length=120, position="end"), small).fit(
        train_bumps.X, train_bumps.y
    )
    labels = np.zeros((2, 320), int)
    labels[:, 100:140] = 1
    labels[:, :20] = 2  # cut off
    inner = occlusion(pipeline, bumps.X[:2], by="segment", segments=labels, space="network")
    changed = np.flatnonzero(inner[0, 0])
    assert (changed.min(), changed.max()) == (10, 29)  # (100 - 80) / 2 to (139 - 80) / 2


def test_a_segment_is_replaced_by_a_line():
    from skecg.inspection._occlusion import _lines

    signal = np.array([[0.0, 1, 9, 9, 4, 5], [7, 7, 7, 7, 7, 9]], np.float32)
    parts = np.array([[0, 0, 1, 1, 0, 0], [2, 2, 2, 2, 2, 2]])
    np.testing.assert_allclose(_lines(signal, parts), [[0, 1, 2, 3, 4, 5], [7] * 6])


def test_waves_are_found_where_they_were_made():
    ecgs = make_ecg(4, classes=["NORM"], fs=500, difficulty=0.1, random_state=0)
    for record, peaks in zip(ecgs.data, ecgs.r_peaks, strict=True):
        labels = wave_labels(record.signal, record.fs)
        inner = peaks[(peaks > 200) & (peaks < 4700)]
        assert (labels[inner] == "QRS").all()
        qrs = (labels == "QRS").sum() / len(peaks) / 500
        assert 0.06 < qrs < 0.13
        assert {"P", "T"} < set(labels.tolist())
        before = [labels[peak - 200 : peak].tolist() for peak in inner]
        assert all(row.index("P") < row.index("QRS") for row in before)


def test_atrial_fibrillation_has_no_p_waves():
    record = make_ecg(1, classes=["AF"], fs=500, difficulty=0.0, random_state=0).data[0]
    assert "P" not in wave_labels(record.signal, record.fs)


def test_a_flat_line_has_no_waves():
    assert set(wave_labels(np.zeros((2, 1000)), 100).tolist()) == {""}
    with pytest.raises(ValueError, match="one record"):
        wave_labels(np.zeros((2, 2, 1000)), 100)


def test_the_waves_of_records_are_the_default():
    ecgs = make_ecg(8, classes=["NORM", "LBBB"], fs=100, random_state=0)
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0).fit(ecgs.data, ecgs.target)
    fall = occlusion(small, ecgs.data[:2], by="segment")
    np.testing.assert_array_equal(fall, occlusion(small, ecgs.data[:2], by="segment", segments=wave_labels))
    assert 3 <= len(np.unique(fall[0])) <= 5  # P, QRS, ST, T and none
    with pytest.raises(ValueError, match="plain array"):
        occlusion(small, ecgs.data[:2].to_array(), by="segment")


# -- any other classifier -------------------------------------------------------------------------


class Stranger(ClassifierMixin, BaseEstimator):
    """A classifier that has only probabilities, and no network."""

    def __init__(self, inner):
        self.inner, self.classes_ = inner, inner.classes_

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return self.inner.predict_proba(X)


def test_probabilities_tell_what_the_network_does(train_bumps, bumps):
    clf = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0).fit(train_bumps.X, train_bumps.y)
    X, labels = bumps.X[:3], np.zeros((3, 320), int)
    labels[:, 50:80] = 1
    labels[1, 200:] = 2
    for params in ({}, {"by": "time", "width": 40, "target": 1}, {"by": "lead_segment", "segments": labels}):
        for given in (X, X.to_array()):
            expected = occlusion(clf, given, **params)
            np.testing.assert_allclose(occlusion(Stranger(clf), given, **params), expected, atol=1e-5)
    ragged = X.with_signals([signal[:, : 320 - 10 * i] for i, signal in enumerate(X.signals)])
    values = occlusion(Stranger(clf), ragged)
    assert [value.shape for value in values] == [(12, 320), (12, 310), (12, 300)]


def test_votes_of_classes_and_of_labels(clf, train_bumps, bumps):
    small = AlexNetClassifier(width=8, hidden_size=16, max_epochs=1, random_state=0)
    X, y = train_bumps.X[:20], train_bumps.y[:20]
    for target in (y, np.column_stack([y, 1 - y])):
        vote = SoftVotingClassifier([("one", small), ("other", small)]).fit(X, target)
        np.testing.assert_allclose(
            occlusion(vote, X[:2], target=1), occlusion(vote.estimators_[0], X[:2], target=1), atol=1e-3
        )
    with pytest.raises(ValueError, match=r"not among the numbers of labels \[0, 1\]"):
        occlusion(vote, X[:2], target=2)


def test_trees_on_the_signal_lose_the_lead_that_tells():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    X = rng.normal(size=(40, 2, 30)).astype(np.float32) + np.array([[0.0], [3.0]]) * y[:, None, None] * np.hanning(30)
    trees = make_pipeline(FunctionTransformer(np.ptp, kw_args={"axis": 2}), RandomForestClassifier(random_state=0))
    fall = occlusion(trees.fit(X, y), X[1::2])
    assert fall.shape == (20, 2, 30) and fall[:, 1].mean() > 2 * np.abs(fall[:, 0]).mean()
    assert np.isfinite(fall).all()  # also for probabilities of 0 and 1
    one_lead = make_pipeline(FunctionTransformer(np.abs), LogisticRegression()).fit(X[:, 1], y)
    assert occlusion(one_lead, X[:3, 1], by="time", width=10).shape == (3, 30)


def test_what_has_no_probabilities_is_told(clf, bumps):
    with pytest.raises(TypeError, match="predict_proba; got ECGCrop"):
        occlusion(ECGCrop(), bumps.X)
    with pytest.raises(ValueError, match='space must be "input" for Stranger'):
        occlusion(Stranger(clf), bumps.X, space="network")
    with pytest.raises(NotFittedError):
        occlusion(LogisticRegression(), bumps.X.to_array()[:, 0])
