"""Published checkpoints become networks that compute the same, with the signals that they expect.

The checkpoints here have the published layout and random weights: no published file was at hand.
"""

import math
import re
import runpy
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import skecg
from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.format import load_weights, save_weights
from skecg.foundation import FOUNDATION_MODELS, convert_checkpoint, make_foundation_pipeline

published = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("published.py"))))
NARROW_NET1D = {"widths": (8, 12), "depths": (1, 2), "ratio": 0.5, "kernel": 16, "group_width": 4}
NARROW_CPC = {"width": 8, "n_layers": 2, "n_states": 8}
NARROW = {
    name: replace(model, params=NARROW_CPC if name == "ecg-cpc" else NARROW_NET1D)
    for name, model in FOUNDATION_MODELS.items()
}


def checkpoint_of(name):
    """Return random weights with the published names of a narrow network."""
    model = NARROW[name]
    if name == "ecg-cpc":
        return published.with_stable_states(published.random_weights(published.ecg_cpc_shapes(12, **NARROW_CPC)))
    state = published.random_weights(published.net1d_shapes(len(model.leads), 150, **NARROW_NET1D))
    return {model.prefix + key: values for key, values in state.items()}


@pytest.fixture
def converted(tmp_path):
    """Return a function that writes a checkpoint and converts it."""

    def convert(name, state=None):
        source, path = tmp_path / f"{name}.pth", tmp_path / f"{name}.skecg"
        state = checkpoint_of(name) if state is None else state
        torch.save({"epoch": 3, "state_dict": state, "optimizer": {"state": {}, "lr": 1e-4}}, source)
        convert_checkpoint(source, NARROW[name], path)
        return path

    return convert


def network_from(path, name):
    """Return the narrow network with the weights of a file, and its missing weights."""
    model = NARROW[name]
    network = model.module(len(model.leads), 3, **model.params).eval()
    return network, network.load_state_dict(load_weights(path)[0], strict=False)


# -- the same numbers ----------------------------------------------------------------------


@pytest.mark.parametrize("name", NARROW)
def test_only_the_head_is_new(name, converted):
    _, keys = network_from(converted(name), name)
    assert keys.missing_keys == ["head.weight", "head.bias"] and not keys.unexpected_keys


