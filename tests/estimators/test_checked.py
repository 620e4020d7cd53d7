"""Each call of a transformer searches X for NaN only once."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier

from skecg import ECGRecords
from skecg.estimators.checked import CheckedTransformer
from skecg.features import AutoencoderFeatures, BeatFeatures, SignalQuality
from skecg.pipeline import make_ecg_pipeline
from skecg.preprocessing import Normalize
from skecg.records import checks
from skecg.testing import quick_instances

TRANSFORMERS = [one for one in quick_instances() if hasattr(one, "transform") and not is_classifier(one)]
TRANSFORMERS = [one for one in TRANSFORMERS if type(one).__name__ != "SignalContract"]  # it accepts tables too


@pytest.fixture
def scanned(monkeypatch):
    """Return a list that collects every X that is searched for NaN."""
    found, search = [], checks._check_finite
    monkeypatch.setattr(checks, "_check_finite", lambda X, watch: found.append(X) or search(X, watch))
    return found


@pytest.fixture
def records():
    X = np.random.default_rng(0).normal(size=(8, 2, 300)).cumsum(axis=-1)
    return ECGRecords(X, 500, leads=["I", "II"])


@pytest.mark.parametrize("step", TRANSFORMERS, ids=lambda step: type(step).__name__)
def test_one_search_in_each_call(step, scanned, records):
    assert isinstance(step, CheckedTransformer)
    for X in (records, records.to_array()):
        one = clone(step)
        for call in (one.fit_transform, one.fit, one.transform):
            scanned.clear()
            call(X)
            assert len(scanned) == 1


@pytest.mark.parametrize("step", TRANSFORMERS, ids=lambda step: type(step).__name__)
def test_fit_transform_is_fit_then_transform(step, records):
    for X in (records, records.to_array()):
        one, other = clone(step).fit_transform(X), clone(step).fit(X).transform(X)
        if isinstance(one, ECGRecords):
            assert (one.leads, one.fs.tolist()) == (other.leads, other.fs.tolist())
            one, other = one.to_array(), other.to_array()
        np.testing.assert_array_equal(one, other)


def test_a_pipeline_searches_each_array_once(scanned, records):
    model = make_ecg_pipeline("eegnet", max_epochs=1, random_state=0)
    model.set_params(crop__length=40, classifier__window=20).fit(records, np.arange(8) % 2)
    assert len(scanned) == 5 and len({id(X) for X in scanned}) == 5  # four steps and the classifier


def test_parameters_are_checked_before_X(records):
    with pytest.raises(ValueError, match="'method' parameter"):
        Normalize(method="loud").fit_transform(records)


@pytest.mark.parametrize(
    "step", [SignalQuality(), BeatFeatures(), AutoencoderFeatures(max_epochs=1, random_state=0)], ids=str
)
def test_a_table_is_a_table_of_pandas_where_it_is_asked_for(step, records):
    records = records.with_metadata(pd.DataFrame({"age": range(8)}, index=list("abcdefgh")))
    step = clone(step).set_output(transform="pandas")
    table = step.fit_transform(records)
    assert table.index.tolist() == list("abcdefgh")
    assert table.columns.tolist() == step.get_feature_names_out().tolist()
    pd.testing.assert_frame_equal(table, step.transform(records))
