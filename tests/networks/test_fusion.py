"""Fusion of covariates with the signal: the result of each fusion, and its requirements on a network."""

import pytest
import torch
from torch import nn

from skecg.networks import CRNN, AlexNet, ResNet, XResNet
from skecg.networks._fusion import FUSIONS, CovariateEncoder, Fused
from skecg.networks._stages import stages_of

SIZES = [3, 4]  # a number, and three categories


def _covariates(n_records=6):
    age = torch.tensor([[0.5, 1, 0], [-1, 1, 0], [0, 0, 1]]).repeat(n_records // 3, 1)
    return torch.cat([age, torch.eye(4)[torch.arange(n_records) % 4]], dim=1)


@pytest.fixture(params=FUSIONS)
def fused(request):
    torch.manual_seed(0)
    return Fused(ResNet(2, 5, width=8), SIZES, 3, fusion=request.param)


def test_shapes(fused):
    x = torch.randn(6, 2, 250)
    fused.eval()
    features = fused.forward_features(x, _covariates())
    assert fused(x, _covariates()).shape == (6, 3)
    assert features.shape == (6, fused.head.classify.in_features)


@pytest.mark.parametrize("backbone", [AlexNet(2, 5, width=8, hidden_size=16), XResNet(2, 5, depth=50, width=8)])
def test_tokens_are_pooled_as_the_network_does(backbone):
    model = Fused(backbone.eval(), SIZES, 3, fusion="cross_attention").eval()
    x = torch.randn(6, 2, 250)
    n_features = backbone.forward_features(x).shape[1]
    features = model.forward_features(x, _covariates())
    # Untrained, the fusion changes nothing.
    torch.testing.assert_close(features[:, :n_features], backbone.forward_features(x))


def test_gradients_reach_every_parameter(fused):
    optimizer = torch.optim.SGD(fused.parameters(), lr=0.1)
    for _ in range(4):  # weights that start at zero need several steps
        optimizer.zero_grad()
        logits = fused(torch.randn(12, 2, 250), _covariates(12))
        nn.functional.cross_entropy(logits, torch.arange(12) % 3).backward()
        optimizer.step()
    assert [name for name, p in fused.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_the_head_is_one_stage(fused):
    assert list(stages_of(fused)[-1]) == [fused.head]
    assert len(stages_of(fused)) == len(stages_of(ResNet(2, 5)))


def test_missing_has_a_vector_of_its_own():
    encoder = CovariateEncoder(SIZES, 8).eval()
    known_zero, missing = torch.tensor([[0.0, 1, 0]]), torch.tensor([[0.0, 0, 1]])
    category = torch.eye(4)[:1]
    vectors = [encoder(torch.cat([age, category], dim=1)) for age in (known_zero, missing)]
    assert not torch.allclose(vectors[0][:, 0], vectors[1][:, 0])
    torch.testing.assert_close(vectors[0][:, 1], vectors[1][:, 1])


def test_training_hides_one_in_ten():
    encoder = CovariateEncoder([3], 8)
    given = torch.tensor([[1.0, 1, 0]]).repeat(4000, 1)
    hidden = encoder._hide(given)
    assert (hidden[:, 2] == 1).float().mean().item() == pytest.approx(0.1, abs=0.02)
    assert torch.equal(encoder.eval()._hide(given), given)


def test_attention_weights():
    model = Fused(CRNN(2, 5, width=8, hidden_size=16), SIZES, 3, fusion="cross_attention").eval()
    weights = model.attention(torch.randn(6, 2, 250), _covariates())
    assert weights["covariates"].shape == (6, 4, 2, 8)
    assert weights["tokens"].shape == (6, 4, 8, 3)
    for each in weights.values():
        torch.testing.assert_close(each.sum(dim=3), torch.ones(each.shape[:3]))
    assert model.attention(torch.randn(6, 2, 250), 2 * _covariates())["tokens"].std() > 0
    with pytest.raises(ValueError, match="Only"):
        Fused(ResNet(2, 5, width=8), SIZES, 3, fusion="film").attention(torch.randn(6, 2, 250), _covariates())


def test_what_a_network_must_have():
    class Embedding(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(2, 5)

        def forward_features(self, x):
            return x.mean(dim=2)

    assert Fused(Embedding(), SIZES, 3, fusion="film")(torch.randn(6, 2, 50), _covariates()).shape == (6, 3)
    with pytest.raises(ValueError, match=r'Embedding has no tokens .*fusion="concat" and "film" work with it'):
        Fused(Embedding(), SIZES, 3, fusion="cross_attention")
    with pytest.raises(ValueError, match=r"Sequential cannot be fused.*forward_features"):
        Fused(nn.Sequential(nn.Linear(2, 2)), SIZES, 3, fusion="concat")
