"""Ectopic beats, intervals between normal beats, atrial rate and confidences of synthetic hearts."""

import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.features import BeatFeatures
from skecg.features._confidence import CONFIDENCE
from skecg.signal import heart_rate_variability

FS = 500
TIMES = np.arange(0.6, 9.5, 0.8)


def table_of(X, **params):
    return BeatFeatures(fs=FS, columns="all", **params).set_output(transform="pandas").fit_transform(X)


def bells(times, centre, width):
    time = np.arange(10 * FS) / FS
    return sum(np.exp(-0.5 * ((time - beat - centre) / width) ** 2) for beat in times)


def sinus(times, p=0.15):
    return bells(times, 0, 0.011) + p * bells(times, -0.15, 0.02) + 0.25 * bells(times, 0.28, 0.04)


@pytest.fixture(scope="module")
def hearts():
    ecg = make_ecg(40, classes=["NORM", "AF", "PVC", "PAC"], difficulty=0.2, random_state=0)
    table = BeatFeatures(columns="all").set_output(transform="pandas").fit_transform(ecg.data)
    return table, np.asarray(ecg.target)


def test_shares_of_ectopic_beats(hearts):
    table, target = hearts
    some = table[["supraventricular_share", "ventricular_share"]].gt(0).groupby(target).mean()
    assert some["ventricular_share"]["PVC"] > 0.8 and some["supraventricular_share"]["PAC"] > 0.8
    assert some["ventricular_share"][["NORM", "PAC", "AF"]].max() < 0.2
    assert some["supraventricular_share"][["NORM", "PVC"]].max() < 0.2
    assert (table["paced_share"] == 0).all()
    ventricular = table["ventricular_share"] * table["n_beats"]
    assert (table["longest_ventricular_run"] <= ventricular + 1e-9).all()


def test_runs_and_intervals_between_normal_beats():
    kept = np.delete(TIMES, [4, 5, 6, 9])
    early = np.array([TIMES[4] - 0.25, TIMES[4] + 0.2, TIMES[4] + 0.65, TIMES[9] - 0.25])
    wide = -1.5 * bells(early, 0.03, 0.045)
    X = np.stack([sinus(kept) + wide, 0.7 * sinus(kept) - 0.8 * wide])[None]
    row = table_of(X).iloc[0]
    assert row["longest_ventricular_run"] == 3
    assert row["ventricular_share"] == pytest.approx(4 / row["n_beats"])
    assert row["nn_mean"] == pytest.approx(0.8, abs=0.005) and row["rr_min"] < 0.6


def test_the_statistics_are_those_of_the_function():
    rng = np.random.default_rng(0)
    times = np.cumsum(0.8 + 0.03 * rng.standard_normal(11))
    row = table_of(np.stack([sinus(times), 0.5 * sinus(times)])[None]).iloc[0]
    expected = heart_rate_variability(np.round(times * FS), FS)
    assert row["nn_mean"] == pytest.approx(expected["mean_nn"], abs=0.003)
    assert row["nn_rmssd"] == pytest.approx(expected["rmssd"], abs=0.004)


def test_the_atrial_rate(hearts):
    table, target = hearts
    af, normal = table[target == "AF"], table[target == "NORM"]
    np.testing.assert_allclose(normal["atrial_rate"], 60 / normal["rr_median"])
    assert af["atrial_rate"].dropna().between(270, 480).mean() > 0.8  # the f waves have 5 to 7.5 Hz
    assert af["atrial_rate"].notna().mean() > 0.6 and af["nn_mean"].isna().all()


def test_flutter_with_leads_that_have_no_chest_leads():
    times = np.array([0.6, 1.41, 2.5, 3.33, 4.4, 5.49, 6.6, 7.42, 8.5, 9.3])
    time = np.arange(10 * FS) / FS
    flutter = 0.12 * np.sin(2 * np.pi * 4.8 * time) + 0.04 * np.sin(2 * np.pi * 9.6 * time)
    row = table_of(np.stack([sinus(times, p=0) + flutter, 0.4 * sinus(times, p=0) - flutter])[None]).iloc[0]
    assert row["atrial_rate"] == pytest.approx(288, abs=6) and row["atrial_confidence"] > 0.8


def test_confidences_fall_with_noise():
    made = [make_ecg(8, classes=["NORM"], noise=noise, random_state=0).data for noise in (0.3, 8.0)]
    quiet, noisy = (BeatFeatures(columns="all").set_output(transform="pandas").fit_transform(data) for data in made)
    for name in ("p_confidence", "qrs_confidence"):
        assert quiet[name].median() > max(0.8, noisy[name].fillna(0).median()), name  # without a P, no confidence
    assert (quiet["rhythm_confidence"] == 1).all()
    both = np.concatenate([table[list(CONFIDENCE)].to_numpy() for table in (quiet, noisy)])
    assert np.nanmin(both) >= 0 and np.nanmax(both) <= 1


def test_records_without_beats_are_nan():
    row = table_of(np.zeros((1, 2, 5000))).iloc[0]
    columns = ["ventricular_share", "nn_mean", "atrial_rate", "qrs_t_angle", "q_duration_lead 0", *CONFIDENCE]
    assert row[columns].isna().all()
