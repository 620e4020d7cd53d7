"""What files and cards say of the training patients, and what they withhold."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.format import read_file
from skecg.imbalance import RecordOverSampler
from skecg.persistence import list_contents
from skecg.persistence._summary import WITHHELD, summarize
from skecg.pipeline import make_ecg_pipeline
from skecg.preprocessing import Normalize
from skecg.records import ECGRecords


def records_of(n, **metadata):
    signals = np.random.default_rng(0).normal(size=(n, 2, 60))
    return ECGRecords(signals, 100, leads=["I", "II"], metadata=metadata or None)


def tiny(**params):
    return EEGNetClassifier(
        **{"width": 2, "n_tokens": 1, "max_epochs": 1, "random_state": 0, "device": "cpu", **params}
    )


@pytest.mark.parametrize(
    ("sizes", "stored"),
    [
        ([8, 8], [8, 8]),
        ([4, 20], [WITHHELD, WITHHELD]),  # the second follows from the first
        ([3, 9, 20], [WITHHELD, WITHHELD, 20]),  # one alone would follow from the others
        ([0, 9, 20], [0, 9, 20]),
        ([2, 3, 20], [WITHHELD, WITHHELD, 20]),
    ],
)
def test_counts_of_few_records(sizes, stored):
    y = np.repeat(["a", "b", "c"][: len(sizes)], sizes)
    names = ["a", "b", "c"][: len(sizes)]
    assert list(summarize(records_of(len(y)), y, names)["labels"].values()) == stored
    sexes = summarize(records_of(len(y), sex=y), None, names)["sex"]
    assert [sexes.get(name, 0) for name in names] == stored


def test_counts_of_few_patients():
    y = np.repeat(["a", "b"], [10, 10])
    patients = [*np.arange(10) // 5, *range(5, 15)]  # two patients have a
    assert summarize(records_of(20, patient_id=patients), y, ["a", "b"])["labels"] == {"a": WITHHELD, "b": WITHHELD}


def test_labels_that_nearly_all_have():
    Y = np.ones((20, 2), int)
    Y[:3, 0] = 0
    Y[:8, 1] = 0
    assert summarize(records_of(20), Y, ["a", "b"])["labels"] == {"a": WITHHELD, "b": 12}


def test_ages():
    ages = np.linspace(20, 103, 120)
    assert summarize(records_of(120, age=ages), None, [])["age_years"] == [25.0, 60.0, 90.0]
    assert "age_years" not in summarize(records_of(99, age=ages[:99]), None, [])
    of_one = records_of(120, age=ages, patient_id=np.arange(120) // 2)  # sixty patients
    assert "age_years" not in summarize(of_one, None, [])


def test_a_column_of_sexes_without_a_value():
    records = ECGRecords(np.zeros((6, 1, 9)), fs=100, metadata={"sex": [None] * 6})
    assert "sex" not in summarize(records, None, [])


def test_covariates_of_few_patients_have_one_digit():
    few = tiny(covariates=["age"]).fit(records_of(6, age=[61.0, 63, 71, 34, 55, 48]), [0, 1] * 3)
    assert [(row["mean"], row["scale"]) for row in few.covariates_] == [(60.0, 10.0)]
    many = tiny(covariates=["age"]).fit(records_of(12, age=np.arange(40.0, 52)), [0, 1] * 6)
    assert many.covariates_[0]["mean"] == 45.5


def test_no_folder_or_path_in_files_and_cards(tmp_path):
    records, y = records_of(12), np.arange(12) % 2
    source = tmp_path / "source.skecg"
    skecg.save(tiny().fit(records, y), source)
    places = {"checkpoint": str(tmp_path / "checkpoint"), "pretrained": str(source)}
    inner = make_pipeline(Normalize(), tiny(**places), memory=str(tmp_path / "cache"))
    for model in (inner, make_pipeline(make_pipeline(Normalize(), memory=str(tmp_path / "cache")), tiny(**places))):
        skecg.save(model.fit(records, y), tmp_path / "model.skecg", X=records, y=y)
        content = (tmp_path / "model.skecg").read_bytes()
        for text in (
            content.decode(errors="replace"),
            skecg.model_card(model),
            skecg.model_card(model, X=records, y=y, pos_label=y[0]),
        ):
            assert str(tmp_path) not in text and "checkpoint=" not in text and "memory=" not in text
        assert "pretrained='source.skecg'" in skecg.model_card(model)
        loaded = skecg.load(tmp_path / "model.skecg")
        np.testing.assert_array_equal(loaded.predict_proba(records), model.predict_proba(records))
        loaded.fit(records, y)  # without the source


def test_a_path_in_a_file_of_an_earlier_version_is_left_out(tmp_path):
    skecg.save(tiny(), tmp_path / "model.skecg")
    document, tensors = read_file(tmp_path / "model.skecg")
    document["model"]["estimator"]["params"]["pretrained"] = "elsewhere.skecg"
    skecg.format.write_file(tmp_path / "model.skecg", document, tensors)
    assert skecg.load(tmp_path / "model.skecg").pretrained is None


def test_the_draws_of_a_sampler_are_left_out(tmp_path):
    params = {"sampler": RecordOverSampler(random_state=0), "window": None, "width": 2, "max_epochs": 1}
    model = make_ecg_pipeline("eegnet", fs=100, **params)
    records, y = records_of(12), np.arange(12) % 3 == 0
    model.set_params(filter="passthrough", resample="passthrough", crop="passthrough").fit(records, y)
    skecg.save(model, tmp_path / "model.skecg")
    assert "sampl" in list_contents(tmp_path / "model.skecg").casefold()
    assert "indices" not in list_contents(tmp_path / "model.skecg")


def test_a_listing_names_everything(tmp_path):
    records = records_of(24, age=np.arange(40.0, 64), sex=["f", "m"] * 12)
    y = np.arange(24) % 2
    model = make_pipeline(Normalize(per="dataset"), tiny(covariates=["age", "sex"])).fit(records, y)
    skecg.save(model, tmp_path / "model.skecg", X=records, y=y)
    listing = list_contents(tmp_path / "model.skecg")
    _, tensors = read_file(tmp_path / "model.skecg")
    assert all(f"  {name}: " in listing for name in tensors)
    assert f"Arrays: {len(tensors)}, {sum(values.nbytes for values in tensors.values()):,} bytes" in listing
    for said in (
        "made with skecg",
        "date 20",
        "Normalize(per='dataset')",
        "classes_: [0, 1]",
        "  fs: 100.0",
        "  labels: {'0': 12, '1': 12}",
        "Normalize.location_",
        "'categories': ['f', 'm']",
        "6 running means and variances",
    ):
        assert said in listing


def test_a_listing_of_a_hostile_file_is_one_error_or_plain_text(tmp_path):
    path = tmp_path / "model.skecg"
    skecg.save(tiny().fit(records_of(8), [0, 1] * 4), path)
    document, tensors = read_file(path)
    skecg.format.write_file(path, document | {"made_with": {"\x1b[2J": "\n"}}, tensors)
    assert "\x1b" not in list_contents(path)
    for key, value in (("model", []), ("model", None), ("contract", 3), ("made_with", []), ("kind", "weights")):
        skecg.format.write_file(path, document | {key: value}, tensors)
        try:
            listing = list_contents(path)
        except ValueError as error:
            listing = str(error)
        assert str(path.name) in listing
