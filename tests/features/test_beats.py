import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

import skecg
from skecg import ECGRecords
from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.features import BeatFeatures, MedianBeat
from skecg.features._waves import AXES, PER_LEAD
from skecg.preprocessing import SelectLeads
from skecg.records import STANDARD_LEADS
from skecg.signal import rate_ratio, resample

FS = 500


def table_of(records, **params):
    return BeatFeatures(**params).set_output(transform="pandas").fit_transform(records)


def beats(times, waves, n_times=5000):
    """Return a record of waves, {lead: [(centre in s from R, width in s, height in mV)]}, at the times of R in s."""
    time = np.arange(n_times) / FS
    signals = np.zeros((len(waves), n_times))
    for signal, parts in zip(signals, waves.values(), strict=True):
        for centre, width, height in parts:
            for beat in times:
                signal += height * np.exp(-0.5 * ((time - beat - centre) / width) ** 2)
    return ECGRecords(signals[None], FS, leads=list(waves))


def complex_of(p=0.1, q=0.0, r=1.0, s=0.0, t=0.3):
    parts = [(-0.15, 0.02, p), (-0.025, 0.006, q), (0, 0.009, r), (0.025, 0.006, s), (0.27, 0.04, t)]
    return [part for part in parts if part[2]]


def test_amplitudes_of_known_waves():
    waves = {"I": complex_of(q=-0.2, r=1.2, s=-0.3, t=0.4), "aVF": complex_of(p=-0.1, r=0.8, t=-0.25)}
    row = table_of(beats(np.arange(0.6, 9.5, 0.8), waves)).iloc[0]
    assert row["heart_rate"] == pytest.approx(75, abs=0.5)
    expected = {
        "p_amplitude_I": 0.1,
        "r_amplitude_I": 1.2,
        "s_amplitude_I": -0.3,
        "t_amplitude_I": 0.4,
        "p_amplitude_aVF": -0.1,
        "q_amplitude_aVF": 0,
        "r_amplitude_aVF": 0.8,
        "s_amplitude_aVF": 0,
        "t_amplitude_aVF": -0.25,
    }
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=0.05), name
    assert row["q_amplitude_I"] < -0.1 and abs(row["st_level_I"]) < 0.05


@pytest.mark.parametrize("angle", [-60, 0, 45, 90, 170])
def test_axes(angle):
    one, foot = np.cos(np.radians(angle)), np.sin(np.radians(angle)) * np.sqrt(3) / 2
    waves = {
        "I": [*complex_of(p=0.05 * one, r=one, t=0.2 * one), (0.27, 0.04, 0.1)],
        "aVF": [*complex_of(p=0.05 * foot, r=foot, t=0.2 * foot), (-0.15, 0.02, 0.1)],
    }
    row = table_of(beats(np.arange(0.6, 9.5, 0.8), waves)).iloc[0]
    assert row["qrs_axis"] == pytest.approx(angle, abs=5)


def test_signs_of_a_strained_right_heart():
    sick = {
        "I": complex_of(r=0.5, s=-0.5),
        "III": complex_of(q=-0.5, r=0.6, t=-0.3),
        "V1": complex_of(r=0.2, s=0.5, t=-0.3),
        "V2": complex_of(t=-0.3),
        "V3": complex_of(t=-0.2),
        "V4": complex_of(t=0.3),
    }
    row = table_of(beats(np.arange(0.6, 9.5, 0.8), sick)).iloc[0]
    assert row["s1q3t3"] == 1 and row["s1q3t3_depth"] > 0.2
    assert row["t_inverted_v1_v4"] == 3 and row["t_mean_v1_v4"] == pytest.approx(-0.125, abs=0.03)
    assert row["r_share_v1"] > 0.9 and row["terminal_v1"] > 0.1
    healthy = {name: complex_of(s=-0.1) for name in sick}
    row = table_of(beats(np.arange(0.6, 9.5, 0.8), healthy)).iloc[0]
    assert row["s1q3t3"] == 0 and row["s1q3t3_depth"] < 0 and row["t_inverted_v1_v4"] == 0


