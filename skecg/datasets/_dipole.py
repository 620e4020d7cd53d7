"""Model of the heart as one moving dipole: templates of the waves, and the sum of many beats."""

from __future__ import annotations

import numpy as np

WAVES = ("P1", "P2", "Q", "R", "S", "E", "ST", "T")
P1, P2, Q, R, S, E, ST, T = range(len(WAVES))
CENTRE, LEFT, RIGHT, FLAT, X, Y, Z = range(7)
QRS = slice(Q, ST)  # Q, R, S and E, the late part of the ventricles
ATRIA = slice(P1, Q)
VECTOR = slice(X, Z + 1)

# One row per wave: centre, width before it, width after it and half of the flat top (all in ms),
# then the vector in mV along x (to the left), y (to the feet) and z (to the back).
# The centre of P counts from its own onset, of ST from the end of QRS, of T from its own end,
# and of the other waves from the R peak.
SINUS_P = (
    (37, 16, 16, 0, 0.052, 0.047, -0.085),
    (62, 16, 15, 0, 0.125, 0.044, 0.030),
)
TEMPLATES = {
    "normal": (
        *SINUS_P,
        (-21, 7.0, 7.0, 0, -0.14, -0.06, -0.24),
        (0, 8.5, 9.0, 0, 1.02, 0.72, 0.14),
        (19, 8.5, 9.5, 0, 0.10, 0.12, 0.74),
        (37, 6.5, 8.0, 0, -0.12, -0.10, 0.20),
        (55, 14, 55, 32, 0.010, 0.006, -0.015),
        (-82, 58, 37, 0, 0.30, 0.22, -0.20),
    ),
    "LBBB": (
        *SINUS_P,
        (-29, 9.0, 9.0, 0, 0.12, 0.10, -0.06),
        (0, 14, 14, 3, 0.96, 0.46, 0.80),
        (50, 16, 20, 7, 0.86, 0.20, 0.96),
        (26, 14, 14, 0, 0.00, 0.02, 0.36),
        (55, 22, 55, 35, -0.12, -0.02, -0.15),
        (-88, 66, 42, 0, -0.42, -0.04, -0.50),
    ),
    "RBBB": (
        *SINUS_P,
        (-21, 7.0, 7.0, 0, -0.14, -0.06, -0.26),
        (0, 8.5, 9.5, 0, 1.00, 0.70, 0.07),
        (21, 9.0, 10, 0, 0.10, 0.12, 0.38),
        (66, 18, 19, 3, -0.44, -0.06, -0.54),
        (55, 18, 55, 30, 0.020, 0.010, 0.030),
        (-82, 58, 38, 0, 0.36, 0.20, 0.17),
    ),
    "LAFB": (
        *SINUS_P,
        (-24, 8.0, 8.0, 0, -0.10, 0.34, -0.22),
        (0, 9.5, 10, 0, 0.98, -0.32, 0.10),
        (21, 10, 11, 0, 0.46, -0.92, 0.58),
        (41, 8.0, 9.0, 0, -0.02, -0.28, 0.22),
        (55, 14, 55, 32, 0.010, 0.006, -0.015),
        (-82, 58, 37, 0, 0.28, 0.22, -0.20),
    ),
    "LPFB": (
        *SINUS_P,
        (-24, 8.0, 8.0, 0, 0.34, -0.30, -0.14),
        (0, 9.5, 10, 0, -0.12, 1.05, 0.10),
        (21, 10, 11, 0, -0.62, 0.62, 0.60),
        (41, 8.0, 9.0, 0, -0.30, 0.10, 0.20),
        (55, 14, 55, 32, 0.010, 0.006, -0.015),
        (-82, 58, 37, 0, 0.30, 0.14, -0.20),
    ),
    "WPW": (
        *SINUS_P,
        (-27, 15, 16, 8, 0.46, 0.30, -0.14),
        (0, 11, 10, 0, 0.90, 0.62, 0.16),
        (21, 9.0, 10, 0, 0.16, 0.12, 0.62),
        (40, 8.0, 9.0, 0, -0.08, -0.06, 0.20),
        (55, 16, 55, 32, -0.04, -0.03, 0.02),
        (-84, 58, 38, 0, 0.10, 0.04, -0.20),
    ),
    "paced": (
        *SINUS_P,
        (-38, 14, 16, 0, 0.14, -0.16, -0.05),
        (0, 22, 24, 8, 0.70, -0.95, 0.75),
        (47, 20, 24, 0, 0.36, -0.60, 0.75),
        (87, 16, 18, 0, 0.05, -0.05, 0.28),
        (45, 25, 50, 25, -0.14, 0.14, -0.18),
        (-92, 62, 46, 8, -0.36, 0.44, -0.50),
    ),
    "PVC of the right ventricle": (
        (36, 15, 15, 0, 0, 0, 0),
        (66, 15, 15, 0, 0, 0, 0),
        (-36, 13, 15, 0, 0.15, 0.40, -0.10),
        (0, 22, 24, 8, 0.85, 1.10, 0.95),
        (45, 20, 24, 0, 0.45, 0.40, 0.85),
        (85, 16, 18, 0, 0.05, 0.00, 0.30),
        (40, 25, 50, 25, -0.16, -0.18, -0.22),
        (-95, 62, 48, 10, -0.42, -0.46, -0.62),
    ),
    "PVC of the left ventricle": (
        (36, 15, 15, 0, 0, 0, 0),
        (66, 15, 15, 0, 0, 0, 0),
        (-36, 13, 15, 0, -0.10, -0.20, -0.35),
        (0, 22, 24, 8, -0.55, -0.70, -1.00),
        (45, 20, 24, 0, -0.75, -0.35, -0.70),
        (85, 16, 18, 0, -0.30, 0.00, -0.10),
        (40, 25, 50, 25, 0.14, 0.12, 0.20),
        (-95, 62, 48, 10, 0.42, 0.34, 0.50),
    ),
}
TEMPLATES = {name: np.array(rows, np.float64) for name, rows in TEMPLATES.items()}
QRS_SPAN = {  # onset and end of QRS in ms from the R peak
    "normal": (-37, 53),
    "LBBB": (-46, 106),
    "RBBB": (-37, 97),
    "LAFB": (-42, 61),
    "LPFB": (-42, 61),
    "WPW": (-66, 58),
    "paced": (-66, 118),
    "PVC of the right ventricle": (-64, 116),
    "PVC of the left ventricle": (-64, 116),
}

