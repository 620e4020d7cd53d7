"""ECG-CPC: the convolution equals the recurrence that defines it; initial values."""

import pytest
import torch

from skecg.networks import ECGCPC
from skecg.networks.ecgcpc import _StateSpace


@pytest.mark.parametrize("n_times", [1, 2, 17, 100])
def test_convolution_equals_recurrence(n_times):
    torch.manual_seed(0)
    space = _StateSpace(6, 4).double()
    space.transition.normal_(std=0.3)
    u = torch.randn(3, 6, n_times, dtype=torch.float64)
    x, expected = torch.zeros(3, 6, 4, dtype=torch.float64), torch.empty_like(u)
    for t in range(n_times):
        x = (space.transition @ x.unsqueeze(3)).squeeze(3) + space.input * u[:, :, t, None]
        expected[:, :, t] = (space.output * x).sum(dim=2) + space.skip[:, 0] * u[:, :, t]
    torch.testing.assert_close(space(u), expected)


def test_states_start_as_decaying_oscillations():
    torch.manual_seed(0)
    space = _StateSpace(400, 8)
    z = torch.linalg.eigvals(space.transition)
    step = -2 * z.abs().log()
    assert torch.allclose(step, step[:, :1].expand_as(step), atol=1e-5)
    assert 0.001 <= step.min() < 0.0011 and 0.09 < step.max() <= 0.1001
    assert torch.allclose(z.angle().amax(dim=1), 3 * torch.pi * step[:, 0], rtol=1e-2)


def test_sees_the_past_alone():
    torch.manual_seed(0)
    model = ECGCPC(2, 3, width=8).eval()
    x = torch.randn(1, 2, 60)
    changed = x.clone()
    changed[:, :, 30:] += 1.0
    before, after = model.forward_tokens(x), model.forward_tokens(changed)
    assert torch.allclose(before[:, :15], after[:, :15], atol=1e-5)
    assert not torch.allclose(before[:, -1], after[:, -1], atol=1e-2)


def test_float32_agrees_with_float64_on_a_long_record():
    torch.manual_seed(0)
    model = ECGCPC(2, 3, width=8).eval()
    x = torch.randn(1, 2, 5000)
    torch.testing.assert_close(model(x).double(), model.double()(x.double()), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("n_states", [0, 3, -2])
def test_states_come_in_pairs(n_states):
    with pytest.raises(ValueError, match=f"n_states must be even and positive.*got {n_states}"):
        ECGCPC(1, 2, n_states=n_states)
