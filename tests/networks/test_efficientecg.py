"""EfficientECG: published sizes of each stage, and the behaviour of a block in training."""

import pytest
import torch

from skecg.networks import EfficientECG


def _size(module):
    return sum(p.numel() for p in module.parameters())


def test_size_with_12_leads_and_5_outputs():
    """EfficientNet-B0 (Tan & Le 2019, table 1) with kernels in one dimension, stages 2 to 8."""
    model = EfficientECG(12, 5)
    assert [_size(stage) for stage in model.stages] == [1_256, 15_274, 38_960, 235_730, 506_668, 1_943_788, 710_320]
    assert _size(model) == 3_871_777
    assert _size(model.stem) == 12 * 32 * 3 + 2 * 32
    assert model.head.in_features == 1280


@pytest.mark.parametrize(
    ("variant", "stem", "channels", "repeats", "top", "dropout"),
    [
        ("b1", 32, [16, 24, 40, 80, 112, 192, 320], [2, 3, 3, 4, 4, 5, 2], 1280, 0.2),
        ("b4", 48, [24, 32, 56, 112, 160, 272, 448], [2, 4, 4, 6, 6, 8, 2], 1792, 0.4),
        ("b6", 56, [32, 40, 72, 144, 200, 344, 576], [3, 6, 6, 8, 8, 11, 3], 2304, 0.5),
    ],
)
def test_variants_scale_width_and_depth(variant, stem, channels, repeats, top, dropout):
    """The widths and repeats of the published EfficientNet models."""
    model = EfficientECG(1, 2, variant=variant)
    assert model.stem[0].out_channels == stem
    assert [stage[-1].layers[-1].num_features for stage in model.stages] == channels
    assert [len(stage) for stage in model.stages] == repeats
    assert model.head.in_features == top
    assert model.dropout.p == dropout


def test_unknown_variant():
    with pytest.raises(ValueError, match=r"variant must be one of 'b0', .*'b7', 'compact'; got 'b8'"):
        EfficientECG(12, 5, variant="b8")


def test_the_compact_variant_is_small_and_leaves_positions_of_a_single_beat():
    model = EfficientECG(12, 5, variant="compact").eval()
    assert _size(model) == 244_693 < 500_000
    assert model.forward_tokens(torch.zeros(1, 12, 100)).shape == (1, 7, 320)


@pytest.mark.parametrize(("n_times", "n_positions"), [(1, 1), (32, 1), (33, 2), (1000, 32)])
def test_one_position_for_every_32_samples(n_times, n_positions):
    model = EfficientECG(1, 2, width=8).eval()
    assert model.stages(model.stem(torch.zeros(1, 1, 1, n_times))).shape == (1, 80, 1, n_positions)


def test_drop_connect_grows_with_depth_and_skips_whole_records():
    torch.manual_seed(0)
    model = EfficientECG(1, 2, width=8, drop_connect=0.4)
    blocks = [block for stage in model.stages for block in stage]
    assert [block.drop_connect for block in blocks] == pytest.approx([0.4 * i / 16 for i in range(16)])
    block = model.stages[5][3]
    x = torch.randn(400, 48, 1, 1)
    added = block(x) - x
    skipped = (added == 0).flatten(1).all(dim=1)
    assert skipped.float().mean().item() == pytest.approx(block.drop_connect, abs=0.07)
    block.drop_connect = 0.0
    full = block(x) - x  # on the same batch, for the same BatchNorm statistics
    torch.testing.assert_close(added[~skipped] * (1 - 0.4 * 14 / 16), full[~skipped], atol=1e-5, rtol=1e-4)


def test_squeeze_excitation_weighs_channels_between_0_and_1():
    torch.manual_seed(0)
    excitation = EfficientECG(1, 2, width=8).stages[1][0].layers[6]
    x = torch.rand(3, 48, 1, 20) + 0.1
    weights = excitation(x) / x
    assert excitation.squeeze.out_channels == 2  # a quarter of the 8 input channels of the block
    assert weights.min() > 0 and weights.max() < 1
    assert weights.std(dim=3).max() < 1e-6
    assert weights.std(dim=1).min() > 0.01


def test_dropout_of_the_variant_unless_given():
    assert EfficientECG(1, 2, width=8, dropout=0.0).dropout.p == 0.0
    assert EfficientECG(1, 2, width=8).dropout.p == 0.2


def test_weights_start_as_in_efficientnet():
    torch.manual_seed(0)
    model = EfficientECG(12, 200)
    depthwise, project = model.stages[5][1].layers[3], model.stages[5][1].layers[7]
    assert depthwise.weight.std().item() == pytest.approx((2 / 5) ** 0.5, rel=0.05)
    assert project.weight.std().item() == pytest.approx((2 / 192) ** 0.5, rel=0.05)
    assert model.head.weight.std().item() == pytest.approx(0.01, rel=0.05)
