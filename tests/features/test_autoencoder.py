import pickle

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skecg import ECGRecords
from skecg.datasets import make_ecg
from skecg.features import AutoencoderFeatures
from skecg.features._lstm import LSTMAutoencoder
from skecg.preprocessing import Normalize

QUICK = {"n_components": 3, "hidden_size": 24, "max_epochs": 30, "batch_size": 32, "random_state": 0}


def waves(n_records=150, n_times=60, seed=0):
    rng = np.random.default_rng(seed)
    phase, height = rng.uniform(0, 2 * np.pi, n_records), rng.uniform(0.5, 1.5, n_records)
    return (height[:, None] * np.sin(phase[:, None] + np.linspace(0, 6, n_times))).astype(np.float32)


def beats(seed=0):
    """Return normal and premature ventricular beats of two leads, at 100 Hz."""
    ecg = make_ecg(60, classes=["NORM", "LBBB"], fs=100, leads=["II", "V1"], random_state=seed)
    parts, labels = [], []
    for record, peaks, label in zip(ecg.data.signals, ecg.r_peaks, ecg.target, strict=True):
        for peak in peaks[(peaks >= 30) & (peaks < 950)]:
            parts.append(record[:, peak - 30 : peak + 50])
            labels.append(label)
    return Normalize().fit_transform(np.stack(parts)), np.array(labels)


@pytest.mark.learns
def test_a_code_of_three_numbers_holds_a_sine():
    X, new = waves(), waves(seed=1)
    autoencoder = AutoencoderFeatures(**QUICK).fit(X)
    code = autoencoder.transform(new)
    assert code.shape == (150, 3) and code.dtype == np.float32
    written = autoencoder.inverse_transform(code)
    assert written.shape == new.shape and written.dtype == np.float32
    assert ((written - new) ** 2).mean() < 0.1 * new.var()
    np.testing.assert_allclose(autoencoder.score_samples(new), -((written - new) ** 2).mean(axis=1), rtol=1e-4)
    assert autoencoder.score(new) == pytest.approx(autoencoder.score_samples(new).mean())
    assert list(autoencoder.get_feature_names_out()) == [f"autoencoderfeatures{i}" for i in range(3)]


@pytest.mark.learns
def test_what_is_unlike_scores_low():
    X, y = beats()
    normal = X[y == "NORM"]
    autoencoder = AutoencoderFeatures(8, hidden_size=32, max_epochs=10, random_state=0).fit(normal)
    new, y = beats(seed=1)
    assert roc_auc_score(y == "NORM", autoencoder.score_samples(new)) > 0.9
    assert autoencoder.inverse_transform(autoencoder.transform(new)).shape == new.shape


def test_same_seed_same_code():
    X = waves(40)
    before = np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002
    first, second, other = (
        AutoencoderFeatures(**QUICK | {"random_state": seed, "max_epochs": 2}).fit_transform(X) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, other)
    assert before == (np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())  # noqa: NPY002


def test_windows_and_lengths():
    ecg = make_ecg(6, fs=100, duration=(3, 6), random_state=0).data
    windowed = AutoencoderFeatures(**QUICK | {"max_epochs": 2}, window=100).fit(ecg)
    assert windowed.length_ == 100 and windowed.transform(ecg).shape == (6, 3)
    assert windowed.inverse_transform(windowed.transform(ecg)).shape == (6, 12, 100)
    whole = AutoencoderFeatures(**QUICK | {"max_epochs": 2}).fit(ecg)
    assert whole.length_ == ecg.lengths.max()
    longer = ecg.with_signals([np.tile(signal, 3) for signal in ecg.signals])
    assert whole.score_samples(longer).shape == (6,)


@pytest.mark.learns
def test_denoising_changes_what_is_read_alone():
    X = waves()
    autoencoder = AutoencoderFeatures(**QUICK, augment=("noise", {"strength": 0.5, "probability": 1.0})).fit(X)
    assert autoencoder.score(X) > -0.3 * X.var()


@pytest.mark.learns
def test_n_components_can_be_searched():
    X = waves(60)
    search = GridSearchCV(AutoencoderFeatures(**QUICK), {"n_components": [1, 3]}, cv=2).fit(X)
    assert search.best_params_ == {"n_components": 3}


def test_in_a_pipeline_and_a_pickle():
    X = waves(30)
    pipeline = make_pipeline(Normalize(), AutoencoderFeatures(**QUICK | {"max_epochs": 2})).fit(X)
    copied = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(copied.transform(X), pipeline.transform(X))


def test_an_interrupt_leaves_it_unfitted(monkeypatch):
    X = waves(20)
    autoencoder = AutoencoderFeatures(**QUICK | {"max_epochs": 2}).fit(X)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(LSTMAutoencoder, "forward", interrupt)
    with pytest.raises(KeyboardInterrupt):
        autoencoder.fit(X)
    assert not autoencoder.__sklearn_is_fitted__()


def test_bad_input():
    X = waves(20)
    autoencoder = AutoencoderFeatures(**QUICK | {"max_epochs": 1}).fit(X)
    with pytest.raises(ValueError, match="X has 2 columns, but a code has 3"):
        autoencoder.inverse_transform(np.zeros((4, 2)))
    records = ECGRecords(X, 100)
    autoencoder.fit(records)
    with pytest.raises(ValueError, match="fitted at 100 Hz, got 250 Hz"):
        autoencoder.transform(ECGRecords(X, 250))
    with pytest.raises(ValueError, match=r"different rates, \[100.0, 200.0\] Hz"):
        autoencoder.fit(ECGRecords(X[:2], [100, 200]))


@pytest.mark.parametrize(("length", "frame"), [(1, 10), (10, 10), (11, 10), (60, 7), (60, 1)])
def test_frames_need_not_divide_the_length(length, frame):
    network = LSTMAutoencoder(2, length, 3, hidden_size=4, n_layers=2, frame=frame)
    x = torch.zeros(5, 2, length)
    assert network.encode(x).shape == (5, 3) and network(x).shape == x.shape


def test_a_frame_keeps_leads_and_samples_apart():
    network = LSTMAutoencoder(2, 20, 3, hidden_size=4, n_layers=1, frame=5)
    with torch.no_grad():
        network.to_frame.weight.zero_()
        network.to_frame.bias.copy_(torch.arange(10.0))
        out = network(torch.zeros(1, 2, 20))
    np.testing.assert_array_equal(out[0, 0], np.tile(np.arange(5), 4))
    np.testing.assert_array_equal(out[0, 1], np.tile(np.arange(5, 10), 4))
