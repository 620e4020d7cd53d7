"""Evaluations recognise the training records of a model by digests in its file."""

import warnings

import numpy as np
import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.persistence._seen import seen_in_training, training_digests
from skecg.preprocessing import SelectLeads


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=3, n_patients=10, random_state=0)


@pytest.fixture(scope="module")
def path(ecgs, tmp_path_factory):
    model = EEGNetClassifier(max_epochs=5, random_state=0).fit(ecgs.data[:24], ecgs.target[:24])
    path = tmp_path_factory.mktemp("seen") / "model.skecg"
    skecg.save(model, path, X=ecgs.data[:24], y=ecgs.target[:24], pos_label="LBBB")
    return path


def test_a_card_of_training_records_warns_and_says_so(ecgs, path):
    model = skecg.load(path)
    patients = ecgs.data.metadata["patient_id"][20:24].nunique()
    message = f"trained on 4 of these 20 records \\({patients} patients\\)"
    with pytest.warns(UserWarning, match=message):
        card = skecg.model_card(model, X=ecgs.data[20:], y=ecgs.target[20:])
    assert "**The model was trained on 4 of these 20 records" in card
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "**The model" not in skecg.model_card(model, X=ecgs.data[24:], y=ecgs.target[24:])


def test_the_order_of_leads_does_not_hide_a_record(ecgs, path):
    contract = skecg.load(path)[0]
    turned = SelectLeads(list(reversed(ecgs.data.leads))).fit_transform(ecgs.data)
    assert seen_in_training(contract, turned).n_records == 24
    assert seen_in_training(contract, turned[24:]).n_records == 0


def test_a_file_saved_again_keeps_them_and_holds_no_ids(ecgs, path, tmp_path):
    model = skecg.load(path)
    skecg.save(model, tmp_path / "again.skecg")
    kept = skecg.load(tmp_path / "again.skecg")[0].training
    np.testing.assert_array_equal(kept["digests"], model[0].training["digests"])
    assert kept["patients"].max() + 1 == ecgs.data.metadata["patient_id"][:24].nunique()
    skecg.save(model, tmp_path / "without.skecg", X=ecgs.data[:24], y=ecgs.target[:24], digests=False)
    without = skecg.load(tmp_path / "without.skecg")
    assert not {"digests", "patients"} & set(without[0].training)
    assert seen_in_training(without[0], ecgs.data) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        skecg.model_card(without, X=ecgs.data, y=ecgs.target)


def test_patients_who_are_not_named_are_patients_of_their_own(ecgs):
    named = ecgs.data[:4].with_metadata({"patient_id": ["b", None, "b", None]})
    assert training_digests(named)["patients"].tolist() == [0, 1, 0, 2]
    assert "patients" not in training_digests(ecgs.data.to_array())
    assert training_digests(ecgs.data.to_array())["digests"].tolist() == training_digests(ecgs.data)["digests"].tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"digests": np.zeros(24)},
        {"digests": np.zeros(3, np.uint64)},
        {"digests": None},
        {"patients": np.zeros((24, 1), np.uint32)},
        {"patients": np.zeros(2, np.uint32)},
    ],
)
def test_digests_of_another_form_are_refused(path, tmp_path, change):
    from skecg.persistence._summary import check_summary

    contract = skecg.load(path)[0]
    contract.training = contract.training | change
    if change.get("digests", 0) is None:
        del contract.training["digests"]
    with pytest.raises(ValueError, match=r"SignalContract.training has (digests|'digests'|'patients')"):
        check_summary(contract)
