"""`set_output` on all steps of a pipeline."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline

import skecg
from skecg import ECGRecords
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.features import BeatFeatures, MedianBeat
from skecg.preprocessing import ECGFilter, Normalize
from skecg.testing import quick_instances


@pytest.fixture(scope="module")
def records():
    ecg = make_ecg(12, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)
    index = pd.Index([f"r{i}" for i in range(12)])
    return ecg.data.with_metadata(ecg.data.metadata.set_axis(index)), ecg.target


def small():
    return EEGNetClassifier(max_epochs=1, batch_size=8, random_state=0)


STEPS = [instance for instance in quick_instances() if hasattr(instance, "transform")]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
@pytest.mark.parametrize("container", ["pandas", "polars", "default", None])
def test_every_step_takes_a_container(step, container):
    pipeline = make_pipeline(clone(step)).set_output(transform=container)
    assert clone(pipeline).steps[0][1].set_output(transform="default") is not None


def test_an_unknown_container():
    with pytest.raises(ValueError, match="takes default, pandas, polars or None, got 'rubbish'"):
        ECGFilter().set_output(transform="rubbish")


def test_signals_stay_signals_and_tables_become_tables(records):
    X, _ = records
    steps = make_pipeline(ECGFilter(), Normalize(), BeatFeatures())
    plain = steps.fit_transform(X)
    table = steps.set_output(transform="pandas").fit_transform(X)
    assert isinstance(steps[:-1].transform(X), ECGRecords)
    assert isinstance(ECGFilter(fs=100).set_output(transform="pandas").fit_transform(X.to_array()), np.ndarray)
    assert table.index.tolist() == X.metadata.index.tolist()
    assert table.columns.tolist() == steps[-1].get_feature_names_out().tolist()
    np.testing.assert_allclose(table, plain, rtol=1e-12)
    pd.testing.assert_frame_equal(clone(steps).fit(X).transform(X), table)
    with config_context(transform_output="pandas"):
        pd.testing.assert_frame_equal(make_pipeline(ECGFilter(), Normalize(), BeatFeatures()).fit_transform(X), table)


def test_a_union_of_pipelines(records):
    X, _ = records
    parts = [("a", make_pipeline(ECGFilter(), BeatFeatures())), ("b", make_pipeline(Normalize(), MedianBeat()))]
    table = FeatureUnion(parts).set_output(transform="pandas").fit_transform(X)
    assert table.index.tolist() == X.metadata.index.tolist()
    assert table.shape == FeatureUnion(parts).set_output(transform="default").fit_transform(X).shape


def test_an_embedding_is_a_table(records):
    X, y = records
    network = make_pipeline(ECGFilter(), small()).fit(X, y)
    plain = network.transform(X)
    table = network.set_output(transform="pandas").transform(X)
    np.testing.assert_allclose(table, plain, rtol=1e-12)
    assert table.index.tolist() == X.metadata.index.tolist()
    assert table.columns[0] == "eegnetclassifier0"
    assert isinstance(network.predict_proba(X), np.ndarray)
    lines = make_pipeline(FrozenEstimator(network), LogisticRegression()).set_output(transform="pandas").fit(X, y)
    assert lines[-1].feature_names_in_.tolist() == table.columns.tolist()


def test_a_saved_pipeline_and_its_contract(records, tmp_path):
    X, y = records
    network = make_pipeline(ECGFilter(), small()).set_output(transform="pandas").fit(X, y)
    skecg.save(network, tmp_path / "a.skecg")
    loaded = skecg.load(tmp_path / "a.skecg").set_output(transform="pandas")
    pd.testing.assert_frame_equal(loaded.transform(X), network.transform(X))
