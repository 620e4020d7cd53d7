import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score

from skecg.datasets import make_ecg

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
BEFORE, AFTER = 0.45, 0.55  # s around the R peak


def clean(name, n_records=40, **settings):
    """ECGs of one class as it stands in the book: no noise, the whole finding."""
    settings = {"fs": 500, "difficulty": 0, "n_patients": n_records, "random_state": 0} | settings
    return make_ecg(n_records, classes=[name], noise=0, **settings)


def median_beats(ecg):
    """The median beat of each record, (n_records, n_leads, n_times), zero just before QRS."""
    beats = []
    for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
        before, after = int(BEFORE * record.fs), int(AFTER * record.fs)
        peaks = [peak for peak in peaks if before <= peak <= record.signal.shape[1] - after]
        beat = np.median([record.signal[:, peak - before : peak + after] for peak in peaks], axis=0)
        beats.append(beat - beat[:, at(-0.055, record.fs)][:, None])
    return np.array(beats)


def at(seconds, fs=500):
    return round((BEFORE + seconds) * fs)


def window(beats, start, end, fs=500):
    return {lead: beats[:, k, at(start, fs) : at(end, fs)] for k, lead in enumerate(LEADS)}


def qrs_bounds(beat, fs):
    """Onset and end of QRS in s from the R peak: where the leads together move by more than 12 uV a ms."""
    speed = np.sqrt((np.gradient(beat, axis=1) ** 2).sum(axis=0)) * fs / 1000
    moving = np.flatnonzero(speed > 0.012)
    pauses = np.flatnonzero(np.diff(moving) > 0.025 * fs)  # between P, QRS and T
    parts = np.split(moving, pauses + 1)
    qrs = next(part for part in parts if part[-1] >= at(0, fs) - 0.01 * fs)
    return qrs[0] / fs - BEFORE, qrs[-1] / fs - BEFORE


def qrs_widths(ecg, fs):
    return np.array([end - onset for onset, end in (qrs_bounds(beat, fs) for beat in median_beats(ecg))])


def pr_interval(beat, fs):
    """From the onset of P in lead II (a twentieth of its height) to the onset of QRS, in s."""
    onset, _ = qrs_bounds(beat, fs)
    lead = beat[1, : at(onset - 0.01, fs)]
    tops = (lead[1:-1] >= lead[:-2]) & (lead[1:-1] > lead[2:]) & (lead[1:-1] > 0.03)
    peak = np.flatnonzero(tops)[-1] + 1
    foot = peak
    while lead[foot - 1] < lead[foot] and lead[foot] > 0.05 * lead[peak]:
        foot -= 1
    return onset - (foot / fs - BEFORE)


def intervals(ecg):
    return [np.diff(peaks) / fs for peaks, fs in zip(ecg.r_peaks, ecg.data.fs, strict=True)]


def rates(ecg):
    return np.array([60 / rr.mean() for rr in intervals(ecg)])


# -- the normal ECG -------------------------------------------------------------------------------


def test_normal_intervals():
    ecg = clean("NORM", fs=1000)
    assert ((rates(ecg) > 48) & (rates(ecg) < 102)).all()
    widths = qrs_widths(ecg, 1000)
    assert ((widths > 0.075) & (widths < 0.110)).all()
    assert 0.083 < np.median(widths) < 0.097
    pr = np.array([pr_interval(beat, 1000) for beat in median_beats(ecg)])
    assert ((pr > 0.115) & (pr < 0.205)).all()


