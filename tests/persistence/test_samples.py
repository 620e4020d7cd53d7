"""The current version still loads files that earlier versions wrote.

There is one tiny sample for each version of the format, and one for each time that estimators gained parameters or
fitted attributes. The networks were trained on sines, as below, for three epochs; they need not have learnt anything.
"""

from pathlib import Path

import numpy as np
import pytest

import skecg
from skecg import ECGRecords
from skecg.classifiers import RNNClassifier
from skecg.format import load_weights, read_file, write_file
from skecg.format.file import VERSION

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = {
    "format_1": [
        [0.4867601692676544, 0.513239860534668],
        [0.5313931703567505, 0.4686068296432495],
        [0.49964022636413574, 0.5003597736358643],
    ],
    "format_1_before_covariates": [  # a pipeline with windows, of several labels
        [0.4994719922542572, 0.5002678036689758, 0.4997975826263428],
        [0.5012293457984924, 0.5008460879325867, 0.4993269741535187],
        [0.5003110766410828, 0.4996444880962372, 0.49947473406791687],
    ],
    "format_2": [  # the model of format_1, with weights in half precision
        [0.4867579936981201, 0.5132420063018799],
        [0.531389594078064, 0.4686104357242584],
        [0.4996357858181, 0.5003642439842224],
    ],
}
LABELS = {
    "format_1": ["fast", "slow"],
    "format_2": ["fast", "slow"],
    "format_1_before_covariates": ["slow", "fast", "third"],
}


def sines():
    time = np.arange(200) / 100
    signals = [[np.sin(2 * np.pi * (1 + i % 2) * time + i), np.cos(2 * np.pi * (1 + i % 2) * time)] for i in range(3)]
    return ECGRecords(np.array(signals), 100, leads=["I", "II"])


def test_every_version_has_its_sample():
    assert {int(name.split("_")[1]) for name in EXPECTED} == set(range(1, VERSION + 1))
    assert {path.stem for path in SAMPLES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_older_file_predicts_what_it_did(name):
    model = skecg.load(SAMPLES / f"{name}.skecg")
    np.testing.assert_allclose(model.predict_proba(sines()), EXPECTED[name], atol=1e-4)
    assert model[0].labels == LABELS[name]


def test_an_older_file_can_be_saved_fitted_and_taken_weights_from(tmp_path):
    path = SAMPLES / "format_1_before_covariates.skecg"
    model = skecg.load(path)
    skecg.save(model, tmp_path / "again.skecg")
    np.testing.assert_array_equal(
        skecg.load(tmp_path / "again.skecg").predict_proba(sines()), model.predict_proba(sines())
    )
    y = np.array([[0, 1, 0], [1, 0, 1], [1, 1, 0]])
    model.fit(sines(), y)
    sizes = {"hidden_size": 4, "n_layers": 1, "max_epochs": 1}
    heir = RNNClassifier(**sizes, pretrained=str(path), fine_tune="head", random_state=0).fit(sines(), y)
    taken, weights = heir.net_.module_.state_dict(), load_weights(path)[0]
    trunk = [name for name in weights if not name.startswith("head.")]
    assert trunk and all(np.array_equal(taken[name], weights[name]) for name in trunk)


def test_a_parameter_that_only_a_later_version_has(tmp_path):
    document, tensors = read_file(SAMPLES / "format_1.skecg")
    document["model"]["estimator"]["params"]["steps"][-1]["tuple"][1]["estimator"]["params"]["n_wings"] = 2
    write_file(tmp_path / "later.skecg", document, tensors)
    with pytest.raises(ValueError, match="EEGNetClassifier has no parameter 'n_wings'; a later version may: update"):
        skecg.load(tmp_path / "later.skecg")
