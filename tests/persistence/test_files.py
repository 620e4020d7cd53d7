"""Every estimator can be saved and loaded, and predicts the same to the bit."""

import copy
import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imbalanced_pipeline
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)

import skecg
from skecg.classifiers import ECGClassifier
from skecg.format import load_weights, read_file, write_file
from skecg.model_selection import CalibratedLabels
from skecg.networks import EEGNet
from skecg.persistence import list_contents
from skecg.preprocessing import ECGCrop, ECGResample, Normalize
from skecg.records import ECGRecords
from skecg.testing import quick_instances

quick = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("quick_models.py"))))


def answer(estimator, X):
    out = estimator.predict_proba(X) if hasattr(estimator, "predict_proba") else None
    if out is None and not hasattr(estimator, "transform"):
        return estimator.predict(X)
    out = estimator.transform(X) if out is None else out
    return np.concatenate([signal.ravel() for signal in out.signals]) if isinstance(out, ECGRecords) else out


@pytest.mark.parametrize("estimator", quick_instances(), ids=lambda estimator: type(estimator).__name__)
def test_every_estimator(estimator, path):
    records, y = quick.make_cohort()
    if "max_epochs" in estimator.get_params():
        estimator.set_params(max_epochs=1)
    if "estimator" in estimator.get_params():
        estimator.set_params(estimator=quick.quick_eegnet())
    if "estimators" in estimator.get_params():
        estimator.set_params(first=quick.quick_eegnet(), second=quick.quick_eegnet(random_state=1))
    if "student" in estimator.get_params():
        estimator.set_params(teacher=quick.quick_eegnet(random_state=1), student=quick.quick_eegnet())
    module = getattr(estimator, "module", None)
    skecg.save(estimator, path)
    before_fit = skecg.load(path, module=module)
    assert type(before_fit) is type(estimator)
    assert repr(before_fit) == repr(estimator)
    if hasattr(estimator, "fit_resample"):
        return  # a sampler learns nothing that can be saved
    estimator.fit(records, y)
    skecg.save(estimator, path, X=records, y=y)
    estimator = getattr(estimator, "student_", estimator)
    for on_mismatch in ("convert", "raise", None):
        again = skecg.load(path, module=module, on_mismatch=on_mismatch)
        np.testing.assert_array_equal(answer(again, records), answer(estimator, records))
    assert type(again) is type(estimator)
    fitted = {key for key in vars(estimator) if key.endswith("_")}
    assert fitted == {key for key in vars(again) if key.endswith("_")}
    skecg.save(estimator, path, weights="float16")
    half = skecg.load(path, module=module, on_mismatch=None)
    np.testing.assert_allclose(answer(half, records), answer(estimator, records), atol=2e-3)  # noise, and 50 layers


def test_a_frozen_estimator_is_stored_once(path, subtests):
    records, y = quick.make_cohort()
    Y = np.stack([y, 1 - y], axis=1)
    frozen = FrozenEstimator(quick.quick_eegnet().fit(records, Y))
    model = CalibratedLabels(frozen, cv=2).fit(records, Y)
    assert model.estimator is model.estimator_ is frozen
    skecg.save(model, path)
    load_weights(path)  # which takes a file with one network
    again = skecg.load(path, on_mismatch=None)
    assert again.estimator is again.estimator_
    np.testing.assert_array_equal(answer(again, records), answer(model, records))
    assert "CalibratedLabels" in list_contents(path)
    document, tensors = read_file(path)
    fitted = document["model"]["estimator"]["fitted"]
    assert fitted["estimator_"] == {"shared": 0}
    for place in (1, -1, True, "x", None, [0], 2**70):
        with subtests.test(place=place):
            fitted["estimator_"] = {"shared": place}
            write_file(path, document, tensors)
            with pytest.raises(ValueError, match="is not the place of a frozen estimator"):
                skecg.load(path)


@pytest.mark.parametrize("kind", ["array", "flat", "ragged"])
@pytest.mark.parametrize("window", [None, 64])
def test_every_form_of_signals(kind, window, path):
    records, y = quick.make_cohort(ragged=kind == "ragged")
    X = {"array": records.to_array, "flat": lambda: records.to_array()[:, 0], "ragged": lambda: records}[kind]()
    model = quick.quick_eegnet(window=window).fit(X, y)
    skecg.save(model, path, X=X, y=y)
    np.testing.assert_array_equal(skecg.load(path).predict_proba(X), model.predict_proba(X))


def test_labels_of_every_kind(path, subtests):
    records, y = quick.make_cohort()
    for classes in ([0, 1], [3, 7], [False, True], ["no", "yes"], [-1, 1], np.array(["a", "bc"], object)):
        with subtests.test(classes=str(classes)):
            labels = np.asarray(classes)[y]
            model = quick.quick_eegnet().fit(records, labels)
            skecg.save(model, path, X=records, y=labels)
            again = skecg.load(path)
            assert again.predict(records).dtype == labels.dtype
            assert again.classes_.dtype == model.classes_.dtype
            np.testing.assert_array_equal(again.predict(records), model.predict(records))


def test_several_labels_a_record(path):
    records, y = quick.make_cohort()
    Y = np.stack([y, 1 - y, np.arange(16) % 2], axis=1)
    model = quick.quick_eegnet().fit(records, Y)
    skecg.save(model, path, X=records, y=Y, target_names=["AF", "LBBB", "PVC"])
    again = skecg.load(path)
    np.testing.assert_array_equal(again.predict(records), model.predict(records))
    assert again[0].labels == ["AF", "LBBB", "PVC"]
    assert again[0].thresholds == 0.5
    assert again[0].training["labels"] == {"AF": 8, "LBBB": 8, "PVC": 8}


