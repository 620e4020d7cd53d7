import numpy as np
import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.reporting import to_html


@pytest.fixture(scope="session")
def ecgs():
    return make_ecg(60, classes=["NORM", "LBBB"], fs=100, duration=4, n_patients=30, random_state=0)


@pytest.fixture(scope="session")
def model(ecgs, tmp_path_factory):
    """A loaded model, whose file keeps digests of 30 training records, and names the class to detect."""
    path = tmp_path_factory.mktemp("model") / "m.skecg"
    fitted = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data[:30], ecgs.target[:30])
    skecg.save(fitted, path, X=ecgs.data[:30], y=ecgs.target[:30], pos_label="LBBB")
    return skecg.load(path)


@pytest.fixture(scope="session")
def quick():
    return {"n_resamples": 20, "n_sheets": 1}


@pytest.fixture(scope="session")
def page(model, ecgs, quick):
    left_out = ["notes.txt: no recording"]
    return to_html(model, ecgs.data[30:], ecgs.target[30:], left_out=left_out, **quick)


@pytest.fixture(scope="session")
def labels():
    """Records with two labels that can occur together, and a model of them."""
    ecgs = make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=1)
    Y = np.column_stack([ecgs.target == "LBBB", np.arange(40) % 3 == 0]).astype(int)
    return ecgs.data, Y, EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, Y)
