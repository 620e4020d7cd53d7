"""Files and pickles of models from an earlier version predict the same as in that version.

`make_models.py` made the files. They include each classifier, and the wrappers of a model.
"""

import json
import pickle
import runpy
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone

import skecg
from skecg import classifiers, networks

MODELS = Path(__file__).parent / "models"
FORM_OF = runpy.run_path(str(MODELS.with_name("make_models.py")))["form_of"]
EXPECTED = json.loads((MODELS / "predictions.json").read_text())
FILES = [name for name in EXPECTED if name.endswith(".skecg")]
PICKLES = [name for name in EXPECTED if not name.endswith(".skecg")]
OF_NUMPY_2 = pytest.mark.skipif(int(np.__version__.split(".")[0]) < 2, reason="numpy 1 reads no pickles of numpy 2")
READABLE = [pytest.param(name, marks=OF_NUMPY_2 if name in PICKLES else ()) for name in EXPECTED]

# scikit-learn does not support pickles across its versions; these pickles hold few of its objects.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")


def inputs(form):
    """Return the inputs in the form that a model was fitted on."""
    with np.load(MODELS / "inputs.npz") as stored:
        return FORM_OF(stored, form)


def read(name):
    """Return the model of a pickle, or of a file of skecg the model with its contract."""
    path = MODELS / name
    if path.suffix == ".skecg":
        return skecg.load(path, module=networks.EEGNet if path.stem == "ecg" else None)
    return joblib.load(path) if path.suffix == ".joblib" else pickle.loads(path.read_bytes())


def test_each_file_has_its_predictions_and_each_classifier_its_file():
    assert {path.name for path in MODELS.iterdir()} == {*EXPECTED, "inputs.npz", "predictions.json"}
    stored = {name.removesuffix(".skecg") for name in FILES}
    assert {name.removesuffix("Classifier").lower() for name in classifiers.__all__} <= stored


@pytest.mark.parametrize("name", READABLE)
def test_an_earlier_model_predicts_what_it_did(name):
    model, expected = read(name), EXPECTED[name]
    X = inputs(expected["form"])
    np.testing.assert_allclose(model.predict_proba(X), expected["predict_proba"], atol=1e-4)
    decisions = np.array(expected["predict"])
    assert model.predict(X).shape == decisions.shape
    assert np.mean(model.predict(X) == decisions) > 0.9  # another processor may change a decision near the threshold


@pytest.mark.parametrize("name", READABLE)
def test_an_earlier_model_is_cloned_shown_and_written_again(name, tmp_path):
    model, X = read(name), inputs(EXPECTED[name]["form"])
    assert clone(model).get_params().keys() == model.get_params().keys()
    assert repr(model) and model._repr_html_()
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    if name != "search.joblib":
        skecg.save(model, tmp_path / "again.skecg")
        module = networks.EEGNet if name.startswith("ecg") else None
        loaded = skecg.load(tmp_path / "again.skecg", module=module)
        np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
