"""The input contract of a model, and its treatment of other signals."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skecg
from skecg.classifiers import RNNClassifier
from skecg.datasets import make_ecg
from skecg.persistence import SignalContract
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, SelectLeads
from skecg.records import ECGRecords


def quick_classifier(**params):
    return RNNClassifier(**{"hidden_size": 8, "n_layers": 1, "max_epochs": 1, "random_state": 0, **params})


@pytest.fixture(scope="module")
def ecgs():
    return make_ecg(16, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)


@pytest.fixture
def saved(ecgs, path):
    model = make_pipeline(ECGCrop(length=300), Normalize(), quick_classifier()).fit(ecgs.data, ecgs.target)
    skecg.save(model, path, X=ecgs.data, y=ecgs.target)
    return model


def shuffled(records, order, names=None):
    signals = records.to_array()[:, order]
    return records.with_signals(signals, leads=names or [records.leads[i] for i in order])


def test_it_is_read_off_the_model(saved, ecgs, path):
    contract = skecg.load(path)[0]
    assert contract.fs == 100
    assert contract.leads == list(ecgs.data.leads)
    assert (contract.n_leads, contract.length, contract.window) == (12, 300, None)
    assert contract.labels == ["LBBB", "NORM"]
    assert contract.thresholds is None
    assert contract.preprocessing == ["ECGCrop(length=300)", "Normalize()"]
    assert contract.training["n_records"] == 16
    assert contract.training["labels"] == {"LBBB": 8, "NORM": 8}
    assert contract.training["fs"] == [100.0]
    assert 0.2 < contract.training["span_mV"] < 10
    assert "age_years" not in contract.training  # of eight patients


def test_records_that_fit_pass_untouched(saved, ecgs, path):
    for on_mismatch in ("convert", "raise"):
        model = skecg.load(path, on_mismatch=on_mismatch)
        assert model[0].transform(ecgs.data) is ecgs.data
        np.testing.assert_array_equal(model.predict_proba(ecgs.data), saved.predict_proba(ecgs.data))


@pytest.mark.parametrize("names", [None, "upper", "lead", "odd"])
def test_order_and_spelling_of_leads(saved, ecgs, path, names):
    order = np.random.default_rng(0).permutation(12)
    spelled = {
        None: None,
        "upper": [ecgs.data.leads[i].upper() for i in order],
        "lead": [f"Lead {ecgs.data.leads[i]}" for i in order],
        "odd": [f"MDC_ECG_LEAD_{ecgs.data.leads[i]}" for i in order],
    }[names]
    records = shuffled(ecgs.data, order, spelled)
    model = skecg.load(path)
    np.testing.assert_array_equal(model.predict_proba(records), saved.predict_proba(ecgs.data))
    with pytest.raises(ValueError, match="was fitted on the leads I, II, III"):
        model.set_params(contract__on_mismatch="raise").predict_proba(records)


def test_upper_case_alone_is_no_mismatch(saved, ecgs, path):
    records = shuffled(ecgs.data, range(12), [lead.upper() for lead in ecgs.data.leads])
    model = skecg.load(path, on_mismatch="raise")
    np.testing.assert_array_equal(model.predict_proba(records), saved.predict_proba(ecgs.data))


def test_eight_leads_become_twelve_and_more_become_twelve(saved, ecgs, path):
    model = skecg.load(path)
    eight = shuffled(ecgs.data, [0, 1, 6, 7, 8, 9, 10, 11])
    np.testing.assert_allclose(model.predict_proba(eight), saved.predict_proba(ecgs.data), atol=1e-4)
    X = ecgs.data.to_array()
    fifteen = ecgs.data.with_signals(np.concatenate([X[:, :3], X], axis=1), leads=["X", "Y", "Z", *ecgs.data.leads])
    np.testing.assert_array_equal(model.predict_proba(fifteen), saved.predict_proba(ecgs.data))


def test_leads_that_cannot_be_had(saved, ecgs, path):
    for on_mismatch in ("convert", "raise"):
        with pytest.raises(ValueError, match=r"fitted on the leads.*the records have I, II, V1"):
            skecg.load(path, on_mismatch=on_mismatch).predict(shuffled(ecgs.data, [0, 1, 6]))
    twice = shuffled(ecgs.data, range(12), ["I", "Lead I", *ecgs.data.leads[2:]])
    with pytest.raises(ValueError, match="Several of them mean the same lead"):
        skecg.load(path).predict(twice)


def test_another_rate(saved, ecgs, path):
    records = ECGResample(target_fs=500).fit_transform(ecgs.data)
    model = skecg.load(path)
    np.testing.assert_allclose(model.predict_proba(records), saved.predict_proba(ecgs.data), atol=0.02)
    with pytest.raises(ValueError, match="needs 100 Hz; the records have 500 Hz"):
        skecg.load(path, on_mismatch="raise").predict_proba(records)
    with pytest.raises(ValueError, match="100 Hz"):
        skecg.load(path, on_mismatch=None).predict_proba(records)


def test_mixed_rates_are_brought_to_one(saved, ecgs, path):
    faster = ECGResample(target_fs=200).fit_transform(ecgs.data[:3])
    mixed = ECGRecords.concatenate([faster, ecgs.data[3:]])
    expected = saved.predict_proba(ecgs.data)
    np.testing.assert_allclose(skecg.load(path).predict_proba(mixed), expected, atol=0.02)


def test_microvolts(saved, ecgs, path):
    signals = ecgs.data.to_array() * np.where(np.arange(16) < 5, 1000, 1)[:, None, None]
    model = skecg.load(path)
    with pytest.warns(UserWarning, match="5 of 16 records span more than 50 mV.*divided by 1000"):
        p = model.predict_proba(ecgs.data.with_signals(signals))
    np.testing.assert_allclose(p, saved.predict_proba(ecgs.data), atol=1e-4)
    with pytest.raises(ValueError, match="microvolts"):
        skecg.load(path, on_mismatch="raise").predict(ecgs.data.with_signals(signals))
    with pytest.warns(UserWarning, match="are these microvolts"):
        p = model.predict_proba(signals)
    np.testing.assert_array_equal(p, saved.predict_proba(signals))


def test_volts(saved, ecgs, path):
    volts = ecgs.data.with_signals(ecgs.data.to_array() / 1000)
    model = skecg.load(path)
    with pytest.warns(UserWarning, match="16 of 16 records span less than 0.01 mV, as volts do.*multiplied by 1000"):
        p = model.predict_proba(volts)
    np.testing.assert_allclose(p, saved.predict_proba(ecgs.data), atol=1e-4)
    with pytest.raises(ValueError, match="as volts do"):
        skecg.load(path, on_mismatch="raise").predict(volts)
    with pytest.warns(UserWarning, match="16 of 16 records span less than 0.01 mV: are these volts"):
        model.predict_proba(volts.to_array())


def test_a_few_small_or_flat_records_are_no_volts(saved, ecgs, path):
    signals = ecgs.data.to_array() * np.where(np.arange(16) < 5, 0.001, 1)[:, None, None]
    loaded = skecg.load(path, on_mismatch="raise", quality="ignore")
    for few in (signals, np.zeros_like(signals)):
        records = ecgs.data.with_signals(few)
        np.testing.assert_array_equal(loaded.predict_proba(records), saved.predict_proba(records))


def test_a_model_of_small_values_says_nothing(ecgs, path):
    volts = ecgs.data.with_signals(ecgs.data.to_array() / 1000)
    with pytest.warns(UserWarning, match="All records of X span less than 0.01 mV"):
        model = make_pipeline(Normalize(), quick_classifier()).fit(volts, ecgs.target)
    skecg.save(model, path, X=volts, y=ecgs.target)
    loaded = skecg.load(path, on_mismatch="raise")
    np.testing.assert_array_equal(loaded.predict_proba(volts), model.predict_proba(volts))


def test_a_model_of_large_values_says_nothing(ecgs, path):
    counts = ecgs.data.with_signals(ecgs.data.to_array() * 1000)
    with pytest.warns(UserWarning, match="All records of X span more than 50 mV"):
        model = make_pipeline(Normalize(), quick_classifier()).fit(counts, ecgs.target)
    skecg.save(model, path, X=counts, y=ecgs.target)
    loaded = skecg.load(path, on_mismatch="raise")
    np.testing.assert_array_equal(loaded.predict_proba(counts), model.predict_proba(counts))
    np.testing.assert_array_equal(loaded.predict_proba(counts.to_array()), model.predict_proba(counts.to_array()))


def test_a_model_that_resamples_takes_any_rate(ecgs, path):
    model = make_pipeline(ECGFilter(), ECGResample(target_fs=50), ECGCrop(length=150), quick_classifier())
    skecg.save(model.fit(ecgs.data, ecgs.target), path, X=ecgs.data)
    loaded = skecg.load(path, on_mismatch="raise")
    assert loaded[0].fs is None
    records = ECGResample(target_fs=250).fit_transform(ecgs.data)
    np.testing.assert_array_equal(loaded.predict_proba(records), model.predict_proba(records))


def test_a_crop_before_resampling_counts_samples_of_the_training_rate(ecgs):
    model = make_pipeline(ECGCrop(length=200), ECGResample(target_fs=50), quick_classifier())
    model.fit(ecgs.data, ecgs.target)
    assert SignalContract.of(model).fs is None
    assert SignalContract.of(model, ecgs.data).fs == 100


def test_a_model_of_arrays(ecgs, path):
    X = ecgs.data.to_array()
    model = make_pipeline(ECGFilter(fs=100), quick_classifier()).fit(X, ecgs.target)
    skecg.save(model, path)
    loaded = skecg.load(path)
    assert (loaded[0].fs, loaded[0].leads, loaded[0].n_leads) == (100, None, 12)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict_proba(ecgs.data), model.predict_proba(X))


def test_one_lead_in_two_dimensions(ecgs, path):
    X = ecgs.data.to_array()[:, 0]
    model = quick_classifier().fit(X, ecgs.target)
    assert SignalContract.of(model).n_leads == 1
    skecg.save(model, path)
    loaded = skecg.load(path)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    with pytest.warns(UserWarning, match="16 of 16 records span more than 50 mV: are these microvolts"):
        loaded.predict_proba(X * 1000)
    with pytest.raises(ValueError, match="microvolts"):
        skecg.load(path, on_mismatch="raise").predict_proba(X * 1000)


def test_a_table_of_features_has_no_unit(path):
    X, y = np.random.default_rng(0).normal(size=(20, 3)) * 1e4, np.arange(20) % 2
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    skecg.save(model, path)
    np.testing.assert_array_equal(skecg.load(path, on_mismatch="raise").predict(X), model.predict(X))


def test_inside_wrappers(ecgs):
    inner = make_pipeline(ECGCrop(length=300), quick_classifier()).fit(ecgs.data, ecgs.target)
    model = FixedThresholdClassifier(FrozenEstimator(inner), threshold=0.2, response_method="predict_proba")
    model.fit(ecgs.data, ecgs.target)
    contract = SignalContract.of(model)
    assert (contract.fs, contract.length, contract.thresholds) == (100, 300, 0.2)
    assert contract.preprocessing == ["ECGCrop(length=300)"]


def test_leads_are_chosen_after_the_contract(ecgs, path):
    model = make_pipeline(SelectLeads(["II", "V1"]), quick_classifier()).fit(ecgs.data, ecgs.target)
    skecg.save(model, path)
    order = np.arange(12)[::-1]
    loaded = skecg.load(path)
    np.testing.assert_array_equal(loaded.predict_proba(shuffled(ecgs.data, order)), model.predict_proba(ecgs.data))


def test_its_parameters_are_checked():
    with pytest.raises(ValueError, match="on_mismatch"):
        SignalContract(on_mismatch="ignore").transform(np.zeros((1, 1, 5)))
    with pytest.raises(ValueError, match="fs"):
        SignalContract(fs=-1).transform(np.zeros((1, 1, 5)))