def test_normal_morphology():
    beats = median_beats(clean("NORM"))
    qrs, p, t = window(beats, -0.05, 0.06), window(beats, -0.2, -0.06), window(beats, 0.15, 0.4)
    r = {lead: qrs[lead].max(axis=1) for lead in LEADS}
    s = {lead: -qrs[lead].min(axis=1) for lead in LEADS}
    assert (r["II"] > 0.2).all() and np.median(r["II"]) > 0.6 and (s["aVR"] > r["aVR"]).all()
    assert (r["V1"] < s["V1"]).all() and (r["V2"] < s["V2"]).all() and (r["V5"] > s["V5"]).all()
    progress = np.array([np.median(r[lead]) for lead in ("V1", "V2", "V3", "V4")])
    assert (np.diff(progress) > 0).all()
    assert 0.06 < np.median(p["II"].max(axis=1)) < 0.25 and (p["aVR"].min(axis=1) < -0.03).all()
    for lead in ("I", "II", "V3", "V4", "V5", "V6"):
        assert np.median(t[lead].max(axis=1)) > 0.08
    assert (t["aVR"].min(axis=1) < -0.05).all()
    assert np.abs(window(beats, 0.07, 0.08)["II"]).max() < 0.1  # an isoelectric ST segment


def test_r_peaks_are_where_the_heart_moves_most():
    ecg = clean("NORM", n_records=10)
    for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
        size = np.abs(record.signal[LEADS.index("V5")])
        for peak in peaks[(peaks > 30) & (peaks < len(size) - 30)]:
            assert abs(size[peak - 30 : peak + 30].argmax() - 30) <= 3


def test_rhythm_has_the_two_peaks_of_heart_rate_variability():
    ecg = clean("NORM", n_records=30, duration=60.0, fs=100, leads=["II"])
    spectra = []
    for rr, peaks in zip(intervals(ecg), ecg.r_peaks, strict=True):
        time = np.arange(4, 56, 0.25)
        tachogram = np.interp(time, peaks[1:] / 100, rr / rr.mean())
        spectra.append(np.abs(np.fft.rfft((tachogram - 1) * np.hanning(len(time)))) ** 2)
    spectrum, f = np.mean(spectra, axis=0), np.fft.rfftfreq(len(time), 0.25)
    low, breath = (spectrum[(f > a) & (f < b)].max() for a, b in ((0.08, 0.12), (0.18, 0.30)))
    between, above = (spectrum[(f > a) & (f < b)].mean() for a, b in ((0.13, 0.16), (0.36, 0.45)))
    assert low > 4 * between and breath > 2 * between and breath > 4 * above


def test_age_and_sex_shift_what_they_shift_in_life():
    ecg = clean("NORM", n_records=600, fs=250)
    beats, known = median_beats(ecg), ecg.data.metadata
    woman, old = (known["sex"] == "female").to_numpy(), (known["age"] > 65).to_numpy()
    young = (known["age"] < 47).to_numpy()
    assert rates(ecg)[woman].mean() > rates(ecg)[~woman].mean() + 2
    t = window(beats, 0.15, 0.4, 250)["V4"].max(axis=1)
    assert t[woman].mean() < 0.9 * t[~woman].mean()
    qrs = window(beats, -0.05, 0.06, 250)
    net = {lead: qrs[lead].max(axis=1) + qrs[lead].min(axis=1) for lead in ("I", "aVF")}
    axis = np.degrees(np.arctan2(net["aVF"] * 2 / np.sqrt(3), net["I"]))
    assert axis.min() > -30 and axis.max() < 100
    assert axis[old].mean() < axis[young].mean() - 8
    spread = np.array([rr.std() / rr.mean() for rr in intervals(ecg)])
    assert spread[old].mean() < 0.8 * spread[young].mean()


# -- the findings ---------------------------------------------------------------------------------


def test_atrial_fibrillation_is_irregular_and_has_no_p():
    normal, af = clean("NORM"), clean("AF")
    spread = [np.array([rr.std() / rr.mean() for rr in intervals(ecg)]) for ecg in (normal, af)]
    assert spread[0].max() < 0.1 and np.median(spread[1]) > 0.15 and spread[1].min() > 0.04
    p = [window(median_beats(ecg), -0.2, -0.06)["II"].max(axis=1) for ecg in (normal, af)]
    assert np.median(p[1]) < 0.6 * np.median(p[0])
    v1 = af.data.to_array()[:, LEADS.index("V1")]
    power = (np.abs(np.fft.rfft(v1 * np.hanning(v1.shape[1]), axis=1)) ** 2).mean(axis=0)
    f = np.fft.rfftfreq(v1.shape[1], 1 / 500)
    v1 = normal.data.to_array()[:, LEADS.index("V1")]
    quiet = (np.abs(np.fft.rfft(v1 * np.hanning(v1.shape[1]), axis=1)) ** 2).mean(axis=0)
    assert power[(f > 4.5) & (f < 8)].sum() > 1.3 * quiet[(f > 4.5) & (f < 8)].sum()


