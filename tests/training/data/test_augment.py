"""Augmentations: the change that each makes, its strength, and the records that it changes."""

import itertools

import numpy as np
import pytest
import torch

from skecg import ECGRecords
from skecg.classifiers import ResNetClassifier
from skecg.records import STANDARD_LEADS
from skecg.training.data.augment import AUGMENTATIONS, LEAD_SETS, Augmentation, mixup


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


def test_lead_subset_keeps_the_usual_sets_of_leads():
    x, *_ = _batch(n=3000, n_times=4)
    out = AUGMENTATIONS["lead_subset"](x)
    kept = (out == x).all(dim=2)
    torch.testing.assert_close(out, x * kept[:, :, None])  # a lead stays as it is, or becomes zero
    drawn = [tuple(itertools.compress(STANDARD_LEADS, row)) for row in kept.tolist()]
    assert set(drawn) == set(LEAD_SETS)
    assert drawn.count(("I",)) / len(x) == pytest.approx(0.1, abs=0.03)


def test_lead_subset_goes_by_the_names_of_the_leads():
    x, target, weight = _batch(n=200, n_leads=8, n_times=4)
    names = ["i", "ii", "V1", "V2", "V3", "V4", "V5", "V6"]  # the independent leads: the limb leads are I and II
    out, *_ = Augmentation(("lead_subset", {"probability": 1.0}), leads=names)(x, target, weight)
    assert {int(n) for n in (out != 0).all(dim=2).sum(dim=1)} == {1, 2, 3}
    only = Augmentation(("lead_subset", {"probability": 1.0, "sets": ["II", ["II", "aVF"]]}), leads=names)
    out, *_ = only(x, target, weight)
    assert (out != 0).all(dim=2).any(dim=0).tolist() == [lead == "ii" for lead in names]
    low = AUGMENTATIONS["lead_subset"](x.bfloat16(), leads=names)
    assert low.dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("leads", "params", "message"),
    [
        (("lead 0", "lead 1"), {}, "has no set that keeps some, but not all, of the leads"),
        (("II",), {}, "has no set that keeps some, but not all, of the leads"),
        (("lead 0", "lead 1"), {"leads": ["I"]}, "needs the names of 2 leads; got leads="),
    ],
)
def test_lead_subset_refuses_leads_that_it_cannot_draw_from(leads, params, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(("lead_subset", params), leads=leads)


def test_a_fit_passes_the_names_of_its_leads_to_the_augmentation():
    X, y = np.random.default_rng(0).normal(size=(4, 2, 32)), [0, 1, 0, 1]
    clf = ResNetClassifier(width=4, max_epochs=1, augment="lead_subset", random_state=0)
    clf.fit(ECGRecords(X, fs=100, leads=["V1", "II"]), y)
    assert clf.net_.augment.steps == [("lead_subset", {"leads": ("V1", "II")})]
    with pytest.raises(ValueError, match=r"of the leads \['lead 0', 'lead 1'\]"):
        clf.fit(X, y)