def test_pipelines_of_both_libraries(path):
    records, y = quick.make_cohort()
    embedding = FrozenEstimator(quick.quick_eegnet().fit(records, y))
    mixed = make_pipeline(ECGCrop(length=100), Normalize(), embedding, StandardScaler(), LogisticRegression())
    sampled = make_imbalanced_pipeline(embedding, RandomOverSampler(random_state=0), LogisticRegression())
    nested = Pipeline([("prepare", make_pipeline(ECGResample(250), Normalize())), ("classify", quick.quick_eegnet())])
    for model in (mixed, sampled, nested):
        model.fit(records, y)
        skecg.save(model, path, X=records, y=y)
        again = skecg.load(path)
        assert type(again) is type(model)
        assert list(again.named_steps)[1:] == list(model.named_steps)
        np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


def test_saved_again_it_is_the_same(path, tmp_path):
    records, y = quick.make_cohort()
    for model in (quick.quick_eegnet(), make_pipeline(Normalize(), quick.quick_eegnet())):
        skecg.save(model.fit(records, y), path, X=records, y=y, target_names=["a", "b"])
        skecg.save(skecg.load(path, on_mismatch="raise"), tmp_path / "b.skecg")
        assert read_file(path)[0] == read_file(tmp_path / "b.skecg")[0]


def test_a_loaded_model_can_be_fitted_copied_and_pickled(path):
    records, y = quick.make_cohort()
    skecg.save(make_pipeline(Normalize(), quick.quick_eegnet()).fit(records, y), path)
    model = skecg.load(path)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), clone(model).fit(records, y)):
        np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


def test_the_best_of_a_search(path):
    records, y = quick.make_cohort()
    search = GridSearchCV(
        make_pipeline(Normalize(), quick.quick_eegnet()), {"normalize__per": ["lead", "record"]}, cv=2
    )
    best = search.fit(records, y).best_estimator_
    skecg.save(best, path)
    np.testing.assert_array_equal(skecg.load(path).predict_proba(records), search.predict_proba(records))
    for again in (pickle.loads(pickle.dumps(search)), copy.deepcopy(search)):
        np.testing.assert_array_equal(again.predict_proba(records), search.predict_proba(records))
    skecg.save(search, path)
    again = skecg.load(path)
    assert repr(again[1:]) == repr(best)
    np.testing.assert_array_equal(again.predict_proba(records), search.predict_proba(records))


def test_a_network_of_the_users_own(path):
    records, y = quick.make_cohort()
    model = ECGClassifier(quick.small_network, {"hidden": 5}, max_epochs=1, random_state=0).fit(records, y)
    skecg.save(model, path)
    with pytest.raises(ValueError, match=r"small_network.*load\(path, module=MyNetwork\)"):
        skecg.load(path)
    again = skecg.load(path, module=quick.small_network)
    np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))
    with pytest.raises(ValueError, match=r"do not fit|larger network"):
        skecg.load(path, module=lambda n_leads, n_outputs, hidden: quick.small_network(n_leads, n_outputs, 7))


def test_a_network_of_skecg_needs_no_module(path):
    records, y = quick.make_cohort()
    model = ECGClassifier(EEGNet, {"width": 4, "n_tokens": 2}, max_epochs=1, random_state=0).fit(records, y)
    skecg.save(model, path)
    again = skecg.load(path, on_mismatch=None)
    assert again.module is EEGNet
    np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


def test_a_device_that_is_not_there(path):

    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    records, y = quick.make_cohort()
    model = quick.quick_eegnet().fit(records, y)
    skecg.save(model.set_params(device="cuda:3"), path)
    again = skecg.load(path)
    np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


@pytest.mark.parametrize("fusion", ["concat", "cross_attention"])
def test_covariates(fusion, path):
    records, y = quick.make_cohort()
    model = make_pipeline(Normalize(), quick.quick_eegnet(covariates=["age"], fusion=fusion)).fit(records, y)
    skecg.save(model, path, X=records, y=y)
    np.testing.assert_array_equal(skecg.load(path).predict_proba(records), model.predict_proba(records))


def test_a_new_classifier_starts_from_a_file(path):
    records, y = quick.make_cohort()
    source = quick.quick_eegnet().fit(records, y)
    skecg.save(source, path)
    params = {"fine_tune": "head", "max_epochs": 1, "random_state": 1}
    from_file = quick.quick_eegnet(pretrained=str(path), **params).fit(records, y)
    from_memory = quick.quick_eegnet(pretrained=FrozenEstimator(source), **params).fit(records, y)
    np.testing.assert_array_equal(from_file.predict_proba(records), from_memory.predict_proba(records))
    skecg.save(from_memory, path.with_name("b.skecg"))
    again = skecg.load(path.with_name("b.skecg"))
    np.testing.assert_array_equal(again.predict_proba(records), from_memory.predict_proba(records))


def test_thresholds_by_label(path):
    from skecg.model_selection import TunedLabelThresholds

    records, y = quick.make_cohort()
    Y = np.stack([y, np.arange(16) % 2], axis=1)
    model = TunedLabelThresholds(make_pipeline(Normalize(), quick.quick_eegnet()), cv=2).fit(records, Y)
    skecg.save(model, path, target_names=["a", "b"])
    again = skecg.load(path)
    np.testing.assert_array_equal(again.predict(records), model.predict(records))
    assert again[0].thresholds == model.thresholds_.tolist()
    assert again[0].preprocessing == ["Normalize()"]


def test_weights_of_a_model(path):
    records, y = quick.make_cohort()
    model = make_pipeline(Normalize(), quick.quick_eegnet()).fit(records, y)
    skecg.save(model, path)
    weights, _ = load_weights(path)
    model[-1].net_.module_.load_state_dict(weights)
