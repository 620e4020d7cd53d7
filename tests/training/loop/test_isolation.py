"""A fit neither changes the state that threads and libraries share, nor depends on it."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

import skecg
from skecg.classifiers import CRNNClassifier, ECGClassifier, EEGNetClassifier
from skecg.features import AutoencoderFeatures
from skecg.inspection import attention, grad_cam, saliency
from skecg.networks._random import fit_generator
from skecg.testing import quick_instances
from skecg.training.loop.isolation import isolated

RNG = np.random.default_rng(0)
Y = np.arange(24) % 2
X = (RNG.normal(size=(24, 2, 160)) + 0.5 * Y[:, None, None]).astype(np.float32)
NETWORKS = [model for model in quick_instances() if "checkpoint" in model.get_params()]
names = pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)


class Noisy(nn.Module):
    """A network from outside, which draws from the global generator."""

    def __init__(self, n_leads, n_outputs):
        super().__init__()
        self.head = nn.Linear(n_leads, n_outputs)

    def forward(self, x):
        return self.head(x.mean(dim=2) + 0.1 * torch.randn(x.shape[:2]))


SMALL = EEGNetClassifier(
    n_tokens=4, max_epochs=2, batch_size=8, random_state=0, augment=["noise", "mixup", "seven_way"]
)
FITS = {
    "ours": SMALL,
    "dropout inside of the LSTM": CRNNClassifier(width=4, hidden_size=4, n_layers=2, max_epochs=2, random_state=0),
    "from outside": ECGClassifier(Noisy, max_epochs=2, random_state=0),
}


def _weights(clf):
    return torch.cat([values.flatten().double() for values in clf.net_.module_.state_dict().values()])


@contextlib.contextmanager
def _default_type(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("clf", FITS.values(), ids=FITS)
def test_fits_in_threads_equal_fits_alone(clf):
    tasks = [clone(clf).set_params(random_state=seed) for seed in (0, 1, 2, 3)] * 2
    alone = [_weights(clone(task).fit(X, Y)) for task in tasks[:4]] * 2
    before = torch.get_rng_state()
    with ThreadPoolExecutor(4) as pool:
        together = [_weights(fitted) for fitted in pool.map(lambda task: clone(task).fit(X, Y), tasks)]
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))
    assert torch.equal(before, torch.get_rng_state())


def test_a_thread_of_the_user_draws_what_it_would_draw_alone():
    def draw():
        numbers.append(torch.rand(()).item())

    torch.manual_seed(5)
    numbers, ended = [], threading.Event()

    def draw_until_ended():
        while not ended.is_set() or len(numbers) < 100:
            draw()

    thread = threading.Thread(target=draw_until_ended)
    thread.start()
    SMALL.fit(X, Y)
    AutoencoderFeatures(n_components=2, hidden_size=4, max_epochs=1, random_state=0).fit(X)
    ended.set()
    thread.join()
    torch.manual_seed(5)
    assert numbers == [torch.rand(()).item() for _ in numbers]


@names
def test_the_default_type_does_not_matter(clf):
    expected = clone(clf).fit(X, Y)
    with _default_type(torch.float64):
        fitted = clone(clf).fit(X, Y)
        probabilities = fitted.predict_proba(X)
    assert torch.equal(_weights(fitted), _weights(expected))
    np.testing.assert_array_equal(probabilities, expected.predict_proba(X))


def test_the_default_type_does_not_matter_to_files_and_autoencoders(tmp_path):
    fitted = SMALL.fit(X, Y)
    skecg.save(fitted, tmp_path / "model.skecg")
    features = AutoencoderFeatures(n_components=2, hidden_size=4, max_epochs=1, random_state=0)
    expected = clone(features).fit_transform(X)
    with _default_type(torch.float64):
        loaded = skecg.load(tmp_path / "model.skecg")
        assert loaded.predict_proba(X).tolist() == fitted.predict_proba(X).tolist()
        assert clone(features).fit_transform(X).tolist() == expected.tolist()


MODES = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_modes_of_the_user_do_not_matter(mode):
    clf = CRNNClassifier(width=4, hidden_size=4, max_epochs=1, random_state=0)
    expected = clone(clf).fit(X, Y)
    maps = [explain(expected, X[:2]) for explain in (saliency, grad_cam)]
    with mode():
        fitted = clone(clf).fit(X, Y)
        probabilities = fitted.predict_proba(X)
        again = [explain(fitted, X[:2]) for explain in (saliency, grad_cam)]
    assert torch.equal(_weights(fitted), _weights(expected))
    np.testing.assert_array_equal(probabilities, expected.predict_proba(X))
    np.testing.assert_array_equal(again, maps)


@names
def test_a_network_left_in_training_mode_predicts_as_ever(clf):
    clf = clone(clf).fit(X, Y)
    calls = [clf.predict_proba, clf.predict, lambda some: saliency(clf, some)]
    calls += [clf.transform] if hasattr(clf, "transform") else []
    if type(clf).__name__ == "AttResNetClassifier":
        calls += [lambda some: attention(clf, some), lambda some: grad_cam(clf, some)]
    for call in calls:
        expected = call(X[:4])
        clf.net_.module_.train()
        np.testing.assert_array_equal(call(X[:4]), expected)
    assert torch.equal(_weights(clf), _weights(clone(clf).fit(X, Y)))


@pytest.mark.parametrize("foreign", [False, True])
def test_processes_that_share_a_fit_start_from_the_same_weights_and_draw_differently(foreign):
    weights, drawn = [], []
    for rank in (0, 1, 2):
        with isolated(0, "cpu", foreign=foreign, rank=rank) as build:
            weights.append(build(lambda: nn.Linear(3, 3)).weight.detach())
            drawn.append(torch.rand(3, generator=fit_generator()))
    assert torch.equal(weights[0], weights[1])
    assert len({tuple(numbers.tolist()) for numbers in drawn}) == 3
