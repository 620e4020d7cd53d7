"""Functions that need the whole model, for every model around networks: no part is lost, or an error names the part."""

import csv

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline

import skecg
from skecg.cli import main
from skecg.inspection import lead_importance
from skecg.model_selection import CalibratedLabels
from skecg.preprocessing import ECGCrop

NOT_SAVED = {"CalibratedClassifierCV", "StackingClassifier"}  # their state is not plain data


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skecg"


@pytest.fixture
def folder(records, tmp_path):
    """Return a folder of WFDB records, the first twelve."""
    folder = tmp_path / "wfdb"
    folder.mkdir()
    for i, signal in enumerate(records[:12].signals):
        np.round(signal.T * 5000).astype("<i2").tofile(folder / f"r{i:02}.dat")
        lines = [f"r{i:02}.dat 16 5000/mV 16 0 0 0 0 {lead}" for lead in records.leads]
        (folder / f"r{i:02}.hea").write_text("\n".join([f"r{i:02} 2 100 200", *lines, ""]))
    return folder


def _saved_and_loaded(model, path, X):
    skecg.save(model, path, X=X)
    return skecg.load(path)


def _assert_same_predictions(one, other, X):
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


# -- scores -----------------------------------------------------------------------------------------


def test_lead_importance_scores_the_whole_model(single, records, target):
    found = lead_importance(single.model, records, target, n_repeats=1, n_resamples=2, random_state=0)
    assert found.score == np.mean(single.model.predict(records) == target)


# -- files ------------------------------------------------------------------------------------------


def test_a_saved_model_decides_as_before(single, path, records):
    if single.name in NOT_SAVED:
        with pytest.raises(TypeError, match=f"{single.name} cannot be saved"):
            skecg.save(single.model, path)
        return
    loaded = _saved_and_loaded(single.model, path, records)
    assert loaded[0].fs == 100 and loaded[0].leads == ["I", "V1"]
    assert loaded[0].preprocessing == (["ECGCrop(length=160)"] if hasattr(single.inside, "steps") else [])
    _assert_same_predictions(loaded, single.model, records)


def test_several_saved_networks_decide_as_before(several, path, records, target, network):
    if several.name in NOT_SAVED:
        for model in (several.model, make_pipeline(ECGCrop(length=160), FrozenEstimator(several.model))):
            with pytest.raises(TypeError, match=f"{several.name} cannot be saved"):
                skecg.save(model, path)
        return
    loaded = _saved_and_loaded(several.model, path, records)
    assert loaded[0].fs == 100 and loaded[0].leads == ["I", "V1"] and loaded[0].preprocessing == []
    _assert_same_predictions(loaded, several.model, records)
    with pytest.raises(ValueError, match=f"{several.name} combines several estimators"):
        network(pretrained=path).fit(records, target)


def test_a_tuned_threshold_becomes_a_fixed_one(fitted, path, records):
    model = fitted("TunedThresholdClassifierCV").model
    fixed = _saved_and_loaded(model, path, records)[-1]
    assert type(fixed) is FixedThresholdClassifier and type(fixed.estimator) is FrozenEstimator
    assert fixed.threshold == model.best_threshold_ and fixed.response_method == model.response_method


def test_a_template_that_is_still_to_be_tuned_is_not_saved(network, path, records, target):
    search = GridSearchCV(network(), {"max_epochs": [1]}, cv=2)
    model = CalibratedLabels(search, cv=2).fit(records, target)
    with pytest.raises(TypeError, match=r"The parameter estimator of CalibratedLabels holds GridSearchCV.*template"):
        skecg.save(model, path)
    model.set_params(estimator=model.estimator_.best_estimator_)
    _assert_same_predictions(_saved_and_loaded(model, path, records), model, records)


# -- cards ------------------------------------------------------------------------------------------


