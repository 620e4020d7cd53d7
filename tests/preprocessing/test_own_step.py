"""A step defined by a user works in export, explanations and contracts."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import skecg
from skecg import ECGRecords
from skecg.classifiers import ECGClassifier
from skecg.datasets import make_ecg
from skecg.export._build import Builder
from skecg.export._onnx import _find_length, _find_rate
from skecg.inspection import saliency, seen_by_network
from skecg.persistence import SignalContract
from skecg.preprocessing import ECGCrop, ECGFilter, Normalize
from skecg.preprocessing.base import BaseStep
from skecg.preprocessing.form import Form, Operation, OverLeads, OverTime
from skecg.testing import check_ecg_estimator


class MeanOfTwo(BaseStep):
    """A step that halves the rate by the means of pairs of samples."""

    def _transform_block(self, block, form):
        return _means(block)

    def form_out(self, form):
        n_times = None if form.n_times is None else -(-form.n_times // 2)
        return replace(form, n_times=n_times, fs=None if form.fs is None else form.fs / 2)

    def operation(self, form):
        return OverTime(apply=_means, stride=2.0)


def _means(block):
    after = np.concatenate([block[..., 1:], block[..., -1:]], axis=-1)
    return ((block + after) / 2)[..., ::2]


class AtFifty(MeanOfTwo):
    """A step that halves the number of samples, and declares a rate of 50 Hz for any input rate."""

    def form_out(self, form):
        return replace(super().form_out(form), fs=50.0)


class Shout(TransformerMixin, BaseEstimator):
    """A step that inherits nothing from skecg; it returns the first two leads times ten."""

    def fit(self, X, y=None):
        self.n_leads_in_ = X.shape[1]
        return self

    def transform(self, X):
        return 10 * X[:, :2]

    def form_out(self, form):
        return replace(form, leads=form.leads[:2])

    def operation(self, form):
        return OverLeads(weights=10 * np.eye(2, len(form.leads)))


class Later(BaseStep):
    """A step that removes the first ten samples, and describes only the positions of the other samples."""

    def _transform_block(self, block, form):
        return block[..., 10:]

    def form_out(self, form):
        return replace(form, n_times=None if form.n_times is None else form.n_times - 10)

    def operation(self, form):
        return Operation(start=10)


def small_network(n_leads, n_outputs):
    from torch import nn

    return nn.Sequential(nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(4 * n_leads, n_outputs))


def classifier():
    return ECGClassifier(small_network, max_epochs=2, batch_size=8, random_state=0)


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(16, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)


@pytest.fixture(scope="module")
def model(ecgs):
    return make_pipeline(ECGFilter(), MeanOfTwo(), Normalize(), classifier()).fit(ecgs.data, ecgs.target)


def test_it_passes_the_checks():
    check_ecg_estimator(MeanOfTwo())
    results = check_estimator(MeanOfTwo(), on_skip=None, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert len(results) > 40 and not failed


def test_leads_lengths_and_rates_of_ragged_records():
    records = ECGRecords([np.ones((2, 401)), np.ones((2, 300))], [100, 250], leads=["I", "II"])
    halved = MeanOfTwo().fit_transform(records)
    assert halved.lengths.tolist() == [201, 150] and halved.fs.tolist() == [50, 125] and halved.leads == ("I", "II")


def test_it_is_exported(ecgs, model, tmp_path):
    for name in ("onnxruntime", "onnxscript"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    export = skecg.to_onnx(model, tmp_path / "model.onnx", X=ecgs.data)
    assert export.difference < 1e-4 and (export.n_times, export.fs) == (400, 100)
    signals = make_pipeline(Shout(), classifier()).fit(ecgs.data.to_array(), ecgs.target)
    assert skecg.to_onnx(signals, tmp_path / "other.onnx", n_times=400).difference < 1e-4


def test_rate_and_length_of_the_input_are_found(ecgs, model):
    assert _find_rate(model.steps, None, None) == 100  # the network sees 50 Hz
    with pytest.raises(ValueError, match="pass n_times"):
        _find_length(model.steps, None, None)  # the classifier counts the samples that are left
    cut = make_pipeline(ECGCrop(length=300), MeanOfTwo(), classifier()).fit(ecgs.data, ecgs.target)
    assert _find_length(cut.steps, None, None) == 300


def test_explanations_follow_it(ecgs, model):
    inner, outer = (saliency(model, ecgs.data[:3], space=space) for space in ("network", "input"))
    assert seen_by_network(model, ecgs.data).fs.tolist() == [50] * 16
    assert inner.shape == (3, 12, 200) and outer.shape == (3, 12, 400)
    assert_allclose(outer[..., ::2], inner, rtol=1e-5)
    X = ecgs.data.to_array()
    outer = saliency(make_pipeline(Shout(), classifier()).fit(X, ecgs.target), X[:3])
    assert outer.shape == (3, 12, 400) and outer[:, :2].any() and not outer[:, 2:].any()


def test_explanations_follow_what_cannot_be_exported(ecgs):
    model = make_pipeline(Later(), classifier()).fit(ecgs.data, ecgs.target)
    inner, outer = (saliency(model, ecgs.data[:3], space=space) for space in ("network", "input"))
    assert_array_equal(outer[..., 10:], inner)
    assert not outer[..., :10].any()
    with pytest.raises(ValueError, match="'later', Later, cannot be expressed in ONNX"):
        Builder(ecgs.data.leads, 400, 100).add("later", model[0])


def test_leads_that_a_function_drops_are_not_led_back(ecgs):
    X = ecgs.data.to_array()
    for choose in (lambda X: X[:, 3:], lambda X: np.concatenate([X, X], axis=1)):
        model = make_pipeline(FunctionTransformer(choose), Normalize(), classifier()).fit(X, ecgs.target)
        assert np.isfinite(saliency(model, X[:2], space="network")).all()
        with pytest.raises(ValueError, match=r'FunctionTransformer.*space="network"'):
            saliency(model, X[:2])


def test_the_contract_knows_its_rate(ecgs, model):
    for X in (None, ecgs.data):
        assert SignalContract.of(model, X).fs == 100
    any_rate = make_pipeline(AtFifty(), classifier()).fit(ecgs.data, ecgs.target)
    assert SignalContract.of(any_rate, ecgs.data).fs is None
    given = make_pipeline(MeanOfTwo(), ECGFilter(high=20, fs=50), classifier()).fit(ecgs.data.to_array(), ecgs.target)
    assert SignalContract.of(given).fs == 100


@pytest.mark.parametrize("step", [ECGFilter(), Normalize(), ECGCrop(length=300)], ids=str)
def test_steps_of_ours_keep_what_is_not_known(step, ecgs):
    form = step.fit(ecgs.data).form_out(Form())
    assert (form.leads, form.fs) == (None, None)
    assert form.n_times == (300 if isinstance(step, ECGCrop) else None)
