"""Change the rhythm of a model heart: atrial flutter and ventricular tachycardia."""

from __future__ import annotations

import numpy as np

from skecg.datasets._dipole import ATRIA, QRS, VECTOR, T, X

CONDUCTION = (2, 3, 4)  # flutter waves to one QRS
SHARES = (0.55, 0.15, 0.30)  # of the records; ours


def flutter(heart, anatomy, s, has, rng):
    """Replace P by a saw tooth of 240 to 320 waves a minute, of which each second to fourth reaches the ventricles."""
    n = len(s)
    waves = rng.choice(CONDUCTION, n, p=SHARES)
    heart.waves[:, ATRIA, VECTOR] *= np.where(has, 0, 1)[:, None, None]
    heart.rate = np.where(has, rng.uniform(245, 315, n) / waves, heart.rate)
    _regular(heart, has)
    heart.flutter = np.where(has, s * rng.uniform(0.12, 0.22, n), heart.flutter)
    heart.conduction = np.where(has, waves, heart.conduction)


def tachycardia(heart, anatomy, s, has, rng):
    """Let the ventricles beat by themselves, 130 to 175 times a minute."""
    heart.waves = np.where(has[:, None, None], heart.ectopic, heart.waves)
    heart.waves[:, ATRIA, VECTOR] *= np.where(has, 0, 1)[:, None, None]
    heart.span = np.where(has[:, None], heart.ectopic_span, heart.span)
    narrow = np.where(has, 0.85, 1.0)
    heart.waves[:, QRS, :X] *= narrow[:, None, None]
    heart.span *= narrow[:, None]
    heart.waves[:, T, VECTOR] *= np.where(has, 0.6, 1.0)[:, None]
    heart.qtc = np.where(has, heart.qtc + 20, heart.qtc)
    heart.rate = np.where(has, rng.uniform(130, 175, len(s)), heart.rate)
    _regular(heart, has)


def _regular(heart, has):
    for name in ("rsa", "lf", "irregular", "premature"):
        setattr(heart, name, np.where(has, 0, getattr(heart, name)))
