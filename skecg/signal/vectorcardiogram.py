"""Compute the vectorcardiogram from the twelve leads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .leads import mix_leads, resolve_leads

__all__ = ["to_vectorcardiogram"]

LEADS = ("V1", "V2", "V3", "V4", "V5", "V6", "I", "II")
MATRICES = {
    "kors": (  # Kors et al. 1990
        (-0.13, 0.05, -0.01, 0.14, 0.06, 0.54, 0.38, -0.07),
        (0.06, -0.02, -0.05, 0.06, -0.17, 0.13, -0.07, 0.93),
        (-0.43, -0.06, -0.14, -0.20, -0.11, 0.31, 0.11, -0.23),
    ),
    "dower": (  # Edenbrandt and Pahlm 1988
        (-0.172, -0.074, 0.122, 0.231, 0.239, 0.194, 0.156, -0.010),
        (0.057, -0.019, -0.106, -0.022, 0.041, 0.048, -0.227, 0.887),
        (-0.229, -0.310, -0.246, -0.063, 0.055, 0.108, 0.022, 0.102),
    ),
}


def to_vectorcardiogram(signal: np.ndarray, leads: Sequence[str], method: str = "kors") -> np.ndarray:
    """Compute the three leads X, Y and Z of Frank.

    Parameters
    ----------
    signal : ndarray of shape (..., n_leads, n_times)
        Voltages.
    leads : sequence of str
        Names of the leads. I, II and V1 to V6 must be among them.
    method : {"kors", "dower"}, default="kors"
        The regression matrix of Kors et al., whose vectors are closer to those of Frank's leads, or the inverse of the
        matrix of Dower by Edenbrandt and Pahlm.

    Returns
    -------
    vectors : ndarray of shape (..., 3, n_times)
        In the units of the signal: X points to the left, Y to the feet, Z to the back.

    Raises
    ------
    ValueError
        If a lead is absent, or the method is unknown.

    References
    ----------
    J. A. Kors et al., "Reconstruction of the Frank vectorcardiogram from standard electrocardiographic leads:
    diagnostic comparison of different methods", European Heart Journal 11 (1990) 1083-1092.

    L. Edenbrandt and O. Pahlm, "Vectorcardiogram synthesized from a 12-lead ECG: superiority of the inverse Dower
    matrix", Journal of Electrocardiology 21 (1988) 361-367.

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.signal import to_vectorcardiogram
    >>> record = make_ecg(1, classes=["NORM"], random_state=0).data[0]
    >>> to_vectorcardiogram(record.signal, record.leads).shape
    (3, 5000)
    """
    if method not in MATRICES:
        raise ValueError(f"method must be 'kors' or 'dower'; got {method!r}.")
    _, weights = resolve_leads(leads, LEADS)
    signal = np.asarray(signal)
    signal = signal if signal.dtype.kind == "f" else signal.astype(np.float64)
    return mix_leads(signal, np.array(MATRICES[method]) @ weights)
