"""The published networks as their authors' code defines them: names, shapes, and what they compute.

Only functions on dictionaries of tensors by the published names; written from the description, not from our networks.
"""

import math

import torch
from torch.nn import functional as F


def net1d_shapes(n_leads, n_outputs, widths, depths, ratio, kernel, group_width):
    """Return {name: shape} of Net1D, with the BatchNorm that it holds and does not use."""
    shapes = _with_bias("first_conv.conv", (widths[0], n_leads, kernel)) | _norm("first_bn", widths[0])
    n_in = widths[0]
    for i, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        middle = int(width * ratio)
        for j in range(depth):
            at = f"stage_list.{i}.block_list.{j}"
            shapes |= _norm(f"{at}.bn1", n_in) | _norm(f"{at}.bn2", middle) | _norm(f"{at}.bn3", middle)
            shapes |= _with_bias(f"{at}.conv1.conv", (middle, n_in, 1))
            shapes |= _with_bias(f"{at}.conv2.conv", (middle, middle // (width // group_width), kernel))
            shapes |= _with_bias(f"{at}.conv3.conv", (width, middle, 1))
            shapes |= _with_bias(f"{at}.se_fc1", (width // 2, width)) | _with_bias(f"{at}.se_fc2", (width, width // 2))
            n_in = width
    return shapes | _with_bias("dense", (n_outputs, n_in))


def ecg_cpc_shapes(n_leads, width, n_layers, n_states, n_tokens=1200):
    """Return {name: shape} of ECG-CPC, with the head of its pre-training."""
    shapes = {"ts_encoder.head_ssl.proj.0.weight": (14 * width, width)}
    for i in range(4):
        at = f"ts_encoder.encoder.layers.{i}"
        shapes[f"{at}.0.weight"] = (width, width if i else n_leads, 1 if i else 3)
        shapes |= _norm(f"{at}.1", width)
    for i in range(n_layers):
        at, pairs = f"ts_encoder.predictor.predictor.s4_layers.{i}", (width, n_states // 2, 2)
        shapes |= {f"{at}.D": (1, width), f"{at}.kernel.kernel.log_dt": (width,), f"{at}.kernel.kernel.w": pairs}
        shapes |= {f"{at}.kernel.kernel.{name}": (1, *pairs) for name in ("C", "B", "P", "Q")}
        shapes |= {f"{at}.kernel.kernel.{name}": (n_tokens // 2 + 1, 2) for name in ("omega", "z")}
        shapes |= {f"{at}.output_linear.0.weight": (2 * width, width), f"{at}.output_linear.0.bias": (2 * width, 1)}
        shapes |= {f"ts_encoder.predictor.predictor.norms.{i}.{name}": (width,) for name in ("weight", "bias")}
    return shapes


def _with_bias(name, shape):
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def _norm(name, width):
    named = {f"{name}.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")}
    return named | {f"{name}.num_batches_tracked": ()}


def random_weights(shapes, seed=0):
    """Return random weights of a network, of a size at which signals neither vanish nor explode."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif name.endswith("running_var"):
            state[name] = torch.rand(shape, generator=generator) + 0.5
        else:
            fan_in = math.prod(shape[1:]) if len(shape) > 1 and "kernel.kernel" not in name else 1
            state[name] = torch.randn(shape, generator=generator) / math.sqrt(fan_in)
    return state


def with_stable_states(state, seed=0):
    """Return weights of ECG-CPC whose states are those of HiPPO-LegS (Gu et al. 2022), as at the start of training."""
    generator = torch.Generator().manual_seed(seed)
    state = dict(state)
    for at in {name.removesuffix(".log_dt") for name in state if name.endswith(".log_dt")}:
        width, n_pairs, _ = state[f"{at}.w"].shape
        n = torch.arange(2 * n_pairs, dtype=torch.float64)
        b, p = torch.sqrt(2 * n + 1), torch.sqrt(n + 0.5)
        hippo = -torch.tril(b[:, None] * b, -1) - torch.diag(n + 1)
        w, v = torch.linalg.eig(hippo + p[:, None] * p)  # normal, so that its eigenvectors are orthogonal
        w, v = w[w.imag > 0], v[:, w.imag > 0]
        parts = {"w": w, "B": v.mH @ b.to(v), "P": v.mH @ p.to(v), "Q": (v.mH @ p.to(v)).conj()}
        for name, values in parts.items():
            expanded = torch.view_as_real(values.to(torch.complex64)).expand(width, n_pairs, 2)
            state[f"{at}.{name}"] = expanded if name == "w" else expanded[None]
        span = math.log(0.1) - math.log(0.001)
        state[f"{at}.log_dt"] = torch.rand(width, generator=generator) * span + math.log(0.001)
    return state


def net1d(state, x, group_width):
    """Return the features of Net1D, (n_records, n_channels), without BatchNorm and dropout."""
    x = F.silu(_padded_conv(state, "first_conv.conv", x, 2))
    blocks = sorted({tuple(map(int, name.split(".")[1:4:2])) for name in state if name.startswith("stage_list")})
    for i, j in blocks:
        at, stride = f"stage_list.{i}.block_list.{j}", 1 if j else 2
        width = state[f"{at}.conv3.conv.weight"].shape[0]
        out = x if i == j == 0 else F.silu(x)
        out = F.silu(_padded_conv(state, f"{at}.conv1.conv", out))
        out = F.silu(_padded_conv(state, f"{at}.conv2.conv", out, stride, width // group_width))
        out = _padded_conv(state, f"{at}.conv3.conv", out)
        gate = F.silu(_linear(state, f"{at}.se_fc1", out.mean(-1)))
        out = out * torch.sigmoid(_linear(state, f"{at}.se_fc2", gate))[..., None]
        same = F.max_pool1d(F.pad(x, (0, 1)), 2) if stride == 2 else x
        more = width - x.shape[1]
        x = out + F.pad(same.transpose(1, 2), (more // 2, more - more // 2)).transpose(1, 2)
    return x.mean(-1)


def _padded_conv(state, name, x, stride=1, groups=1):
    weight = state[f"{name}.weight"]
    n_zeros = max(0, (-(-x.shape[2] // stride) - 1) * stride + weight.shape[2] - x.shape[2])
    x = F.pad(x, (n_zeros // 2, n_zeros - n_zeros // 2))
    return F.conv1d(x, weight, state[f"{name}.bias"], stride=stride, groups=groups)


def _linear(state, name, x):
    return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def ecg_cpc(state, x):
    """Return the tokens of ECG-CPC, (n_records, n_tokens, width), in evaluation mode."""
    for i in range(4):
        at = f"ts_encoder.encoder.layers.{i}"
        x = F.conv1d(x, state[f"{at}.0.weight"], stride=1 if i else 2, padding=0 if i else 1)
        norm = [state[f"{at}.1.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
        x = F.relu(F.batch_norm(x, *norm))
    n_layers = sum(name.endswith(".D") for name in state)
    for i in range(n_layers):
        at = f"ts_encoder.predictor.predictor.s4_layers.{i}"
        y = F.gelu(_convolve(x, _kernel(state, f"{at}.kernel.kernel", x.shape[2])) + state[f"{at}.D"][0, :, None] * x)
        y = torch.einsum("oi,bit->bot", state[f"{at}.output_linear.0.weight"], y) + state[f"{at}.output_linear.0.bias"]
        x = (x + F.glu(y, dim=1)).transpose(1, 2)
        norm = [state[f"ts_encoder.predictor.predictor.norms.{i}.{name}"] for name in ("weight", "bias")]
        x = F.layer_norm(x, x.shape[2:], *norm).transpose(1, 2)
    return x.transpose(1, 2)


def _convolve(x, kernel):
    n = 2 * x.shape[2]
    return torch.fft.irfft(torch.fft.rfft(x, n) * torch.fft.rfft(kernel, n), n)[..., : x.shape[2]].to(x)


def _kernel(state, at, n_times):
    """Return the impulse responses from their generating function at the roots of unity (Gu et al. 2022)."""
    w, b, c, p, q = (
        torch.view_as_complex(state[f"{at}.{name}"].double().contiguous()).reshape(-1, state[f"{at}.w"].shape[1])
        for name in ("w", "B", "C", "P", "Q")
    )
    n_nodes = 2 * (state[f"{at}.omega"].shape[0] - 1)
    step = state[f"{at}.log_dt"].double().exp()[:, None, None]
    omega = torch.exp(-2j * math.pi / n_nodes * torch.arange(n_nodes // 2 + 1, dtype=torch.float64))
    z = (2 * (1 - omega) / (1 + omega))[None, :, None]

    def cauchy(left, right):
        v, rates = (left * right)[:, None], w[:, None] * step
        return (step * (v / (z - rates) + v.conj() / (z - rates.conj()))).sum(2)

    through = cauchy(b, c) - cauchy(b, q) * cauchy(p, c) / (1 + cauchy(p, q))
    return torch.fft.irfft(through * 2 / (1 + omega), n_nodes)[:, :n_times]
