import hashlib
import shutil

import pytest

import skecg
from skecg.datasets import make_ecg
from skecg.pipeline import make_ecg_pipeline
from skecg.pretrained import _table


@pytest.fixture(scope="session")
def ecgs():
    return make_ecg(16, classes=["NORM", "LBBB"], fs=100, duration=3, random_state=0)


@pytest.fixture(scope="session")
def trained(ecgs):
    """Return a fitted pipeline of a small network."""
    pipeline = make_ecg_pipeline("resnet", width=4, window=128, max_epochs=1, random_state=0)
    pipeline.set_params(crop__length=200, resample__target_fs=80)
    return pipeline.fit(ecgs.data, ecgs.target)


@pytest.fixture(scope="session")
def path(trained, ecgs, tmp_path_factory):
    """Return the path of its file, in half precision and with digests."""
    path = tmp_path_factory.mktemp("model") / "small-resnet.skecg"
    skecg.save(trained, path, X=ecgs.data, y=ecgs.target, pos_label="LBBB", weights="float16")
    return path


@pytest.fixture
def packaged(path, ecgs, tmp_path, monkeypatch):
    """Put the file in the place of the packaged models, and return the folder; the current folder is another one."""
    folder, here = tmp_path / "package", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    shutil.copy(path, folder)
    model = _table.PackagedModel(
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        title="LBBB, from synthetic records",
        leads=tuple(ecgs.data.leads),
        scores={"AUROC": 0.91},
    )
    monkeypatch.setattr(_table, "FOLDER", folder)
    for table in (_table.MODELS, _table.ALIASES):
        for name in reversed(list(table)):  # so that the end of the test restores their order
            monkeypatch.delitem(table, name)
    monkeypatch.setitem(_table.MODELS, "small-resnet", model)
    monkeypatch.setitem(_table.ALIASES, "small", "small-resnet")
    monkeypatch.chdir(here)
    return folder