def test_first_degree_block_delays_qrs():
    pr = np.array([pr_interval(beat, 1000) for beat in median_beats(clean("1AVB", fs=1000))])
    assert (pr > 0.195).all() and np.median(pr) > 0.23


def test_left_bundle_branch_block():
    ecg = clean("LBBB")
    assert (qrs_widths(ecg, 500) > 0.12).all()
    beats = median_beats(ecg)
    qrs, t = window(beats, -0.05, 0.12), window(beats, 0.2, 0.4)
    septal = window(beats, -0.05, -0.02)
    for lead in ("I", "V5", "V6"):
        assert (qrs[lead].max(axis=1) > 2 * -qrs[lead].min(axis=1)).all()  # a broad R without S
        assert septal[lead].min() > -0.03  # and no septal q
    assert (t["V6"].min(axis=1) < -0.05).all() and (t["V1"].max(axis=1) > 0.1).all()  # T against QRS
    assert (-qrs["V1"].min(axis=1) > 3 * qrs["V1"].max(axis=1)).all()


def test_right_bundle_branch_block():
    ecg = clean("RBBB")
    assert (qrs_widths(ecg, 500) > 0.12).all()
    beats = median_beats(ecg)
    early, mid, late = (window(beats, *span) for span in ((-0.05, -0.005), (-0.01, 0.035), (0.04, 0.1)))
    t = window(beats, 0.2, 0.45)
    assert (early["V1"].max(axis=1) > 0.05).all() and (mid["V1"].min(axis=1) < 0).all()
    assert (late["V1"].max(axis=1) > early["V1"].max(axis=1)).all()  # rSR'
    assert (late["I"].min(axis=1) < -0.1).all() and (late["V6"].min(axis=1) < -0.1).all()
    assert np.median(t["V1"].min(axis=1)) < -0.1 and (t["V6"].max(axis=1) > 0.05).all()


@pytest.mark.parametrize("name", ["PAC", "PVC"])
def test_premature_beats_come_early(name):
    for rr in intervals(clean(name, duration=6.0)):
        assert rr.min() < 0.85 * rr.max()
    for peaks in clean(name, duration=1.0).r_peaks:  # one in the middle, however short the record
        assert ((peaks >= 120) & (peaks <= 380)).any()


def test_a_ventricular_beat_is_wide_and_pauses_fully_an_atrial_one_is_neither():
    for name, wide in (("PVC", True), ("PAC", False)):
        ecg = clean(name, fs=250)
        ratios, pauses = [], []
        for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
            rr = np.diff(peaks) / 250
            early = rr.argmin()
            if not 0 < early < len(rr) - 1 or peaks[early + 1] > record.signal.shape[1] - 40:
                continue
            usual = np.median(rr[rr < 1.2 * np.median(rr)])
            pauses.append((rr[early] + rr[early + 1]) / usual)
            areas = [np.abs(record.signal[:, p - 20 : p + 30]).mean() for p in peaks[early : early + 2] if p > 20]
            ratios.append(areas[-1] / areas[0])
        if wide:
            assert np.median(ratios) > 2 and abs(np.median(pauses) - 2) < 0.08
        else:
            assert 0.8 < np.median(ratios) < 1.2 and np.median(pauses) < 1.85


