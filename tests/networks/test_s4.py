"""S4: the convolution equals the recurrence that defines it; initial values."""

import math

import pytest
import torch

from skecg.networks import S4
from skecg.networks.s4 import _quick_length, _StateSpace


@pytest.mark.parametrize(("bidirectional", "directions"), [(True, 2), (False, 1)])
def test_size_with_12_leads_and_5_outputs(bidirectional, directions):
    """Counted by hand; 2.2 million parameters in both directions."""
    d, pairs = 512, 4
    state_space = d + 2 * d * pairs + 2 * directions * d * pairs + d  # step, A, C, D
    block = state_space + (2 * d * d + 2 * d) + 2 * d  # gated linear layer, LayerNorm
    model = S4(12, 5, bidirectional=bidirectional)
    assert sum(p.numel() for p in model.parameters()) == 4 * block + (12 * d + d) + (5 * d + 5)


def _run_recurrence(space, u, direction):
    """Integrate x' = A x + u over time, with u constant during each sample, and return 2 Re(C x)."""
    rate = torch.complex(-space.log_decay.exp(), space.frequency)
    step = space.log_step.exp()
    c = torch.view_as_complex(space.output[direction])
    x = torch.zeros(len(u), *rate.shape, dtype=rate.dtype)
    y = torch.empty_like(u)
    for t in range(u.shape[2]):
        x = torch.exp(rate * step) * x + (torch.exp(rate * step) - 1) / rate * u[:, :, t, None]
        y[:, :, t] = 2 * (c * x).real.sum(dim=2)
    return y


@pytest.mark.parametrize("n_times", [1, 2, 17, 100])
def test_convolution_equals_recurrence(n_times):
    torch.manual_seed(0)
    space = _StateSpace(6, 4, bidirectional=True).double()
    space.log_decay.data.normal_()
    space.frequency.data.normal_()
    u = torch.randn(3, 6, n_times, dtype=torch.float64)
    ahead = _run_recurrence(space, u.flip(2), 1).flip(2)
    ahead = torch.cat([ahead[:, :, 1:], torch.zeros(3, 6, 1)], dim=2)  # without the sample itself
    expected = _run_recurrence(space, u, 0) + ahead + space.skip * u
    torch.testing.assert_close(space(u), expected)


def test_one_direction_sees_the_past_alone():
    torch.manual_seed(0)
    space = _StateSpace(4, 8, bidirectional=False)
    u = torch.randn(1, 4, 60)
    changed = u.clone()
    changed[:, :, 30:] += 1.0
    assert torch.allclose(space(u)[:, :, :30], space(changed)[:, :, :30], atol=1e-5)
    assert not torch.allclose(space(u)[:, :, 59], space(changed)[:, :, 59], atol=1e-2)


def test_states_start_as_s4d_lin_and_never_grow():
    torch.manual_seed(0)
    space = S4(1, 2, width=400).blocks[0].state_space
    assert torch.allclose(space.log_decay.exp(), torch.tensor(0.5))
    assert torch.equal(space.frequency[7], math.pi * torch.arange(4.0))
    steps = space.log_step.exp()
    assert 0.001 <= steps.min() < 0.0011 and 0.09 < steps.max() <= 0.1
    assert torch.view_as_complex(space.output).abs().square().mean().item() == pytest.approx(1.0, rel=0.05)
    responses = space.responses(20_000)  # the slowest response decays by exp(-0.5 * 0.001) in each sample
    assert responses[..., -1000:].abs().max() < 0.01 * responses[..., :1000].abs().max()


def test_float32_agrees_with_float64_on_a_long_record():
    torch.manual_seed(0)
    model = S4(2, 3, width=8).eval()
    x = torch.randn(1, 2, 5000)
    torch.testing.assert_close(model(x).double(), model.double()(x.double()), atol=1e-4, rtol=1e-3)


def test_runs_in_mixed_precision():
    torch.manual_seed(0)
    model = S4(2, 3, width=8).eval()
    x = torch.randn(2, 2, 101)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = model(x)
    torch.testing.assert_close(mixed.float(), model(x), atol=0.05, rtol=0.05)


@pytest.mark.parametrize("n_times", [1, 2, 3, 499, 512, 514, 2000, 10_000])
def test_length_of_the_fft(n_times):
    length = _quick_length(n_times)
    assert n_times <= length <= max(1.25 * n_times, 1)
    assert length // (length & -length) in (1, 3, 5, 9, 15)


@pytest.mark.parametrize("n_states", [0, 3, -2])
def test_states_come_in_pairs(n_states):
    with pytest.raises(ValueError, match=f"n_states must be even and positive.*got {n_states}"):
        S4(1, 2, n_states=n_states)
