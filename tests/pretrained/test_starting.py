"""make_ecg_pipeline(pretrained=...) starts from a trained pipeline, and warns of records that the weights have seen."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

import skecg
from skecg import ECGRecords, make_ecg_pipeline
from skecg.classifiers import ECGClassifier, EEGNetClassifier, ResNetClassifier
from skecg.datasets import make_ecg
from skecg.format import read_file, save_weights, write_file
from skecg.format.codec import Encoder
from skecg.imbalance import RecordOverSampler
from skecg.persistence import OverlapCheck, list_contents
from skecg.preprocessing import SelectLeads
from skecg.testing._instances import small_network
from skecg.training.weights.source import source_of

STEPS = ["overlap", "filter", "resample", "crop", "normalize", "classifier"]


@pytest.fixture(scope="module")
def others():
    return make_ecg(16, classes=["NORM", "AF"], fs=100, duration=3, random_state=1)


@pytest.mark.parametrize("name", [None, "resnet"])
def test_network_and_steps_are_those_of_the_source(packaged, trained, name):
    pipeline = make_ecg_pipeline(name, pretrained="small", max_epochs=2, random_state=0)
    assert list(pipeline.named_steps) == STEPS
    params = pipeline.get_params()
    assert isinstance(params["classifier"], ResNetClassifier)
    assert (params["classifier__width"], params["classifier__window"]) == (4, 128)
    assert (params["classifier__pretrained"], params["classifier__max_epochs"]) == ("small", 2)
    assert (params["resample__target_fs"], params["crop__length"]) == (80, 200)
    location, scale = params["normalize__statistics"]
    assert location == trained["normalize"].location_[0]
    assert scale == trained["normalize"].scale_[0]


def test_a_fit_of_other_records_keeps_scale_and_first_layers(packaged, trained, others, recwarn):
    pipeline = make_ecg_pipeline(pretrained="small", fine_tune="head", max_epochs=1, random_state=0)
    pipeline = clone(pipeline).fit(others.data, others.target)
    np.testing.assert_array_equal(pipeline["normalize"].scale_, trained["normalize"].scale_)
    assert not [warning for warning in recwarn if "were trained on" in str(warning.message)]
    own, first = (model["classifier"].net_.module_.trunk.stem[0].weight.detach() for model in (pipeline, trained))
    np.testing.assert_allclose(own, first, rtol=1e-3, atol=1e-6)


def test_another_rate_and_fewer_leads(packaged, others):
    X = SelectLeads(["II"]).fit_transform(others.data)
    signals = np.repeat(np.asarray(X.signals), 2, axis=-1)
    pipeline = make_ecg_pipeline(pretrained="small", max_epochs=1, random_state=0)
    assert pipeline.fit(ECGRecords(signals, 200, leads=["II"]), others.target)["classifier"].fs_ == 80
    arrays = make_ecg_pipeline(pretrained="small", fs=200, max_epochs=1, random_state=0)
    with pytest.warns(UserWarning, match="leads without names"):
        arrays.fit(signals, others.target)


def test_records_that_the_weights_have_seen_are_counted(packaged, ecgs, others, tmp_path):
    X = ECGRecords.concatenate([ecgs.data[:3], others.data[:5]])
    y = np.array(["a", "b"] * 4)
    pipeline = make_ecg_pipeline(pretrained="small", max_epochs=1, random_state=0)
    with pytest.warns(UserWarning, match=r"weights of small were trained on 3 of these 8 records.* are too good"):
        pipeline.fit(X, y)
    skecg.save(pipeline, tmp_path / "heir.skecg", X=X)
    loaded = skecg.load(tmp_path / "heir.skecg")
    assert loaded["overlap"].pretrained is None
    np.testing.assert_array_equal(loaded.predict_proba(X), pipeline.predict_proba(X))
    again = make_ecg_pipeline(pretrained=tmp_path / "heir.skecg")
    assert list(again.named_steps) == STEPS
    assert again["overlap"].pretrained == tmp_path / "heir.skecg"


@pytest.fixture
def heir(packaged, others):
    """Return a pipeline that starts from the packaged model, fitted to eight other records."""
    return make_ecg_pipeline(pretrained="small", max_epochs=1, random_state=0).fit(others.data[:8], others.target[:8])


def test_an_heir_recognises_the_records_of_its_source(heir, ecgs, others, tmp_path):
    path, again = tmp_path / "heir.skecg", tmp_path / "again.skecg"
    skecg.save(heir, path, X=others.data[:8], y=others.target[:8])
    skecg.save(skecg.load(path), again)
    X = ECGRecords.concatenate([ecgs.data[:3], others.data[6:]])
    for source in (path, again, FrozenEstimator(skecg.load(path))):
        with pytest.warns(UserWarning, match=f"trained on 5 of these {len(X)} records:"):
            OverlapCheck(source).fit(X)
    for source in (path, FrozenEstimator(skecg.load(path))):
        with pytest.warns(UserWarning, match=f"trained on 2 of these {len(X) - 3} records \\(2 patients\\):"):
            OverlapCheck(source).fit(X[3:])
    with pytest.warns(UserWarning, match="trained on 3 of these 3 records, so their scores"):
        skecg.model_card(skecg.load(path), X=ecgs.data[:3], y=np.array(["AF", "NORM", "AF"]), pos_label="AF")


def test_an_heir_of_an_heir_recognises_all_records_at_other_leads(heir, ecgs, others, tmp_path):
    skecg.save(heir, tmp_path / "heir.skecg", X=others.data[:8], y=others.target[:8])
    II = SelectLeads(["II"]).fit_transform(others.data[8:])
    third = make_ecg_pipeline(pretrained=tmp_path / "heir.skecg", max_epochs=1, random_state=0)
    third.fit(II, others.target[8:])
    skecg.save(third, tmp_path / "third.skecg", X=II, y=others.target[8:])
    for X, n_seen in ((ecgs.data, len(ecgs.data)), (others.data, len(others.data))):
        with pytest.warns(UserWarning, match=f"third.skecg were trained on {n_seen} of these"):
            OverlapCheck(tmp_path / "third.skecg").fit(X)


def test_an_heir_that_was_never_saved_recognises_the_records_of_its_source(heir, ecgs, others):
    pipeline = make_ecg_pipeline(pretrained=FrozenEstimator(heir), max_epochs=1, random_state=0)
    assert list(pipeline.named_steps) == STEPS
    with pytest.warns(UserWarning, match=f"trained on 16 of these {len(ecgs.data)}"):
        pipeline.fit(ecgs.data, ecgs.target)
    assert pipeline["classifier"].source_digests_[0]["digests"].shape == (16,)


def test_a_classifier_alone_keeps_the_digests_of_its_source(packaged, trained, ecgs, others, tmp_path):
    X, params = trained[:-1].transform(others.data), {"width": 4, "window": 128, "max_epochs": 1, "random_state": 0}
    clf = ResNetClassifier(**params, pretrained="small").fit(X, others.target)
    skecg.save(clf, tmp_path / "clf.skecg")
    with pytest.warns(UserWarning, match="trained on 16 of these 16"):
        OverlapCheck(tmp_path / "clf.skecg").fit(ecgs.data)
    loaded = skecg.load(tmp_path / "clf.skecg", on_mismatch=None)
    assert loaded.source_digests_[0]["leads"] == list(ecgs.data.leads)
    assert loaded.fit(X, others.target).source_digests_ is None  # a file names no source
    assert trained["classifier"].source_digests_ is None


def test_a_file_without_digests_holds_none_of_the_source_either(heir, ecgs, others, tmp_path, recwarn):
    skecg.save(heir, tmp_path / "heir.skecg", X=others.data[:8])
    for model, X in ((heir, others.data[:8]), (skecg.load(tmp_path / "heir.skecg"), None)):
        skecg.save(model, tmp_path / "without.skecg", X=X, digests=False)
        assert "digests" not in list_contents(tmp_path / "without.skecg").replace("source_digests_: None", "")
        OverlapCheck(tmp_path / "without.skecg").fit(ECGRecords.concatenate([ecgs.data, others.data]))
    assert heir["classifier"].source_digests_ is not None
    assert skecg.load(tmp_path / "without.skecg")[0].training["n_records"] == 8
    assert not [warning for warning in recwarn if "were trained on" in str(warning.message)]


@pytest.mark.parametrize(
    "digests",
    [
        [],
        "x",
        [{"leads": None}],
        [{"leads": 3, "digests": np.zeros(2, np.uint64)}],
        [{"leads": None, "digests": np.zeros(2)}],
        [{"leads": None, "digests": np.zeros((2, 2), np.uint64)}],
    ],
    ids=str,
)
def test_digests_that_cannot_be_are_neither_saved_nor_read(heir, ecgs, tmp_path, digests):
    path = tmp_path / "heir.skecg"
    heir["classifier"].source_digests_ = digests
    if digests == []:
        skecg.save(heir, path)
        assert OverlapCheck(path).fit_transform(ecgs.data) is ecgs.data
        return
    with pytest.raises(ValueError, match=r"expected a list of digests with their leads or nothing\."):
        skecg.save(heir, path)
    heir["classifier"].source_digests_ = None
    skecg.save(heir, path)
    document, tensors = read_file(path)
    encoder = Encoder()
    encoder.tensors = tensors
    tree = document["model"]["estimator"]["params"]["steps"][-1]["tuple"][1]["estimator"]
    tree["fitted"]["source_digests_"] = encoder.encode(digests, "it")
    write_file(path, document, tensors)
    with pytest.raises(ValueError, match="has no valid signal contract"):
        OverlapCheck(path).fit(ecgs.data)
    with pytest.raises(ValueError, match="holds no fitted classifier"):
        source_of(path)


def test_a_source_without_digests_needs_no_check(trained, ecgs, tmp_path, recwarn):
    skecg.save(trained, tmp_path / "a.skecg", X=ecgs.data, digests=False)
    pipeline = make_ecg_pipeline(pretrained=tmp_path / "a.skecg")
    assert list(pipeline.named_steps) == STEPS[1:]
    assert OverlapCheck(tmp_path / "a.skecg").fit_transform(ecgs.data) is ecgs.data
    assert not recwarn.list


@pytest.mark.parametrize("contract", [{"scalar": 1}, {"list": []}, 3, "x"], ids=str)
def test_a_contract_that_cannot_be_is_refused(tmp_path, ecgs, contract):
    write_file(tmp_path / "a.skecg", {"kind": "model", "contract": contract}, {})
    with pytest.raises(ValueError, match=r"a\.skecg has no valid signal contract"):
        OverlapCheck(tmp_path / "a.skecg").fit(ecgs.data)
    with pytest.raises(ValueError, match=r"a\.skecg cannot be loaded"):
        make_ecg_pipeline(pretrained=tmp_path / "a.skecg")


def test_frozen_models_and_samplers(path, trained, ecgs):
    frozen = FrozenEstimator(skecg.load(path))
    pipeline = make_ecg_pipeline(pretrained=frozen, sampler=RecordOverSampler(random_state=0), max_epochs=1)
    assert list(pipeline.named_steps) == [*STEPS[:-1], "sampler", "classifier"]
    with pytest.warns(UserWarning, match="16 of these 16"):
        pipeline.fit(ecgs.data, ecgs.target)
    assert list(make_ecg_pipeline(pretrained=FrozenEstimator(trained)).named_steps) == STEPS[1:]


def test_a_classifier_alone_brings_its_rate(trained, ecgs, tmp_path):
    scaled = trained[:-1].transform(ecgs.data)
    alone = EEGNetClassifier(max_epochs=1, random_state=0).fit(scaled, ecgs.target)
    skecg.save(alone, tmp_path / "alone.skecg")
    pipeline = make_ecg_pipeline(pretrained=tmp_path / "alone.skecg")
    assert list(pipeline.named_steps) == ["resample", "classifier"]
    assert pipeline["resample"].target_fs == 80


def test_sources_that_do_not_fit_are_refused(packaged, trained, ecgs, tmp_path):
    with pytest.raises(ValueError, match="holds a ResNetClassifier: pass 'resnet' in place of 'crnn', or no name"):
        make_ecg_pipeline("crnn", pretrained="small")
    with pytest.raises(ValueError, match='"best" accepts no pretrained'):
        make_ecg_pipeline("best", pretrained="small")
    with pytest.raises(TypeError, match="is not frozen"):
        make_ecg_pipeline(pretrained=trained)
    with pytest.raises(ValueError, match="no pipeline named None"):
        make_ecg_pipeline()
    own = ECGClassifier(small_network, max_epochs=1).fit(ecgs.data, ecgs.target)
    with pytest.raises(ValueError, match="holds a ECGClassifier, which has no pipeline"):
        make_ecg_pipeline(pretrained=FrozenEstimator(own))
    save_weights(trained["classifier"].net_.module_, tmp_path / "weights.skecg")
    with pytest.raises(ValueError, match="holds weights alone and names no network"):
        make_ecg_pipeline(pretrained=tmp_path / "weights.skecg")
    assert list(make_ecg_pipeline("resnet", pretrained=tmp_path / "weights.skecg").named_steps) == STEPS[1:]


def test_half_precision_changes_probabilities_by_less_than_a_thousandth(trained, path, ecgs, tmp_path):
    skecg.save(trained, tmp_path / "whole.skecg", X=ecgs.data, y=ecgs.target, pos_label="LBBB")
    learned = sum(values.numel() for values in trained["classifier"].net_.module_.parameters())
    saved = (tmp_path / "whole.skecg").stat().st_size - path.stat().st_size
    assert abs(saved - 2 * learned) < 5_000  # the names of the arrays
    half = skecg.load(path, on_mismatch=None).predict_proba(ecgs.data)
    np.testing.assert_allclose(half, trained.predict_proba(ecgs.data), atol=1e-3)


def test_an_architecture_that_differs_is_named_with_what_to_set(packaged, trained, ecgs):
    scaled = trained[:-1].transform(ecgs.data)
    with pytest.raises(ValueError, match=r"Set width=4; make_ecg_pipeline\(pretrained=...\) does so\."):
        ResNetClassifier(pretrained="small").fit(scaled, ecgs.target)
    with pytest.raises(
        ValueError, match=r"pretrained is a ResNetClassifier, but .*: use ResNetClassifier, or a source"
    ):
        EEGNetClassifier(pretrained="small").fit(scaled, ecgs.target)