# From the dipole to the leads I, II, V1 ... V6: Dower, Machado and Osborne 1980.
DOWER = np.array(
    [
        (0.632, -0.235, 0.059),
        (0.235, 1.066, -0.132),
        (-0.515, 0.157, -0.917),
        (0.044, 0.164, -1.387),
        (0.882, 0.098, -1.277),
        (1.213, 0.127, -0.601),
        (1.125, 0.127, -0.086),
        (0.831, 0.076, 0.230),
    ]
)
BEFORE, AFTER = 0.45, 0.75  # s around an R peak in which the waves of the beat lie


def rotate(vectors, frontal, horizontal):
    """Turn vectors of shape (n, ..., 3) by the angles of shape (n,) in degrees.

    `frontal` turns from the left towards the feet (a more vertical axis), `horizontal`
    from the left towards the back (R waves that grow later from V1 to V6).
    """
    shape = (len(vectors),) + (1,) * (vectors.ndim - 2)
    x, y, z = np.moveaxis(vectors, -1, 0)
    for other, angle in (("y", frontal), ("z", horizontal)):
        cos, sin = (f(np.deg2rad(angle)).reshape(shape) for f in (np.cos, np.sin))
        if other == "y":
            x, y = cos * x - sin * y, sin * x + cos * y
        else:
            x, z = cos * x - sin * z, sin * x + cos * z
    return np.stack([x, y, z], axis=-1)


def blend(heart, name, s):
    """Move the beats towards a template: not at all at s=0, wholly at s=1."""
    waves, span = TEMPLATES[name], np.array(QRS_SPAN[name], np.float64)
    heart.waves[:, Q:] += s[:, None, None] * (waves[Q:] - heart.waves[:, Q:])
    heart.span += s[:, None] * (span - heart.span)
    heart.qtc += 0.6 * s * np.ptp(span - QRS_SPAN["normal"])


def render(rows, times, waves, n_rows, n_times, fs):
    """Sum beats into moving dipoles.

    Parameters
    ----------
    rows : ndarray of shape (n_beats,)
        Index of the signal, of `n_rows`, to which each beat belongs.
    times : ndarray of shape (n_beats,)
        R peak of each beat, in s after the first sample.
    waves : ndarray of shape (n_beats, n_waves, 7)
        As in `TEMPLATES`, with all centres measured from the R peak.
    n_rows, n_times : int
        Size of the result.
    fs : float
        Sampling rate in Hz.

    Returns
    -------
    dipoles : ndarray of shape (n_rows, 3, n_times), float32

    Notes
    -----
    A Gaussian low-pass, as in a recorder, smooths every wave. Its cut-off is 150 Hz, or two fifths of
    `fs` if that is lower, which prevents aliasing.
    """
    width = int(np.ceil((BEFORE + AFTER) * fs))
    first = np.ceil((times - BEFORE) * fs).astype(np.int64)
    seen = (first + width > 0) & (first < n_times)
    rows, times, waves, first = rows[seen], times[seen], waves[seen], first[seen]
    padded = np.zeros((n_rows, 3, n_times + 2 * width), np.float32)
    for start in range(0, len(rows), 256):
        part = slice(start, start + 256)
        offset = first[part] / fs - times[part]
        pieces = _beats(offset.astype(np.float32), waves[part], width, fs)
        for row, where, piece in zip(rows[part], first[part] + width, pieces, strict=True):
            padded[row, :, where : where + width] += piece
    return padded[:, :, width : width + n_times]


def _beats(offset, waves, width, fs):
    """Return (n_beats, 3, width): each beat on its own samples, the first at `offset` s from R."""
    smooth = 0.1325 / min(150.0, 0.4 * fs)  # s, standard deviation whose -3 dB point is that frequency
    tau = offset[:, None] + np.arange(width, dtype=np.float32) / np.float32(fs)
    pieces = np.zeros((len(offset), 3, width), np.float32)
    for k in range(waves.shape[1]):
        centre, left, right, flat = (waves[:, k, i, None] / 1000 for i in (CENTRE, LEFT, RIGHT, FLAT))
        wide = np.sqrt((left + right) ** 2 / 4 + smooth**2)
        gain = (np.sqrt(np.pi / 2) * (left + right) / 2 + flat) / (np.sqrt(np.pi / 2) * wide + flat)
        narrow = [(-0.5 / (side**2 + smooth**2)).astype(np.float32) for side in (left, right)]
        distance = tau - centre.astype(np.float32)
        beyond = np.maximum(np.abs(distance) - flat.astype(np.float32), 0)
        shape = np.exp(np.where(distance < 0, *narrow) * beyond**2)
        vector = (waves[:, k, VECTOR] * gain).astype(np.float32)
        pieces += vector[:, :, None] * shape[:, None, :]
    return pieces
