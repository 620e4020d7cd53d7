import os
from pathlib import Path

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.datasets import make_ecg
from skecg.model_selection import check_leakage
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize
from skecg.signal import resample


@pytest.fixture(scope="module")
def cohort():
    """Forty records of forty patients; the first thirty are for training."""
    records = make_ecg(40, fs=100, n_patients=40, random_state=0).data
    return records[:30], records[30:]


def test_a_clean_split_has_no_leak(cohort):
    found = check_leakage(*cohort)
    assert len(found) == 0 and list(found.columns) == ["test", "train", "reason", "correlation"]


def test_planted_patients_are_found(cohort):
    train, test = cohort
    ids = test.metadata["patient_id"].to_numpy().copy()
    ids[[2, 7]] = train.metadata["patient_id"].to_numpy()[[11, 4]]
    found = check_leakage(train, test.with_metadata({"patient_id": ids}))
    assert found[["test", "train"]].to_numpy().tolist() == [[2, 11], [7, 4]]
    assert set(found["reason"]) == {"same patient"}
    by_hand = check_leakage(
        train.to_array(), test.to_array(), train_groups=train.metadata["patient_id"], test_groups=ids
    )
    assert by_hand.equals(found)


def test_unknown_patients_are_not_one_another(cohort):
    train, test = (part.with_metadata({"patient_id": [None] * len(part)}) for part in cohort)
    assert len(check_leakage(train, test)) == 0


