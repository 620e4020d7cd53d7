"""Transformer: published size, equality with PyTorch's own layer, memory that is linear in the length."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from skecg.networks import Transformer
from skecg.networks._attention import EncoderLayer, sinusoidal_positions


def test_size_with_12_leads_and_5_outputs():
    """Marques & Oliveira 2025, arXiv 2503.08960."""
    assert sum(p.numel() for p in Transformer(12, 5).parameters()) == 1_590_277


def test_layer_equals_the_one_of_pytorch():
    torch.manual_seed(0)
    ours = EncoderLayer(16, 4, dropout=0.1).eval()
    reference = nn.TransformerEncoderLayer(16, 4, 64, batch_first=True).eval()
    weights = [ours.attention.project_in, ours.attention.project_out, ours.feed_forward[0], ours.feed_forward[3]]
    weights = [p for layer in (*weights, ours.norm1, ours.norm2) for p in layer.parameters()]
    assert [p.shape for p in weights] == [p.shape for p in reference.parameters()]
    for target, source in zip(reference.parameters(), weights, strict=True):
        target.data = source.data.normal_()
    tokens = torch.randn(3, 20, 16)
    torch.testing.assert_close(ours(tokens), reference(tokens), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("n_channels", [1, 7, 8])
def test_positions_as_in_vaswani(n_channels):
    positions = sinusoidal_positions(torch.zeros(2, 30, n_channels))
    assert positions.shape == (30, n_channels)
    for channel in range(n_channels):
        angle = torch.arange(30) / 10_000 ** (2 * (channel // 2) / n_channels)
        wave = angle.cos() if channel % 2 else angle.sin()
        torch.testing.assert_close(positions[:, channel], wave, atol=1e-5, rtol=1e-5)


def test_order_of_the_samples_matters():
    torch.manual_seed(0)
    model = Transformer(2, 3, width=8).eval()
    model.embed.weight.data[..., [0, 2]] = 0.0  # the mean over tokens depends on their order only through positions
    x = torch.randn(1, 2, 50)
    assert not torch.allclose(model(x), model(x.flip(2)), atol=1e-5)


class _LargestTensor(TorchDispatchMode):
    """A mode that notes the number of elements of the largest tensor that any operation returns."""

    n_elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        sizes = [leaf.numel() for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor)]
        self.n_elements = max(self.n_elements, *sizes, 0)
        return out


def _largest_tensor_of_a_step(n_times):
    model = Transformer(1, 2, width=8)
    x = torch.randn(2, 1, n_times)
    with _LargestTensor() as largest:
        model(x).sum().backward()
    return largest.n_elements


def test_memory_of_training_grows_linearly_with_the_length():
    # the feed-forward networks hold the largest tensors; the attention weights of one head would be larger
    assert _largest_tensor_of_a_step(500) == 2 * 500 * 4 * 8
    assert _largest_tensor_of_a_step(1000) == 2 * 1000 * 4 * 8


def test_dropout_works_in_training_alone():
    torch.manual_seed(0)
    model = Transformer(1, 2, width=8)
    x = torch.randn(2, 1, 40)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))


def test_attention_starts_xavier_and_the_rest_as_published():
    torch.manual_seed(0)
    layer = Transformer(1, 2).encoder.layers[0]
    bound = (6 / (256 + 3 * 256)) ** 0.5
    assert layer.attention.project_in.weight.abs().max().item() == pytest.approx(bound, rel=0.01)
    assert layer.attention.project_in.bias.abs().max() == 0
    assert layer.feed_forward[0].weight.std().item() == pytest.approx(0.01, rel=0.05)


def test_width_and_heads_that_do_not_fit():
    with pytest.raises(ValueError, match=r"n_channels \(10\) must be a multiple of n_heads \(4\)"):
        Transformer(1, 2, width=10)
