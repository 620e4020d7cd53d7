"""A notebook shows scikit-learn's diagram of a classifier, and the layers of its network."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr
from torch import nn

from skecg import ECGRecords
from skecg.classifiers import CRNNClassifier, ECGClassifier
from skecg.inspection import summary
from skecg.preprocessing import Normalize

TABLE = "<div class='skecg-network'>"


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).normal(size=(8, 3, 200)), np.arange(8) % 2


@pytest.fixture(scope="module")
def fitted(data):
    return CRNNClassifier(width=4, max_epochs=1, random_state=0).fit(*data)


def _shown(estimator):
    """Return the pages of the two hooks of a notebook; they differ only in the numbers of the elements."""
    pages = estimator._repr_html_(), estimator._repr_mimebundle_()["text/html"]
    assert pages[0].count(TABLE) == pages[1].count(TABLE)
    return pages[0]


def test_a_fitted_classifier_shows_its_layers(fitted):
    page = _shown(fitted)
    diagram, table = page.split(TABLE)
    assert "sk-top-container" in diagram and "CRNNClassifier" in diagram
    assert summary(fitted)._repr_html_() == TABLE + table
    assert "for 3 leads of 200 samples" in table
    assert fitted._repr_mimebundle_()["text/plain"] == repr(fitted)


def test_an_unfitted_classifier_shows_what_it_did(fitted):
    page = _shown(clone(fitted))
    assert "sk-top-container" in page and TABLE not in page


def test_the_diagram_may_be_switched_off(fitted):
    with config_context(display="text"):
        assert not hasattr(fitted, "_repr_html_")
        assert set(fitted._repr_mimebundle_()) == {"text/plain"}


def test_in_a_pipeline_there_is_the_diagram_alone(fitted, data):
    page = make_pipeline(Normalize(), clone(fitted)).fit(*data)._repr_html_()
    assert "CRNNClassifier" in page and TABLE not in page
    assert "CRNNClassifier" in estimator_html_repr(fitted)


def test_covariates_and_windows(data):
    records = ECGRecords(data[0], 100, metadata={"age": np.arange(8.0)})
    clf = CRNNClassifier(width=4, max_epochs=1, covariates=("age",), window=150, random_state=0)
    page = _shown(clf.fit(records, data[1]))
    assert "for 3 leads of 150 samples" in page and "<b>Fused</b>" in page


def test_names_are_escaped(data):
    class Hostile(nn.Sequential):
        def __init__(self, n_leads, n_outputs):
            super().__init__(nn.Flatten())
            self.add_module("<img src=x>", nn.Linear(600, n_outputs))

    Hostile.__name__ = "<script>"
    clf = ECGClassifier(Hostile, max_epochs=1, random_state=0).fit(*data)
    table = _shown(clf).split(TABLE)[1]
    assert "<img" not in table and "<script" not in table
    assert "&lt;img src=x&gt;" in table and "<b>&lt;script&gt;</b>" in table
