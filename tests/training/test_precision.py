"""The precision of a fit: what "auto" selects, and what a fit in bfloat16 keeps."""

from functools import partial
from unittest import mock

import numpy as np
import pytest
import torch
from torch import nn

import skecg
from skecg.classifiers import CRNNClassifier, ResNetClassifier
from skecg.inspection import count_multiply_adds
from skecg.networks import ResNet
from skecg.testing import quick_instances
from skecg.training.precision import computing_in, multiply_adds_of, resolve_precision

NETWORKS = [model for model in quick_instances() if "precision" in model.get_params()]
FEW, MANY = 10**8, 10**9


@pytest.fixture
def processor(monkeypatch):
    """Return a function that imitates a processor with or without AMX, its name, and a limit of oneDNN."""

    def imitate(amx, limit=None, name="Intel Xeon"):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
        found = {"cpu_name": name, "avx512_bf16": True}
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
        monkeypatch.delenv("DNNL_MAX_CPU_ISA", raising=False)
        monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
        if limit is not None:
            monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)

    return imitate


@pytest.mark.parametrize(
    ("amx", "limit", "count", "expected"),
    [
        (True, None, MANY, "bfloat16"),
        (False, None, MANY, "float32"),
        (True, "AVX2", MANY, "float32"),
        (True, "AVX512_CORE", MANY, "float32"),
        (True, "avx512_core_bf16", MANY, "float32"),
        (True, "AVX512_CORE_AMX", MANY, "bfloat16"),
        (True, "avx10_1_512_amx_fp16", MANY, "bfloat16"),
        (True, "DEFAULT", MANY, "bfloat16"),
        (True, None, FEW, "float32"),
    ],
)
def test_auto_needs_amx_and_many_multiply_adds(processor, amx, limit, count, expected):
    processor(amx, limit)
    assert resolve_precision("auto", "cpu", lambda: count) == expected
    assert resolve_precision("float32", "cpu", lambda: count) == "float32"


@pytest.mark.parametrize(
    ("name", "limit", "count", "expected"),
    [
        ("AMD EPYC", None, MANY, "bfloat16"),
        ("AMD EPYC", "avx512_core_bf16", MANY, "bfloat16"),
        ("AMD EPYC", "AVX512_CORE_AMX", MANY, "bfloat16"),
        ("AMD EPYC", "AVX512_CORE", MANY, "float32"),
        ("AMD EPYC", "AVX2", MANY, "float32"),
        ("AMD EPYC", None, FEW, "float32"),
        ("Intel Xeon", "AVX512_CORE_BF16", MANY, "float32"),
    ],
)
def test_avx512_in_bfloat16_is_quick_on_amd_alone(processor, name, limit, count, expected):
    processor(amx=False, limit=limit, name=name)
    assert resolve_precision("auto", "cpu", lambda: count) == expected


def test_auto_is_float32_where_pytorch_does_not_say_what_the_processor_can_do(processor, monkeypatch):
    processor(amx=False, name="AMD EPYC")
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert resolve_precision("auto", "cpu", lambda: MANY) == "float32"


def test_auto_is_bfloat16_on_cuda_and_float32_on_mps(processor):
    processor(amx=True)
    unused = mock.Mock(side_effect=AssertionError)
    assert resolve_precision("auto", "cuda:1", unused) == "bfloat16"
    assert resolve_precision("auto", "mps", unused) == "float32"


def test_bfloat16_warns_on_a_processor_that_is_slow_at_it(processor):
    processor(amx=True)
    assert resolve_precision("bfloat16", "cpu") == resolve_precision("bfloat16", "cuda") == "bfloat16"
    processor(amx=True, limit="AVX2")
    with pytest.warns(UserWarning, match="slower than"):
        assert resolve_precision("bfloat16", "cpu") == "bfloat16"


def test_multiply_adds_are_those_of_a_batch():
    network = ResNet(12, 2)
    assert multiply_adds_of(network, (12, 250), 64) == 64 * count_multiply_adds(network, (12, 250))


def test_auto_keeps_foreign_networks_in_float32(processor):
    class Foreign(nn.Conv1d):
        pass

    processor(amx=True)
    for network, expected in ((nn.Conv1d(512, 512, 9), "bfloat16"), (Foreign(512, 512, 9), "float32")):
        assert resolve_precision("auto", "cpu", partial(multiply_adds_of, network, (512, 256), 64)) == expected


@pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)
def test_auto_keeps_small_networks_in_float32(processor, clf):
    processor(amx=True)
    network = clf._make_network(12, 2, 500)
    assert resolve_precision("auto", "cpu", partial(multiply_adds_of, network, (12, 500), 32)) == "float32"


def test_converted_weights_are_dropped_after_each_block():
    layer, x = nn.Linear(2, 2), torch.ones(1, 2)
    with torch.autocast("cpu", enabled=False):  # as in every fit
        for value in (1.0, 2.0):
            with torch.no_grad():
                layer.weight.fill_(value)
                layer.bias.zero_()
            with computing_in("bfloat16", "cpu"):
                assert layer(x).tolist() == [[2 * value, 2 * value]]


# -- fits -----------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
Y = np.arange(32) % 2
X = (RNG.normal(size=(32, 2, 160)) * (1 + 3 * Y[:, None, None])).astype(np.float32)
QUICK = {"width": 8, "max_epochs": 10, "batch_size": 8, "learning_rate": 0.01, "random_state": 0}
TRAINED = {
    "ResNet": partial(ResNetClassifier, **QUICK),
    "CRNN": partial(CRNNClassifier, **QUICK, hidden_size=16),
}


@pytest.fixture(scope="module")
def fitted():
    """Return {name: (in float32, in bfloat16, in bfloat16 again)}."""
    with mock.patch("skecg.training.precision.has_quick_bfloat16", return_value=True):
        return {
            name: [make(precision=precision).fit(X[:24], Y[:24]) for precision in ("float32", "bfloat16", "bfloat16")]
            for name, make in TRAINED.items()
        }


def _weights(clf):
    return clf.net_.module_.state_dict()


@pytest.mark.learns
@pytest.mark.parametrize("name", TRAINED)
def test_networks_learn_in_bfloat16(fitted, name):
    _, clf, _ = fitted[name]
    assert clf.precision_ == "bfloat16"
    assert clf.score(X[24:], Y[24:]) == 1.0


@pytest.mark.parametrize("name", TRAINED)
def test_bfloat16_gives_the_same_weights_again_and_stores_float32(fitted, name):
    exact, once, again = map(_weights, fitted[name])
    assert all(torch.equal(once[key], again[key]) for key in once)
    assert {value.dtype for value in once.values()} <= {torch.float32, torch.int64}
    assert not all(torch.equal(once[key], exact[key]) for key in once)


def test_predictions_are_float32(fitted):
    clf = fitted["ResNet"][1]
    with torch.inference_mode():
        expected = clf.net_.module_(torch.from_numpy(X[24:])).softmax(dim=1)
    np.testing.assert_allclose(clf.predict_proba(X[24:]), expected, atol=1e-6)


def test_a_file_holds_the_precision(fitted, tmp_path):
    clf = fitted["ResNet"][1]
    skecg.save(clf, tmp_path / "model.skecg")
    loaded = skecg.load(tmp_path / "model.skecg")[-1]
    assert loaded.precision_ == loaded.precision == "bfloat16"
    loaded.precision_ = "float8"
    with pytest.raises(ValueError, match="expected 'float32' or 'bfloat16'"):
        skecg.save(loaded, tmp_path / "model.skecg")