def test_st_elevation_is_regional_and_reciprocal():
    st = window(median_beats(clean("STE", n_records=60)), 0.1, 0.13)
    st = {lead: values.mean(axis=1) for lead, values in st.items()}
    inferior, lateral, anterior = st["III"] > 0.1, st["aVL"] > 0.08, st["V2"] > 0.12
    assert min(inferior.sum(), lateral.sum(), anterior.sum()) >= 10
    assert np.median(st["aVL"][inferior]) < -0.1 and np.median(st["III"][lateral]) < -0.1
    assert (st["aVL"][inferior] < 0.02).all() and (st["III"][lateral] < 0.02).all()
    assert (np.max([st[lead] for lead in LEADS], axis=0) > 0.1).all()


def test_st_depression_points_away_from_the_apex():
    st = window(median_beats(clean("STD")), 0.1, 0.13)
    assert (st["V4"].mean(axis=1) < -0.05).all() and (st["V5"].mean(axis=1) < -0.05).all()
    assert (st["aVR"].mean(axis=1) > 0.02).all()


def test_each_sign_of_pulmonary_embolism_is_in_a_share_of_the_positives():
    ecg = clean("PE", n_records=200, difficulty=0.5)
    beats = median_beats(ecg)
    qrs, q, t = window(beats, 0.0, 0.06), window(beats, -0.04, -0.01), window(beats, 0.12, 0.3)
    signs = {
        "tachycardia": rates(ecg) > 100,
        "S1Q3T3": (qrs["I"].min(axis=1) < -0.1) & (q["III"].min(axis=1) < -0.06) & (t["III"].min(axis=1) < -0.02),
        "T inversion": (t["V1"].min(axis=1) < -0.1) & (t["V3"].min(axis=1) < -0.05),
        "right block": window(beats, 0.045, 0.09)["V1"].max(axis=1) > 0.2,
    }
    shares = {name: found.mean() for name, found in signs.items()}
    assert 0.2 < shares["tachycardia"] < 0.55, shares
    assert 0.05 < shares["S1Q3T3"] < 0.30, shares
    assert 0.15 < shares["T inversion"] < 0.45, shares
    assert 0.05 < shares["right block"] < 0.30, shares
    assert not np.any(list(signs.values()), axis=0).all()  # some look normal
    easy = clean("PE", n_records=100)
    assert 0.8 < (rates(easy) > 100).mean() < 1


# -- leads, noise, faults -------------------------------------------------------------------------


def test_einthoven_and_goldberger_hold_through_noise_and_faults():
    X = make_ecg(12, fault_rate=0.7, difficulty=1.0, fs=200, random_state=1).data.to_array()
    one, two, three, right, left, foot = (X[:, k] for k in range(6))
    np.testing.assert_array_equal(three, two - one)
    scale = np.abs(X[:, :6]).max() * np.finfo(np.float32).eps * 4
    for got, expected in ((right, -(one + two) / 2), (left, one - two / 2), (foot, two - one / 2)):
        np.testing.assert_allclose(got, expected, rtol=0, atol=scale)
    np.testing.assert_allclose(right + left + foot, 0, atol=scale)


def test_clean_signals_are_those_of_a_dipole():
    X = clean("NORM", n_records=3).data.to_array()
    for signal in X.astype(np.float64):
        values = np.linalg.svd(signal, compute_uv=False)
        assert values[3] < 1e-5 * values[0] < values[2]


def test_noise_leaves_the_hearts_alone_and_grows_with_difficulty():
    settings = {"classes": ["NORM"], "fs": 250, "random_state": 3}
    silent = make_ecg(8, noise=0, **settings)
    noisy = make_ecg(8, **settings)
    for a, b in zip(silent.r_peaks, noisy.r_peaks, strict=True):
        np.testing.assert_array_equal(a, b)
    assert silent.data.metadata.equals(noisy.data.metadata)
    levels = []
    for difficulty in (0, 0.5, 1):
        pair = [make_ecg(8, noise=n, difficulty=difficulty, **settings).data.to_array() for n in (0, 1)]
        levels.append((pair[1] - pair[0]).std())
    assert levels[0] < 0.03 < levels[1] < levels[2] < 0.5


