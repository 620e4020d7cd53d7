"""Operations in bfloat16 on a CPU: other ways to the same results where those of PyTorch are slow.

Short signals: oneDNN computes a batch record by record, and reads all weights for each. 128 records of 8 samples
and 512 channels take as long as 128 records of 64 samples. Joined to longer signals, with zeros between the
records, they take a third of that time.

Convolutions of groups of channels: oneDNN has no quick gradient for them in bfloat16. Those of EfficientECG take up to
14 times as long as in float32, in which they are therefore computed.

Attention: with up to a thousand tokens, its gradient takes 1.5 to 9 times as long as in float32, which has a more
exact softmax too.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_SHORT = 32  # samples; with more, joining gains nothing
_LONG = 256  # samples of a joined signal
_LEAST_CHANNELS = 128  # with fewer, the copies cost what the products gain
_FEW_TOKENS = 1000


class QuickOperations(TorchFunctionMode):
    """Let the operations of networks that `torch.autocast` converts inside the block take the quickest way."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.is_autocast_enabled("cpu"):  # a module may turn it off for its operations
            if func is F.conv2d and len(args) in (3, 7) and not kwargs:  # as TokenLinear and nn.Conv2d call it
                return _convolve(*args)
            if func is F.scaled_dot_product_attention and len(args) == 3 and args[0].shape[-2] <= _FEW_TOKENS:
                return _attend(*args, **kwargs)
        return func(*args, **kwargs)


def _attend(query: Tensor, key: Tensor, value: Tensor, **settings: Any) -> Tensor:
    with torch.autocast("cpu", enabled=False):
        out: Tensor = F.scaled_dot_product_attention(query.float(), key.float(), value.float(), **settings)
        return out.bfloat16()


def _convolve(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] | str = (0, 0),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> Tensor:
    if groups > 1:
        with torch.autocast("cpu", enabled=False):
            return torch.conv2d(x.float(), weight, bias, stride, padding, dilation, groups).bfloat16()
    kernel = weight.shape[3]
    along_time = x.ndim == 4 and x.shape[2] == weight.shape[2] == 1
    centred = kernel % 2 == 1 and padding == (0, kernel // 2) and dilation == (1, 1)
    if along_time and centred and x.shape[3] <= _SHORT and x.shape[1] >= _LEAST_CHANNELS:
        return _convolve_joined(x, weight, bias, stride[1])
    return torch.conv2d(x, weight, bias, stride, padding, dilation, groups)


def _convolve_joined(x: Tensor, weight: Tensor, bias: Tensor | None, step: int) -> Tensor:
    n_records, n_channels, _, n_times = x.shape
    margin = weight.shape[3] // 2
    spaced = -(-(n_times + margin) // step) * step  # zeros keep records apart, and let each start on a step
    n_joined = _number_to_join(n_records, spaced)
    tokens = x.squeeze(2).transpose(1, 2)
    if spaced > n_times:
        tokens = F.pad(tokens, (0, 0, 0, spaced - n_times))
    joined = tokens.reshape(n_records // n_joined, n_joined * spaced, n_channels).transpose(1, 2).unsqueeze(2)
    out = torch.conv2d(joined, weight, bias, (1, step), (0, margin)).squeeze(2).transpose(1, 2)
    out = out.reshape(n_records, spaced // step, len(weight))[:, : -(-n_times // step)]
    return out.contiguous().transpose(1, 2).unsqueeze(2)


def _number_to_join(n_records: int, n_times: int) -> int:
    """Return the least divisor of the number of records that makes a joined signal long, or all records."""
    return next(n for n in range(1, n_records + 1) if n_records % n == 0 and (n * n_times >= _LONG or n == n_records))
