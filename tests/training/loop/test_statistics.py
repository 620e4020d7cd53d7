"""The statistics of BatchNorm match the final weights, after few and after many steps."""

import copy

import numpy as np
import pytest
import torch
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from torch import nn

from skecg.classifiers import CRNNClassifier, ECGClassifier, ResNetClassifier
from skecg.training.data.windows import RandomWindows
from skecg.training.loop import predict as _predict
from skecg.training.loop import statistics as _statistics
from skecg.training.loop.statistics import StatisticsPass, recompute_statistics


def small():
    return nn.Sequential(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Conv1d(4, 3, 3), nn.BatchNorm1d(3))


def batches(n=3, size=8):
    generator = torch.Generator().manual_seed(0)
    return [(2 + torch.randn(size, 2, 50, generator=generator),) for _ in range(n)]


def test_the_statistics_are_those_of_the_batches():
    network = small()
    network[1].running_mean.fill_(100.0)
    recompute_statistics(network, batches(1))
    ((x,),) = batches(1)
    seen = network[0](x)
    torch.testing.assert_close(network[1].running_mean, seen.mean(dim=(0, 2)))
    torch.testing.assert_close(network[1].running_var, seen.var(dim=(0, 2)))


def test_batches_count_alike():
    network = small()
    recompute_statistics(network, batches(4))
    means = torch.stack([network[0](x).mean(dim=(0, 2)) for (x,) in batches(4)])
    torch.testing.assert_close(network[1].running_mean, means.mean(dim=0))


@pytest.mark.parametrize("training", [True, False])
def test_weights_modes_and_counters_stay(training):
    network = small().train(training)
    network[4].eval()
    network[1].momentum, network[1].num_batches_tracked = 0.3, torch.tensor(7)
    before = copy.deepcopy(network)
    recompute_statistics(network, batches())
    assert [module.training for module in network.modules()] == [module.training for module in before.modules()]
    assert network[1].momentum == 0.3
    assert network[1].num_batches_tracked == 7
    for one, other in zip(network.parameters(), before.parameters(), strict=True):
        assert torch.equal(one, other)
        assert one.grad is None


def test_an_error_in_the_pass_leaves_the_modes():
    network = small().train()
    with pytest.raises(RuntimeError):
        recompute_statistics(network, [(torch.zeros(4, 9, 50),)])
    assert all(module.training for module in network.modules())
    assert network[1].momentum == 0.1


def test_modules_by_name_keep_theirs():
    network = small()
    recompute_statistics(network, batches(), kept={"1"})
    assert not network[1].running_mean.any()
    assert network[4].running_mean.any()


def test_a_network_without_statistics_is_not_run():
    never = nn.Sequential(nn.BatchNorm1d(2, track_running_stats=False), nn.InstanceNorm1d(2, track_running_stats=True))
    recompute_statistics(never, iter([("not a tensor",)]))


def windows(weight):
    n = len(weight)
    signals = np.arange(n, dtype=np.float32)[:, None, None] * np.ones((n, 2, 30), np.float32)
    target = np.zeros((n, 1), np.float32)
    return RandomWindows(signals, target, np.asarray(weight, np.float32), length=20, rng=np.random.default_rng(0))


def test_a_pass_meets_each_record_of_weight_once_and_draws_nothing_from_the_training(monkeypatch):
    monkeypatch.setattr(_predict, "_TIMES", 1)
    dataset = windows([1, 0, 2, 1, 1, 0, 1, 3])
    state = dataset.rng.bit_generator.state
    chosen = StatisticsPass(dataset, batch_size=4, steps_per_epoch=1, seed=5, device="cpu")
    parts = [x[:, 0, 0].tolist() for (x,) in chosen.batches()]
    assert [len(part) for part in parts] == [3, 3]
    assert sorted(parts[0] + parts[1]) == [0, 2, 3, 4, 6, 7]
    assert parts == [x[:, 0, 0].tolist() for (x,) in chosen.batches()]
    assert dataset.rng.bit_generator.state == state


def test_a_record_with_weight_for_one_label_counts():
    chosen = StatisticsPass(windows([[0, 1], [0, 0], [1, 0]]), batch_size=4, steps_per_epoch=1, seed=5, device="cpu")
    assert [len(x) for (x,) in chosen.batches()] == [2]


def test_a_single_record_makes_no_statistics():
    assert not list(StatisticsPass(windows([0, 1]), batch_size=4, steps_per_epoch=1, seed=0, device="cpu").batches())


def test_few_steps_or_averaged_weights_make_a_pass_due():
    chosen = StatisticsPass(windows([1, 1]), batch_size=4, steps_per_epoch=10, seed=0, device="cpu")
    n_epochs = _statistics.FEW_STEPS // 10
    assert chosen.is_due(n_epochs - 1, averaged=False)
    assert not chosen.is_due(n_epochs, averaged=False)
    assert chosen.is_due(n_epochs, averaged=True)


# -- in a fit ---------------------------------------------------------------------------------


