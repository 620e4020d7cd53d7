"""ResNet has the published sizes and equals a plain 1-D reference."""

import pytest
import torch
from torch import nn

from skecg.networks import ResNet, ResNetTrunk


@pytest.mark.parametrize(
    ("depth", "n_parameters"),
    [(18, 3_851_397), (34, 7_225_733), (50, 15_969_413), (101, 28_276_869), (152, 38_415_493)],
)
def test_size_with_12_leads_and_5_outputs(depth, n_parameters):
    """Marques & Oliveira 2025, arXiv 2503.08960: torchvision's networks in one dimension."""
    model = ResNet(12, 5, depth=depth)
    assert sum(p.numel() for p in model.parameters()) == n_parameters


@pytest.mark.parametrize(("n_times", "n_tokens"), [(1, 1), (32, 1), (33, 2), (1000, 32), (2048, 64)])
def test_one_token_for_every_32_samples(n_times, n_tokens):
    assert ResNetTrunk(1, width=4).eval()(torch.zeros(2, 1, n_times)).shape == (2, 32, n_tokens)


def test_stem_equals_a_convolution_in_one_dimension():
    torch.manual_seed(0)
    trunk = ResNetTrunk(3, width=8).eval()
    first = trunk.stem[0]
    reference = nn.Sequential(nn.Conv1d(3, 8, 7, stride=2, padding=3, bias=False), nn.ReLU(), nn.MaxPool1d(3, 2, 1))
    reference[0].weight.data = first.weight.data.squeeze(2)
    x = torch.randn(2, 3, 200)
    ours = trunk.stem(x.unsqueeze(2)).squeeze(2) * (1 + trunk.stem[1].eps) ** 0.5
    torch.testing.assert_close(ours, reference(x), atol=1e-5, rtol=1e-4)


def test_weights_start_as_published():
    torch.manual_seed(0)
    model = ResNet(12, 200)
    assert model.head.weight.std().item() == pytest.approx(0.01, rel=0.05)
    conv = model.trunk.stages[3][1].conv1.weight
    assert conv.std().item() == pytest.approx((2 / (512 * 3)) ** 0.5, rel=0.05)
