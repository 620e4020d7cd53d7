"""Every estimator can be saved and loaded, and predicts the same to the bit."""

import copy
import pickle
import warnings

import numpy as np
import pytest
import sklearn
import torch
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imbalanced_pipeline
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)

import skecg
from skecg.classifiers import ECGClassifier, EEGNetClassifier
from skecg.format import load_weights, read_file, write_file
from skecg.model_selection import CalibratedLabels
from skecg.networks import EEGNet
from skecg.persistence import list_contents
from skecg.preprocessing import ECGCrop, ECGResample, Normalize
from skecg.records import ECGRecords
from skecg.testing import quick_instances


def small_network(n_leads, n_outputs, hidden=3):
    from torch import nn

    return nn.Sequential(
        nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(4 * n_leads, hidden), nn.Tanh(), nn.Linear(hidden, n_outputs)
    )


def make_cohort(ragged=False):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 8)
    signals = list(rng.normal(size=(16, 3, 160)) * (1 + y)[:, None, None])
    if ragged:
        signals = [signal[:, : 100 + 10 * (i % 7)] for i, signal in enumerate(signals)]
    metadata = {"age": rng.integers(20, 90, 16), "patient_id": np.arange(16) // 2}
    return ECGRecords(signals, 500, leads=["I", "II", "V1"], metadata=metadata), y


def quick_eegnet(**params):
    return EEGNetClassifier(**{"max_epochs": 1, "batch_size": 8, "random_state": 0, **params})


def answer(estimator, X):
    out = estimator.predict_proba(X) if hasattr(estimator, "predict_proba") else None
    if out is None and not hasattr(estimator, "transform"):
        return estimator.predict(X)
    out = estimator.transform(X) if out is None else out
    return np.concatenate([signal.ravel() for signal in out.signals]) if isinstance(out, ECGRecords) else out


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skecg"


@pytest.mark.parametrize("estimator", quick_instances(), ids=lambda estimator: type(estimator).__name__)
def test_every_estimator(estimator, path):
    records, y = make_cohort()
    if "max_epochs" in estimator.get_params():
        estimator.set_params(max_epochs=1)
    if "estimator" in estimator.get_params():
        estimator.set_params(estimator=quick_eegnet())
    if "estimators" in estimator.get_params():
        estimator.set_params(first=quick_eegnet(), second=quick_eegnet(random_state=1))
    if "student" in estimator.get_params():
        estimator.set_params(teacher=quick_eegnet(random_state=1), student=quick_eegnet())
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
    records, y = make_cohort()
    Y = np.stack([y, 1 - y], axis=1)
    frozen = FrozenEstimator(quick_eegnet().fit(records, Y))
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


def test_half_precision_keeps_the_statistics_of_layers_and_refuses_what_does_not_fit(path, tmp_path):
    model = quick_eegnet().fit(*make_cohort())
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
    skecg.save(quick_eegnet().fit(*make_cohort()), path)
    document, tensors = read_file(path)
    write_file(path, document, {k: v.astype(dtype) if ".network." in f".{k}" else v for k, v in tensors.items()})
    with pytest.raises(ValueError, match="The weights do not fit the network"):
        skecg.load(path)


@pytest.mark.parametrize("kind", ["array", "flat", "ragged"])
@pytest.mark.parametrize("window", [None, 64])
def test_every_form_of_signals(kind, window, path):
    records, y = make_cohort(ragged=kind == "ragged")
    X = {"array": records.to_array, "flat": lambda: records.to_array()[:, 0], "ragged": lambda: records}[kind]()
    model = quick_eegnet(window=window).fit(X, y)
    skecg.save(model, path, X=X, y=y)
    np.testing.assert_array_equal(skecg.load(path).predict_proba(X), model.predict_proba(X))


def test_labels_of_every_kind(path, subtests):
    records, y = make_cohort()
    for classes in ([0, 1], [3, 7], [False, True], ["no", "yes"], [-1, 1], np.array(["a", "bc"], object)):
        with subtests.test(classes=str(classes)):
            labels = np.asarray(classes)[y]
            model = quick_eegnet().fit(records, labels)
            skecg.save(model, path, X=records, y=labels)
            again = skecg.load(path)
            assert again.predict(records).dtype == labels.dtype
            assert again.classes_.dtype == model.classes_.dtype
            np.testing.assert_array_equal(again.predict(records), model.predict(records))


def test_several_labels_a_record(path):
    records, y = make_cohort()
    Y = np.stack([y, 1 - y, np.arange(16) % 2], axis=1)
    model = quick_eegnet().fit(records, Y)
    skecg.save(model, path, X=records, y=Y, target_names=["AF", "LBBB", "PVC"])
    again = skecg.load(path)
    np.testing.assert_array_equal(again.predict(records), model.predict(records))
    assert again[0].labels == ["AF", "LBBB", "PVC"]
    assert again[0].thresholds == 0.5
    assert again[0].training["labels"] == {"AF": 8, "LBBB": 8, "PVC": 8}


def test_pipelines_of_both_libraries(path):
    records, y = make_cohort()
    embedding = FrozenEstimator(quick_eegnet().fit(records, y))
    mixed = make_pipeline(ECGCrop(length=100), Normalize(), embedding, StandardScaler(), LogisticRegression())
    sampled = make_imbalanced_pipeline(embedding, RandomOverSampler(random_state=0), LogisticRegression())
    nested = Pipeline([("prepare", make_pipeline(ECGResample(250), Normalize())), ("classify", quick_eegnet())])
    for model in (mixed, sampled, nested):
        model.fit(records, y)
        skecg.save(model, path, X=records, y=y)
        again = skecg.load(path)
        assert type(again) is type(model)
        assert list(again.named_steps)[1:] == list(model.named_steps)
        np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


def test_saved_again_it_is_the_same(path, tmp_path):
    records, y = make_cohort()
    for model in (quick_eegnet(), make_pipeline(Normalize(), quick_eegnet())):
        skecg.save(model.fit(records, y), path, X=records, y=y, target_names=["a", "b"])
        skecg.save(skecg.load(path, on_mismatch="raise"), tmp_path / "b.skecg")
        assert read_file(path)[0] == read_file(tmp_path / "b.skecg")[0]


def test_a_loaded_model_can_be_fitted_copied_and_pickled(path):
    records, y = make_cohort()
    skecg.save(make_pipeline(Normalize(), quick_eegnet()).fit(records, y), path)
    model = skecg.load(path)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), clone(model).fit(records, y)):
        np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


