"""The findings are in the signals as the package itself measures them."""

import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.features import BeatFeatures
from skecg.signal import find_atrial_rate, find_r_peaks

N = 12


def clean(name, n_records=N, **settings):
    return make_ecg(n_records, classes=[name], noise=0, difficulty=0, n_patients=n_records, random_state=0, **settings)


def measured(name):
    return BeatFeatures(columns="all").set_output(transform="pandas").fit_transform(clean(name).data)


@pytest.fixture(scope="module")
def normal():
    return measured("NORM")


def test_p_points_down_and_to_the_left(normal):
    assert normal["p_axis"].between(0, 75).all()


@pytest.mark.parametrize("name", ["STE", "STD"])
def test_st_shifts_leave_qrs_as_wide_as_it_is(name, normal):
    assert abs(measured(name)["qrs_duration"].median() - normal["qrs_duration"].median()) <= 0.006


@pytest.mark.parametrize(
    ("name", "leads", "opposite"),
    [
        ("AMI", ("V2", "V3", "V4"), "III"),
        ("ASMI", ("V1", "V2"), "V6"),
        ("IMI", ("II", "III", "aVF"), "aVL"),
        ("LMI", ("I", "aVL", "V5", "V6"), "III"),
    ],
)
def test_infarction_leaves_wide_q_and_raised_st_in_its_leads(name, leads, opposite, normal):
    table = measured(name)
    for lead in leads:
        assert (table[f"q_amplitude_{lead}"] < -0.1).all()
        assert table[f"q_duration_{lead}"].median() >= 0.03
        assert (table[f"q_duration_{lead}"] >= 0.02).all()
        assert (table[f"st_level_{lead}"] > 0.04).all() and table[f"st_level_{lead}"].median() > 0.1
    assert table[f"st_level_{opposite}"].median() < 0.05
    assert table["qrs_duration"].median() < 0.12
    q = [f"q_amplitude_{lead}" for lead in leads]
    assert (table[q].median() < normal[q].median() - 0.1).all()
    others = {"V1", "V2", "V3", "V4", "II", "III", "aVF", "I", "aVL", "V5", "V6"} - set(leads)
    assert sum(table[f"st_level_{lead}"].median() > 0.1 for lead in others) <= 3  # neighbours, as V5 in AMI


def test_left_ventricular_hypertrophy_has_voltage_and_strain(normal):
    table = measured("LVH")
    assert (table["sokolow_lyon"] > 3.5).all()
    assert normal["sokolow_lyon"].median() < 2.5
    assert (table["t_amplitude_V6"] < -0.1).all() and (table["st_level_V6"] < 0).all()
    assert (table["qrs_duration"] < 0.12).all()
    assert table["qrs_axis"].median() < normal["qrs_axis"].median() - 10


def test_fascicular_blocks_turn_the_axis():
    anterior, posterior = measured("LAFB"), measured("LPFB")
    assert anterior["qrs_axis"].between(-90, -45).all()
    assert posterior["qrs_axis"].between(90, 180).all()
    for table, initial, late in ((anterior, "aVL", "III"), (posterior, "III", "aVL")):
        assert (table[f"q_amplitude_{initial}"] < -0.03).all() and (table[f"r_amplitude_{late}"] > 0.03).all()
        assert (table["qrs_duration"] < 0.135).all() and table["qrs_duration"].median() < 0.12


def test_preexcitation_shortens_pr_and_widens_qrs(normal):
    table = measured("WPW")
    assert (table["pr_interval"].dropna() < 0.12).all() and table["pr_interval"].notna().mean() > 0.5
    assert table["qrs_duration"].median() > 0.115
    ecg, plain = clean("WPW"), clean("NORM")
    share = [_share_of_slow_start(each) for each in (ecg, plain)]
    assert np.median(share[0]) > 2 * np.median(share[1])


def _share_of_slow_start(ecg):
    """Return how high V5 stands 30 ms before R, in heights of R."""
    lead = ecg.data.leads.index("V5")
    return [
        np.median((record.signal[lead, peaks - 15] - record.signal[lead, peaks - 50]) / record.signal[lead, peaks])
        for record, peaks in zip(ecg.data, (row[row > 60] for row in ecg.r_peaks), strict=True)
    ]


def test_long_qt(normal):
    table = measured("LNGQT")
    assert (table["qtc_fridericia"] > 0.47).mean() > 0.9 and table["qtc_fridericia"].median() > 0.48
    assert normal["qtc_fridericia"].max() < 0.47


def test_pacing_has_spikes_and_wide_qrs():
    table = measured("PACE")
    assert (table["paced_share"] > 0.9).all()  # a record may begin behind a spike
    assert (table["qrs_duration"] > 0.14).all()
    assert table["qrs_axis"].between(-100, -40).all()
    assert table["rr_irregularity"].max() < 0.06


def test_flutter_is_a_saw_tooth_of_240_to_320():
    ecg, ratios, right = clean("AFLT", 24), [], []
    for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
        rate = 60 * 500 / np.diff(peaks).mean()
        ratio = next(ratio for ratio in (2, 3, 4) if 240 <= ratio * rate <= 320)
        ratios.append(ratio)
        lead = record.signal[record.leads.index("V1")]
        waves = np.abs(np.fft.rfft(lead * np.hanning(lead.size), 16 * lead.size))
        f = np.fft.rfftfreq(16 * lead.size, 1 / 500) * 60
        near = np.abs(f - ratio * rate) < 12
        assert abs(f[near][waves[near].argmax()] - ratio * rate) < 5
        if ratio > 2:  # in 2:1 half of the waves hide in QRS and T
            right.append(abs(find_atrial_rate(record.signal, 500, peaks)[0] / (ratio * rate) - 1) < 0.03)
    assert np.mean(right) > 0.7
    assert set(ratios) == {2, 3, 4}


def test_ventricular_tachycardia_is_fast_regular_and_wide():
    ecg, table = clean("VT"), measured("VT")
    rates = np.array([60 * 500 / np.diff(peaks).mean() for peaks in ecg.r_peaks])
    assert (rates > 120).all() and (rates < 190).all()
    assert (table["qrs_duration"] > 0.13).all()
    assert table["p_axis"].isna().mean() > 0.8
    found = sum(len(find_r_peaks(record.signal, 500)) for record in ecg.data)
    assert found > 0.8 * sum(len(peaks) for peaks in ecg.r_peaks)


def test_new_findings_go_with_old_ones_and_leave_them_as_they_are():
    alone = make_ecg(12, classes=["NORM", "AF"], random_state=5)
    again = make_ecg(12, classes=["NORM", "AF"], random_state=5)
    np.testing.assert_array_equal(alone.data.to_array(), again.data.to_array())
    both = make_ecg(60, classes=["LVH", "AF", "PACE", "VT"], multilabel=True, random_state=0)
    second = both.target[both.target.sum(axis=1) == 2]
    assert len(second) and not second[:, 2:].any()  # pacing and tachycardia stand alone
