import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from torch.utils.flop_counter import FlopCounterMode

import skecg.networks as networks
from skecg.classifiers import AlexNetClassifier
from skecg.inspection import count_multiply_adds, summary
from skecg.preprocessing import Normalize

# Parameters for 12 leads and 5 outputs, as published or as counted by hand.
PUBLISHED = {
    "AlexNet": 23_883_397,
    "AttResNet": 4_902_021,
    "CRNN": 5_164_933,
    "ECGCPC": 2_932_736 + 5 * 513,  # without the head as in its file: convolutions 808_960, each block 530_944
    "ResNet": 3_851_397,
    "ResTransformer": 10_156_165,
    "RNN": 804_101,
    "Transformer": 1_590_277,
    "VGG": 34_568_517,
}
CONVOLUTIONAL = ["AlexNet", "EEGNet", "EfficientECG", "Net1D", "ResNet", "VGG", "XResNet"]


@pytest.mark.parametrize(("name", "n_parameters"), PUBLISHED.items())
def test_parameters_are_those_of_the_papers(name, n_parameters):
    assert summary(getattr(networks, name)(12, 5), (12, 256)).n_parameters == n_parameters


@pytest.mark.parametrize("name", [name for name in networks.__all__ if name != "ResNetTrunk"])
def test_every_weight_is_counted_once(name):
    network = getattr(networks, name)(12, 5)
    found = summary(network, (12, 256))
    assert found.n_parameters == sum(weights.numel() for weights in network.parameters())
    assert found.multiply_adds > 0


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_the_cost_is_half_the_operations_that_torch_counts(name):
    network = getattr(networks, name)(12, 5).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 12, 1000))
    assert count_multiply_adds(network, (12, 1000)) == counter.get_total_flops() / 2


def test_the_cost_of_efficientecg_is_the_documented_one():
    network = networks.EfficientECG(12, 5)
    assert round(count_multiply_adds(network, (12, 2048)) / 1e6) == 263


def test_the_cost_of_a_recurrent_layer_and_of_attention():
    rnn = networks.RNN(12, 5, hidden_size=32, n_layers=1)
    assert count_multiply_adds(rnn, (12, 100)) == 100 * 4 * 32 * (12 + 32) + 5 * 32
    width, n_times = 16, 50
    transformer = networks.Transformer(3, 5, width=width, n_layers=1)
    by_hand = 3 * 3 * width + 4 * width**2 + 2 * n_times * width + 8 * width**2  # a token
    assert count_multiply_adds(transformer, (3, n_times)) == n_times * by_hand + 5 * width


def test_the_cost_grows_with_the_length_and_the_weights_do_not():
    short, long = (summary(networks.ResNet(12, 5), (12, n)) for n in (512, 1024))
    assert short.n_parameters == long.n_parameters
    assert long.multiply_adds == pytest.approx(2 * short.multiply_adds, rel=0.01)


def test_a_fitted_pipeline_tells_its_network():
    X, y = np.random.default_rng(0).normal(size=(8, 3, 200)), [0, 1] * 4
    clf = AlexNetClassifier(width=4, hidden_size=8, max_epochs=1, random_state=0)
    pipeline = make_pipeline(Normalize(), clf).fit(X, y)
    assert summary(pipeline).input_shape == (3, 200)
    assert summary(clone(clf).set_params(window=100).fit(X, y)).input_shape == (3, 100)
    assert summary(clone(clf).fit(X[:, 0], y)).input_shape == (1, 200)
    assert count_multiply_adds(pipeline, (3, 200)) == summary(pipeline).multiply_adds


def test_text_table_and_html():
    found = summary(networks.ResNet(12, 5, width=8), (12, 200))
    lines = str(found).splitlines()
    assert len({len(line) for line in lines}) == 1 and lines[-1].startswith("total")
    frame = found.to_frame()
    assert frame["n_parameters"].sum() == found.n_parameters
    assert frame["name"].iloc[-1] == "head"
    page = found._repr_html_()
    assert page.count("<table") == page.count("</table>") == 2  # trunk and head
    assert "<b>ResNet</b>" in page and page.count("<tr>") == len(frame) + 2


def test_the_network_is_left_as_it_was():
    network = networks.ResNet(12, 5, width=8).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    summary(network, (12, 100))
    assert network.training
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


def test_bad_input_is_told():
    with pytest.raises(ValueError, match="n_leads, n_times"):
        summary(networks.ResNet(12, 5, width=8))
    with pytest.raises(ValueError, match="n_leads, n_times"):
        summary(networks.ResNet(12, 5, width=8), (12, 0))
    with pytest.raises(TypeError, match="LogisticRegression"):
        summary(LogisticRegression())