@pytest.mark.parametrize("mains", [50.0, 60.0, None])
def test_mains_hum_wander_and_muscle_lie_in_their_bands(mains):
    settings = {"classes": ["NORM"], "fs": 500, "mains": mains, "difficulty": 1.0, "random_state": 0}
    noise = make_ecg(10, noise=1, **settings).data.to_array() - make_ecg(10, noise=0, **settings).data.to_array()
    power = (np.abs(np.fft.rfft(noise * np.hanning(5000), axis=2)) ** 2).mean(axis=(0, 1))
    f = np.fft.rfftfreq(5000, 1 / 500)

    def density(low, high):
        return power[(f >= low) & (f <= high)].mean()

    for line in (50.0, 60.0):
        hum = density(line - 0.3, line + 0.3) / density(line + 2, line + 6)
        assert hum > 5 if line == mains else hum < 2
    assert density(0.05, 0.6) > 100 * density(70, 120)
    assert density(70, 120) > 2 * density(2, 5)


def test_faults_are_told_and_do_what_they_say():
    settings = {"classes": ["NORM"], "fs": 100, "random_state": 5, "noise": 0}
    whole = make_ecg(60, **settings).data
    broken = make_ecg(60, fault_rate=0.5, **settings).data
    assert "fault" not in whole.metadata
    assert set(broken.metadata["fault"]) == {"none", "arms swapped", "loose", "off"}
    differs = [not np.allclose(a.signal, b.signal, atol=1e-4) for a, b in zip(whole, broken, strict=True)]
    np.testing.assert_array_equal(differs, broken.metadata["fault"] != "none")
    for a, b in zip(whole, broken, strict=True):
        if b.metadata["fault"] == "arms swapped":
            np.testing.assert_allclose(b.signal[0], -a.signal[0], atol=1e-5)
            np.testing.assert_allclose(b.signal[1], a.signal[2], atol=1e-5)
            np.testing.assert_allclose(b.signal[6:], a.signal[6:], atol=1e-5)


@pytest.mark.parametrize("fs", [100, 128.5, 250])
def test_the_rate_changes_the_samples_not_the_heart(fs):
    fine = clean("NORM", n_records=4, fs=1000)
    coarse = clean("NORM", n_records=4, fs=fs)
    for a, b in zip(fine.data, coarse.data, strict=True):
        time = np.arange(b.signal.shape[1]) / fs
        there = [np.interp(time, np.arange(a.signal.shape[1]) / 1000, lead) for lead in a.signal]
        inner = slice(5, -5)
        assert np.abs(np.array(there) - b.signal)[:, inner].max() < 0.25 * np.abs(a.signal).max()
        assert np.corrcoef(np.ravel(there), b.signal.ravel())[0, 1] > 0.98
    for a, b in zip(fine.r_peaks, coarse.r_peaks, strict=True):
        assert len(a) == len(b) and np.abs(a / 1000 - b / fs).max() <= 0.51 / fs + 0.001


# -- the cohort -----------------------------------------------------------------------------------


def test_patients_keep_their_anatomy_and_their_label():
    ecg = clean("NORM", n_records=60, n_patients=15)
    beats, patient = median_beats(ecg)[:, :, at(-0.05) : at(0.06)], ecg.data.metadata["patient_id"].to_numpy()
    distance = np.sqrt(((beats[:, None] - beats[None]) ** 2).mean(axis=(2, 3)))
    same = patient[:, None] == patient[None]
    own, others = distance[same & ~np.eye(60, dtype=bool)], distance[~same]
    assert np.median(own) < 0.4 * np.median(others) and own.min() > 0
    ecg = make_ecg(50, n_patients=20, fs=50, duration=1.0, random_state=0)
    table = ecg.data.metadata.assign(target=ecg.target).groupby("patient_id")
    assert len(table) == 20
    assert (table[["age", "sex", "target"]].nunique() == 1).all(axis=None)
    assert ecg.data.metadata["patient_id"].value_counts().max() > 1