def cohort(n, seed):
    """Return noise of twelve leads, with a spike every 40 samples in one class."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 12, 256))
    y = np.arange(n) % 2
    X[y == 1, :, ::40] += 4.0
    return X.astype(np.float32), y


def norms(clf):
    return [module for module in clf.net_.module_.modules() if isinstance(module, nn.BatchNorm2d)]


@pytest.mark.learns
@pytest.mark.parametrize("clf", [CRNNClassifier(width=16, hidden_size=64), ResNetClassifier(width=16)])
def test_three_epochs_rank_the_right_way_up(clf, monkeypatch):
    (X, y), (X_new, y_new) = cohort(40, 0), cohort(80, 1)
    clf.set_params(max_epochs=3, batch_size=8, learning_rate=0.005)
    scores = {}
    for few in (_statistics.FEW_STEPS, 0):
        monkeypatch.setattr(_statistics, "FEW_STEPS", few)
        fitted = [clf.set_params(random_state=seed).fit(X, y) and clf.predict_proba(X_new)[:, 1] for seed in range(4)]
        scores[few] = [roc_auc_score(y_new, p) for p in fitted]
    anew, running = scores.values()
    assert min(anew) > 0.9
    assert np.mean(anew) >= np.mean(running)


def test_statistics_are_those_of_the_final_weights(monkeypatch):
    X, y = cohort(24, 0)
    passes = []
    monkeypatch.setattr(StatisticsPass, "is_due", lambda self, *_, **__: passes.append(self) or True)
    clf = ResNetClassifier(width=4, max_epochs=2, batch_size=8, random_state=0).fit(X, y)
    found = [module.running_mean.clone() for module in norms(clf)]
    recompute_statistics(clf.net_.module_, passes[-1].batches())
    for one, other in zip(found, norms(clf), strict=True):
        assert torch.equal(one, other.running_mean)


def test_averaged_weights_get_statistics_of_their_own():
    X, y = cohort(24, 0)
    shared = {"width": 4, "max_epochs": 60, "batch_size": 8, "random_state": 0}
    clf = ResNetClassifier(**shared, ema_decay=0.9).fit(X, y)
    found = [module.running_mean.clone() for module in norms(clf)]
    windows = RandomWindows(
        X, np.zeros((24, 1), np.float32), np.ones(24, np.float32), length=256, rng=np.random.default_rng(0)
    )
    chosen = StatisticsPass(windows, batch_size=24, steps_per_epoch=3, seed=0, device="cpu")
    recompute_statistics(clf.net_.module_, chosen.batches())
    for one, other in zip(found, norms(clf), strict=True):
        torch.testing.assert_close(one, other.running_mean, atol=0.05, rtol=0.2)


def test_validation_sees_the_network_as_it_would_predict(monkeypatch):
    X, y = cohort(40, 0)
    clf = ResNetClassifier(width=4, max_epochs=3, early_stopping=True, validation_fraction=0.4, random_state=0)
    losses = {}
    for few in (_statistics.FEW_STEPS, 0):
        monkeypatch.setattr(_statistics, "FEW_STEPS", few)
        losses[few] = [epoch["valid_loss"] for epoch in clf.fit(X, y).history_]
    anew, running = losses.values()
    assert anew != running
    weights = [[epoch["train_loss"] for epoch in history] for history in (clf.history_, clf.fit(X, y).history_)]
    assert weights[0] == weights[1]


def test_frozen_stages_keep_their_statistics():
    X, y = cohort(24, 0)
    source = ResNetClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    tuned = ResNetClassifier(
        width=4, max_epochs=1, random_state=1, pretrained=FrozenEstimator(source), fine_tune=2, augment="noise"
    ).fit(5 + X, y)
    differ = [
        not torch.equal(one.running_mean, other.running_mean)
        for one, other in zip(norms(source), norms(tuned), strict=True)
    ]
    assert not any(differ[: len(differ) // 2])
    assert differ[-1]


def test_watching_a_fit_does_not_change_it():
    callback = pytest.importorskip("sklearn.callback")
    X, y = cohort(24, 0)
    plain = ResNetClassifier(width=4, max_epochs=3, random_state=0).fit(X, y)
    watched = ResNetClassifier(width=4, max_epochs=3, random_state=0)
    watched.set_callbacks(callback.ScoringMonitor(scoring="accuracy")).fit(X, y)
    np.testing.assert_array_equal(plain.predict_proba(X), watched.predict_proba(X))


def test_networks_of_the_user_take_part():
    def make(n_leads, n_outputs):
        return nn.Sequential(
            nn.Conv1d(n_leads, 4, 5), nn.BatchNorm1d(4), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
            nn.Linear(4, n_outputs),
        )  # fmt: skip

    X, y = cohort(16, 0)
    clf = ECGClassifier(make, max_epochs=1, batch_size=16, learning_rate=1e-6, random_state=0).fit(X + 50, y)
    norm = clf.net_.module_[1]
    seen = clf.net_.module_[0](torch.from_numpy(X + 50))
    torch.testing.assert_close(norm.running_mean, seen.mean(dim=(0, 2)), atol=1e-2, rtol=1e-2)


def test_the_pass_is_forgotten_when_training_ends():
    X, y = cohort(8, 0)
    clf = ResNetClassifier(width=4, max_epochs=1, random_state=0).fit(X, y)
    assert clf.net_.statistics is None
