"""Occlusion by segment, and the names of the waves."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skecg.classifiers import AlexNetClassifier
from skecg.datasets import make_ecg
from skecg.inspection import (
    occlusion,
    wave_labels,
)
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
    asked = []

    def segments(signal, fs):
        asked.append((signal.shape, fs))
        return labels[len(asked) - 1]

    np.testing.assert_array_equal(occlusion(clf, X, by="segment", segments=segments, target=1), fall)
    assert asked == [((12, 320), 100.0)] * 2
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
