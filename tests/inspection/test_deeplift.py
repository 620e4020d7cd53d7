"""Every network suits DeepLIFT, which needs activations that are neither in place nor used twice."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from skecg.testing import quick_instances

attr = pytest.importorskip("captum.attr", reason="captum is not installed")
NETWORKS = [model for model in quick_instances() if "checkpoint" in model.get_params()]
Y = np.arange(16) % 2
X = np.random.default_rng(0).normal(size=(16, 2, 400)).astype(np.float32)


@pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)
@pytest.mark.filterwarnings("ignore:.*Setting forward, backward hooks:UserWarning")
def test_deeplift(clf):
    network = clone(clf).set_params(max_epochs=1).fit(X, Y).net_.module_
    inputs = torch.tensor(X[:2], requires_grad=True)
    before = network(inputs).detach()
    relevance = attr.DeepLift(network).attribute(inputs, target=1)
    assert relevance.shape == inputs.shape
    assert relevance.isfinite().all() and relevance.any()
    torch.testing.assert_close(network(inputs).detach(), before)