def test_classes_weights_and_counts():
    ecg = make_ecg(40, classes=["PE", "NORM"], weights=[1, 3], fs=50, duration=1.0, random_state=0)
    assert ecg.target_names.tolist() == ["PE", "NORM"]
    assert (ecg.target == "PE").sum() == 10
    every = make_ecg(30, fs=50, duration=1.0, random_state=0)
    assert np.unique(every.target, return_counts=True)[1].tolist() == [3] * 10
    assert all(name in every.DESCR for name in every.target_names)


def test_multilabel_target_is_an_indicator_of_compatible_findings():
    ecg = make_ecg(300, multilabel=True, fs=50, duration=1.0, random_state=0)
    y = dict(zip(ecg.target_names, ecg.target.T, strict=True))
    assert ecg.target.shape == (300, 10) and set(np.unique(ecg.target)) == {0, 1}
    assert 20 < (ecg.target.sum(axis=1) == 2).sum() < 150 and ecg.target.sum(axis=1).min() == 1
    assert (ecg.target.sum(axis=1)[y["NORM"] == 1] == 1).all()
    assert not (y["AF"] & (y["1AVB"] | y["PAC"])).any() and not (y["LBBB"] & y["RBBB"]).any()


def test_multilabel_findings_are_both_in_the_signal():
    ecg = make_ecg(200, classes=["LBBB", "AF"], multilabel=True, noise=0, difficulty=0, random_state=0)
    both = np.flatnonzero(ecg.target.sum(axis=1) == 2)
    assert len(both) > 10
    widths = qrs_widths(ecg, 500)
    spread = np.array([rr.std() / rr.mean() for rr in intervals(ecg)])
    assert (widths[both] > 0.12).all() and (spread[both] > 0.08).all()


@pytest.mark.parametrize("seed", [7, np.int64(7)])
def test_the_same_seed_gives_the_same_bytes_and_leaves_the_global_state(seed):
    before = np.random.get_state()[1].copy()  # noqa: NPY002, the state that must stay
    a, b = (make_ecg(35, fs=100, fault_rate=0.2, random_state=seed) for _ in range(2))
    make_ecg(2, fs=50, duration=1.0, random_state=None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert a.data.to_array().tobytes() == b.data.to_array().tobytes()
    assert a.data.metadata.equals(b.data.metadata) and (a.target == b.target).all()
    c = make_ecg(35, fs=100, fault_rate=0.2, random_state=8)
    assert c.data.to_array().tobytes() != a.data.to_array().tobytes()


def test_generators_and_random_states_are_seeds_too():
    small = {"n_records": 2, "fs": 50, "duration": 1.0}
    for kind in (np.random.default_rng, np.random.RandomState):
        a, b = (make_ecg(**small, random_state=kind(4)).data.to_array() for _ in range(2))
        np.testing.assert_array_equal(a, b)
    state = np.random.RandomState(4)
    a, b = (make_ecg(**small, random_state=state).data.to_array() for _ in range(2))
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("fs", [50, 100, 500, 1000])
@pytest.mark.parametrize("duration", [1, 10.0])
def test_small_sets_of_any_rate_and_length(fs, duration):
    ecg = make_ecg(1, fs=fs, duration=duration, random_state=0)
    assert ecg.data.to_array().shape == (1, 12, fs * duration)
    assert np.isfinite(ecg.data.to_array()).all() and ecg.data.fs[0] == fs
    assert ecg.target.tolist() == ["NORM"]


def test_a_minute_and_records_of_many_lengths():
    ecg = make_ecg(12, fs=100, duration=(1.0, 60.0), random_state=0)
    assert len(set(ecg.data.lengths)) > 8 and ecg.data.lengths.min() >= 100 and ecg.data.lengths.max() <= 6000
    for record, peaks in zip(ecg.data, ecg.r_peaks, strict=True):
        assert (peaks < record.signal.shape[1]).all()
        assert abs(len(peaks) - record.duration * 1.3) < record.duration * 0.9 + 1


def test_leads_come_as_asked_for():
    whole = make_ecg(3, fs=100, random_state=0).data.to_array()
    some = make_ecg(3, fs=100, leads=["V5", "aVR"], random_state=0).data
    assert some.leads == ("V5", "aVR")
    np.testing.assert_array_equal(some.to_array(), whole[:, [10, 3]])


def test_return_X_y():
    X, y = make_ecg(4, fs=50, duration=1.0, random_state=0, return_X_y=True)
    assert len(X) == len(y) == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": ["NORM", "MI"]}, r"\['MI'\].*NORM, AF"),
        ({"classes": []}, "at least one name"),
        ({"classes": ["PE", "PE"]}, "each once"),
        ({"leads": ["V7"]}, r"\['V7'\].*aVR"),
        ({"fs": 0}, "'fs'"),
        ({"fs": np.nan}, "'fs'"),
        ({"fs": "500"}, "'fs'"),
        ({"fs": None}, "'fs'"),
        ({"duration": 0.5}, "'duration'"),
        ({"duration": (5, 2)}, "shortest, longest"),
        ({"duration": ("a", "b")}, "shortest, longest"),
        ({"n_records": 0}, "'n_records'"),
        ({"n_patients": 21}, "n_records=20.*got 21"),
        ({"n_patients": 1}, "between 10"),
        ({"difficulty": 1.5}, "'difficulty'"),
        ({"weights": [1, 2]}, "10 numbers"),
        ({"classes": ["AF", "PE"], "weights": [-1, 2]}, "none negative"),
        ({"classes": ["AF", "PE"], "weights": [0, 0]}, "not all 0"),
        ({"classes": ["AF", "PE"], "weights": ["a", "b"]}, "2 numbers"),
        ({"random_state": "seed"}, "'random_state'"),
    ],
)
def test_bad_input_is_told(settings, message):
    with pytest.raises(ValueError, match=message):
        make_ecg(**{"n_records": 20} | settings)


