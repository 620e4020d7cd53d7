"""Wrong input of a report gets one clear message."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skecg.classifiers import EEGNetClassifier
from skecg.reporting import to_html


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"y": None}, "'y' parameter"),
        ({"y": lambda y: y[:-1]}, "inconsistent numbers of samples"),
        ({"y": lambda y: np.where(y == "NORM", "Normal", y)}, "none of the model's classes"),
        ({"y": lambda y: (y == "LBBB").astype(int)[:, None].repeat(2, axis=1)}, "must be 1-D; got y of shape"),
        ({"pos_label": "lbbb"}, "not one of the classes"),
        ({"X": lambda X: X[:0], "y": lambda y: y[:0]}, "no record"),
        ({"groups": np.zeros(30)}, "group"),
        ({"groups": [1, 2, 3]}, "inconsistent numbers of samples"),
        ({"subgroups": ["gender"]}, r"columns \['gender'\]"),
        ({"n_sheets": -1}, "n_sheets"),
        ({"n_resamples": 1}, "n_resamples"),
        ({"title": 3}, "title"),
    ],
)
def test_wrong_input_gets_a_clear_message(wrong, message, model, ecgs, quick):
    given = {"X": ecgs.data[30:], "y": ecgs.target[30:]} | quick
    given |= {name: value(given[name]) if callable(value) else value for name, value in wrong.items()}
    with pytest.raises((ValueError, TypeError), match=message):
        to_html(model, **given)


def test_records_without_a_finite_probability_are_named(ecgs, quick):
    class Broken(LogisticRegression):
        def predict_proba(self, X):
            return np.where(np.arange(len(X))[:, None] == 3, np.nan, 0.5) * np.ones(2)

    fitted = Broken().fit(np.arange(60)[:, None], ecgs.target)
    with pytest.raises(ValueError, match="no finite probability for 1 records; leave them out: 33"):
        to_html(fitted, ecgs.data[30:], ecgs.target[30:], pos_label="LBBB", **quick)


def test_two_texts_need_a_class_to_detect(ecgs, quick):
    fitted = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data[:30], ecgs.target[:30])
    with pytest.raises(ValueError, match="name the class to detect with pos_label='LBBB' or 'NORM'"):
        to_html(fitted, ecgs.data[30:], ecgs.target[30:], **quick)


def test_without_jinja2_the_message_names_the_extra():
    code = """
import sys
sys.modules["jinja2"] = None
from skecg.reporting import to_html
try:
    to_html(None, [], [])
except ImportError as error:
    print(error)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "A report needs Jinja2: pip install skecg[report].\n"
