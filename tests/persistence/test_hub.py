"""Push to and load from the Hub, which a folder replaces."""

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import skecg
from skecg.classifiers import RNNClassifier


class FolderHub:
    """The functions of huggingface_hub that `push_to_hub` and `from_hub` call, on a folder."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def create_repo(self, repo_id, *, private, exist_ok):
        (self.folder / repo_id).mkdir(parents=True, exist_ok=exist_ok)
        self.private = private

    def upload_folder(self, *, repo_id, folder_path, revision, commit_message):
        shutil.copytree(folder_path, self.folder / repo_id / (revision or "main"), dirs_exist_ok=True)
        return SimpleNamespace(commit_url=f"https://hub/{repo_id}/commit/1")

    def download(self, *, repo_id, filename, revision, token):
        return self.folder / repo_id / (revision or "main") / filename


@pytest.fixture(scope="module")
def fitted():
    X, y = np.random.default_rng(0).normal(size=(8, 2, 50)), np.arange(8) % 2
    return RNNClassifier(hidden_size=4, n_layers=1, max_epochs=1, random_state=0).fit(X, y), X


def test_there_and_back(fitted, tmp_path):
    model, X = fitted
    hub = FolderHub(tmp_path)
    assert skecg.push_to_hub(model, "me/model", api=hub) == "https://hub/me/model/commit/1"
    assert hub.private
    again = skecg.from_hub("me/model", download=hub.download)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    card = (tmp_path / "me" / "model" / "main" / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: skecg\n")
    assert "# RNNClassifier" in card


def test_a_card_and_a_branch_of_ones_own(fitted, tmp_path):
    model, _ = fitted
    hub = FolderHub(tmp_path)
    skecg.push_to_hub(model, "me/model", card="# Mine", revision="next", private=False, api=hub)
    assert not hub.private
    assert (tmp_path / "me/model/next/README.md").read_text().endswith("# Mine")
    assert hasattr(skecg.from_hub("me/model", revision="next", download=hub.download), "predict")


def test_the_interface_is_that_of_huggingface_hub():
    """The replacement accepts the arguments of the real functions."""
    import inspect

    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    real = {
        hub.HfApi.create_repo: {"repo_id", "private", "exist_ok"},
        hub.HfApi.upload_folder: {"repo_id", "folder_path", "revision", "commit_message"},
        hub.hf_hub_download: {"repo_id", "filename", "revision", "token"},
    }
    for function, used in real.items():
        assert used <= set(inspect.signature(function).parameters)


def test_without_huggingface_hub(fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"pip install 'skecg\[hub\]'"):
        skecg.from_hub("me/model")
