"""The layers that several networks share."""

import pytest
import torch
from torch import nn

from skecg.networks._layers import TokenLinear


@pytest.mark.parametrize("n_tokens", [1, 7, 250])
def test_a_token_linear_is_a_linear_layer(n_tokens):
    torch.manual_seed(0)
    ours, theirs = TokenLinear(12, 32), nn.Linear(12, 32)
    theirs.load_state_dict(ours.state_dict())
    results = []
    for layer in (ours, theirs):
        tokens = torch.linspace(-1, 1, 3 * n_tokens * 12).reshape(3, n_tokens, 12).requires_grad_()
        out = layer(tokens)
        out.square().sum().backward()
        results.append((out, tokens.grad, layer.weight.grad, layer.bias.grad))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
