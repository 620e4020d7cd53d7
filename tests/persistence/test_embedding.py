"""Embeddings of fitted models as steps of pipelines."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skecg
from skecg.classifiers import ECGClassifier, EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.ensemble import DistilledClassifier
from skecg.preprocessing import ECGResample, Normalize


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(16, classes=["NORM", "LBBB"], fs=250, duration=4, random_state=0)


@pytest.fixture(scope="module")
def model(ecgs):
    network = EEGNetClassifier(max_epochs=2, window=250, random_state=0)
    return make_pipeline(ECGResample(target_fs=100), Normalize(), network).fit(ecgs.data, ecgs.target)


@pytest.fixture(scope="module")
def path(model, ecgs, tmp_path_factory):
    """Return the file of the model in a wrapper, which has no method transform."""
    path = tmp_path_factory.mktemp("models") / "wrapped.skecg"
    wrapped = FixedThresholdClassifier(FrozenEstimator(model), threshold=0.3, pos_label="LBBB")
    skecg.save(wrapped.fit(ecgs.data, ecgs.target), path, X=ecgs.data, y=ecgs.target)
    return path


def test_a_model_or_its_file_embeds_records(model, path, ecgs):
    expected = model.transform(ecgs.data)
    for source in (model, path, str(path), skecg.load(path)):
        assert_array_equal(skecg.make_embedding(source).transform(ecgs.data), expected)
    shuffled = ecgs.data.with_signals(ecgs.data.to_array()[:, ::-1], leads=ecgs.data.leads[::-1])
    assert_array_equal(skecg.make_embedding(path).transform(shuffled), expected)  # the contract is a part of it


def test_a_classifier_on_the_table(model, path, ecgs, tmp_path):
    probe = make_pipeline(skecg.make_embedding(path), LogisticRegression())
    assert len(cross_validate(clone(probe), ecgs.data, ecgs.target, cv=2, error_score="raise")["test_score"]) == 2
    probe.fit(ecgs.data, ecgs.target)
    skecg.save(probe, tmp_path / "probe.skecg", X=ecgs.data, y=ecgs.target)
    loaded = skecg.load(tmp_path / "probe.skecg")
    assert_allclose(loaded.predict_proba(ecgs.data), probe.predict_proba(ecgs.data), rtol=1e-12)
    table = skecg.make_embedding(model).set_output(transform="pandas").transform(ecgs.data)
    assert table.index.equals(ecgs.data.metadata.index)
    assert table.columns.is_unique


def test_the_embedding_of_a_packaged_network_as_a_model_and_as_a_teacher(ecgs, tmp_path):
    probe = make_pipeline(skecg.make_embedding("ptbxl-resnet"), StandardScaler(), LogisticRegression())
    path = tmp_path / "model.skecg"
    skecg.save(DistilledClassifier(clone(probe), EEGNetClassifier(max_epochs=1)), path)
    teacher = skecg.load(path).teacher
    for model in (probe, teacher):
        model.fit(ecgs.data, ecgs.target)
    assert_array_equal(teacher.predict_proba(ecgs.data), probe.predict_proba(ecgs.data))
    skecg.save(probe, path, X=ecgs.data, y=ecgs.target)
    loaded = skecg.load(path)
    assert_array_equal(loaded.predict_proba(ecgs.data), probe.predict_proba(ecgs.data))
    assert loaded[0].labels == ["LBBB", "NORM"]


def test_models_without_one_network_are_refused(model, ecgs):
    with pytest.raises(NotFittedError, match="An embedding needs one fitted classifier"):
        skecg.make_embedding(clone(model))
    vote = VotingClassifier([("a", FrozenEstimator(model)), ("b", FrozenEstimator(model))], voting="soft")
    with pytest.raises(TypeError, match="An embedding needs one fitted classifier of skecg; got VotingClassifier"):
        skecg.make_embedding(vote.fit(ecgs.data, ecgs.target))
    with pytest.raises(TypeError, match="got LogisticRegression"):
        skecg.make_embedding(LogisticRegression().fit(np.eye(2), [0, 1]))


class Flat(torch.nn.Module):
    """A network without an embedding."""

    def __init__(self, n_leads, n_outputs):
        super().__init__()
        self.last = torch.nn.Linear(n_leads, n_outputs)

    def forward(self, x):
        return self.last(x.mean(dim=2))


def test_a_network_without_an_embedding_is_refused(ecgs):
    clf = ECGClassifier(Flat, max_epochs=1, random_state=0).fit(ecgs.data, ecgs.target)
    with pytest.raises(TypeError, match="ECGClassifier gives no embedding: its module needs the method forward_feat"):
        skecg.make_embedding(clf)
