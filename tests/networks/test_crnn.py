"""CRNN: published sizes, and the state that is used as the embedding."""

import pytest
import torch

from skecg.networks import CRNN


@pytest.mark.parametrize(
    ("params", "n_parameters"),
    [({}, 5_164_933), ({"cell": "gru"}, 4_836_229), ({"bidirectional": True}, 7_005_317)],
)
def test_size_with_12_leads_and_5_outputs(params, n_parameters):
    """Marques & Oliveira 2025, arXiv 2503.08960."""
    assert sum(p.numel() for p in CRNN(12, 5, **params).parameters()) == n_parameters


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_both_directions_have_read_all_tokens(cell):
    torch.manual_seed(0)
    model = CRNN(2, 3, width=4, hidden_size=8, cell=cell, bidirectional=True).eval()
    x = torch.randn(2, 2, 400)
    _, state = model.recurrent(model.trunk(x).transpose(1, 2))
    last = state[0] if cell == "lstm" else state
    torch.testing.assert_close(model.forward_features(x), torch.cat([last[-2], last[-1]], dim=1))


def test_forget_gate_starts_open():
    lstm = CRNN(2, 3, width=4, hidden_size=8).recurrent
    bias = lstm.bias_ih_l0 + lstm.bias_hh_l0
    assert bias.tolist() == [0.0] * 8 + [1.0] * 8 + [0.0] * 16
