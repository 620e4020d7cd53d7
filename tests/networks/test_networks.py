"""Properties of every network."""

from functools import partial
from itertools import product

import pytest
import torch
from torch import nn

from skecg import networks
from skecg.networks._folding import fold_batch_norm
from skecg.networks._stages import stages_of

FAMILIES = {
    "AlexNet": partial(networks.AlexNet, width=8, hidden_size=32),
    "AttResNet": partial(networks.AttResNet, width=8),
    "CRNN": partial(networks.CRNN, width=8, hidden_size=32),
    "ECGCPC": partial(networks.ECGCPC, width=8),
    "EEGNet": partial(networks.EEGNet, width=8),
    "EfficientECG": partial(networks.EfficientECG, width=8),
    "Net1D": partial(networks.Net1D, widths=(8, 16), depths=(1, 2), group_width=4),
    "RNN": partial(networks.RNN, hidden_size=8),
    "ResNet": partial(networks.ResNet, width=8),
    "ResTransformer": partial(networks.ResTransformer, width=8),
    "S4": partial(networks.S4, width=8),
    "Transformer": partial(networks.Transformer, width=8),
    "VGG": partial(networks.VGG, width=8, hidden_size=32),
    "XResNet": partial(networks.XResNet, depth=50, width=8),
}


@pytest.fixture(params=FAMILIES)
def network(request):
    torch.manual_seed(0)
    return FAMILIES[request.param]


def test_every_network_stands_here():
    assert sorted(FAMILIES) == sorted(set(networks.__all__) - {"ResNetTrunk"})


def test_takes_any_number_of_leads_and_times(network, subtests):
    for n_leads, n_times in product((1, 12), (1, 31, 250, 1001)):
        with subtests.test(n_leads=n_leads, n_times=n_times):
            model = network(n_leads, 3).eval()
            x = torch.randn(2, n_leads, n_times)
            assert model(x).shape == (2, 3)
            features = model.forward_features(x)
            torch.testing.assert_close(model.head(features), model(x))


def test_length_does_not_bind(network):
    model = network(2, 3).eval()
    assert model.forward_features(torch.randn(1, 2, 77)).shape == model.forward_features(torch.randn(1, 2, 300)).shape


def test_two_records_are_enough_to_train(network, subtests):
    for n_times in (1, 100):
        with subtests.test(n_times=n_times):
            model = network(2, 3)
            model(torch.randn(2, 2, n_times)).square().sum().backward()
            assert all(p.grad.isfinite().all() for p in model.parameters())


def test_gradients_reach_every_parameter(network):
    model = network(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):  # after the first step, blocks that start as the identity have gradients
        optimizer.zero_grad()
        model(torch.randn(8, 3, 300)).square().sum().backward()
        optimizer.step()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


def test_a_record_does_not_depend_on_its_company(network):
    model = network(2, 2).eval()
    x = torch.randn(5, 2, 400)
    torch.testing.assert_close(model(x)[3:4], model(x[3:4]), atol=1e-6, rtol=1e-5)


def test_head_is_the_last_linear_layer(network):
    linear = [m for m in network(2, 7).modules() if isinstance(m, torch.nn.Linear)]
    assert linear[-1].out_features == 7
    assert network(2, 7).head.out_features == 7


def test_tokens_are_what_is_pooled(network):
    model = network(2, 3).eval()
    x = torch.randn(3, 2, 300)
    tokens = model.forward_tokens(x)
    assert tokens.ndim == 3 and tokens.shape[::2] == (3, model.n_channels)
    torch.testing.assert_close(model.pool_tokens(tokens), model.forward_features(x))


def test_stages_hold_every_weight_once_in_the_order_of_the_data(network):
    model = network(2, 3)
    stages = stages_of(model)
    assert [id(p) for stage in stages for p in stage.parameters()] == [id(p) for p in model.parameters()]
    assert list(stages[-1]) == [model.head]
    assert all(any(True for _ in stage.parameters()) for stage in stages)
    seen = []
    for i, stage in enumerate(stages):
        stage[0].register_forward_hook(lambda *_, i=i: seen.append(i))
    model(torch.randn(2, 2, 300))
    assert seen == list(range(len(stages)))


N_STAGES = {
    "ResNet": 6,
    "CRNN": 7,
    "Transformer": 4,
    "EEGNet": 4,
    "VGG": 10,
    "RNN": 2,
    "Net1D": 4,
    "ECGCPC": 6,
}


@pytest.mark.parametrize(("name", "n_stages"), N_STAGES.items())
def test_number_of_stages(name, n_stages):
    assert len(stages_of(FAMILIES[name](2, 3))) == n_stages


def test_batch_norm_folds_into_the_convolutions(network):
    model = network(3, 2)
    with torch.no_grad():
        model(5 * torch.randn(16, 3, 300) + 1)  # so that the running statistics are not 0 and 1
    model.eval()
    folded, x = fold_batch_norm(model), torch.randn(4, 3, 300)
    torch.testing.assert_close(folded(x), model(x), rtol=1e-4, atol=1e-5)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
