import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score

from skecg.datasets import make_ecg

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
BEFORE, AFTER = 0.45, 0.55  # s around the R peak


def clean(name, n_records=40, **settings):
    """Return textbook ECGs of one class, without noise and with the complete finding."""
    settings = {"fs": 500, "difficulty": 0, "n_patients": n_records, "random_state": 0} | settings
    return make_ecg(n_records, classes=[name], noise=0, **settings)


def median_beats(ecg):
    """Return the median beat of each record, (n_records, n_leads, n_times), shifted to zero just before QRS."""
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
    """Return onset and end of QRS in s from the R peak; in QRS all leads together change by over 12 uV per ms."""
    speed = np.sqrt((np.gradient(beat, axis=1) ** 2).sum(axis=0)) * fs / 1000
    moving = np.flatnonzero(speed > 0.012)
    pauses = np.flatnonzero(np.diff(moving) > 0.025 * fs)  # between P, QRS and T
    parts = np.split(moving, pauses + 1)
    qrs = next(part for part in parts if part[-1] >= at(0, fs) - 0.01 * fs)
    return qrs[0] / fs - BEFORE, qrs[-1] / fs - BEFORE


def qrs_widths(ecg, fs):
    return np.array([end - onset for onset, end in (qrs_bounds(beat, fs) for beat in median_beats(ecg))])


def pr_interval(beat, fs):
    """Return the time from the onset of P in lead II (a twentieth of its height) to the onset of QRS, in s."""
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
    beats, metadata = median_beats(ecg), ecg.data.metadata
    woman, old = (metadata["sex"] == "female").to_numpy(), (metadata["age"] > 65).to_numpy()
    young = (metadata["age"] < 47).to_numpy()
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
    assert (t["V6"].min(axis=1) < -0.05).all() and (t["V1"].max(axis=1) > 0.1).all()  # T opposite to QRS
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
    for peaks in clean(name, duration=1.0).r_peaks:  # a beat in the middle, even of a short record
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


def test_multilabel_findings_are_both_in_the_signal():
    ecg = make_ecg(200, classes=["LBBB", "AF"], multilabel=True, noise=0, difficulty=0, random_state=0)
    both = np.flatnonzero(ecg.target.sum(axis=1) == 2)
    assert len(both) > 10
    widths = qrs_widths(ecg, 500)
    spread = np.array([rr.std() / rr.mean() for rr in intervals(ecg)])
    assert (widths[both] > 0.12).all() and (spread[both] > 0.08).all()


# -- difficulty -----------------------------------------------------------------------------------


def simple_features(ecg, fs):
    """Return rate, spread and shortest interval, the most unusual beat, and the median beat every 40 ms."""
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


def test_patients_keep_their_anatomy():
    ecg = clean("NORM", n_records=60, n_patients=15)
    beats, patient = median_beats(ecg)[:, :, at(-0.05) : at(0.06)], ecg.data.metadata["patient_id"].to_numpy()
    distance = np.sqrt(((beats[:, None] - beats[None]) ** 2).mean(axis=(2, 3)))
    same = patient[:, None] == patient[None]
    own, others = distance[same & ~np.eye(60, dtype=bool)], distance[~same]
    assert np.median(own) < 0.4 * np.median(others)
    assert own.min() > 0
