"""Recordings of doubtful quality: reasons, warnings of a loaded model, and tables that abstain."""

import warnings

import numpy as np
import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.persistence._quality import Faults, faults_of


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=4, n_patients=10, random_state=0)


@pytest.fixture(scope="module")
def path(ecgs, tmp_path_factory):
    model = EEGNetClassifier(max_epochs=5, random_state=0).fit(ecgs.data, ecgs.target)
    path = tmp_path_factory.mktemp("quality") / "model.skecg"
    skecg.save(model, path, X=ecgs.data, y=ecgs.target)
    return path


def _changed(records, change):
    """Return two records, the second of which was changed."""
    signals = records[:2].to_array().copy()
    change(signals[1])
    return records[:2].with_signals(signals)


def _flat(signal):
    signal[:] = 0


def _one_flat(signal):
    signal[3] = 0.2


def _clipped(signal):
    signal[6] = np.clip(signal[6], -0.05, 0.05)


def _loose(signal):
    signal[7, 100:220] = signal[7, 100]


def _huge(signal):
    signal[:8] *= 1000


CHANGES = {
    _flat: ("flat: all leads", True),
    _one_flat: ("flat: aVR", False),
    _clipped: ("clipped: V1", False),
    _loose: ("disconnected: V2", False),
    _huge: ("has a voltage that no heart has", True),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_reasons_and_whether_they_are_severe(ecgs, change):
    reason, severe = CHANGES[change]
    faults = Faults(_changed(ecgs.data, change))
    assert faults.reasons == [[], [reason]]
    assert faults.severe.tolist() == [False, severe]


@pytest.mark.parametrize("change", [_flat, _one_flat, _clipped, _loose], ids=lambda change: change.__name__)
def test_a_loaded_model_warns_raises_or_is_silent(ecgs, path, change):
    records = _changed(ecgs.data, change)
    message = rf"1 of 2 records are of doubtful quality: {records.metadata.index[1]} \({CHANGES[change][0]}\)"
    with pytest.warns(UserWarning, match=message):
        skecg.load(path).predict_proba(records)
    with pytest.warns(UserWarning, match=rf"doubtful quality: 1 \({CHANGES[change][0].split(':')[0]}"):
        skecg.load(path).predict_proba(records.to_array())
    with pytest.raises(ValueError, match=message):
        skecg.load(path, quality="raise").predict(records)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        skecg.load(path, quality="ignore").predict(records)
        skecg.load(path).predict_proba(ecgs.data)  # nothing is wrong with these


def test_short_records(ecgs, path):
    short = ecgs.data[:2].with_signals([ecgs.data.signals[0], ecgs.data.signals[1][:, :20]])
    model = skecg.load(path)
    with pytest.warns(UserWarning, match=r"lasts 0\.2 s only"):
        model.predict_proba(short)
    table = skecg.predict_table(model, short)
    assert table["prediction"].isna().tolist() == [False, True]
    assert faults_of(None, short).severe.tolist() == [False, True]


def test_the_table_abstains(ecgs, path):
    signals = ecgs.data[:4].to_array().copy()
    signals[1] = 0
    signals[2, 3] = 0.2
    signals[3, 5, 7] = np.nan
    records, model = ecgs.data[:4].with_signals(signals), skecg.load(path)
    good = model.predict_proba(records[[0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = skecg.predict_table(model, records)
        assert skecg.predict_table(model, records, abstain="any")["prediction"].notna().tolist() == [True] + 3 * [False]
        assert skecg.predict_table(model, records, abstain="never")["prediction"].notna().tolist() == 3 * [True] + [
            False
        ]
    assert table.index.equals(records.metadata.index)
    assert table["prediction"].notna().tolist() == [True, False, True, False]
    assert table["quality"].tolist() == ["", "flat: all leads", "flat: aVR", "has NaN or infinite values"]
    np.testing.assert_array_equal(table[["LBBB", "NORM"]].to_numpy()[0], good[0])
    assert table[["LBBB", "NORM"]].isna().all(axis=1).tolist() == [False, True, False, True]
    assert list(table) == ["prediction", "LBBB", "NORM", "quality"]


def test_exchanged_limb_electrodes_are_a_reason(path):
    records = make_ecg(20, classes=["NORM"], fs=100, duration=8, random_state=0).data
    signals = records.to_array().copy()
    one, two = signals[:, 0].copy(), signals[:, 1].copy()
    signals[:, :6] = np.stack([-one, two - one, two, one - two / 2, -(one + two) / 2, two - one / 2], axis=1)
    exchanged = records.with_signals(signals)
    model = skecg.load(path, quality="ignore")
    quality = skecg.predict_table(model, exchanged)["quality"]
    assert (quality == "limb electrodes: RA-LA seem to be exchanged").mean() > 0.8
    assert (skecg.predict_table(model, records)["quality"] == "").mean() > 0.8


def test_leads_without_values_are_not_called_flat(ecgs):
    signals = np.full((1, 12, 400), np.nan, np.float32)
    assert Faults(signals).reasons == [["has NaN or infinite values"]]
    assert Faults(signals).severe.all()


def test_labels_are_joined(ecgs):
    Y = np.stack([ecgs.target == "NORM", ecgs.target == "LBBB"], axis=1).astype(int)
    model = EEGNetClassifier(max_epochs=5, random_state=0).fit(ecgs.data.to_array(), Y)
    table = skecg.predict_table(model, ecgs.data.to_array())
    expected = [" ".join(np.array(["0", "1"])[row == 1]) for row in model.predict(ecgs.data.to_array())]
    assert table["prediction"].tolist() == expected