def test_diagnoses_are_seen():
    ecg = make_ecg(120, classes=["NORM", "AF", "LBBB", "RBBB", "1AVB", "PE"], difficulty=0.0, random_state=0)
    table = table_of(ecg.data)
    median = table.groupby(ecg.target).median()
    assert median["rr_irregularity"]["AF"] > 3 * median["rr_irregularity"]["NORM"]
    assert table["pr_interval"].isna().groupby(ecg.target).mean()["AF"] > 0.7
    assert median["pr_interval"]["1AVB"] > 0.2 > median["pr_interval"]["NORM"]
    assert (median["qrs_duration"][["LBBB", "RBBB"]] > 0.12).all() and median["qrs_duration"]["NORM"] < 0.11
    assert median["terminal_v1"]["RBBB"] > 0 > median["terminal_v1"]["LBBB"]
    assert table["s1q3t3"].groupby(ecg.target).mean()["PE"] > table["s1q3t3"].groupby(ecg.target).mean()["NORM"] + 0.2
    assert median["t_inverted_v1_v4"]["PE"] > median["t_inverted_v1_v4"]["NORM"]
    assert median["qtc_fridericia"].between(0.35, 0.48).all()


def test_names_and_frames():
    records = make_ecg(3, random_state=0).data
    step = BeatFeatures().fit(records)
    names = step.get_feature_names_out()
    assert names.dtype == object and len(set(names)) == len(names)
    assert {"heart_rate", "qtc_bazett", "p_amplitude_aVR", "st_level_V6"} <= set(names)
    table = step.set_output(transform="pandas").transform(records)
    assert list(table.columns) == list(names) and table.shape == (3, len(names))
    assert step.set_output(transform="default").transform(records).dtype == np.float64


def test_arrays_with_names_are_as_records():
    records = make_ecg(4, leads=["V1", "II", "I"], random_state=0).data
    step = BeatFeatures(fs=500, leads=["V1", "II", "I"]).fit(np.array(records))
    other = BeatFeatures().fit(records)
    np.testing.assert_array_equal(step.transform(np.array(records)), other.transform(records))
    assert list(step.get_feature_names_out()) == list(other.get_feature_names_out())
    twelve = make_ecg(2, random_state=0).data.to_array()
    assert "t_amplitude_V6" in BeatFeatures(fs=500).fit(twelve).get_feature_names_out()


def test_what_needs_an_absent_lead_is_nan():
    full = make_ecg(6, classes=["NORM"], random_state=0).data
    leads = {"axis": ["p_axis", "qrs_axis", "t_axis"], "right": ["r_share_v1", "terminal_v1"]}
    front = ["t_mean_v1_v4", "t_inverted_v1_v4"]

    def with_leads(names):
        chosen = [STANDARD_LEADS.index(name) for name in names]
        return table_of(full.with_signals(full.to_array()[:, chosen], leads=names))

    one = with_leads(["V1"])
    assert one[[*leads["axis"], "s1q3t3", *front]].isna().all(axis=None) and one[leads["right"]].notna().all(axis=None)
    two = with_leads(["I", "II"])  # III and aVF are computed from them
    assert two[leads["right"]].isna().all(axis=None) and two[["qrs_axis", "s1q3t3_depth"]].notna().all(axis=None)
    twelve = table_of(full)
    assert np.abs(two["qrs_axis"] - twelve["qrs_axis"]).max() < 10
    assert with_leads(["V1", "V2", "V3", "V4"])[front].notna().all(axis=None)


