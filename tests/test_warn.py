import ast
import linecache
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.preprocessing import ECGCrop, Normalize


def test_a_warning_from_within_a_pipeline_shows_the_line_of_the_user():
    X, y = np.random.default_rng(0).normal(size=(8, 2, 100)), np.arange(8) % 2
    model = make_pipeline(ECGCrop(length=80), Normalize(), EEGNetClassifier(n_tokens=2, max_epochs=1))
    with pytest.warns(ConvergenceWarning, match="made 1 training step") as caught:
        model.fit(X, y)  # the line of the user
    assert caught[0].filename == __file__
    assert "the line of the user" in linecache.getline(__file__, caught[0].lineno)


def test_all_warnings_are_given_in_one_way():
    wrong = []
    for path in Path(skecg.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and ast.unparse(called) == "warnings.warn" and path.name != "_warn.py":
                wrong.append(f"{path.name}:{node.lineno}")
    assert not wrong
