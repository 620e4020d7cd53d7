"""Functions that need only the network, for every model around one: the same result, or an error with the reason."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.inspection import (
    count_multiply_adds,
    deletion_curve,
    grad_cam,
    integrated_gradients,
    occlusion,
    randomize_weights,
    saliency,
    seen_by_network,
    summary,
)
from skecg.plotting import FitHistoryDisplay


def _heir(model, X, y):
    """Return the probabilities of a network that starts from the weights of another and does not change them."""
    params = {"n_tokens": 4, "max_epochs": 1, "learning_rate": 1e-6, "weight_decay": 0.0, "random_state": 0}
    return EEGNetClassifier(**params, pretrained=FrozenEstimator(model)).fit(X, y).predict_proba(X)


def _history(model, X, y):
    drawn = FitHistoryDisplay.from_estimator(model)
    plt.close(drawn.figure_)
    return drawn.losses["training"]


CALLERS = {
    "saliency": lambda model, X, y: saliency(model, X),
    "integrated_gradients": lambda model, X, y: integrated_gradients(model, X, n_steps=2),
    "grad_cam": lambda model, X, y: grad_cam(model, X),
    "deletion_curve": lambda model, X, y: deletion_curve(model, X, X.to_array(), random_state=0).log_odds,
    "seen_by_network": lambda model, X, y: seen_by_network(model, X).to_array(),
    "summary": lambda model, X, y: summary(model).n_parameters,
    "count_multiply_adds": lambda model, X, y: count_multiply_adds(model, (2, 200)),
    "randomize_weights": lambda model, X, y: saliency(randomize_weights(model, random_state=0), X),
    "FitHistoryDisplay": _history,
    "pretrained": _heir,
}
EVERY_CALLER = CALLERS | {
    "occlusion": lambda model, X, y: occlusion(model, X),
    "model_card": lambda model, X, y: skecg.model_card(model),
    "save": lambda model, X, y: skecg.save(model, "never-written.skecg"),
    "to_onnx": lambda model, X, y: skecg.to_onnx(model, "never-written.onnx"),
}
ERROR = {"FitHistoryDisplay": ValueError}  # the others raise TypeError


@pytest.fixture
def few(records, target):
    return records[:4], target[:4]


def test_what_is_around_the_network_does_not_matter(single, few, subtests):
    for caller in [*CALLERS, "occlusion"]:
        with subtests.test(caller):
            if caller == "grad_cam":
                pytest.importorskip("captum", reason="captum is not installed")
            ask = EVERY_CALLER[caller]
            np.testing.assert_array_equal(ask(single.model, *few), ask(single.inside, *few))


def test_several_networks_are_refused(several, few, subtests):
    message = rf"needs one fitted classifier of skecg; got {several.name}, which"
    for caller, ask in CALLERS.items():
        with subtests.test(caller), pytest.raises(ERROR.get(caller, TypeError), match=message):
            ask(several.model, *few)


def test_occlusion_asks_several_networks_for_their_probabilities(several, few):
    target = 0 if several.name == "MultiOutputClassifier" else "AF"
    fall = occlusion(several.model, few[0], target=target)
    assert fall.shape == (4, 2, 200) and np.abs(fall).max() > 0


def test_a_search_without_a_best_estimator_is_refused_everywhere(
    network, records, target, few, tmp_path, monkeypatch, subtests
):
    monkeypatch.chdir(tmp_path)
    unfitted = GridSearchCV(network(), {"max_epochs": [1]}, cv=2)
    search = clone(unfitted).set_params(refit=False).fit(records[:20], target[:20])
    for caller, ask in EVERY_CALLER.items():
        with subtests.test(caller):
            with pytest.raises(NotFittedError, match="GridSearchCV is not fitted"):
                ask(unfitted, *few)
            with pytest.raises(ValueError, match="GridSearchCV with refit=False"):
                ask(search, *few)
            assert not list(tmp_path.iterdir())


def test_an_unfitted_wrapper_is_refused_everywhere(wrapped, few, subtests):
    message = f"{type(wrapped.model).__name__} instance is not fitted"
    for caller, ask in EVERY_CALLER.items():
        if caller != "save":  # `save` accepts models that are not fitted
            with subtests.test(caller), pytest.raises(NotFittedError, match=message):
                ask(wrapped.unfitted(), *few)
