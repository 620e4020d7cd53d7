"""A network is built from weights, and is no larger than they are."""

import numpy as np
import pytest
import torch
from torch import nn

from skecg.format.network import build_network, weights_of
from skecg.networks import ResNet


def small():
    return ResNet(2, 3, width=4)


def test_a_network_gets_its_weights():
    network = small().eval()
    again = build_network(small, weights_of(network))
    x = torch.randn(2, 2, 100)
    assert not again.training
    assert torch.equal(network(x), again(x))


def test_weights_that_do_not_fit():
    weights = weights_of(small())
    with pytest.raises(ValueError, match="do not fit"):
        build_network(lambda: ResNet(2, 3, width=2), weights)
    short = {name: values for name, values in weights.items() if name != "head.bias"}
    with pytest.raises(ValueError, match=r"larger network|head\.bias"):
        build_network(small, short)
    with pytest.raises(ValueError, match=r"head\.bias"):
        build_network(small, {**weights, "head.bias": weights["head.bias"].astype("float64")})


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(10**9, 10**9),
        lambda: nn.Sequential(*[nn.Linear(1, 1) for _ in range(10**12)]),
        lambda: nn.LSTM(2, 2, num_layers=10**9),
        lambda: nn.ModuleList(nn.ReLU() for _ in range(10**12)),
    ],
)
def test_a_network_grows_no_larger_than_its_weights(make):
    with pytest.raises(ValueError, match="larger network"):
        build_network(make, {"x": np.ones(3, np.float32)})


def test_building_a_network_draws_no_random_numbers():
    before = torch.get_rng_state()
    build_network(small, weights_of(small_seeded()))
    assert torch.equal(before, torch.get_rng_state())


def small_seeded():
    with torch.random.fork_rng([]):
        return small()