# -- difficulty -----------------------------------------------------------------------------------


def simple_features(ecg, fs):
    """Rate, spread and shortest interval, the oddest beat, and the median beat every 40 ms."""
    rows = []
    for record, peaks, beat in zip(ecg.data, ecg.r_peaks, median_beats(ecg), strict=True):
        rr = np.diff(peaks) / fs
        around = [record.signal[:, p - 10 : p + 15] for p in peaks if 10 <= p < record.signal.shape[1] - 15]
        odd = max(np.abs(piece - beat[:, at(0, fs) - 10 : at(0, fs) + 15]).mean() for piece in around)
        rows.append([rr.mean(), rr.std() / rr.mean(), rr.min() / np.median(rr), odd, *beat[:, ::4].ravel()])
    return np.array(rows)


def test_trivial_is_separable_and_hard_is_harder():
    scores = []
    for difficulty in (0, 0.5, 1):
        ecg = make_ecg(300, fs=100, difficulty=difficulty, random_state=0)
        groups = ecg.data.metadata["patient_id"]
        trees = ExtraTreesClassifier(100, random_state=0)
        X = simple_features(ecg, 100)
        scores.append(cross_val_score(trees, X, ecg.target, groups=groups, cv=StratifiedGroupKFold(3)).mean())
    assert scores[0] > 0.9 and scores[1] < scores[0] - 0.05 and scores[2] < scores[1] - 0.1, scores
    assert scores[2] > 0.2  # chance is 0.1


def test_pulmonary_embolism_is_as_hard_as_in_the_literature():
    def auc(difficulty):
        ecg = make_ecg(400, classes=["NORM", "PE"], fs=100, difficulty=difficulty, random_state=0)
        trees = ExtraTreesClassifier(100, min_samples_leaf=3, random_state=0)
        X, groups = simple_features(ecg, 100), ecg.data.metadata["patient_id"]
        cv = StratifiedGroupKFold(3)
        return cross_val_score(trees, X, ecg.target, groups=groups, cv=cv, scoring="roc_auc").mean()

    assert auc(0) > 0.98
    assert 0.55 < auc(1) < 0.8
