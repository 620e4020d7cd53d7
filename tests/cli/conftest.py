import csv

import numpy as np
import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg


def _write_wfdb(folder, name, signal, fs, leads):
    """Write a record in format 16, at 5,000 steps a mV."""
    folder.mkdir(exist_ok=True)
    np.round(signal.T * 5000).astype("<i2").tofile(folder / f"{name}.dat")
    lines = [f"{name}.dat 16 5000/mV 16 0 0 0 0 {lead}" for lead in leads]
    (folder / f"{name}.hea").write_text("\n".join([f"{name} {len(leads)} {fs} {signal.shape[1]}", *lines, ""]))


@pytest.fixture
def write_wfdb():
    return _write_wfdb


@pytest.fixture(scope="session")
def quick():
    """Arguments that make a network small and its training short."""
    return ["--set", "width=4", "--set", "max_epochs=1", "--set", "classifier__batch_size=8"]


@pytest.fixture(scope="session")
def positive():
    """Arguments that name the class to detect of the records in `folder`."""
    return ["--positive", "LBBB"]


@pytest.fixture(scope="session")
def ecgs():
    return make_ecg(30, classes=["NORM", "LBBB"], fs=100, duration=5, n_patients=15, random_state=0)


@pytest.fixture(scope="session")
def folder(ecgs, tmp_path_factory):
    """Return a folder of 30 records with a table."""
    folder = tmp_path_factory.mktemp("wfdb")
    rows = [["record", "target", "patient", "NORM", "LBBB"]]
    for i, record in enumerate(ecgs.data):
        _write_wfdb(folder / "records", f"r{i:02}", record.signal, 100, record.leads)
        label = ecgs.target[i]
        rows.append([f"r{i:02}", label, record.metadata["patient_id"], int(label == "NORM"), int(label == "LBBB")])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.fixture(scope="session")
def model(ecgs, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.skecg"
    fitted = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, ecgs.target)
    skecg.save(fitted, path, X=ecgs.data, y=ecgs.target, pos_label="LBBB")
    return path
