"""Weights of classes in files, cards and reports."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import f1_score, log_loss

import skecg
from skecg import ECGRecords
from skecg.classifiers import EEGNetClassifier
from skecg.format import read_file, write_file
from skecg.metrics import cinc2017_score
from skecg.model_selection import TunedClassWeights
from skecg.persistence import SignalContract
from skecg.reporting import report
from skecg.reporting._evaluation import evaluate

RHYTHMS = np.array(["N", "O", "A", "~"])


@pytest.fixture(scope="module")
def network():
    """Records, three classes, and a network with weights of the classes that change decisions."""
    signals = np.random.default_rng(0).normal(size=(60, 2, 80)).astype(np.float32)
    records = ECGRecords(signals, 100, leads=["I", "II"])
    y = RHYTHMS[[*[0] * 40, *[1] * 12, *[2] * 8]]
    model = EEGNetClassifier(n_tokens=1, max_epochs=1, random_state=0)
    model = TunedClassWeights(model, scoring=cinc2017_score, cv=2).fit(records, y)
    p = model.predict_proba(records)
    model.class_weights_ = np.array([1.0, 1.0, 1.0]) / np.median(p, axis=0)  # so that all classes are predicted
    model.class_weights_ /= model.class_weights_.mean()
    assert (p.argmax(axis=1) != (p * model.class_weights_).argmax(axis=1)).any()
    return records, y, model


def test_a_file_keeps_the_decision(network, tmp_path):
    records, y, model = network
    path = tmp_path / "model.skecg"
    skecg.save(model, path, X=records, y=y)
    loaded = skecg.load(path)
    np.testing.assert_array_equal(loaded.predict(records), model.predict(records))
    assert loaded[0].class_weights == model.class_weights_.tolist() and loaded[0].thresholds is None
    assert loaded[-1].scoring is cinc2017_score
    table = skecg.predict_table(loaded, records, abstain="never")
    assert table["prediction"].tolist() == model.predict(records).tolist()
    skecg.save(loaded, path)
    np.testing.assert_array_equal(skecg.load(path).predict(records), model.predict(records))


def test_a_card_and_a_report_score_the_decision(network):
    records, y, model = network
    f1 = f1_score(y, model.predict(records), average="macro")
    card = skecg.model_card(model, X=records, y=y)
    weights = ", ".join(f"{weight:.3g}" for weight in model.class_weights_)
    assert f"| weights of the classes | {weights} |" in card and f"| F1 | {f1:.3f} (" in card
    evaluation = evaluate(model, records, y)
    np.testing.assert_array_equal(model.classes_[evaluation.decided.argmax(axis=1)], model.predict(records))
    p, settings = model.predict_proba(records), {"labels": model.classes_, "n_resamples": 5}
    for given in (model.class_weights_, np.tile(model.class_weights_, (60, 1))):
        table = report(y, p, class_weights=given, **settings)
        assert table.loc[("all", "macro", "f1"), "estimate"] == pytest.approx(f1)
    for wrong in ([1, 1], [1, -1, 1], [1, 1, np.inf]):
        with pytest.raises(ValueError, match="class_weights must be 3 positive numbers"):
            report(y, p, class_weights=wrong, **settings)
    with pytest.raises(ValueError, match="class_weights are for more than two classes"):
        report(y == "A", p[:, 0], class_weights=[1, 1], pos_label=True, n_resamples=5)


@pytest.mark.parametrize("positive", ["A", "N"])
def test_a_file_of_two_classes_keeps_a_threshold(positive, network, tmp_path):
    records, y, _ = network
    two = np.where(y == "A", "A", "N")
    model = TunedClassWeights(EEGNetClassifier(n_tokens=1, max_epochs=1, random_state=0), cv=2).fit(records, two)
    model.class_weights_ = np.array([1.2, 0.8])
    skecg.save(model, tmp_path / "model.skecg", pos_label=positive)
    loaded = skecg.load(tmp_path / "model.skecg")
    assert loaded[0].thresholds == pytest.approx(0.4 if positive == "A" else 0.6)
    np.testing.assert_array_equal(loaded.predict(records), model.predict(records))
    table = skecg.predict_table(loaded, records, abstain="never")
    assert table["prediction"].tolist() == model.predict(records).tolist()
    model.class_weights_ = np.ones(2)
    assert SignalContract.of(model).thresholds is None


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -1, 3], "expected positive finite numbers"),
        ([1.0, 0, 2], "expected positive finite numbers"),
        ([1.0, np.nan, 2], "expected positive finite numbers"),
        ([1.0, np.inf, 2], "expected positive finite numbers"),
        ([1.0, 1.0], "expected positive finite numbers of shape"),
        ([1.0, 1, 1, 1], "expected positive finite numbers of shape"),
        ([1.5, 0.5, 1], "class_weights is .*as the model has"),
    ],
)
def test_a_file_of_impossible_weights_is_refused(weights, message, network, tmp_path):
    path = tmp_path / "model.skecg"
    skecg.save(network[2], path)
    document, tensors = read_file(path)
    (name,) = (name for name, values in tensors.items() if np.array_equal(values, network[2].class_weights_))
    write_file(path, document, {**tensors, name: np.array(weights)})
    with pytest.raises(ValueError, match=message):
        skecg.load(path)


def test_a_file_of_another_contract_is_refused(network, tmp_path):
    path = tmp_path / "model.skecg"
    skecg.save(network[2], path)
    document, tensors = read_file(path)
    for wrong in (None, [1, 1], [1, 1, 1], ["a", "b", "c"], [True, True, True]):
        document["contract"]["estimator"]["params"]["class_weights"] = wrong
        write_file(path, document, tensors)
        with pytest.raises(ValueError, match="class_weights"):
            skecg.load(path)


def test_the_function_in_a_file_is_one_of_skecg(network, tmp_path):
    records, y, model = network
    path = tmp_path / "model.skecg"
    skecg.save(model, path)
    document, tensors = read_file(path)
    assert document["model"]["estimator"]["params"]["scoring"] == "skecg.metrics.cinc2017_score"
    for wrong in ("os.system", "skecg.metrics.ScoreInterval", "skecg.save"):
        document["model"]["estimator"]["params"]["scoring"] = wrong
        write_file(path, document, tensors)
        with pytest.raises(ValueError, match="'scoring' parameter"):
            skecg.load(path)
    model = TunedClassWeights(FrozenEstimator(model.estimator_), scoring=log_loss_of_decisions).fit(records, y)
    with pytest.raises(TypeError, match=r"holds log_loss_of_decisions, .*set_params\(scoring='f1_macro'\)"):
        skecg.save(model, path)
    skecg.save(model.set_params(scoring="f1_macro"), path)
    np.testing.assert_array_equal(skecg.load(path).predict(records), model.predict(records))


def log_loss_of_decisions(y_true, y_pred):
    return -log_loss(y_true == y_pred, np.full(len(y_true), 0.5), labels=[False, True])
