"""Select leads, and derive limb leads from I and II."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Literal

import numpy as np

__all__ = ["mix_leads", "resolve_leads"]

# weights of I and II in the other limb leads, after Einthoven and Goldberger
DERIVED = {"iii": (-1.0, 1.0), "avr": (-0.5, -0.5), "avl": (1.0, -0.5), "avf": (-0.5, 1.0)}
MODIFIED = {"mli": "i", "mlii": "ii", "mliii": "iii"}  # electrodes on the trunk, as Holter recorders place them


def resolve_leads(
    available: Sequence[str], wanted: Sequence[str | int], *, missing: Literal["raise", "zeros"] = "raise"
) -> tuple[tuple[str, ...], np.ndarray]:
    """Find each wanted lead among the available ones, or derive it from I and II.

    Parameters
    ----------
    available : sequence of str
        Names of the leads of the signal.
    wanted : sequence of str or int
        Names in any case, or indices. III, aVR, aVL and aVF may be absent if I and II
        are available: III = II - I, aVR = -(I + II) / 2, aVL = I - II / 2, aVF = II - I / 2.
    missing : {"raise", "zeros"}, default="raise"
        What to do with a lead that is neither available nor derivable: raise an error, or give it no weights.
        With "zeros", prefixes ("Lead II") do not count, and a modified limb lead (MLII) stands for the lead.

    Returns
    -------
    names : tuple of str
        The names as in `wanted`; for an index, the name in `available`.
    weights : ndarray of shape (n_wanted, n_available)
        Weight of each available lead in each wanted lead.

    Raises
    ------
    ValueError
        If a lead, or with `missing="zeros"` every lead, is neither available nor derivable, an index is out of
        range, or `wanted` names a lead twice or is empty.
    TypeError
        If a wanted lead is neither a name nor an index.

    Examples
    --------
    >>> from skecg.signal import resolve_leads
    >>> resolve_leads(["I", "II", "V1"], ["AVF", 2])
    (('AVF', 'V1'), array([[-0.5,  1. ,  0. ],
           [ 0. ,  0. ,  1. ]]))
    >>> resolve_leads(["MLII"], ["I", "II"], missing="zeros")
    (('I', 'II'), array([[0.],
           [1.]]))
    """
    fold = plain_lead if missing == "zeros" else str.casefold
    folded = [fold(name) for name in available]
    if missing == "zeros":
        folded = [name if MODIFIED.get(name, name) in folded else MODIFIED[name] for name in folded]
    names: list[str] = []
    weights = np.zeros((len(wanted), len(available)))
    for row, lead in enumerate(wanted):
        if isinstance(lead, Integral) and not isinstance(lead, bool):
            if not 0 <= lead < len(available):
                raise ValueError(f"There is no lead {lead}: the indices of the {len(available)} leads start at 0.")
            names.append(available[int(lead)])
            weights[row, int(lead)] = 1
            continue
        if not isinstance(lead, str):
            raise TypeError(f"A lead must be a name or an index; got {lead!r}.")
        names.append(str(lead))
        key = fold(lead)
        if key in folded:
            weights[row, folded.index(key)] = 1
        elif key in DERIVED and "i" in folded and "ii" in folded:
            weights[row, [folded.index("i"), folded.index("ii")]] = DERIVED[key]
        elif missing == "raise":
            raise ValueError(f"Unknown lead {lead!r}; the leads are {', '.join(available)}.")
    if not names or len({name.casefold() for name in names}) < len(names):
        raise ValueError(f"leads must name at least one lead, and no lead twice; got {list(wanted)}.")
    if not weights.any():
        raise ValueError(f"None of the leads {', '.join(names)} is among the leads {', '.join(available)}.")
    return tuple(names), weights


def mix_leads(signal: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Compute leads as weighted sums of the leads of a signal.

    Parameters
    ----------
    signal : ndarray of shape (..., n_leads, n_times)
        Signals.
    weights : ndarray of shape (n_leads_out, n_leads)
        The weights from `resolve_leads`.

    Returns
    -------
    mixed : ndarray of shape (..., n_leads_out, n_times)
        A new array of the same type; leads that are only selected keep exactly the same values, and leads without
        weights are zero.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.signal import mix_leads, resolve_leads
    >>> _, weights = resolve_leads(["I", "II"], ["II", "III"])
    >>> mix_leads(np.array([[1.0, 2.0], [3.0, 5.0]]), weights)
    array([[3., 5.],
           [2., 3.]])
    """
    main = np.argmax(weights, axis=1)
    out = np.take(signal, main, axis=-2)
    out[..., ~weights.any(axis=1), :] = 0
    for row in np.flatnonzero((weights != 0).sum(axis=1) > 1):
        used = np.flatnonzero(weights[row])
        out[..., row, :] = np.einsum("l,...lt->...t", weights[row, used].astype(signal.dtype), signal[..., used, :])
    return out


def plain_lead(lead: str) -> str:
    """Return the name of a lead in lower case, without the prefixes that some recorders add."""
    name = "".join(character for character in lead.casefold() if character.isalnum())
    for prefix in ("mdcecglead", "ecglead", "lead", "ecg"):
        if name.startswith(prefix) and len(name) > len(prefix) and not name[len(prefix) :].isdigit():
            return name.removeprefix(prefix)
    return name
