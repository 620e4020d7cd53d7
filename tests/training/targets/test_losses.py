"""Losses equal their formulas, and weights act as repeated records."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot

from skecg.training.targets.losses import FOR_CLASSES, FOR_LABELS, WeightedLoss

CASES = [(name, False) for name in FOR_CLASSES] + [(name, True) for name in FOR_LABELS]


def _material(multilabel, n=10):
    torch.manual_seed(0)
    codes = torch.randint(0, 3, (n,))
    target = torch.randint(0, 2, (n, 3)).float() if multilabel else one_hot(codes, 3).float()
    weight = torch.rand(n, 3) if multilabel else torch.rand(n)
    return torch.randn(n, 3), target, codes, weight


def test_equal_to_torch_where_torch_has_them():
    logits, target, codes, _ = _material(False)
    ones = torch.ones(10)
    for smoothing in (0.0, 0.1):
        ours = WeightedLoss("auto", False, {"label_smoothing": smoothing})(logits, (target, ones))
        torch.testing.assert_close(ours, cross_entropy(logits, codes, label_smoothing=smoothing))
    logits, target, _, weight = _material(True)
    expected = binary_cross_entropy_with_logits(logits, target, weight=weight, reduction="sum") / weight.sum()
    torch.testing.assert_close(WeightedLoss("auto", True)(logits, (target, weight)), expected)


def test_focal_follows_lin_2017():
    logits, target, _, _ = _material(True)
    p = torch.sigmoid(logits)
    p_t = torch.where(target == 1, p, 1 - p)
    alpha_t = torch.where(target == 1, 0.7, 0.3)
    expected = -alpha_t * (1 - p_t) ** 2 * p_t.log()
    ours = WeightedLoss("focal", True, {"alpha": 0.7, "gamma": 2.0})(logits, (target, torch.ones(10, 3)))
    torch.testing.assert_close(ours, expected.mean())


def test_asymmetric_follows_ridnik_2021():
    logits, target, _, _ = _material(True)
    p = torch.sigmoid(logits)
    shifted = (p - 0.05).clamp(min=0)
    expected = -torch.where(target == 1, (1 - p) * p.log(), shifted**4 * (1 - shifted).log())
    ours = WeightedLoss("asymmetric", True)(logits, (target, torch.ones(10, 3)))
    torch.testing.assert_close(ours, expected.mean())


# The asymmetric loss of classes also counts the negatives.
@pytest.mark.parametrize(("name", "multilabel"), [case for case in CASES if case != ("asymmetric", False)])
def test_no_power_is_the_cross_entropy(name, multilabel):
    logits, target, _, weight = _material(multilabel)
    flat = {"focal": {"gamma": 0.0}, "asymmetric": {"gamma_positive": 0.0, "gamma_negative": 0.0, "margin": 0.0}}
    plain = WeightedLoss("auto", multilabel)(logits, (target, weight))
    torch.testing.assert_close(WeightedLoss(name, multilabel, flat.get(name))(logits, (target, weight)), plain)


@pytest.mark.parametrize(("name", "multilabel"), CASES)
def test_finite_for_extreme_logits(name, multilabel):
    _, target, _, weight = _material(multilabel)
    logits = (1e4 * (1 - 2 * target)).requires_grad_()
    loss = WeightedLoss(name, multilabel)(logits, (target, weight))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize(("name", "multilabel"), CASES)
def test_weight_two_is_the_record_twice(name, multilabel):
    x, target, _, weight = _material(multilabel)
    network = torch.nn.Linear(3, 3)
    twice = torch.cat([torch.arange(10), torch.tensor([4])])
    heavy = weight.clone()
    heavy[4] *= 2
    gradients = []
    for rows, w in ((torch.arange(10), heavy), (twice, weight[twice])):
        network.zero_grad()
        WeightedLoss(name, multilabel)(network(x[rows]), (target[rows], w)).backward()
        gradients.append(network.weight.grad.clone())
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-7)


def test_what_does_not_fit_is_told():
    with pytest.raises(ValueError, match=r"'bce' does not fit classes; choose one of"):
        WeightedLoss("bce", False)
    with pytest.raises(ValueError, match=r"'focal' has no parameters \['beta'\]; it has \['alpha', 'gamma'\]"):
        WeightedLoss("focal", True, {"beta": 1})
    logits, target, _, weight = _material(False)
    with pytest.raises(ValueError, match="class_weight"):
        WeightedLoss("focal", False, {"alpha": 0.7})(logits, (target, weight))
