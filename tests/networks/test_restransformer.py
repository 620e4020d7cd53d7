"""ResTransformer: published size, any trunk."""

import pytest
import torch

from skecg.networks import ResTransformer


def test_size_with_12_leads_and_5_outputs():
    """Marques & Oliveira 2025, arXiv 2503.08960."""
    assert sum(p.numel() for p in ResTransformer(12, 5).parameters()) == 10_156_165


@pytest.mark.parametrize(("depth", "n_channels"), [(18, 32), (34, 32), (50, 128), (101, 128), (152, 128)])
def test_encoder_is_as_wide_as_the_trunk(depth, n_channels):
    model = ResTransformer(2, 3, depth=depth, width=4).eval()
    assert model.forward_features(torch.zeros(1, 2, 100)).shape == (1, n_channels)


def test_order_of_the_tokens_matters():
    torch.manual_seed(0)
    model = ResTransformer(2, 3, width=4).eval()
    tokens = model.trunk(torch.randn(1, 2, 400)).transpose(1, 2)
    forwards, backwards = model.encoder(tokens).mean(dim=1), model.encoder(tokens.flip(1)).mean(dim=1)
    assert not torch.allclose(forwards, backwards, atol=1e-4)
