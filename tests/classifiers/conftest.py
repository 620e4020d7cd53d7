"""A fitted network to start from."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

transfers = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("transfers.py"))))


@pytest.fixture(scope="module")
def source():
    return transfers.resnet().fit(*transfers.records())
