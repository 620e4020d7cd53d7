"""Operations in bfloat16 take quicker ways to the same results."""

import itertools
from unittest import mock

import pytest
import torch
from torch import nn

from skecg.networks import _bfloat16
from skecg.networks._bfloat16 import QuickOperations
from skecg.networks._layers import TokenLinear


@pytest.mark.parametrize(("kernel", "stride"), list(itertools.product((1, 3, 7), (1, 2, 3))))
def test_joined_records_give_the_same_sums(kernel, stride):
    torch.manual_seed(0)
    weights = torch.randn(3, 128, 1, kernel).requires_grad_(), torch.randn(3).requires_grad_()
    form = (1, stride), (0, kernel // 2), (1, 1), 1
    for n_records, n_times in ((1, 1), (7, 5), (12, 31), (20, 32)):
        x = torch.randn(n_records, 128, 1, n_times).to(memory_format=torch.channels_last).requires_grad_()
        found = []
        for convolve in (nn.functional.conv2d, _bfloat16._convolve):
            out = convolve(x, *weights, *form)
            found.append((out, *torch.autograd.grad(out.sin().sum(), (x, *weights))))
        for single, joined in zip(*found, strict=True):
            assert joined.shape == single.shape
            torch.testing.assert_close(joined, single, rtol=1e-3, atol=1e-3)
        assert found[1][0].is_contiguous(memory_format=torch.channels_last)


def test_groups_of_channels_are_computed_in_float32():
    torch.manual_seed(0)
    layer, x = nn.Conv2d(4, 8, (1, 3), groups=4), torch.randn(2, 4, 1, 9)
    expected = layer(x).bfloat16()
    with torch.autocast("cpu", torch.bfloat16), QuickOperations():
        assert torch.equal(layer(x), expected)


def test_attention_of_few_tokens_is_computed_in_float32():
    torch.manual_seed(0)
    for n_tokens in (9, 1001):
        tokens = torch.randn(2, n_tokens, 8)
        expected = nn.functional.scaled_dot_product_attention(tokens, tokens, tokens).bfloat16()
        with torch.autocast("cpu", torch.bfloat16), QuickOperations():
            out = nn.functional.scaled_dot_product_attention(tokens, tokens, tokens)
        assert out.dtype == torch.bfloat16
        assert torch.equal(out, expected) == (n_tokens == 9)


def test_operations_without_autocast_stay_as_they_are():
    layer, x = nn.Conv2d(4, 8, (1, 3), groups=4), torch.randn(2, 4, 1, 9)
    with torch.autocast("cpu", torch.bfloat16), QuickOperations(), torch.autocast("cpu", enabled=False):
        assert layer(x).dtype == torch.float32


def _is_joined(*shape, **params):
    layer = nn.Conv2d(shape[1], 2, **{"kernel_size": (1, 3), "padding": (0, 1), **params})
    watched = mock.patch.object(_bfloat16, "_convolve_joined", side_effect=_bfloat16._convolve_joined)
    with watched as joined, torch.autocast("cpu", torch.bfloat16), QuickOperations():
        layer(torch.zeros(shape))
    return joined.called


def test_tokens_are_joined_too():
    torch.manual_seed(0)
    layer, tokens = TokenLinear(128, 3), torch.randn(6, 8, 128)
    watched = mock.patch.object(_bfloat16, "_convolve_joined", side_effect=_bfloat16._convolve_joined)
    with watched as joined, torch.autocast("cpu", torch.bfloat16), QuickOperations():
        out = layer(tokens)
    assert joined.called
    torch.testing.assert_close(out.float(), layer(tokens), rtol=0.05, atol=0.05)


def test_only_short_signals_of_many_channels_are_joined():
    assert _is_joined(4, 128, 1, 32)
    assert not _is_joined(4, 128, 1, 33)
    assert not _is_joined(4, 64, 1, 8)
    even = {"kernel_size": (1, 4), "padding": (0, 2)}
    for other in ({"dilation": (1, 2)}, {"padding": 0}, {"padding": "same"}, even):
        assert not _is_joined(4, 128, 1, 8, **other)
    assert not _is_joined(4, 128, 2, 8, kernel_size=(2, 3))
