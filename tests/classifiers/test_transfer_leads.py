"""Weights from another fit are adapted to other leads."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.frozen import FrozenEstimator

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.preprocessing import SelectLeads
from skecg.signal import mix_leads

transfers = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("transfers.py"))))


def test_twelve_leads_become_eight_without_loss(source):
    X, y = transfers.records(seed=2)
    eight = SelectLeads(list(transfers.EIGHT)).fit_transform(X)
    clf = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(eight, y)
    np.testing.assert_allclose(clf.transform(eight), source.transform(X), rtol=1e-4, atol=1e-5)


def test_the_order_of_leads_does_not_matter(source):
    X, y = transfers.records(seed=2)
    turned = SelectLeads(list(transfers.TWELVE[::-1])).fit_transform(X)
    clf = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(turned, y)
    np.testing.assert_allclose(clf.transform(turned), source.transform(X), rtol=1e-4, atol=1e-5)


def test_eegnet_which_weighs_leads_elsewhere():
    settings = {"n_tokens": 4, "dropout": 0.0, "max_epochs": 2, "batch_size": 8, "random_state": 0}
    X, y = transfers.records()
    twelve = EEGNetClassifier(**settings).fit(X, y)
    eight = SelectLeads(list(transfers.EIGHT)).fit_transform(X)
    clf = EEGNetClassifier(**settings, pretrained=FrozenEstimator(twelve), fine_tune="head").fit(eight, y)
    assert clf.predict_proba(eight).shape == (24, 2)
    weights = [model.net_.module_.spatial[0].weight[:, 0, :, 0] for model in (twelve, clf)]
    torch.testing.assert_close(weights[1], weights[0] @ torch.from_numpy(_eight_to_twelve()).float())


def _eight_to_twelve():
    return mix_leads(np.eye(8)[None], skecg.signal.resolve_leads(transfers.EIGHT, transfers.TWELVE)[1])[0]


@pytest.mark.parametrize("leads", [("V2",), ("II",), ("MLII",)])
def test_one_lead_of_twelve(source, leads):
    X, y = transfers.records()
    one = X.with_signals(X.to_array()[:, :1], leads=leads)
    clf = transfers.resnet(pretrained=FrozenEstimator(source))
    if leads == ("MLII",):
        with pytest.warns(UserWarning, match=r"no filters for the leads MLII; it has I, II.*get the mean of its"):
            clf.fit(one, y)
    else:
        clf.fit(one, y)
    assert np.isfinite(clf.predict_proba(one)).all()


def test_names_of_leads_are_compared_without_what_recorders_write_around_them(source):
    X, y = transfers.records(seed=2)
    eight = SelectLeads(list(transfers.EIGHT)).fit_transform(X)
    named = eight.with_signals(eight.signals, leads=["LEAD I", "ii", "v1", "Lead V2", "ECG V3", "V4", "v5", "lead_v6"])
    clf = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(named, y)
    np.testing.assert_allclose(clf.transform(named), source.transform(X), rtol=1e-4, atol=1e-5)


def test_leads_that_the_source_does_not_know_are_named_once(source):
    X, y = transfers.records()
    some = X.with_signals(X.to_array()[:, :3], leads=["V1", "lead 0", "Frank X"])
    with pytest.warns(UserWarning, match="no filters for the leads lead 0, Frank X; it has I, II") as warned:
        clf = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(some, y)
    assert len(warned) == 1
    old, new = (next(iter(transfers.state(model, "trunk").values())) for model in (source, clf))
    torch.testing.assert_close(new[:, 1], old.mean(dim=1))
    torch.testing.assert_close(new[:, 1], new[:, 2])
    assert not torch.allclose(new[:, 0], new[:, 1])


def test_arrays_have_no_names():
    X, y = transfers.records()
    X = X.to_array()
    source = transfers.resnet().fit(X, y)
    for fewer in (X[:, :8], X[:, 0]):
        clf = transfers.resnet(pretrained=FrozenEstimator(source))
        with pytest.warns(UserWarning, match="leads without names; pretrained has 12 leads, these records have"):
            clf.fit(fewer, y)
        assert clf.predict(fewer).shape == (24,)
    same = transfers.resnet(pretrained=FrozenEstimator(source), fine_tune="head").fit(X, y)
    np.testing.assert_array_equal(same.transform(X), source.transform(X))


def test_more_leads_than_the_source():
    X, y = transfers.records(leads=transfers.EIGHT)
    source = transfers.resnet().fit(X, y)
    with pytest.raises(ValueError, match="pretrained has filters for 8 leads, but these records have 12"):
        transfers.resnet(pretrained=FrozenEstimator(source)).fit(*transfers.records())
