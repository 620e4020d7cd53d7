"""Change the ventricles of a model heart: infarction, hypertrophy, fascicular block, pre-excitation, pacing."""

from __future__ import annotations

import numpy as np

from skecg.datasets._dipole import ATRIA, CENTRE, FLAT, LEFT, QRS, RIGHT, ST, VECTOR, Q, R, T, X, Y, Z, blend

ST_EARLIER = 12  # ms
# Where an infarction takes away the first forces of QRS (mV, towards the opposite side), what it leaves of R,
# and where ST and T point: Fourth universal definition of myocardial infarction, Thygesen et al. 2018.
TERRITORIES = {
    "anterior": ((-0.02, 0.04, 0.62), (0.80, 0.85, 0.62), (0.06, 0.00, -0.19), (-0.30, 0.02, 0.40)),
    "septal": ((0.04, 0.02, 0.42), (1.00, 1.00, 0.30), (0.00, 0.02, -0.15), (-0.04, 0.00, 0.30)),
    "inferior": ((0.02, -0.52, -0.08), (1.00, 0.62, 0.10), (-0.03, 0.21, 0.02), (0.10, -0.36, 0.00)),
    "lateral": ((-0.52, 0.16, -0.10), (0.66, 1.00, -0.05), (0.22, -0.03, 0.05), (-0.42, 0.04, -0.04)),
}


def shift_st(heart, vector, s):
    """Add a vector to ST, which then begins in QRS, so that QRS stays as wide as it is."""
    heart.waves[:, ST, VECTOR] += vector
    heart.waves[:, ST, CENTRE] -= ST_EARLIER * s
    heart.waves[:, ST, FLAT] += ST_EARLIER * s


def infarction(territory):
    """Return the change by an infarction: wide Q, smaller R, raised ST and inverted T in its leads."""
    q, r, st, t = (np.array(vector) for vector in TERRITORIES[territory])

    def change(heart, anatomy, s, has, rng):
        # Voltages and axis of the patient hide small Q waves, so both go back towards the mean.
        anatomy["frontal"] = np.where(has, 0.4 * anatomy["frontal"], anatomy["frontal"])
        anatomy["horizontal"] = np.where(has, 0.4 * anatomy["horizontal"], anatomy["horizontal"])
        part = s[:, None]
        heart.waves[:, Q, VECTOR] += part * (q * rng.uniform(0.9, 1.2, (len(s), 1)) - heart.waves[:, Q, VECTOR])
        heart.waves[:, Q, LEFT] += 3 * s
        heart.waves[:, Q, RIGHT] += 5 * s
        heart.waves[:, Q, CENTRE] -= 3 * s
        heart.span[:, 0] -= 10 * s
        keep = np.array((*r[:2], 1.0))
        heart.waves[:, R, VECTOR] *= 1 + part * (keep - 1)
        heart.waves[:, R, Z] += r[2] * s
        shift_st(heart, part * st * rng.uniform(0.7, 1.3, (len(s), 1)), s)
        heart.waves[:, T, VECTOR] += part * t * rng.uniform(0.8, 1.2, (len(s), 1))

    return change


def hypertrophy(heart, anatomy, s, has, rng):
    """Make QRS high, turn it to the left and back, and let ST and T point away from it (strain)."""
    size = rng.uniform(2.1, 2.6, len(s)) / anatomy["qrs_gain"]  # whatever the voltages of the patient
    heart.waves[:, Q:ST, VECTOR] *= (1 + s * (size - 1))[:, None, None]
    heart.waves[:, R, Y] -= 0.5 * s
    heart.waves[:, R, Z] += 0.2 * s
    heart.waves[:, QRS, :X] *= 1 + 0.08 * s[:, None, None]
    heart.span *= 1 + 0.08 * s[:, None]
    gain = anatomy["qrs_gain"][:, None]
    shift_st(heart, s[:, None] * np.array((-0.12, -0.02, 0.08)) / gain, s)
    heart.waves[:, T, VECTOR] += s[:, None] * np.array((-0.75, -0.25, -0.05)) / anatomy["t_gain"][:, None]


def fascicular_block(name):
    """Return the change by a left fascicular block, whose axis does not depend on that of the patient."""

    def change(heart, anatomy, s, has, rng):
        anatomy["frontal"] = np.where(has, 0.3 * anatomy["frontal"], anatomy["frontal"])
        blend(heart, name, s)

    return change


def preexcitation(heart, anatomy, s, has, rng):
    """Shorten PR, and let QRS begin with a slow delta wave."""
    heart.pr = np.where(has, heart.pr + s * (rng.uniform(95, 112, len(s)) - heart.pr), heart.pr - 25 * s)
    blend(heart, "WPW", s)


def pacing(heart, anatomy, s, has, rng):
    """Pace the right ventricle at its apex: no P, a spike, and a wide QRS that points up and to the back."""
    heart.waves[:, ATRIA, VECTOR] *= np.where(has, 0, 1)[:, None, None]
    anatomy["frontal"] = np.where(has, 0.3 * anatomy["frontal"], anatomy["frontal"])
    blend(heart, "paced", np.where(has, s, 0))
    heart.rate = np.where(has, rng.uniform(60, 80, len(s)), heart.rate)
    for name in ("rsa", "lf", "irregular"):
        setattr(heart, name, np.where(has, 0, getattr(heart, name)))
    heart.spike = np.where(has, rng.uniform(1.5, 3.0, len(s)), heart.spike)


def long_qt(heart, anatomy, s, has, rng):
    """Lengthen QT to a QTc of 485 to 503 ms, with a wider T."""
    heart.qtc += s * np.where(has, rng.uniform(485, 503, len(s)) - heart.qtc, 40)
    heart.rate = np.where(has, np.minimum(heart.rate, 58), heart.rate)
    heart.waves[:, T, LEFT] *= 1 + 0.2 * s