def test_rates_and_lengths_may_differ():
    records = make_ecg(5, classes=["NORM"], difficulty=0.0, duration=10, random_state=0).data
    expected = table_of(records)
    rates = [500, 1000, 250, 360, 100]
    signals = [resample(signal, *rate_ratio(500, fs)) for signal, fs in zip(records.signals, rates, strict=True)]
    mixed = ECGRecords(signals, rates, leads=records.leads)
    found = table_of(mixed)
    for name, allowed in {"rr_mean": 0.003, "pr_interval": 0.015, "qrs_duration": 0.012, "qt_interval": 0.012}.items():
        assert np.abs(found[name] - expected[name]).max() < allowed, name
    assert np.abs(found["r_amplitude_V5"] / expected["r_amplitude_V5"] - 1).max() < 0.2
    np.testing.assert_allclose(table_of(mixed[[4, 1]]), found.iloc[[4, 1]], rtol=1e-3, atol=1e-6)


def test_single_beats():
    records = make_ecg(3, classes=["NORM"], random_state=0)
    cut = [
        signal[:, peaks[3] - 150 : peaks[3] + 250]
        for signal, peaks in zip(records.data.signals, records.r_peaks, strict=True)
    ]
    table = table_of(ECGRecords(cut, 500, leads=STANDARD_LEADS))
    assert (table["n_beats"] == 1).all() and table["rr_mean"].isna().all()
    assert table["qrs_duration"].between(0.06, 0.13).all() and table["r_amplitude_V5"].notna().all()


def test_a_flat_record_is_nan():
    table = table_of(ECGRecords(np.zeros((2, 2, 3000)), 500, leads=["I", "II"]))
    assert (table.pop("n_beats") == 0).all() and table.isna().all(axis=None)


def test_a_flat_lead_is_nan_and_leaves_the_others_alone():
    ecg = make_ecg(3, classes=["NORM"], random_state=0).data
    X = ecg.to_array().copy()
    X[:, [0, 6]] = 0.2  # I and V1 are disconnected
    before, table = table_of(ecg), table_of(ecg.with_signals(X))
    unknown = [*AXES, "s1q3t3", "s1q3t3_depth", "r_share_v1", "terminal_v1", "t_mean_v1_v4", "t_inverted_v1_v4"]
    unknown += [f"{name}_{lead}" for name in PER_LEAD for lead in ("I", "V1")]
    assert not before[unknown].isna().any(axis=None)
    assert table.columns[table.isna().any()].tolist() == [name for name in table if name in unknown]
    assert table[unknown].isna().all(axis=None)
    np.testing.assert_allclose(table["r_amplitude_V5"], before["r_amplitude_V5"], atol=0.05)


def test_leads_in_another_order_are_refused_after_an_array():
    ecg = make_ecg(2, classes=["NORM"], random_state=0).data
    turned = SelectLeads([*STANDARD_LEADS[6:], *STANDARD_LEADS[:6]]).fit_transform(ecg)
    for table in (BeatFeatures(fs=500), MedianBeat(fs=500)):
        fitted = table.fit(ecg.to_array())
        np.testing.assert_array_equal(fitted.transform(ecg), table.fit_transform(ecg.to_array()))
        with pytest.raises(ValueError, match=r"X has the leads \['V1'.*the array of fit had \['I'"):
            fitted.transform(turned)


def test_a_data_frame_can_be_joined_with_the_metadata():
    ecg = make_ecg(8, classes=["NORM"], random_state=0).data
    some = ecg[[5, 2, 7]]
    table = table_of(some)
    assert table.index.tolist() == some.metadata.index.tolist() == [5, 2, 7]
    np.testing.assert_array_equal(table["heart_rate"], table_of(ecg)["heart_rate"].loc[[5, 2, 7]])


def test_a_few_samples_are_no_trouble():
    X = np.random.default_rng(0).normal(size=(4, 3, 7))
    assert BeatFeatures(fs=500).fit_transform(X).shape == (4, 28 + 18)


