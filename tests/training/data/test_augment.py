"""Augmentations: the change that each makes, its strength, and the records that it changes."""

import pytest
import torch

from skecg.training.data.augment import AUGMENTATIONS, Augmentation, mixup


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def _batch(n=64, n_leads=12, n_times=500):
    times = torch.arange(n_times) / 100
    x = torch.sin(2 * torch.pi * times) + 0.1 * torch.randn(n, n_leads, n_times)
    target = torch.nn.functional.one_hot(torch.arange(n) % 3, 3).float()
    return x, target, torch.ones(n)


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_shapes_stay_and_some_records_change(name):
    x, target, weight = _batch()
    before = x.clone()
    out, new_target, new_weight = Augmentation((name, {"probability": 0.5}))(x, target, weight)
    assert out.shape == x.shape
    assert new_target.shape == target.shape and new_weight.shape == weight.shape
    torch.testing.assert_close(x, before, rtol=0, atol=0)  # the input does not change
    changed = (out != x).flatten(1).any(dim=1).float().mean()
    assert 0.15 < changed < 0.85
    never, *_ = Augmentation((name, {"probability": 0.0}))(x, target, weight)
    torch.testing.assert_close(never, x, rtol=0, atol=0)


@pytest.mark.parametrize("name", ["noise", "sine", "square_wave", "baseline_wander"])
def test_what_is_added_grows_with_the_signal(name):
    x, target, weight = _batch()
    added = []
    for factor in (1.0, 1000.0):
        torch.manual_seed(1)
        out, *_ = Augmentation((name, {"probability": 1.0}))(factor * x, target, weight)
        added.append((out - factor * x) / factor)
    torch.testing.assert_close(*added, rtol=1e-3, atol=1e-3)


def test_masks_hide_the_share_that_they_should():
    x, target, weight = _batch(n=400)
    x = x.abs() + 1
    leads, *_ = Augmentation(("lead_dropout", {"rate": 0.2, "probability": 1.0}))(x, target, weight)
    silent = (leads == 0).all(dim=2)
    assert silent.float().mean().item() == pytest.approx(0.2, abs=0.03)
    samples, *_ = Augmentation(("sample_dropout", {"rate": 0.1, "probability": 1.0}))(x, target, weight)
    assert (samples == 0).float().mean().item() == pytest.approx(0.1, abs=0.02)
    assert ((samples == 0).all(dim=1) == (samples == 0).any(dim=1)).all()  # the same samples in all leads
    masked, *_ = Augmentation(("time_mask", {"share": 0.4, "probability": 1.0}))(x, target, weight)
    hidden = (masked == 0).all(dim=1)
    assert hidden.float().mean().item() == pytest.approx(0.2, abs=0.03)
    assert (hidden.int().diff(dim=1).abs().sum(dim=1) <= 2).all()  # one stretch


def test_seven_ways_leave_two_of_seven_alone():
    x, target, weight = _batch(n=2000, n_leads=2, n_times=64)
    out, *_ = Augmentation("seven_way")(x, target, weight)
    same = (out == x).flatten(1).all(dim=1).float().mean().item()
    flipped = (out == -x).flatten(1).all(dim=1).float().mean().item()
    lead_lucky = 0.8**2 / 7  # the probability that no lead was dropped
    assert same == pytest.approx(2 / 7 + lead_lucky, abs=0.04)
    assert flipped == pytest.approx(1 / 7, abs=0.03)


def test_mixup_blends_records_targets_and_weights_alike():
    x, target, weight = _batch()
    x = target[:, :, None].repeat(1, 1, 5)  # the signal equals the target
    out, new_target, new_weight = mixup(x, target, weight * 3, alpha=1.0)
    torch.testing.assert_close(out[:, :, 0], new_target)
    torch.testing.assert_close(new_target.sum(dim=1), torch.ones(64))
    torch.testing.assert_close(new_weight, weight * 3)


def test_time_warp_moves_a_peak_by_its_share():
    x = torch.zeros(1, 1, 1001)
    x[..., 500] = 1
    places = {int(AUGMENTATIONS["time_warp"](x, stretch=0.1).argmax()) for _ in range(200)}
    assert min(places) >= 449 and max(places) <= 551
    assert max(places) - min(places) > 60


def test_chains_and_errors():
    chain = Augmentation(["noise", ("scale", {"low": 0.5})])
    assert [name for name, _ in chain.steps] == ["noise", "scale"]
    with pytest.raises(ValueError, match="augment has no 'blur'; choose from"):
        Augmentation("blur")
    with pytest.raises(ValueError, match=r"'noise' has no parameters \['power'\]; it has"):
        Augmentation(("noise", {"power": 1}))
