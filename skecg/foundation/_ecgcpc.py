"""Checkpoints of ECG-CPC: names and shapes as in the published code, and their place in ours.

References: Gu, Goel, Re 2022, arXiv 2111.00396 (S4). A published state space is a normal matrix plus one of low rank,
diag(w) - P Q^T, with complex states of which one of each conjugate pair is stored, and with a step for each channel.
Its output is stored as C - C A^n, with n = 1200 tokens and A the matrix for one token. Ours is the same system in real
numbers, for one token.
"""

import numpy as np

UNUSED = r"ts_encoder\.head_ssl\."

_ENCODER = "ts_encoder.encoder.layers."
_PREDICTOR = "ts_encoder.predictor.predictor."
_N_TOKENS = 1200  # 10 s at 240 Hz, after the stride of 2
_STEM = 4  # convolutions


def layout(n_leads, *, width, n_layers, n_states):
    """Return {name: shape} of the weights in a checkpoint.

    Parameters
    ----------
    n_leads : int
        Number of leads.
    width, n_layers, n_states : int
        As in `skecg.networks.ECGCPC`.

    Returns
    -------
    shapes : dict of str to tuple of int
    """
    shapes = {}
    for i in range(_STEM):
        shapes[f"{_ENCODER}{i}.0.weight"] = (width, n_leads, 3) if i == 0 else (width, width, 1)
        shapes |= {f"{_ENCODER}{i}.1.{name}": (width,) for name in ("weight", "bias", "running_mean", "running_var")}
        shapes[f"{_ENCODER}{i}.1.num_batches_tracked"] = ()
    pairs, nodes = (width, n_states // 2, 2), (_N_TOKENS // 2 + 1, 2)
    for i in range(n_layers):
        system = f"{_PREDICTOR}s4_layers.{i}."
        shapes |= {f"{system}kernel.kernel.{name}": (1, *pairs) for name in "BCPQ"}
        shapes |= {f"{system}kernel.kernel.w": pairs, f"{system}kernel.kernel.log_dt": (width,)}
        shapes |= {f"{system}kernel.kernel.{name}": nodes for name in ("omega", "z")}
        shapes |= {f"{system}D": (1, width)}
        shapes |= {
            f"{system}output_linear.0.weight": (2 * width, width),
            f"{system}output_linear.0.bias": (2 * width, 1),
        }
        shapes |= {f"{_PREDICTOR}norms.{i}.{name}": (width,) for name in ("weight", "bias")}
    return shapes


def convert(arrays):
    """Return the weights of `ECGCPC` from those of a checkpoint.

    Parameters
    ----------
    arrays : dict of str to ndarray
        The weights of the checkpoint.

    Returns
    -------
    weights : dict of str to ndarray
        Without the head.
    """
    weights = {}
    for i in range(_STEM):
        weights[f"stem.{3 * i}.weight"] = arrays[f"{_ENCODER}{i}.0.weight"][:, :, None]
        for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
            weights[f"stem.{3 * i + 1}.{name}"] = arrays[f"{_ENCODER}{i}.1.{name}"]
    n_layers = sum(name.endswith(".D") for name in arrays)
    for i in range(n_layers):
        system, block = f"{_PREDICTOR}s4_layers.{i}.", f"blocks.{i}."
        names = ("log_dt", "w", "P", "Q", "B", "C")
        transition, into, out = _in_steps(*(arrays[f"{system}kernel.kernel.{name}"] for name in names))
        weights[f"{block}state_space.transition"] = transition
        weights[f"{block}state_space.input"] = into
        weights[f"{block}state_space.output"] = out
        weights[f"{block}state_space.skip"] = arrays[f"{system}D"].T
        weights[f"{block}mix.2.weight"] = arrays[f"{system}output_linear.0.weight"]
        weights[f"{block}mix.2.bias"] = arrays[f"{system}output_linear.0.bias"][:, 0]
        weights |= {f"{block}norm.{name}": arrays[f"{_PREDICTOR}norms.{i}.{name}"] for name in ("weight", "bias")}
    return weights


def _in_steps(log_dt, w, p, q, b, c):
    """Return A (width, n_states, n_states), B and C (width, n_states) of real systems for one token."""
    w, p, q, b, c = (_with_conjugates(values.reshape(w.shape)) for values in (w, p, q, b, c))
    half = np.exp(log_dt.astype(np.float64))[:, None, None] / 2
    one = np.eye(w.shape[1])
    rates = w[:, :, None] * one - p[:, :, None] * q[:, None, :]
    back = np.linalg.inv(one - half * rates)  # the bilinear transform
    transition = back @ (one + half * rates)
    into = 2 * half[:, 0] * (back @ b[:, :, None])[:, :, 0]
    rest = one - np.linalg.matrix_power(transition, _N_TOKENS)
    out = np.linalg.solve(rest.swapaxes(1, 2), c[:, :, None])[:, :, 0]
    # real and imaginary part of each state in place of the state and its conjugate
    i = np.eye(w.shape[1] // 2)
    parts = np.block([[i, 1j * i], [i, -1j * i]])
    unmix = np.linalg.inv(parts)
    return (unmix @ transition @ parts).real, (into @ unmix.T).real, (out @ parts).real


def _with_conjugates(values):
    """Return complex states from real and imaginary parts (width, n_pairs, 2), followed by their conjugates."""
    half = np.asarray(values[..., 0], np.complex128) + 1j * values[..., 1]
    return np.concatenate([half, half.conj()], axis=1)