def test_the_best_of_a_search(path):
    records, y = make_cohort()
    search = GridSearchCV(make_pipeline(Normalize(), quick_eegnet()), {"normalize__per": ["lead", "record"]}, cv=2)
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
    records, y = make_cohort()
    model = ECGClassifier(small_network, {"hidden": 5}, max_epochs=1, random_state=0).fit(records, y)
    skecg.save(model, path)
    with pytest.raises(ValueError, match=r"small_network.*load\(path, module=MyNetwork\)"):
        skecg.load(path)
    again = skecg.load(path, module=small_network)
    np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))
    with pytest.raises(ValueError, match=r"do not fit|larger network"):
        skecg.load(path, module=lambda n_leads, n_outputs, hidden: small_network(n_leads, n_outputs, 7))


def test_a_network_of_skecg_needs_no_module(path):
    records, y = make_cohort()
    model = ECGClassifier(EEGNet, {"width": 4, "n_tokens": 2}, max_epochs=1, random_state=0).fit(records, y)
    skecg.save(model, path)
    again = skecg.load(path, on_mismatch=None)
    assert again.module is EEGNet
    np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


def test_a_device_that_is_not_there(path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    records, y = make_cohort()
    model = quick_eegnet().fit(records, y)
    skecg.save(model.set_params(device="cuda:3"), path)
    again = skecg.load(path)
    np.testing.assert_array_equal(again.predict_proba(records), model.predict_proba(records))


@pytest.mark.parametrize("fusion", ["concat", "cross_attention"])
def test_covariates(fusion, path):
    records, y = make_cohort()
    model = make_pipeline(Normalize(), quick_eegnet(covariates=["age"], fusion=fusion)).fit(records, y)
    skecg.save(model, path, X=records, y=y)
    np.testing.assert_array_equal(skecg.load(path).predict_proba(records), model.predict_proba(records))


def test_a_new_classifier_starts_from_a_file(path):
    records, y = make_cohort()
    source = quick_eegnet().fit(records, y)
    skecg.save(source, path)
    params = {"fine_tune": "head", "max_epochs": 1, "random_state": 1}
    from_file = quick_eegnet(pretrained=str(path), **params).fit(records, y)
    from_memory = quick_eegnet(pretrained=FrozenEstimator(source), **params).fit(records, y)
    np.testing.assert_array_equal(from_file.predict_proba(records), from_memory.predict_proba(records))
    skecg.save(from_memory, path.with_name("b.skecg"))
    again = skecg.load(path.with_name("b.skecg"))
    np.testing.assert_array_equal(again.predict_proba(records), from_memory.predict_proba(records))


def test_thresholds_by_label(path):
    from skecg.model_selection import TunedLabelThresholds

    records, y = make_cohort()
    Y = np.stack([y, np.arange(16) % 2], axis=1)
    model = TunedLabelThresholds(make_pipeline(Normalize(), quick_eegnet()), cv=2).fit(records, Y)
    skecg.save(model, path, target_names=["a", "b"])
    again = skecg.load(path)
    np.testing.assert_array_equal(again.predict(records), model.predict(records))
    assert again[0].thresholds == model.thresholds_.tolist()
    assert again[0].preprocessing == ["Normalize()"]


def test_weights_of_a_model(path):
    records, y = make_cohort()
    model = make_pipeline(Normalize(), quick_eegnet()).fit(records, y)
    skecg.save(model, path)
    weights, _ = load_weights(path)
    model[-1].net_.module_.load_state_dict(weights)


def test_what_cannot_be_saved_is_named(path):
    for model, message in [
        (RandomForestClassifier(2).fit(np.eye(2), [0, 1]), "RandomForestClassifier cannot be saved"),
        (make_pipeline(Normalize(), RandomForestClassifier()), "RandomForestClassifier cannot be saved"),
        (quick_eegnet(net_params={"callbacks": [object()]}), r"net_params of EEGNetClassifier.*set_params\(net_params"),
        (quick_eegnet(augment=["noise", object()]), "augment of EEGNetClassifier holds builtins.object"),
        ("a model", "not an estimator"),
    ]:
        with pytest.raises(TypeError, match=message):
            skecg.save(model, path)
    assert not path.exists()


def test_a_cache_is_left_out(path, tmp_path):
    records, y = make_cohort()
    model = make_pipeline(Normalize(), quick_eegnet(), memory=str(tmp_path / "cache")).fit(records, y)
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
    records, y = make_cohort()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        skecg.save(quick_eegnet().set_params(max_epochs=8).fit(records, y), path, X=records, y=y)
        skecg.load(path).predict(records)


def test_callbacks_are_left_out(path):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    records, y = make_cohort()
    model = quick_eegnet().set_callbacks(callback.ScoringMonitor(scoring="accuracy")).fit(records, y)
    skecg.save(model, path)
    assert not hasattr(skecg.load(path, on_mismatch=None), "_skl_callbacks")


def test_records_and_labels_that_do_not_fit(path):
    records, y = make_cohort()
    model = quick_eegnet().fit(records, y)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[3, 16\]"):
        skecg.save(model, path, X=records[:3], y=y)
    with pytest.raises(ValueError, match=r"y holds 2, which is none of the model's classes, \[0, 1\]"):
        skecg.save(model, path, X=records, y=y + 1)
    several = quick_eegnet().fit(records, np.eye(2, dtype=int)[y])
    with pytest.raises(ValueError, match=r"2 labels; y must have a column for each, got \(16,\)"):
        skecg.save(several, path, X=records, y=y)
    assert not path.exists()
