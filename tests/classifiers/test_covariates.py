"""Classifiers use covariates such as age and sex together with the signal, in all tools of scikit-learn."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from torch import nn

import skecg
from skecg import ECGRecords
from skecg.classifiers import ECGClassifier, ResNetClassifier
from skecg.preprocessing import ECGCrop, Normalize
from skecg.testing import quick_instances
from skecg.testing._instances import small_network

FUSIONS = ["concat", "film", "cross_attention"]
NETWORKS = [each for each in quick_instances() if hasattr(each, "fusion") and not hasattr(each, "module")]


def _cohort(n_records=160, decided_by="age", seed=0):
    """Return records of noise; a covariate or the amplitude of the signal decides the label."""
    rng = np.random.default_rng(seed)
    age, sex = rng.uniform(20, 90, n_records), rng.choice(["male", "female"], n_records)
    size = rng.normal(size=n_records)
    y = {"age": age > 55, "sex": sex == "male", "signal": size > 0}[decided_by].astype(int)
    scale = np.exp(0.5 * size) if decided_by == "signal" else np.ones(n_records)
    signals = rng.normal(size=(n_records, 2, 120)) * scale[:, None, None]
    return ECGRecords(signals, 100, metadata={"age": age, "sex": sex}), y


class Tiny(nn.Module):
    """A network of one convolution that makes tokens, their mean, and a linear layer."""

    n_channels = 8

    def __init__(self, n_leads, n_outputs):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv1d(n_leads, 8, 9, stride=4), nn.ReLU())
        self.head = nn.Linear(8, n_outputs)

    def forward_tokens(self, x):
        return self.trunk(x).transpose(1, 2)

    def pool_tokens(self, tokens):
        return tokens.mean(dim=1)

    def forward_features(self, x):
        return self.pool_tokens(self.forward_tokens(x))

    def forward(self, x):
        return self.head(self.forward_features(x))


def _tiny(**params):
    settings = {"max_epochs": 20, "learning_rate": 0.02, "batch_size": 16, "random_state": 0}
    return ECGClassifier(Tiny, **{**settings, "covariates": ("age", "sex"), **params})


def _auroc(clf, records, y, n_train=100):
    clf.fit(records[:n_train], y[:n_train])
    return roc_auc_score(y[n_train:], clf.predict_proba(records[n_train:])[:, 1])


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("decided_by", ["age", "sex"])
def test_a_covariate_that_carries_the_label_is_used(fusion, decided_by):
    auroc = _auroc(_tiny(fusion=fusion), *_cohort(decided_by=decided_by))
    assert auroc == 1.0 if decided_by == "sex" else auroc > 0.999


@pytest.mark.parametrize("fusion", FUSIONS)
def test_covariates_of_noise_do_little_harm(fusion):
    records, y = _cohort(240, decided_by="signal")
    alone = _auroc(_tiny(covariates=None), records, y)
    assert alone > 0.8
    assert _auroc(_tiny(fusion=fusion), records, y) > alone - 0.05


def test_missing_ages_cost_little():
    records, y = _cohort(240)
    age = records.metadata["age"].to_numpy(copy=True)
    age[np.random.default_rng(1).permutation(240)[:80]] = np.nan
    auroc = _auroc(_tiny(), records.with_metadata({"age": age, "sex": records.metadata["sex"]}), y)
    with_age = 2 / 3  # a pair of records has a missing age with probability 5/9, and is then ranked by chance
    best = with_age**2 + (1 - with_age**2) / 2
    assert auroc > best - 0.02


def test_missing_at_predict_alone():
    records, y = _cohort()
    clf = _tiny().fit(records, y)
    unknown = records.with_metadata({"age": np.full(160, np.nan), "sex": records.metadata["sex"]})
    sure = [np.abs(clf.predict_proba(X)[:, 1] - 0.5).mean() for X in (records, unknown)]
    assert sure[1] < 0.5 * sure[0]  # without an age the model is less certain
    with pytest.warns(UserWarning, match="did not see"):
        clf.predict(records.with_metadata({"age": records.metadata["age"], "sex": ["?"] * 160}))


@pytest.mark.parametrize("clf", NETWORKS, ids=lambda clf: type(clf).__name__)
def test_every_network(clf):
    records, y = _cohort(20)
    fusion = "cross_attention"  # this fusion requires most of a network
    clf = clone(clf).set_params(covariates=("age", "sex"), fusion=fusion, max_epochs=1, window=60)
    clf.fit(records, y)
    p = clf.predict_proba(records)
    older = records.with_metadata({"age": records.metadata["age"] + 40, "sex": records.metadata["sex"]})
    assert clf.transform(records).shape[0] == 20
    for copied in (pickle.loads(pickle.dumps(clf)), copy.deepcopy(clf)):
        np.testing.assert_array_equal(copied.predict_proba(records), p)
    assert not np.array_equal(clf.predict_proba(older), p)


@pytest.mark.learns
@pytest.mark.parametrize("params", [{"window": 60}, {"augment": ["mixup", "flip"]}, {"early_stopping": True}])
@pytest.mark.parametrize("fusion", FUSIONS)
def test_beside_everything_else(params, fusion):
    records, y = _cohort(decided_by="sex")
    assert _auroc(_tiny(fusion=fusion, **params), records, y) > 0.99


def test_windows_of_a_record_share_its_covariates():
    records, y = _cohort(40)
    clf = _tiny(window=60, max_epochs=2).fit(records, y)
    parts = [records.with_signals(records.to_array()[:, :, start : start + 60]) for start in (0, 30, 60)]
    expected = np.mean([clf.predict_proba(part) for part in parts], axis=0)
    np.testing.assert_allclose(clf.predict_proba(records), expected, atol=1e-6)


@pytest.mark.learns
def test_through_the_tools_of_scikit_learn():
    records, y = _cohort(60, decided_by="sex")
    model = make_pipeline(ECGCrop(100), Normalize(), _tiny(max_epochs=6, learning_rate=0.05))
    scores = cross_validate(model, records, y, cv=2, scoring="roc_auc", error_score="raise")
    assert scores["test_score"].min() > 0.8
    grid = {
        "ecgclassifier__fusion": ["concat", "film"],
        "ecgclassifier__covariates": [None, ("sex",), ("age", "sex")],
    }
    search = GridSearchCV(model, grid, cv=2, scoring="roc_auc", error_score="raise").fit(records, y)
    assert search.best_params_["ecgclassifier__covariates"] is not None


def test_what_is_not_there():
    records, y = _cohort(20)
    with pytest.raises(ValueError, match="covariate 'age' is read from the metadata of ECGRecords"):
        _tiny().fit(records.to_array(), y)
    clf = _tiny(max_epochs=1).fit(records, y)
    with pytest.raises(ValueError, match="no column 'sex'"):
        clf.predict(records.with_metadata({"age": records.metadata["age"]}))
    with pytest.raises(ValueError, match="covariate 'age' is read from"):
        clf.predict(records.to_array())
    with pytest.raises(ValueError, match="Sequential cannot be fused with covariates"):
        ECGClassifier(small_network, covariates=("age",)).fit(records, y)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_from_a_source_without_covariates_and_with_them(fusion, tmp_path):
    records, y = _cohort(40)
    resnet = ResNetClassifier(width=8, max_epochs=2, random_state=0)
    source = resnet.fit(records, y)
    params = {"pretrained": FrozenEstimator(source), "fine_tune": "head", "covariates": ("age",), "fusion": fusion}
    clf = clone(resnet).set_params(**params).fit(records, y)
    for key, weights in source.net_.module_.trunk.state_dict().items():
        assert torch.equal(weights, clf.net_.module_.backbone.trunk.state_dict()[key])
    again = clone(clf).set_params(pretrained=FrozenEstimator(clf), learning_rate=1e-9, weight_decay=0).fit(records, y)
    one, other = (model.net_.module_.head.classify.weight for model in (clf, again))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    skecg.save(clf, tmp_path / "source.skecg")
    saved = clone(again).set_params(pretrained=tmp_path / "source.skecg").fit(records, y)
    np.testing.assert_array_equal(saved.predict_proba(records), again.predict_proba(records))
    back = clone(resnet).set_params(pretrained=FrozenEstimator(clf), fine_tune="head").fit(records, y)
    np.testing.assert_array_equal(back.transform(records), source.transform(records))