def test_a_card_tells_of_the_network_and_of_the_threshold(single):
    card = skecg.model_card(single.model)
    assert card.startswith("# EEGNetClassifier\n") and "| rate | 100 Hz |" in card
    assert ("ECGCrop(length=160)` |" in card) == hasattr(single.inside, "steps")
    thresholds = {
        "FixedThresholdClassifier": lambda model: model.threshold,
        "TunedClassWeights": lambda model: model.class_weights_[0] / model.class_weights_.sum(),
        "TunedLabelThresholds": lambda model: model.thresholds_[0],
        "TunedThresholdClassifierCV": lambda model: model.best_threshold_,
    }
    decided = [line for line in card.splitlines() if line.startswith("| decided from")]
    weights = getattr(single.model, "class_weights_", [0, 1])
    assert len(decided) == (single.name in thresholds and weights[0] != weights[1])  # equal weights decide nothing
    for line in decided:
        expected = thresholds[single.name](single.model)
        np.testing.assert_allclose(float(line.split("|")[2].strip(" []")), expected)


@pytest.mark.parametrize("name", ["GridSearchCV", "CalibratedClassifierCV"])
def test_a_card_scores_the_whole_model(name, fitted, records, target):
    model = fitted(name).model
    auc = roc_auc_score(target == "NORM", model.predict_proba(records)[:, 1])
    assert f"| AUROC | {auc:.3f} (" in skecg.model_card(model, X=records, y=target, pos_label="NORM")


def test_a_card_of_several_networks_names_what_combines_them(several):
    card = skecg.model_card(several.model)
    assert card.startswith(f"# {several.name}\n") and "| rate | 100 Hz |" in card


# -- ONNX -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "pipeline with a sampler",
        "loaded",
        pytest.param("search in a pipeline", marks=pytest.mark.slow),
        pytest.param("frozen search", marks=pytest.mark.slow),
    ],
)
def test_an_export_gives_the_probabilities_of_the_model(name, fitted, path, records):
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    model = _saved_and_loaded(fitted("pipeline").model, path, records) if name == "loaded" else fitted(name).model
    export = skecg.to_onnx(model, path.with_suffix(".onnx"), X=records)
    session = onnxruntime.InferenceSession(export.path, providers=["CPUExecutionProvider"])
    (p,) = session.run(None, {"signals": records.to_array()})
    np.testing.assert_allclose(p, model.predict_proba(records), atol=1e-4)
    assert export.labels == ["AF", "NORM"]


def test_an_export_that_would_lose_something_is_refused(wrapped, path):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    message = rf"to_onnx needs one .*got {wrapped.name}, which"
    if hasattr(wrapped, "inside"):
        message = rf"to_onnx would lose what {wrapped.name} adds .*: it (calibrates|decides)"
    with pytest.raises(ValueError, match=message):
        skecg.to_onnx(wrapped.model, path.with_suffix(".onnx"))
    assert not path.with_suffix(".onnx").exists()


# -- the command line -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["GridSearchCV", "TunedThresholdClassifierCV", "FixedThresholdClassifier", "SoftVotingClassifier"]
)
def test_the_command_line_decides_as_the_model(name, fitted, folder, path, records):
    model, X = fitted(name).model, records[:12]
    skecg.save(model, path, X=records)
    assert main(["predict", str(path), str(folder), "--out", str(path.with_suffix(".csv"))]) == 0
    with path.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    np.testing.assert_allclose([float(row["AF"]) for row in rows], model.predict_proba(X)[:, 0], atol=1e-5)
    assert [row["prediction"] for row in rows] == model.predict(X).tolist()


def test_the_command_line_says_what_an_export_would_lose(fitted, path, records, capsys):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    skecg.save(fitted("TunedThresholdClassifierCV").model, path, X=records)
    assert main(["export", str(path), str(path.with_suffix(".onnx"))]) == 1
    assert "would lose what FixedThresholdClassifier adds" in capsys.readouterr().err