@pytest.mark.parametrize(
    ("params", "X", "message"),
    [
        ({}, np.ones((2, 3, 100)), r"BeatFeatures\(fs=500\)"),
        ({"fs": 40}, np.ones((2, 3, 100)), "50 Hz or more; got fs=40"),
        ({"fs": 500, "leads": ["I"]}, np.ones((2, 3, 100)), r"must give 3 different names.*got \['I'\]"),
        ({"fs": 500, "leads": ["I", "I"]}, np.ones((2, 2, 100)), "2 different names"),
        (
            {"leads": ["I", "V1"]},
            ECGRecords(np.ones((2, 2, 100)), 500, leads=["I", "II"]),
            "differs from the leads.*'II'",
        ),
        ({"fs": 250}, ECGRecords(np.ones((2, 2, 100)), 500, leads=["I", "II"]), "fs=250"),
    ],
)
def test_bad_input(params, X, message):
    with pytest.raises(ValueError, match=message):
        BeatFeatures(**params).fit(X)


def test_in_a_pipeline():
    ecg = make_ecg(60, classes=["NORM", "AF"], random_state=0)
    pipeline = make_pipeline(
        BeatFeatures(), HistGradientBoostingClassifier(max_iter=10, min_samples_leaf=5, random_state=0)
    )
    assert cross_val_score(pipeline, ecg.data, ecg.target, cv=2).mean() > 0.9
    pipeline.fit(ecg.data, ecg.target)
    copied = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(copied.predict(ecg.data), pipeline.predict(ecg.data))


def test_healthy_people_of_ptbxl():
    home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ptbxl"
    if not home.is_dir():
        pytest.skip("PTB-XL is not in SKECG_DATA")
    ptbxl = fetch_ptbxl(home, folds=[1], limit=500)
    normal = np.flatnonzero((ptbxl.target.sum(axis=1) == 1) & (ptbxl.target[:, list(ptbxl.target_names).index("NORM")]))
    table = table_of(ptbxl.data[normal])
    median = table.median()
    assert 0.150 <= median["pr_interval"] <= 0.170
    assert 0.080 <= median["qrs_duration"] <= 0.100
    assert 0.395 <= median["qtc_bazett"] <= 0.430
    assert 20 < median["qrs_axis"] < 70 and 60 < median["heart_rate"] < 80
    assert table[["pr_interval", "qt_interval", "qrs_duration"]].isna().mean().max() < 0.1
    assert table["qrs_duration"].quantile(0.98) < 0.12


@pytest.mark.parametrize(("scale", "unit"), [(1000, "microvolts"), (0.001, "volts")])
def test_other_units_than_millivolts_warn(scale, unit):
    X = make_ecg(4, classes=["NORM"], fs=500, random_state=0).data.to_array()
    step = BeatFeatures(fs=500).fit(X)
    for use in (step.transform, step.fit_transform):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            use(scale * X)
        (warning,) = caught
        assert f"mV, as {unit} do" in str(warning.message) and warning.filename == __file__


def test_a_step_of_an_earlier_version_warns(tmp_path):
    """Its columns now have other values than those that a model behind it has learnt from."""
    records = make_ecg(6, classes=["NORM"], fs=250, random_state=0).data
    step = BeatFeatures().fit(records)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        skecg.save(step, tmp_path / "step.skecg")
        skecg.load(tmp_path / "step.skecg").transform(records)
    del step.method_
    skecg.save(step, tmp_path / "step.skecg")
    for earlier in (step, skecg.load(tmp_path / "step.skecg"), pickle.loads(pickle.dumps(step))):
        with pytest.warns(UserWarning, match="BeatFeatures was fitted before skecg found R peaks and waves in another"):
            earlier.transform(records)


def test_a_pickle_of_an_earlier_version_has_the_parameters_of_today():
    step, earlier = BeatFeatures(fs=500), BeatFeatures(fs=500)
    del earlier.columns, earlier.delineation
    assert pickle.loads(pickle.dumps(earlier)).get_params() == step.get_params()
