"""Net1D: padding as in its published code, and one number a stage."""

import pytest
import torch
from torch.nn import functional as F

from skecg.networks import Net1D
from skecg.networks.net1d import _Conv, _Shortcut


@pytest.mark.parametrize(("n_times", "stride"), [(1, 1), (7, 1), (7, 2), (8, 2), (1, 2), (20, 2)])
def test_zeros_at_both_ends_keep_the_time(n_times, stride):
    """One more zero at the end than at the start if their number is odd, as TensorFlow's "SAME"."""
    torch.manual_seed(0)
    conv, x = _Conv(2, 3, 16, stride=stride), torch.randn(1, 2, 1, n_times)
    n_zeros = (-(-n_times // stride) - 1) * stride + 16 - n_times
    padded = F.pad(x[:, :, 0], (n_zeros // 2, n_zeros - n_zeros // 2))
    expected = F.conv1d(padded, conv.weight[:, :, 0], conv.bias, stride=stride)
    torch.testing.assert_close(conv(x)[:, :, 0], expected)
    assert expected.shape[2] == -(-n_times // stride)


def test_the_shortcut_takes_maxima_and_centres_the_channels():
    x = torch.tensor([[1.0, 3.0, 2.0, -1.0, -5.0]]).reshape(1, 1, 1, 5)
    out = _Shortcut(1, 4, 2)(x)[0, :, 0]
    assert out.tolist() == [[0.0] * 3, [3.0, 2.0, 0.0], [0.0] * 3, [0.0] * 3]  # the last sample meets a zero
    assert torch.equal(_Shortcut(1, 1, 1)(x), x)


def test_one_number_a_stage():
    with pytest.raises(ValueError, match="one number a stage; got 2 and 1"):
        Net1D(1, 2, widths=(8, 16), depths=(1,))