CHANGES = {
    "noise": lambda s: s + 0.3 * s.std(axis=1, keepdims=True) * np.random.default_rng(0).normal(size=s.shape),
    "gain": lambda s: 1000 * s,
    "offset": lambda s: s + np.linspace(-1, 1, 12)[:, None],
    "rounding": lambda s: np.round(s, 2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_planted_near_equal_signals_are_found(change, cohort):
    train, test = cohort
    signals = np.array(test.to_array())
    signals[3] = CHANGES[change](train.signals[17].astype(np.float64))
    for pair in ((train, test.with_signals(signals)), (train.to_array(), signals)):
        found = check_leakage(*pair)
        assert found[["test", "train", "reason"]].to_numpy().tolist() == [[3, 17, "near-equal signal"]]
        assert 0.95 <= found["correlation"][0] <= 1


def test_equal_signals_are_told_from_near_equal_ones(cohort):
    train, test = cohort
    signals = np.array(test.to_array())
    signals[[1, 4]] = train.signals[20], train.signals[21] * 1.001
    found = check_leakage(train, test.with_signals(signals))
    assert found["reason"].tolist() == ["equal signal", "near-equal signal"]
    assert found["train"].tolist() == [20, 21] and found["correlation"][0] == 1


def test_another_sampling_rate_does_not_hide_a_copy(cohort):
    train, test = cohort
    doubled = [resample(signal, 2, 1) for signal in train[5:8].signals]
    found = check_leakage(train, test[:3].with_signals(doubled, fs=200))
    assert found["train"].tolist() == [5, 6, 7]


@pytest.mark.parametrize("target_fs", [50, 128, 360, 500])
@pytest.mark.parametrize("duration", [2.5, 10])
def test_the_bins_of_all_rates_are_of_the_same_time(cohort, target_fs, duration):
    train = ECGCrop(length=int(100 * duration)).fit_transform(cohort[0])
    copies = ECGResample(target_fs=target_fs).fit_transform(train)
    found = check_leakage(train, copies.with_metadata({"patient_id": range(100, 130)}))
    assert found["train"].tolist() == found["test"].tolist() == list(range(30))
    assert found["correlation"].min() > 0.97


def test_a_duration_may_differ_by_a_sample_of_the_slower_rate(cohort):
    signals = [np.resize(signal, (12, 2700 + i)) for i, signal in enumerate(cohort[0].signals)]
    train = ECGRecords(signals, 300)
    copies = ECGResample(target_fs=128).fit_transform(train)
    seconds = train.lengths / train.fs
    assert (np.abs(copies.lengths / copies.fs - seconds) > 1e-3).any()
    assert check_leakage(train, copies)["test"].tolist() == list(range(30))
    shorter = ECGRecords([signal[:, : -300 // 64] for signal in signals[:1]], 300)
    assert check_leakage(ECGResample(target_fs=128).fit_transform(shorter), train[:1]).empty


@pytest.mark.parametrize(
    "step",
    [ECGFilter(), ECGFilter(low=1.0, high=30.0), Normalize(), Normalize(method="minmax"), Normalize(method="robust")],
)
def test_preparation_does_not_hide_a_copy(cohort, step):
    train, test = cohort
    copies = step.fit_transform(train[4:9]).with_metadata(test[:5].metadata)
    wandering = train.with_signals(
        [signal + np.sin(np.arange(1000) / 400 + np.arange(12)[:, None]).astype(np.float32) for signal in train.signals]
    )
    assert check_leakage(wandering, copies)["train"].tolist() == [4, 5, 6, 7, 8]


def test_arrays_without_a_rate_are_compared_where_they_are_as_long(cohort):
    signals = cohort[0].to_array()
    assert check_leakage(signals, 2 * signals[6:8])["train"].tolist() == [6, 7]
    assert check_leakage(signals, 2 * signals[6:8, :, :-1]).empty


def test_ragged_records_are_compared_where_they_are_as_long(cohort):
    train, test = cohort
    ragged = ECGRecords([signal[:, : 700 + 10 * i] for i, signal in enumerate(train.signals)], 100)
    copies = ECGRecords([ragged.signals[9] * 2, test.signals[0][:, :790], ragged.signals[9][:, 5:]], 100)
    assert check_leakage(ragged, copies)["test"].tolist() == [0]


def test_flat_records_are_near_nothing():
    X = np.zeros((3, 2, 50))
    assert check_leakage(X, np.ones((2, 2, 50))).empty
    assert check_leakage(X + 0.1, X + 0.2).empty
    assert check_leakage(X, np.zeros((2, 2, 50)))["reason"].tolist() == ["equal signal"] * 2


def test_bad_input(cohort):
    train, test = cohort
    with pytest.raises(ValueError, match=r"patients of test are not known.*give test_groups"):
        check_leakage(train, test.to_array())
    with pytest.raises(ValueError, match="the same leads"):
        check_leakage(np.zeros((2, 3, 50)), np.zeros((2, 2, 50)))
    with pytest.raises(ValueError, match="2 groups for 10 records"):
        check_leakage(train, test, test_groups=[1, 2])
    with pytest.raises(ValueError, match="correlation"):
        check_leakage(train, test, correlation=95)
    with pytest.raises(ValueError, match="must have the shape"):
        check_leakage(np.zeros(5), np.zeros((2, 2, 50)))


def test_on_folds_of_ptbxl():
    folder = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ptbxl"
    if not folder.is_dir():
        pytest.skip(f"there is no PTB-XL in {folder}")
    from skecg.datasets import fetch_ptbxl

    records = fetch_ptbxl(folder, fs=100, folds=[1, 2, 3, 9], limit=600).data
    half = np.arange(len(records)) < 300
    assert len(check_leakage(records[half], records[~half])) == 0
    signals = np.array(records[~half].to_array())
    prepared = Normalize().fit_transform(ECGResample(target_fs=50).fit_transform(ECGFilter().fit_transform(records)))
    found = check_leakage(records, prepared)
    assert len(found) >= 595 and (found["test"] == found["train"]).all()
    noise = np.random.default_rng(0).normal(size=signals[0].shape)
    signals[5] = records.signals[7] + 0.2 * records.signals[7].std(axis=1, keepdims=True) * noise
    found = check_leakage(records[half], records[~half].with_signals(signals))
    assert found[["test", "train"]].to_numpy().tolist() == [[5, 7]]
