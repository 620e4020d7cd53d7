"""A path for a file of skecg."""

import pytest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.skecg"
