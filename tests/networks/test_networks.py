"""What holds for every network."""

import pytest
import torch

from skecg import networks

FAMILIES = [networks.ResNet, networks.CRNN, networks.Transformer, networks.ResTransformer]


@pytest.mark.parametrize("network", FAMILIES)
@pytest.mark.parametrize("n_leads", [1, 12])
@pytest.mark.parametrize("n_times", [1, 31, 250, 1001])
def test_takes_any_number_of_leads_and_times(network, n_leads, n_times):
    model = network(n_leads, 3, width=8).eval()
    x = torch.randn(2, n_leads, n_times)
    assert model(x).shape == (2, 3)
    features = model.forward_features(x)
    torch.testing.assert_close(model.head(features), model(x))


@pytest.mark.parametrize("network", FAMILIES)
def test_gradients_reach_every_parameter(network):
    torch.manual_seed(0)
    model = network(3, 2, width=8)
    model(torch.randn(8, 3, 300)).square().sum().backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


@pytest.mark.parametrize("network", FAMILIES)
def test_a_record_does_not_depend_on_its_company(network):
    torch.manual_seed(0)
    model = network(2, 2, width=8).eval()
    x = torch.randn(5, 2, 400)
    torch.testing.assert_close(model(x)[3:4], model(x[3:4]), atol=1e-6, rtol=1e-5)
