"""Models of hearts: the effect of age and sex on a healthy heart, and the changes by each diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from skecg.datasets._arrhythmias import flutter, tachycardia
from skecg.datasets._dipole import ATRIA, QRS, QRS_SPAN, ST, TEMPLATES, VECTOR, E, Q, R, S, T, X, Y, blend, rotate
from skecg.datasets._ventricles import (
    fascicular_block,
    hypertrophy,
    infarction,
    long_qt,
    pacing,
    preexcitation,
    shift_st,
)

# Share of the positives that show each sign of acute pulmonary embolism at difficulty 0, 0.5 and 1:
# ours; from case series (LITFL, ECG changes in pulmonary embolism); Marchick et al. 2010.
PE_SIGNS = {
    "sinus tachycardia": (0.90, 0.44, 0.29),
    "S1Q3T3": (0.70, 0.20, 0.085),
    "right bundle branch block": (0.40, 0.18, 0.05),
    "T inversion V1-V4": (0.75, 0.34, 0.073),
}


@dataclass
class Heart:
    """Parameters of the heart of each record; every array has the shape (n_records, ...)."""

    waves: np.ndarray  # (n_records, n_waves, 7), as in TEMPLATES
    span: np.ndarray  # (n_records, 2), onset and end of QRS in ms from the R peak
    ectopic: np.ndarray  # (n_records, n_waves, 7), the ventricular premature beat
    ectopic_span: np.ndarray  # (n_records, 2)
    pr: np.ndarray  # ms, from the onset of P to the onset of QRS
    qtc: np.ndarray  # ms, from the onset of QRS to the end of T at 60 beats a minute
    rate: np.ndarray  # beats a minute
    rsa: np.ndarray  # relative depth of respiratory sinus arrhythmia
    lf: np.ndarray  # the same of the waves at 0.1 Hz
    irregular: np.ndarray  # relative spread of independent intervals
    f_waves: np.ndarray  # mV
    flutter: np.ndarray  # mV, waves of flutter
    conduction: np.ndarray  # waves of flutter to one QRS
    spike: np.ndarray  # mV, of a pacemaker
    premature: np.ndarray  # chance that a beat is premature
    coupling: np.ndarray  # its interval over the usual one
    ventricular: np.ndarray  # chance that a premature beat is ventricular
    breath_rate: np.ndarray  # Hz
    breath_phase: np.ndarray
    breath_depth: np.ndarray  # relative change of the amplitudes

    def take(self, rows):
        """Return the hearts of some records."""
        return Heart(*(getattr(self, field.name)[rows] for field in fields(self)))


def draw_hearts(patient, age, male, classes, has, difficulty, rng):
    """Draw the Heart of every record: first the anatomy of the patient, then the findings.

    Parameters
    ----------
    patient : ndarray of shape (n_records,), int
        Patients, numbered from 0.
    age, male : ndarray of shape (n_records,)
    classes : list of str
    has : ndarray of shape (n_records, n_classes), bool
        Which findings each record shows.
    difficulty : float
    rng : numpy.random.Generator

    Returns
    -------
    heart : Heart
    """
    _, first = np.unique(patient, return_index=True)
    anatomy = draw_anatomy(age[first], male[first].astype(np.float64), difficulty, rng)
    anatomy = {name: values[patient] for name, values in anatomy.items()}
    for angle in ("frontal", "horizontal"):  # the positions of body and electrodes vary a little between records
        anatomy[angle] = anatomy[angle] + 2.5 * rng.standard_normal(len(patient))
    heart = build_hearts(anatomy, rng)
    severity = draw_severity(has, difficulty, rng)
    for k, name in enumerate(classes):
        change = FINDINGS[name][1]
        if change is not None:
            change(heart, anatomy, severity[:, k], has[:, k], rng)
    apply_anatomy(heart, anatomy)
    return heart


def draw_severity(has, difficulty, rng):
    """Draw how strongly each record shows each finding, in [0, 1].

    A record that has the finding shows all of it at difficulty 0 and anything down to a
    quarter at difficulty 1. A record without it shows nothing at difficulty 0; at difficulty 1
    a third of them show up to half of it, as incomplete blocks and unspecific ST changes do.
    """
    own = 1 - 0.75 * difficulty * rng.random(has.shape)
    false = 0.5 * difficulty * rng.random(has.shape) * (rng.random(has.shape) < difficulty / 3)
    return np.where(has, own, false)


def draw_anatomy(age, male, difficulty, rng):
    """Draw the properties that are the same in all records of a patient.

    Age turns the axis to the left, lengthens PR and QT and reduces amplitude and heart-rate
    variability; women have a faster heart, a longer QT, a shorter QRS and lower voltages
    (Macfarlane and Lawrie, Comprehensive Electrocardiology, chapter on normal limits).
    """
    n = len(age)
    normal, old = rng.standard_normal((12, n)), (age - 50) / 10
    woman = 1.0 - male
    shares = [np.interp(difficulty, (0, 0.5, 1), row) for row in PE_SIGNS.values()]
    return {
        "frontal": np.clip(10 * normal[0] - 4.0 * old, -34, 25),
        "horizontal": 7 * normal[1] - 1.0 * old,
        "qrs_gain": np.exp(0.20 * normal[2] - 0.12 * woman - 0.02 * old),
        "qrs_width": np.exp(0.05 * normal[3] - 0.07 * woman),
        "t_gain": np.exp(0.20 * normal[4] - 0.25 * woman - 0.05 * old),
        "t_turn": 9 * normal[5],
        "p_gain": np.exp(0.18 * normal[6] - 0.04 * woman),
        "pr": np.clip(156 + 14 * normal[7] + 4 * old - 5 * woman, 126, 196),
        "qtc": 396 + 12 * normal[8] + 12 * woman + 2.5 * old,
        "rate": np.clip(69 + 8 * normal[9] + 4 * woman, 52, 95),
        "variability": np.exp(0.25 * normal[10] - 0.22 * old),
        "st_site": rng.integers(0, 3, n),
        "left_pvc": rng.random(n) < 0.35,
        "pe_signs": rng.random((n, len(shares))) < shares,  # signs that an embolism would show in this patient
        "detail": np.exp(0.12 * rng.standard_normal((n, len(TEMPLATES["normal"]), 3))),
    }


def build_hearts(anatomy, rng):
    """Return the healthy Heart of every record, with small differences between records."""
    n = len(anatomy["pr"])
    waves = np.repeat(TEMPLATES["normal"][None], n, axis=0)
    left = anatomy["left_pvc"]
    ectopic = np.where(left[:, None, None], *(TEMPLATES[f"PVC of the {side} ventricle"] for side in ("left", "right")))
    ectopic_span = np.where(left[:, None], *(QRS_SPAN[f"PVC of the {side} ventricle"] for side in ("left", "right")))
    return Heart(
        waves=waves,
        span=np.repeat(np.array([QRS_SPAN["normal"]], np.float64), n, axis=0),
        ectopic=ectopic,
        ectopic_span=ectopic_span.astype(np.float64),
        pr=anatomy["pr"] * np.exp(0.02 * rng.standard_normal(n)),
        qtc=anatomy["qtc"] + 4 * rng.standard_normal(n),
        rate=anatomy["rate"] * np.exp(0.06 * rng.standard_normal(n)),
        rsa=0.035 * anatomy["variability"],
        lf=0.025 * anatomy["variability"],
        irregular=np.zeros(n),
        f_waves=np.zeros(n),
        flutter=np.zeros(n),
        conduction=np.ones(n),
        spike=np.zeros(n),
        premature=np.zeros(n),
        coupling=np.full(n, 0.62),
        ventricular=np.zeros(n),
        breath_rate=rng.uniform(0.18, 0.30, n),
        breath_phase=rng.uniform(0, 2 * np.pi, n),
        breath_depth=rng.uniform(0.02, 0.07, n),
    )


def apply_anatomy(heart, anatomy):
    """Give the waves of sick and healthy hearts the size and the axis of their patients."""
    width, gain = anatomy["qrs_width"][:, None], anatomy["qrs_gain"][:, None, None]
    for waves, span in ((heart.waves, heart.span), (heart.ectopic, heart.ectopic_span)):
        waves[:, QRS, :X] *= width[:, None]
        span *= width
        waves[:, :, VECTOR] *= anatomy["detail"]
        waves[:, QRS, VECTOR] *= gain
        waves[:, ST, VECTOR] *= gain[:, 0]
        waves[:, T, VECTOR] *= anatomy["t_gain"][:, None]
        waves[:, ATRIA, VECTOR] *= anatomy["p_gain"][:, None, None]
        waves[:, Q:, VECTOR] = rotate(waves[:, Q:, VECTOR], anatomy["frontal"], anatomy["horizontal"])
        waves[:, T, VECTOR] = rotate(waves[:, T, VECTOR], anatomy["t_turn"], np.zeros(len(width)))


def _af(heart, anatomy, s, has, rng):
    n = len(s)
    heart.waves[:, ATRIA, VECTOR] *= np.where(has, 0, 1 - s)[:, None, None]
    heart.rate = np.where(has, np.clip(heart.rate + rng.normal(18, 14, n), 55, 140), heart.rate)
    heart.irregular = np.where(has, 0.07 + 0.15 * s, heart.irregular + 0.1 * s)
    heart.rsa, heart.lf = (np.where(has, 0, value) for value in (heart.rsa, heart.lf))
    heart.f_waves += s * rng.uniform(0.04, 0.10, n)


def _first_degree_block(heart, anatomy, s, has, rng):
    heart.pr += s * rng.uniform(75, 130, len(s))
    heart.rate = np.where(has, np.minimum(heart.rate, 88), heart.rate)


def _lbbb(heart, anatomy, s, has, rng):
    blend(heart, "LBBB", s)


def _rbbb(heart, anatomy, s, has, rng):
    blend(heart, "RBBB", s)


def _premature_atrial(heart, anatomy, s, has, rng):
    _premature(heart, s, has, rng, ventricular=0.0)


def _premature_ventricular(heart, anatomy, s, has, rng):
    _premature(heart, s, has, rng, ventricular=1.0)
    like = np.where(has, 0.5 * (1 - s), 0)
    heart.ectopic += like[:, None, None] * (heart.waves - heart.ectopic)
    heart.ectopic_span += like[:, None] * (heart.span - heart.ectopic_span)


def _premature(heart, s, has, rng, ventricular):
    n, both = len(s), heart.premature > 0
    heart.ventricular = np.where(has, np.where(both, 0.5, ventricular), heart.ventricular)
    heart.premature = np.where(has, rng.uniform(0.03, 0.18, n), heart.premature)
    heart.coupling = np.where(has, 0.88 - s * rng.uniform(0.22, 0.32, n), heart.coupling)
    heart.rate = np.where(has, np.minimum(heart.rate, 90), heart.rate)
    heart.irregular += np.where(has, 0, 0.08 * s)  # an uneven sinus rhythm looks like premature beats


ST_SITES = np.array([(0.06, 0.00, -0.19), (-0.03, 0.21, 0.02), (0.22, -0.03, 0.05)])  # anterior, inferior, lateral


def _st_elevation(heart, anatomy, s, has, rng):
    size = s * rng.uniform(0.8, 1.8, len(s))
    vector = ST_SITES[anatomy["st_site"]] * size[:, None]
    shift_st(heart, vector, s)
    heart.waves[:, T, VECTOR] += 1.2 * vector
    heart.rate += 6 * s


def _st_depression(heart, anatomy, s, has, rng):
    size = s * rng.uniform(1.0, 1.8, len(s))
    vector = np.array([-0.12, -0.09, 0.09]) * size[:, None]
    shift_st(heart, vector, s)
    heart.waves[:, T, VECTOR] += 0.9 * vector
    heart.rate += 8 * s


def _pulmonary_embolism(heart, anatomy, s, has, rng):
    n = len(s)
    fast, strain, block, inverted = anatomy["pe_signs"].T * s
    heart.rate = np.where(fast > 0, heart.rate + fast * (rng.uniform(104, 128, n) - heart.rate), heart.rate)
    heart.rsa *= 1 - 0.6 * fast
    heart.breath_rate += 0.12 * fast
    blend(heart, "RBBB", block * rng.uniform(0.5, 1.0, n))
    heart.waves[:, Q, VECTOR] += strain[:, None] * np.array([0.24, -0.20, -0.02])
    heart.waves[:, S, VECTOR] += strain[:, None] * np.array([-0.40, 0.02, -0.05])
    heart.waves[:, E, VECTOR] += strain[:, None] * np.array([-0.42, 0.16, 0.04])
    heart.waves[:, R, X] -= 0.25 * strain
    heart.waves[:, T, Y] -= 0.22 * strain
    inverted = inverted * rng.uniform(0.9, 1.2, n)
    heart.waves[:, T, VECTOR] += inverted[:, None] * np.array([-0.30, -0.02, 0.55])


FINDINGS = {
    "NORM": ("normal sinus rhythm", None),
    "AF": ("atrial fibrillation", _af),
    "1AVB": ("first-degree atrioventricular block", _first_degree_block),
    "LBBB": ("left bundle branch block", _lbbb),
    "RBBB": ("right bundle branch block", _rbbb),
    "PAC": ("premature atrial beats", _premature_atrial),
    "PVC": ("premature ventricular beats", _premature_ventricular),
    "STE": ("ST elevation", _st_elevation),
    "STD": ("ST depression", _st_depression),
    "PE": ("acute pulmonary embolism", _pulmonary_embolism),
    "AMI": ("anterior myocardial infarction", infarction("anterior")),
    "ASMI": ("anteroseptal myocardial infarction", infarction("septal")),
    "IMI": ("inferior myocardial infarction", infarction("inferior")),
    "LMI": ("lateral myocardial infarction", infarction("lateral")),
    "LVH": ("left ventricular hypertrophy", hypertrophy),
    "LAFB": ("left anterior fascicular block", fascicular_block("LAFB")),
    "LPFB": ("left posterior fascicular block", fascicular_block("LPFB")),
    "WPW": ("pre-excitation of Wolff, Parkinson and White", preexcitation),
    "LNGQT": ("long QT interval", long_qt),
    "PACE": ("pacing of the right ventricle", pacing),
    "AFLT": ("atrial flutter", flutter),
    "VT": ("ventricular tachycardia", tachycardia),
}
MEAN_AGE = {"AF": 70, "1AVB": 68, "LBBB": 70, "RBBB": 66, "NORM": 56, "WPW": 35, "PACE": 74}  # years; 62 for the others
# Two findings of one group exclude each other; those of the group of NORM exclude all others.
GROUPS = {"AF": "atria", "1AVB": "atria", "PAC": "atria", "PVC": "premature ventricular beats"}
GROUPS |= dict.fromkeys(("NORM", "PACE", "AFLT", "VT"), "none")
GROUPS |= dict.fromkeys(("LBBB", "RBBB", "STE", "STD", "PE", "AMI", "ASMI", "IMI", "LMI"), "ventricles")
GROUPS |= dict.fromkeys(("LVH", "LAFB", "LPFB", "WPW", "LNGQT"), "ventricles")
