"""The table of layers, for networks from outside skecg."""

import torch
from torch import nn

from skecg.networks._summary import Layer, LayerTable, list_layers


class Unusual(nn.Module):
    """A network with an inner dict, a layer used twice, a layer with a hostile name, and bare weights of a layer."""

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3))

        def forward(self, x):
            return {"scaled": x * self.scale[:, None]}

    def __init__(self):
        super().__init__()
        self.named = self.Named()
        self.twice = nn.Conv1d(3, 3, 5, padding=2)
        self.add_module("<script>", nn.LSTM(3, 4, batch_first=True))
        self.silent = nn.Linear(4, 2)

    def forward(self, x):
        x = self.twice(self.twice(self.named(x)["scaled"]))
        tokens, _ = getattr(self, "<script>")(input=x.transpose(1, 2))
        return nn.functional.linear(tokens[:, -1], self.silent.weight, self.silent.bias)


def test_a_network_of_any_making_is_listed():
    network = Unusual()
    layers = list_layers(network, (3, 50))
    assert [layer.name for layer in layers] == ["twice", "twice", "<script>", "named", "silent"]
    assert layers[0] == Layer("twice", "Conv1d", (3, 50), 48, 3 * 50 * 15)
    # No new parameters, because the same weights compute again.
    assert layers[1] == Layer("twice", "Conv1d", (3, 50), 0, 3 * 50 * 15)
    assert layers[2] == Layer("<script>", "LSTM", (50, 4), 144, 50 * 4 * 4 * (3 + 4))
    assert layers[3:] == [Layer("named", "Named", (), 3, 0), Layer("silent", "Linear", (), 10, 0)]
    assert sum(layer.n_parameters for layer in layers) == sum(weights.numel() for weights in network.parameters())


def test_names_are_escaped():
    page = LayerTable("<b>", (3, 50), list_layers(Unusual(), (3, 50)))._repr_html_()
    assert "<script" not in page and page.count("&lt;script&gt;") == 2  # the part, and its layer
    assert "<b>&lt;b&gt;</b>: 205 parameters" in page


def test_a_lone_layer_and_a_table_without_any():
    assert list_layers(nn.Conv1d(3, 2, 1), (3, 50)) == [Layer("network", "Conv1d", (2, 50), 8, 300)]
    assert str(LayerTable("Nothing", (3, 50))).splitlines()[-1].split() == ["total", "Nothing", "0", "0"]
