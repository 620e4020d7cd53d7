"""make_ecg_pipeline makes pipelines by name."""

import csv
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, StratifiedKFold, cross_val_predict

from skecg import classifiers, make_ecg_pipeline
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.imbalance import RecordOverSampler, RecordSMOTE
from skecg.pipeline import PRESETS
from skecg.preprocessing import Normalize, SelectLeads
from skecg.training.weights.plan import FEWEST_FOR_ALL

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"
STEPS = ["filter", "resample", "crop", "normalize", "classifier"]


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_steps_have_the_same_names_for_every_network(name):
    pipeline = make_ecg_pipeline(name, fs=500, max_epochs=3)
    assert list(pipeline.named_steps) == STEPS
    assert pipeline.get_params()["filter__fs"] == pipeline.get_params()["resample__fs"] == 500
    assert pipeline.get_params()["classifier__max_epochs"] == 3


def test_unknown_names_and_parameters():
    with pytest.raises(
        ValueError, match=r"no pipeline named 'lenet'; choose from \['alexnet', 'attresnet', 'best', 'crnn', "
    ):
        make_ecg_pipeline("lenet")
    with pytest.raises(ValueError, match=r"no pipeline named \['crnn'\]"):
        make_ecg_pipeline(["crnn"])
    with pytest.raises(ValueError, match="Invalid parameter 'epochs'"):
        make_ecg_pipeline("crnn", epochs=3)
    with pytest.raises(TypeError, match=r"must have fit_resample.*got Normalize\(\)"):
        make_ecg_pipeline("crnn", sampler=Normalize())
    with pytest.raises(TypeError, match=r"must have fit_resample.*got <class .*RecordOverSampler"):
        make_ecg_pipeline("crnn", sampler=RecordOverSampler)


def test_there_is_one_for_every_classifier():
    assert {cls.__name__ for cls, _ in PRESETS.values()} == set(classifiers.__all__) - {"ECGClassifier"}
    assert all(name == cls.__name__.removesuffix("Classifier").lower() for name, (cls, _) in PRESETS.items())


def test_what_is_fine_tuned_is_what_won():
    with (RESULTS / "pe_summary.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["mode"], row["minus"]) == ("all", "head")]
    assert {row["network"] for row in rows} == {"crnn", "resnet", "attresnet", "restransformer"}
    assert all(make_ecg_pipeline(name).get_params()["classifier__fine_tune"] == "auto" for name in PRESETS)
    with (RESULTS / "pe_transfer.csv").open(newline="") as file:
        assert min(int(row["n_train"]) for row in csv.DictReader(file)) >= FEWEST_FOR_ALL
    for row in rows:
        assert float(row["auroc_difference"]) > 0, f"{row['network']} on {row['target']} from {row['source']}"
    with (RESULTS / "transfer_means.csv").open(newline="") as file:
        means = {(row["target"], row["network"], row["way"]): row for row in csv.DictReader(file)}
    head, everything = (means["cinc2017-af", "ptbxl-resnet", way] for way in ("head", "all weights"))
    sizes = [n for n in head if n.isdigit() and head[n] and 0 < int(n) < FEWEST_FOR_ALL]
    assert sizes and all(float(head[n]) > float(everything[n]) for n in sizes)


def _normalisation(row):
    return row["method"], "any" if row["method"] in ("log", "none") else row["per"]  # log and none use no statistic


def test_normalisations_are_those_that_won_at_the_window():
    with (RESULTS / "length_normalisation_summary.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["runs"]) >= 3]
    for name in PRESETS:
        params = make_ecg_pipeline(name).get_params()
        tried = [
            row
            for row in sorted(rows, key=lambda row: int(row["epochs"]))
            if (row["network"], row["window"]) == (name, str(params["classifier__window"]))
        ]
        found = {_normalisation(row): row for row in tried}  # if two rows differ in epochs, the longer training counts
        assert len(found) > 1, name
        chosen = found[_normalisation({"method": params["normalize__method"], "per": params["normalize__per"]})]
        best = max(found.values(), key=lambda row: float(row["macro_auc"]))
        spread = max(float(best["spread"]), float(chosen["spread"]))
        assert float(chosen["macro_auc"]) >= float(best["macro_auc"]) - spread, name


@pytest.mark.parametrize("kind", ["classes", "two classes", "labels", "one lead"])
def test_the_best_takes_every_kind_of_target(kind):
    names = ["NORM", "LBBB", "PVC"][: 2 if kind == "two classes" else 3]
    ecgs = make_ecg(40, classes=names, multilabel=kind == "labels", fs=200, duration=5, random_state=0)
    X = SelectLeads(["II"]).fit_transform(ecgs.data) if kind == "one lead" else ecgs.data
    best = make_ecg_pipeline("best", width=8, max_epochs=1, random_state=0)
    best.set_params(**{f"{name}__classifier__estimator__max_iter": 5 for name in ("measures", "shape")})
    p = best.fit(X, ecgs.target).predict_proba(X)
    assert p.shape == (40, len(names))
    if kind != "labels":
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert best.predict(X).shape == np.shape(ecgs.target)


def test_the_best_takes_no_sampler():
    with pytest.raises(ValueError, match="accepts no sampler"):
        make_ecg_pipeline("best", sampler=RecordOverSampler())


@pytest.mark.parametrize("sampler", [RecordOverSampler(random_state=0), RecordSMOTE(k_neighbors=2, random_state=0)])
def test_a_sampler_acts_on_training_records_only(sampler):
    ecgs = make_ecg(32, classes=("NORM", "LBBB"), weights=[0.75, 0.25], fs=100, duration=5, random_state=0)
    seen = []

    class Counting(EEGNetClassifier):
        def fit(self, X, y, **params):
            seen.append(np.unique(y, return_counts=True)[1].tolist())
            return super().fit(X, y, **params)

    pipeline = make_ecg_pipeline("eegnet", sampler=sampler)
    pipeline.set_params(crop__length=400, classifier=Counting(max_epochs=1, window=100, random_state=0))
    assert list(pipeline.named_steps) == [*STEPS[:-1], "sampler", "classifier"]
    p = cross_val_predict(pipeline, ecgs.data, ecgs.target, cv=StratifiedKFold(2), method="predict_proba")
    assert p.shape == (32, 2)
    assert seen == [[12, 12], [12, 12]]
    assert clone(pipeline).get_params()["sampler"].get_params() == sampler.get_params()


@pytest.mark.learns
def test_a_search_over_length_and_normalisation_by_patient():
    ecgs = make_ecg(48, classes=("NORM", "LBBB"), fs=250, duration=6, n_patients=24, difficulty=0, random_state=0)
    pipeline = make_ecg_pipeline("crnn", width=8, hidden_size=16, max_epochs=8, learning_rate=0.01, random_state=0)
    pipeline.set_params(classifier__batch_size=8)
    grid = {"normalize__method": ["zscore", "l2"], "crop__length": [250, 500]}
    search = GridSearchCV(pipeline, grid, cv=StratifiedGroupKFold(2), scoring="roc_auc", error_score="raise")
    search.fit(ecgs.data, ecgs.target, groups=ecgs.data.metadata["patient_id"])
    assert search.best_score_ > 0.7
    assert set(search.predict(ecgs.data)) <= {"NORM", "LBBB"}


def test_arrays_need_the_rate():
    X = np.random.default_rng(0).normal(size=(8, 2, 2600)).astype(np.float32)
    with pytest.raises(ValueError, match="fs"):
        make_ecg_pipeline("crnn").fit(X, np.arange(8) % 2)
