"""A path for a saved model."""

import pytest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skecg"
