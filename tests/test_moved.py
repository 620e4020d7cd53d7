"""Modules that have moved can still be imported under their old names."""

import importlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

from skecg import _moved
from skecg.estimators.labels import LabelClasses


@pytest.fixture
def moved(monkeypatch):
    """Pretend that `skecg.storage` was once called `skecg.boxes`."""
    monkeypatch.setitem(_moved.MOVED, "skecg.boxes", "skecg.storage")
    monkeypatch.setitem(_moved.MOVED, "skecg.boxes._lid", "skecg.records._html")
    yield
    for name in [name for name in sys.modules if name.startswith("skecg.boxes")]:
        del sys.modules[name]
    del sys.modules["skecg"].boxes


@pytest.mark.parametrize(("old", "new"), _moved.MOVED.items())
def test_each_move_leads_to_a_module(old, new):
    module = importlib.import_module(old)
    assert module is importlib.import_module(new)
    assert module.__name__ == module.__spec__.name == new


def test_a_package_takes_its_modules_along(moved):
    inside = importlib.import_module("skecg.boxes._save")
    assert inside is importlib.import_module("skecg.storage._save")
    assert importlib.import_module("skecg.boxes") is importlib.import_module("skecg.storage")


def test_the_longest_old_name_decides(moved):
    assert importlib.import_module("skecg.boxes._lid") is importlib.import_module("skecg.records._html")


@pytest.mark.parametrize("name", ["skecg.preprocessing._label", "skecg.preprocessing._labels_", "skecg.nothing"])
def test_other_names_are_still_unknown(name):
    with pytest.raises(ModuleNotFoundError, match=name):
        importlib.import_module(name)


def test_a_new_name_that_is_wrong_says_so(monkeypatch):
    monkeypatch.setitem(_moved.MOVED, "skecg.lost", "skecg.not_there")
    with pytest.raises(ModuleNotFoundError, match=r"skecg\.not_there"):
        importlib.import_module("skecg.lost")
    assert "skecg.lost" not in sys.modules


def test_a_pickle_with_the_old_name_holds_the_same_class():
    old = b"cskecg.preprocessing._labels\nLabelClasses\n(I2\ntR."  # protocol 0, as text
    code = f"import pickle, sys; pickle.loads({old!r}); print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False"]
    classes = pickle.loads(old)
    assert type(classes) is LabelClasses and all(np.array_equal(c, [0, 1]) for c in classes)
    assert b"skecg.estimators.labels" in pickle.dumps(classes)