@pytest.mark.parametrize("n_times", [1000, 513])
@pytest.mark.parametrize("name", ["ecgfounder", "ecgfounder-1lead", "clef-small"])
def test_net1d_computes_what_its_code_computes(name, n_times, converted):
    network, _ = network_from(converted(name), name)
    x = torch.randn(2, len(NARROW[name].leads), n_times, generator=torch.Generator().manual_seed(1))
    state = {key.removeprefix("backbone."): values for key, values in checkpoint_of(name).items()}
    with torch.no_grad():
        torch.testing.assert_close(network.forward_features(x), published.net1d(state, x, 4), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n_times", [600, 2400])
def test_ecg_cpc_computes_what_its_code_computes(n_times, converted):
    network, _ = network_from(converted("ecg-cpc"), "ecg-cpc")
    x = torch.randn(2, 12, n_times, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = published.ecg_cpc(checkpoint_of("ecg-cpc"), x)
        torch.testing.assert_close(network.forward_tokens(x), expected, rtol=1e-3, atol=1e-4)


# -- the published layouts -----------------------------------------------------------------


def n_values(shapes, ending=("weight", "bias")):
    return sum(math.prod(shape) for name, shape in shapes.items() if name.endswith(ending))


@pytest.mark.parametrize(("name", "n_weights"), [("ecgfounder", 30.7e6), ("clef-small", 448e3)])
def test_net1d_has_the_published_size(name, n_weights):
    """CLEF counts the weights without the last layer, and with BatchNorm: 30.7 M at this size of ECGFounder, 448 K."""
    model = FOUNDATION_MODELS[name]
    shapes = published.net1d_shapes(len(model.leads), 150, **model.params)
    n_found = n_values({key: shape for key, shape in shapes.items() if not key.startswith("dense")})
    assert n_found == pytest.approx(n_weights, rel=2e-3)


def test_ecg_cpc_has_the_published_size():
    """76 tensors besides the head of its pre-training, with 2,932,736 weights that learn, as counted in the file."""
    shapes = published.ecg_cpc_shapes(12, **FOUNDATION_MODELS["ecg-cpc"].params)
    shapes = {key: shape for key, shape in shapes.items() if "head_ssl" not in key}
    assert len(shapes) == 76
    assert n_values(shapes, ending=("weight", "bias", ".C", ".D")) == 2_932_736


@pytest.mark.parametrize("name", FOUNDATION_MODELS)
def test_every_weight_of_the_network_has_a_place(name):
    model = FOUNDATION_MODELS[name]
    n_leads = len(model.leads)
    layout = model.layout(n_leads, **model.params)
    build = published.ecg_cpc_shapes if name == "ecg-cpc" else published.net1d_shapes
    shapes = build(n_leads, *([] if name == "ecg-cpc" else [150]), **model.params)
    assert layout == {key: shape for key, shape in shapes.items() if not re.match(model.unused, key)}
    with torch.device("meta"):
        network = model.module(n_leads, 5, **model.params)
    if name != "ecg-cpc":  # the same weights under other names; those of state spaces have other shapes
        n_ours = sum(values.numel() for key, values in network.state_dict().items() if not key.startswith("head"))
        assert n_ours == n_values(layout)


# -- checkpoints that do not fit -----------------------------------------------------------


def test_one_error_says_all_that_differs(converted):
    state = checkpoint_of("ecgfounder")
    for key in list(state)[:2]:
        del state[key]
    state["first_bn.weight"] = torch.zeros(1)  # unused
    state["decoder.weight"] = torch.zeros(1)
    state["stage_list.0.block_list.0.se_fc1.bias"] = torch.zeros(5)
    reason = (
        "it lacks first_conv.conv.weight; first_conv.conv.bias, holds the unknown decoder.weight, "
        "has other shapes than stage_list.0.block_list.0.se_fc1.bias (4,), here (5,)."
    )
    with pytest.raises(ValueError, match=f"ecgfounder.pth is no checkpoint of ECGFounder: {re.escape(reason)}$"):
        converted("ecgfounder", state)


def test_another_network_is_refused_briefly(converted):
    with pytest.raises(ValueError, match=r"no checkpoint of ECG-CPC: it lacks .* more, holds the unknown .* more\.$"):
        converted("ecg-cpc", checkpoint_of("ecgfounder"))


def test_twelve_leads_are_not_one(tmp_path, converted):
    with pytest.raises(ValueError, match=r"first_conv.conv.weight \(8, 1, 16\), here \(8, 12, 16\)"):
        converted("ecgfounder-1lead", checkpoint_of("ecgfounder"))


def test_weights_must_be_finite(converted):
    state = checkpoint_of("ecgfounder")
    state["first_conv.conv.bias"][0] = torch.nan
    with pytest.raises(ValueError, match="NaN or infinity"):
        converted("ecgfounder", state)


@pytest.mark.parametrize("name", ["ECGFounder", None])
def test_an_unknown_name_lists_the_names(name):
    with pytest.raises(ValueError, match=r"no published network named .*'clef-small', 'ecg-cpc', 'ecgfounder'"):
        make_foundation_pipeline(name, None)


# -- into a classifier ---------------------------------------------------------------------


def cohort(leads=("I", "II", "V1", "V2", "V3", "V4", "V5", "V6"), fs=250):
    rng = np.random.default_rng(0)
    y = np.arange(8) % 2
    signals = (rng.normal(size=(8, len(leads), 2 * fs)) * (1 + y)[:, None, None]).astype(np.float32)
    return ECGRecords(signals, fs, leads=leads), y


@pytest.mark.filterwarnings("ignore:window=")  # records of 2 s, which are quick
@pytest.mark.parametrize("name", NARROW)
def test_a_pipeline_starts_from_the_weights_and_keeps_them(name, converted, tmp_path):
    X, y = cohort()
    path = converted(name)
    pipe = make_foundation_pipeline(NARROW[name], path, fine_tune="head", max_epochs=1, random_state=0).fit(X, y)
    weights, fitted = load_weights(path)[0], pipe[-1].net_.module_.state_dict()
    assert all(torch.equal(fitted[key], values) for key, values in weights.items())
    assert pipe[-1].fs_ == NARROW[name].fs and pipe[-1].leads_in_ == NARROW[name].leads
    skecg.save(pipe, tmp_path / "model.skecg")
    loaded = skecg.load(tmp_path / "model.skecg", on_mismatch=None)
    np.testing.assert_array_equal(loaded.predict_proba(X), pipe.predict_proba(X))


def test_training_starts_as_that_of_the_authors():
    clf = make_foundation_pipeline("ecg-cpc", None, layer_decay=None)[-1]
    assert (clf.window, clf.learning_rate, clf.layer_decay) == (600, 1e-3, None)
    assert clf.module_params == FOUNDATION_MODELS["ecg-cpc"].params


@pytest.mark.filterwarnings("ignore:window=")
def test_a_plain_array_needs_its_rate():
    X, y = np.random.default_rng(0).normal(size=(4, 12, 600)), [0, 1, 0, 1]
    pipe = make_foundation_pipeline(NARROW["ecgfounder"], None, fs=250, max_epochs=1, random_state=0)
    assert pipe.fit(X, y).predict(X).shape == (4,)
    with pytest.raises(ValueError, match="fs"):
        make_foundation_pipeline(NARROW["ecgfounder"], None).fit(X, y)


def test_the_file_says_leads_and_rate(converted):
    X, y = cohort(leads=("V1", "I"), fs=100)
    path = converted("ecgfounder")
    clf = ECGClassifier(NARROW["ecgfounder"].module, NARROW_NET1D, pretrained=path, fine_tune="head", max_epochs=1)
    with pytest.warns(UserWarning, match="fitted at 500 Hz, but these records have 100 Hz"):
        clf.fit(X, y)
    kept = clf.net_.module_.state_dict()["stem.0.weight"]
    published_filters = load_weights(path)[0]["stem.0.weight"]
    for lead, place in enumerate([6, 0]):  # V1 and I of the twelve, scaled for the ten that are not here
        ratio = kept[:, lead] / published_filters[:, place]
        torch.testing.assert_close(ratio, ratio[:1, :, :1].expand_as(ratio))


@pytest.mark.parametrize("signals", [{"fs": "500"}, {"leads": "I"}])
def test_a_file_that_says_leads_or_rate_wrongly(signals, tmp_path):
    X, y = cohort()
    network = NARROW["ecgfounder"].module(12, 2, **NARROW_NET1D)
    save_weights(network, tmp_path / "a.skecg", settings={"signals": signals})
    clf = ECGClassifier(NARROW["ecgfounder"].module, NARROW_NET1D, pretrained=tmp_path / "a.skecg")
    with pytest.raises(ValueError, match="must say fs as a number and leads as a list; it says"):
        clf.fit(X, y)


def test_clef_takes_any_lead(converted, recwarn):
    X, y = cohort(leads=("V5",), fs=500)
    pipe = make_foundation_pipeline(NARROW["clef-small"], converted("clef-small"), max_epochs=1, random_state=0)
    pipe.set_params(leads__leads=["V5"], classifier__fine_tune="head").fit(X, y)
    assert not [w for w in recwarn if "leads" in str(w.message)]


@dataclass
class Settings:
    """Stands for the settings that Lightning stores with the weights."""

    features: list


def test_settings_of_other_code_stay_empty(tmp_path):
    source, path = tmp_path / "a.ckpt", tmp_path / "a.skecg"
    settings = {"hyper_parameters": Settings([512]), "score": np.float64(0.92), "kinds": {Settings}}
    torch.save({**settings, "state_dict": checkpoint_of("clef-small")}, source)
    convert_checkpoint(source, NARROW["clef-small"], path)
    assert load_weights(path)[1]["model"] == "CLEF-small"
