"""The models that come with skecg: what they take, what they say, and that every processor computes the same.

`python tests/pretrained/test_packaged.py` writes the probabilities that the tests expect, once for new files.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import skecg
from skecg.datasets import describe_statements, make_ecg
from skecg.preprocessing import SelectLeads
from skecg.pretrained import list_models
from skecg.pretrained._table import ALIASES, FOLDER, MODELS, file_of
from skecg.records import STANDARD_LEADS

FILE = Path(__file__).with_name("expected.json")
LEADS = {"12": STANDARD_LEADS, "6": ["I", "II"], "1": ["II"]}
EVERY = 7  # statements, of which the file holds one


def make_records():
    return make_ecg(4, classes=["NORM", "AF", "LBBB", "RBBB"], fs=500, duration=10, random_state=0)


def probabilities(model, records):
    """Return some of the probabilities on each set of leads."""
    chosen = {leads: SelectLeads(names).fit_transform(records) for leads, names in LEADS.items()}
    return {leads: model.predict_proba(X)[:, ::EVERY].astype(float).tolist() for leads, X in chosen.items()}


@pytest.fixture(scope="module", params=list(MODELS))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name):
    return skecg.load(name)


@pytest.fixture(scope="module")
def ecgs():
    return make_records()


@pytest.mark.filterwarnings("ignore:.*leads:UserWarning")
def test_probabilities_are_those_of_every_processor(name, model, ecgs):
    expected = json.loads(FILE.read_text())[name]
    for leads, found in probabilities(model, ecgs.data).items():
        np.testing.assert_allclose(found, expected[leads], atol=1e-5)


def test_synthetic_diseases_are_found(model, ecgs):
    table = skecg.predict_ranked(model, ecgs.data, top=5)
    found = {record: set(rows["label"]) for record, rows in table.groupby(level="record", sort=False)}
    codes = {"NORM": {"NORM", "SR"}, "AF": {"AFIB"}, "LBBB": {"CLBBB"}, "RBBB": {"CRBBB", "IRBBB"}}
    for target, labels in zip(ecgs.target, found.values(), strict=True):
        assert labels & codes[target], f"{target} is not among {labels}"


def test_labels_are_the_statements_of_ptbxl(model):
    assert list(model[0].labels) == list(describe_statements().index)
    assert len(model[0].thresholds) == 71


def test_files_are_small_and_say_where_the_data_come_from(name):
    assert file_of(name).stat().st_size < 3e6
    card = file_of(name).with_suffix(".md").read_text()
    for expected in ("CC BY 4.0", "10.13026/kfzx-aw45", "fold 9", "Subgroups", "not a medical device"):
        assert expected in card
    assert all(f"| {code} |" in card for code in describe_statements().index)


def test_scores_are_those_of_the_benchmark(name):
    results = Path(__file__).parents[2] / "benchmarks" / "results" / "pretrain.csv"
    final = {"network": name.removeprefix("ptbxl-"), "test": "9", "leads": "12", "signals": "as recorded"}
    with results.open(newline="") as file:
        *_, row = (row for row in csv.DictReader(file) if final.items() <= row.items())
    columns = {"all": "all", "rhythm": "rhythm", "superclasses": "superdiagnostic"}
    assert MODELS[name].scores == {score: round(float(row[column]), 3) for score, column in columns.items()}


def test_the_folder_is_small_and_ptbxl_is_a_name():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.skecg")) < 8e6
    assert ALIASES["ptbxl"] in MODELS
    assert set(list_models().index) == set(MODELS)


if __name__ == "__main__":
    models = {name: skecg.load(name) for name in MODELS}
    found = {name: probabilities(model, make_records().data) for name, model in models.items()}
    FILE.write_text(json.dumps(found) + "\n")
