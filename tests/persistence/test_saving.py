"""`save` and `load` refuse what does not fit, leave out what belongs to one machine, and warn of other versions."""

import runpy
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn
import torch
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import skecg
from skecg.format import load_weights, read_file, write_file
from skecg.preprocessing import Normalize

quick = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("quick_models.py"))))


def test_half_precision_keeps_the_statistics_of_layers_and_refuses_what_does_not_fit(path, tmp_path):
    model = quick.quick_eegnet().fit(*quick.make_cohort())
    network = model.net_.module_
    skecg.save(model, path, weights="float16")
    weights, learned = load_weights(path)[0], dict(network.named_parameters())
    for name, values in network.state_dict().items():
        expected = values.half().float() if name in learned else values
        assert torch.equal(weights[name], expected), name
    with torch.no_grad():
        next(iter(learned.values())).view(-1)[0] = 70_000
    with pytest.raises(ValueError, match="holds 70000; float16 ends at 65504"):
        skecg.save(model, tmp_path / "large.skecg", weights="float16")
    with pytest.raises(ValueError, match="'weights' parameter of save must be a str among"):
        skecg.save(model, path, weights="int8")


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int8])
def test_weights_of_another_type_are_refused(path, dtype):
    skecg.save(quick.quick_eegnet().fit(*quick.make_cohort()), path)
    document, tensors = read_file(path)
    write_file(path, document, {k: v.astype(dtype) if ".network." in f".{k}" else v for k, v in tensors.items()})
    with pytest.raises(ValueError, match="The weights do not fit the network"):
        skecg.load(path)


def test_what_cannot_be_saved_is_named(path):
    for model, message in [
        (
            GradientBoostingClassifier(n_estimators=2).fit(np.eye(2), [0, 1]),
            "GradientBoostingClassifier cannot be saved",
        ),
        (make_pipeline(Normalize(), GradientBoostingClassifier()), "GradientBoostingClassifier cannot be saved"),
        (
            quick.quick_eegnet(net_params={"callbacks": [object()]}),
            r"net_params of EEGNetClassifier.*set_params\(net_params",
        ),
        (quick.quick_eegnet(augment=["noise", object()]), "augment of EEGNetClassifier holds builtins.object"),
        ("a model", "not an estimator"),
    ]:
        with pytest.raises(TypeError, match=message):
            skecg.save(model, path)
    assert not path.exists()


def test_a_cache_is_left_out(path, tmp_path):
    records, y = quick.make_cohort()
    model = make_pipeline(Normalize(), quick.quick_eegnet(), memory=str(tmp_path / "cache")).fit(records, y)
    skecg.save(model, path)
    assert skecg.load(path).memory is None


def test_another_version_of_scikit_learn_warns(path):
    model = LogisticRegression().fit(np.eye(2), [0, 1])
    skecg.save(model, path)
    document, tensors = read_file(path)
    document["made_with"]["scikit-learn"] = "1.0"
    write_file(path, document, tensors)
    with pytest.warns(InconsistentVersionWarning, match=f"1.0 when using version {sklearn.__version__}"):
        skecg.load(path)


def test_on_mismatch_is_one_of_three(path):
    with pytest.raises(ValueError, match="on_mismatch"):
        skecg.load(path, on_mismatch="ignore")


def test_it_all_happens_without_a_warning(path):
    records, y = quick.make_cohort()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        skecg.save(quick.quick_eegnet().set_params(max_epochs=8).fit(records, y), path, X=records, y=y)
        skecg.load(path).predict(records)


def test_callbacks_are_left_out(path):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    records, y = quick.make_cohort()
    model = quick.quick_eegnet().set_callbacks(callback.ScoringMonitor(scoring="accuracy")).fit(records, y)
    skecg.save(model, path)
    assert not hasattr(skecg.load(path, on_mismatch=None), "_skl_callbacks")


def test_records_and_labels_that_do_not_fit(path):
    records, y = quick.make_cohort()
    model = quick.quick_eegnet().fit(records, y)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[3, 16\]"):
        skecg.save(model, path, X=records[:3], y=y)
    with pytest.raises(ValueError, match=r"y holds 2, which is none of the model's classes, \[0, 1\]"):
        skecg.save(model, path, X=records, y=y + 1)
    several = quick.quick_eegnet().fit(records, np.eye(2, dtype=int)[y])
    with pytest.raises(ValueError, match=r"2 labels; y must have a column for each, got \(16,\)"):
        skecg.save(several, path, X=records, y=y)
    assert not path.exists()
