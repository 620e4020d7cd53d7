"""The stages that learn, by the parameter `fine_tune` and the number of records."""

import pytest
from torch import nn

from skecg.networks import ResNet
from skecg.training.weights.plan import plan_training


@pytest.mark.parametrize(("n_records", "part"), [(2, "head"), (399, "head"), (400, "all"), (5000, "all")])
def test_auto_trains_all_weights_from_400_records_on(n_records, part):
    network, named = ResNet(2, 2, width=4), ResNet(2, 2, width=4)
    assert plan_training(network, "auto", None, n_records).fine_tune == part
    plan_training(named, part, None, n_records)
    learns = [weights.requires_grad for weights in network.parameters()]
    assert learns == [weights.requires_grad for weights in named.parameters()]
    assert all(learns) == (part == "all")


def test_the_number_of_records_matters_to_auto_alone():
    for fine_tune in ("all", "head", 2):
        assert plan_training(ResNet(2, 2, width=4), fine_tune, None, 10).fine_tune == fine_tune
        assert plan_training(ResNet(2, 2, width=4), fine_tune, None, 1000).fine_tune == fine_tune
    assert plan_training(ResNet(2, 2, width=4), 6, None, 10).fine_tune == "all"
    assert plan_training(nn.Linear(2, 2), "auto", None, 10).fine_tune == "all"  # one stage, which must learn
