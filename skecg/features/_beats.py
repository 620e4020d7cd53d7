"""Measure rhythm, intervals and amplitudes as a table."""

from numbers import Real

import numpy as np

from .._scikit_learn import Interval, StrOptions
from ..records.implausible import warn_of_unit
from ..signal._spikes import LEAST_FS, find_spikes
from ..signal.delineation import BEFORE, average_beats, delineate
from ._average import FS, find_beats
from ._base import BaseTable
from ._confidence import CONFIDENCE, measure_confidence
from ._deflections import CHEST, DEFLECTIONS, measure_chest, measure_deflections
from ._ectopy import ECTOPY, measure_ectopy
from ._more import MORE_INTERVALS, ST, VOLTAGES, measure_more_intervals, measure_st, measure_voltages
from ._repolarisation import REPOLARISATION, lead_t_ends, measure_repolarisation
from ._rhythm import RHYTHM, measure_rhythm
from ._wave_table import DELINEATIONS
from ._waves import AXES, INTERVALS, PER_LEAD, STRAIN, Waves, measure_axes, measure_intervals, measure_strain


class BeatFeatures(BaseTable):
    """Measure rhythm, intervals and amplitudes, as a cardiologist reads them from an ECG.

    `BeatFeatures` finds R peaks in all leads together. It measures the median of the beats of a record,
    without premature beats. Use the table with any classifier of scikit-learn that accepts missing
    values, or with an imputer and any other classifier.

    Parameters
    ----------
    fs : float, default=None
        Sampling rate in Hz of a plain array. `ECGRecords` have their own rates, which may differ.
    leads : sequence of str, default=None
        Names of the leads of a plain array. `ECGRecords` have their own names. By default the standard names
        for twelve leads, else "lead 0", "lead 1", ...
    columns : {"standard", "all"}, default="standard"
        "all" adds the columns that the Notes list last, behind the others.
    delineation : {"rules", "network"}, default="rules"
        Where the waves of the median beat begin and end: by the rules of `skecg.signal.delineate`, or by the network
        of `wave_table`, which is closer to annotations. The rules decide which waves there are.

    Warns
    -----
    UserWarning
        If QRS complexes are too large or too small for mV, as those in microvolts or volts are.

    Attributes
    ----------
    leads_ : tuple of str
        Names of the leads.
    method_ : int
        How R peaks and waves are found; a step of an earlier version of skecg, which found them in another way, warns.
    n_features_in_ : int
        Number of leads of the training data; number of samples if it was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads of the training data, if it was `ECGRecords`.

    See Also
    --------
    MedianBeat : The samples of the same beat.
    skecg.signal.find_r_peaks, skecg.signal.average_beats, skecg.signal.delineate : The functions behind it.

    Notes
    -----
    The units are seconds, mV, degrees, beats per minute, and numbers or shares of beats. The columns are:

    - Rhythm: n_beats, heart_rate, rr_mean, rr_median, rr_std (SDNN), rr_min, rr_max, rmssd, pnn50, sd1 and sd2 (of
      the Poincare plot), rr_irregularity (rmssd / rr_mean) and premature_share (intervals below 0.8 of the usual
      one, or of both neighbours). These columns use all beats, normal or not. Ten seconds are too short for the slow
      part of heart-rate variability.
    - Intervals: p_duration, pr_interval, qrs_duration, qt_interval, qtc_bazett and qtc_fridericia.
    - Axes in the frontal plane: p_axis, qrs_axis, t_axis. The axes need I, and aVF or II.
    - Right-heart strain: s1q3t3 (1 if S in I and Q in III reach 0.15 mV and T in III is negative), s1q3t3_depth
      (the smallest depth of the three), r_share_v1 (share of R in the deflections of QRS in V1), terminal_v1 (mean of
      the last two fifths of QRS in V1, positive in right bundle branch block), t_mean_v1_v4 and t_inverted_v1_v4 (how
      many of V1 to V4 have T at or below -0.1 mV). III may be derived from I and II.
    - Each lead: p_amplitude, q_amplitude, r_amplitude, s_amplitude, st_level (60 ms after QRS), t_amplitude.

    Intervals are global: from the earliest onset to the latest end that the leads show together. QT is corrected for
    the median interval RR between beats, in seconds: qtc_bazett is QT / sqrt(RR), qtc_fridericia is QT / cbrt(RR).
    `columns="all"` adds:

    - qtc_framingham, QT + 0.154 (1 - RR) (Sagie et al. 1992); qtc_hodges, QT + 0.00175 (60 / RR - 60) (Hodges et al.
      1983); jt_interval, from the end of QRS to the end of T; t_peak_end, from the peak to the end of T.
    - sokolow_lyon, the depth of S in V1 and the height of R in V5 or V6, the higher one (Sokolow and Lyon 1949);
      cornell_voltage, the height of R in aVL and the depth of S in V3 (Casale et al. 1985), in mV; cornell_product,
      this voltage times the duration of QRS, in mV s (Molloy et al. 1992). S is the deepest negative wave of QRS.
    - Each lead: st_j, st_j20, st_j40, st_j60 and st_j80, the ST level at the end of QRS and so many milliseconds later,
      and st_slope, from st_j to st_j80, in mV/s. Levels are means of 8 ms, relative to the level before QRS.
    - supraventricular_share, ventricular_share and paced_share of the beats, and longest_ventricular_run in beats, as
      `skecg.signal.classify_beats` finds them; nn_mean and nn_rmssd, of the intervals between normal beats of records
      with P waves (Task Force 1996; `skecg.signal.heart_rate_variability` gives more for longer records).
    - atrial_rate: the heart rate if there is a P wave, else the rate of the waves of flutter or fibrillation of
      `skecg.signal.find_atrial_rate`, if its confidence reaches 0.1. In flutter with 2:1 conduction, whose waves pass
      for P, it is twice the heart rate.
    - qrs_t_angle, between the frontal axes, and qrs_t_angle_spatial, between the mean vectors of QRS and T in the leads
      of Frank (matrix of Kors et al. 1990), both 0 to 180; qt_dispersion, the difference between the latest and
      the earliest end of T (Day et al. 1990), by tangents, in at least six leads whose T reaches 0.05 mV.
    - cornell_product_women, cornell_product with 0.6 mV more (Okin et al. 1995); r_transition, the chest lead, 1 to 6,
      in which R becomes as high as S is deep (between leads by a line; 7 beyond V6); p_terminal_force_v1, depth times
      duration of the negative end of P in V1, in mV s (Morris et al. 1964).
    - Each lead: q_duration, of Q below a tenth of its depth, 0 if it is less than 0.03 mV deep; r_prime_amplitude, the
      height of a second R wave behind S, or 0; qrs_notches, changes of direction by 0.05 mV and 5 % of QRS that do not
      return to the level before QRS, two for each notch (after Das et al. 2006).
    - rhythm_confidence, the share of beats that have the usual QRS or are ectopic; p_confidence, the median correlation
      of the beats around P; qrs_confidence, that around QRS or, if it is less, the share of leads whose QRS begins and
      ends within 30 ms of QRS in all leads; t_confidence, the share of leads whose T ends so near; atrial_confidence.
      All lie between 0 and 1.

    A value is NaN if it cannot be measured: a P wave in atrial fibrillation, each value of a flat lead (as when an
    electrode has come off), each value that needs a flat or absent lead, and intervals between beats if there is only
    one beat. The values are most accurate in sinus rhythm; with a wrong rate all values are wrong. The boosted trees of
    scikit-learn 1.9 fail on a column that is NaN in each record, such as a column of an absent lead:
    `table.dropna(axis=1, how="all")` drops such columns.

    References
    ----------
    P. Kligfield et al., "Recommendations for the standardization and interpretation of the
    electrocardiogram, part I", Circulation 115 (2007) 1306-1324.

    Task Force of the European Society of Cardiology, "Heart rate variability", Circulation 93
    (1996) 1043-1065.

    A. Sagie et al., "An improved method for adjusting the QT interval for heart rate (the Framingham Heart Study)",
    American Journal of Cardiology 70 (1992) 797-801.

    M. Hodges, D. Salerno and D. Erlien, "Bazett's QT correction reviewed: evidence that a linear QT correction for
    heart rate is better", Journal of the American College of Cardiology 1 (1983) 694.

    M. Sokolow and T. P. Lyon, "The ventricular complex in left ventricular hypertrophy as obtained by unipolar
    precordial and limb leads", American Heart Journal 37 (1949) 161-186.

    P. N. Casale et al., "Electrocardiographic detection of left ventricular hypertrophy: development and prospective
    validation of improved criteria", Journal of the American College of Cardiology 6 (1985) 572-580.

    T. J. Molloy et al., "Electrocardiographic detection of left ventricular hypertrophy by the simple QRS
    voltage-duration product", Journal of the American College of Cardiology 20 (1992) 1180-1186.

    J. A. Kors et al., "Reconstruction of the Frank vectorcardiogram from standard electrocardiographic leads",
    European Heart Journal 11 (1990) 1083-1092.

    C. P. Day, J. M. McComb and R. W. Campbell, "QT dispersion: an indication of arrhythmia risk in patients with long
    QT intervals", British Heart Journal 63 (1990) 342-344.

    P. M. Okin et al., "Electrocardiographic identification of increased left ventricular mass by simple
    voltage-duration products", Journal of the American College of Cardiology 25 (1995) 417-423.

    J. J. Morris et al., "P-wave analysis in valvular heart disease", Circulation 29 (1964) 242-252.

    M. K. Das et al., "Significance of a fragmented QRS complex versus a Q wave in patients with coronary artery
    disease", Circulation 113 (2006) 2495-2501.

    S. McGinn and P. D. White, "Acute cor pulmonale resulting from pulmonary embolism", Journal
    of the American Medical Association 104 (1935) 1473-1480.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.features import BeatFeatures
    >>> ecg = make_ecg(20, classes=["NORM", "AF"], random_state=0)
    >>> table = BeatFeatures().set_output(transform="pandas").fit_transform(ecg.data)
    >>> table[["heart_rate", "pr_interval", "qrs_duration", "t_amplitude_V5"]].shape
    (20, 4)
    >>> table["pr_interval"].isna().groupby(ecg.target).mean()
    AF      1.0
    NORM    0.0
    Name: pr_interval, dtype: float64
    """

    _parameter_constraints: dict = {
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "leads": ["array-like", None],
        "columns": [StrOptions({"standard", "all"})],
        "delineation": [StrOptions(set(DELINEATIONS))],
    }

    def __init__(self, fs=None, leads=None, columns="standard", delineation="rules"):
        self.fs = fs
        self.leads = leads
        self.columns = columns
        self.delineation = delineation

    def __setstate__(self, state):
        later = {"columns": "standard", "delineation": "rules"}  # not in pickles of version 0.1.0
        super().__setstate__(later | state)

    def _names(self, leads):
        single = [f"{name}_{lead}" for name in PER_LEAD for lead in leads]
        names = [*RHYTHM, *INTERVALS, *AXES, *STRAIN, *single]
        if self.columns == "all":
            names += [*MORE_INTERVALS, *VOLTAGES, *(f"{name}_{lead}" for name in ST for lead in leads)]
            names += [*ECTOPY, *REPOLARISATION, *CHEST, *CONFIDENCE]
            names += [f"{name}_{lead}" for name in DEFLECTIONS for lead in leads]
        return names

    def _check(self, X, *, reset):
        X = super()._check(X, reset=reset)
        if not reset:  # `fit` warns by itself
            warn_of_unit(X)
        return X

    def _measure(self, block, fs):
        raw, filtered, peaks = find_beats(block, fs)
        beats, errors = average_beats(filtered, FS, peaks)
        rhythm = np.stack([measure_rhythm(found, FS) for found in peaks])
        usual = rhythm[:, RHYTHM.index("rr_median")]
        fiducials = delineate(beats, FS, interval=usual, errors=errors)
        if self.delineation == "network":
            from ._wave_network import place_medians  # imports torch

            fiducials = place_medians(beats, fiducials)
        waves = Waves(beats, FS, fiducials)
        intervals, axes = measure_intervals(fiducials, usual), measure_axes(waves, self.leads_)
        single = waves.amplitudes()
        parts = [rhythm, intervals.T, axes.T, measure_strain(waves, self.leads_).T, *(single[n] for n in PER_LEAD)]
        if self.columns == "all":
            spikes = find_spikes(raw, FS) if fs >= LEAST_FS else [np.zeros(0, np.int64)] * len(raw)
            has_p = np.isfinite(fiducials["p_onset"])
            singles = measure_ectopy(filtered, peaks, beats, spikes, self.leads_, has_p)
            parts += [measure_more_intervals(fiducials, usual).T, *self._measure_more(waves, intervals, axes, singles)]
        return np.hstack(parts)

    def _measure_more(self, waves, intervals, axes, singles):
        """Return the columns from the voltages to the last, which `columns="all"` adds."""
        leads, qrs_duration = self.leads_, intervals[INTERVALS.index("qrs_duration")]
        voltages, t_ends = measure_voltages(waves, leads, qrs_duration), lead_t_ends(waves)
        ectopy, agreement = singles
        return [
            voltages.T,
            *measure_st(waves).values(),
            ectopy,
            measure_repolarisation(waves, leads, axes, t_ends).T,
            measure_chest(waves, leads, voltages[VOLTAGES.index("cornell_voltage")], qrs_duration).T,
            measure_confidence(waves, agreement, t_ends),
            *measure_deflections(waves, round(BEFORE * FS)).values(),
        ]
