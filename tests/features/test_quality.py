import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from skecg import ECGRecords
from skecg.datasets import make_ecg, read_wfdb
from skecg.features import SignalQuality

# Numbers of recordings of CinC 2017 (106 is A00106) with the label noisy, and with other labels.
NOISY = """
    106 139 164 196 201 524 705 813 984 1070 1246 1253 1270
"""
OTHERS = """
    6 8 9 12 13 15 16 21 23 24 26 32 38 39 40 41 43 46 49 54 59 62 63 64 67 68 69 74 76 77 79 83 85 86 87 89
    94 96 97 101 103 104 108 110 116 122 124 130 131 137 138 143 146 147 148 150 156 157 159 161 165 168 171
    175 176 178 180 182 183 185 187 188 192 198 200 203 204 206 207 212 214 221 232 235 236 239 244 246 248
    249 250 252 254 260 262 264 267 268 269 273 274 276 280 282 285 286 287 289 290 296 298 300 301 303 305
    306 309 311 314 315 316 320 321 323 326 327 329 330 331 334 339 341 342 346 350 358 360 361 364 366 369
    371 374 377 378 381 383 384 388 389 393 399 404 405 408 409 411 415 416 417
"""


def heart(n_records=1, **params):
    return make_ecg(n_records, classes=["NORM"], difficulty=0.0, leads=["II"], random_state=0, **params).data


def measure(signals, fs=500, leads=("II",)):
    return SignalQuality().set_output(transform="pandas").fit_transform(ECGRecords(signals, fs, leads=leads)).iloc[0]


def test_a_clean_heart():
    row = measure(heart().to_array())
    assert row["template_II"] > 0.95 and row["flat_II"] == 0 and row["baseline_II"] > 0.8
    assert 0.5 < row["qrs_power_II"] < 1 and row["kurtosis_II"] > 4 and row["skewness_II"] > 1


def test_noise():
    row = measure(np.random.default_rng(0).normal(size=(1, 1, 20_000)))
    assert row["template_II"] < 0.5
    assert row["kurtosis_II"] == pytest.approx(3, abs=0.2) and row["skewness_II"] == pytest.approx(0, abs=0.1)
    assert row["qrs_power_II"] == pytest.approx(10 / 35, abs=0.05)


def test_wander_shows_in_the_baseline():
    signals = heart().to_array()
    wander = 3 * np.sin(2 * np.pi * 0.3 * np.arange(5000) / 500)
    assert measure(signals + wander)["baseline_II"] < 0.2 < measure(signals)["baseline_II"]


def test_flat_stretches():
    signals = np.array(heart().to_array())
    signals[:, :, 2500:] = signals[:, :, 2500:2501]
    assert measure(signals)["flat_II"] == pytest.approx(0.5, abs=0.03)
    row = measure(np.zeros((1, 1, 5000)))
    assert row["flat_II"] == 1
    assert row.drop("flat_II").isna().all()


def test_each_lead_for_itself():
    signals = np.concatenate([heart().to_array(), np.random.default_rng(0).normal(size=(1, 1, 5000))], axis=1)
    row = measure(signals, leads=("II", "V1"))
    assert row["template_II"] > 0.95 and row["template_V1"] < 0.5
    assert len(row) == 12


@pytest.mark.parametrize("factor", [1e-20, 1e-3, 1e3, 1e15])
def test_the_unit_does_not_matter(factor):
    signals = heart().to_array()
    with pytest.warns(UserWarning, match="but signals must be in mV"):
        scaled = measure(factor * signals)
    np.testing.assert_allclose(scaled, measure(signals), rtol=1e-2)


def test_records_to_leave_out():
    records = make_ecg(4, classes=["NORM"], difficulty=0.0, leads=["I", "II"], random_state=0).data
    signals = np.array(records.to_array())
    signals[1, 1] = np.random.default_rng(0).normal(size=5000)
    signals[2] = 0
    records = records.with_signals(signals)
    quality = SignalQuality().fit(records)
    assert quality.accepts(records).tolist() == [True, False, False, True]
    assert quality.set_params(max_bad_leads=1).accepts(records).tolist() == [True, True, False, True]
    assert quality.set_output(transform="pandas").accepts(records).tolist() == [True, True, False, True]
    assert quality.set_params(min_template=-1, max_bad_leads=0).accepts(records).tolist() == [True, True, False, True]
    assert len(records[quality.accepts(records)]) == 3
    assert SignalQuality(fs=500).fit(signals).accepts(signals.tolist()).tolist() == [True, False, False, True]


def test_too_short_to_be_judged():
    X = heart().to_array()[:, :, :600]
    quality = SignalQuality(fs=500).fit(X)
    assert np.isnan(quality.transform(X)[0, 0])
    assert not quality.accepts(X)[0]
    assert SignalQuality(fs=500).fit_transform(X[:, :, :1]).shape == (1, 6)


def test_noisy_recordings_of_cinc2017():
    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "cinc2017"
    if not home.is_dir():
        pytest.skip("CinC 2017 is not in SKECG_DATA")
    records = read_wfdb([home / f"A{int(number):05d}" for number in (NOISY + OTHERS).split()])
    noisy = np.arange(len(records)) < len(NOISY.split())
    quality = SignalQuality().fit(records)
    assert roc_auc_score(~noisy, np.nan_to_num(quality.transform(records)[:, 0], nan=-1)) > 0.9
    accepted = quality.accepts(records)
    assert accepted[~noisy].mean() > 0.93 and accepted[noisy].mean() < 0.5


def test_the_reasons_name_the_lead_and_the_fault():
    records = make_ecg(4, classes=["NORM"], leads=["I", "II"], fs=250, random_state=0).data
    signals = records.to_array().copy()
    signals[1, 0] = 0.1
    signals[2, 1, 5] = np.nan
    signals[3, 1] = np.random.default_rng(0).normal(size=signals.shape[2])
    quality = SignalQuality().fit(records)
    for X in (records.with_signals(signals), signals):
        checked = quality if isinstance(X, ECGRecords) else SignalQuality(fs=250, leads=["I", "II"]).fit(signals[:1])
        reasons = checked.reasons(X)
        assert reasons[:3] == ["", "I: no signal in 100 % of the time", "II: missing values"]
        assert reasons[3].startswith("II: ")
        assert checked.accepts(X).tolist() == [not reason for reason in reasons]
