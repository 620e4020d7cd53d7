import warnings

import numpy as np
import pytest

from skecg.cli._hold_out import hold_out


def parts(target, groups=None, share=0.2, seed=0, names=()):
    """Split; check that every record is in one part and no patient in both; return the labels of both parts."""
    target = np.asarray(target)
    rows, held_out = hold_out(target, None if groups is None else np.asarray(groups), share, seed, names)
    assert sorted([*rows, *held_out]) == list(range(len(target)))
    if groups is not None:
        assert not set(np.asarray(groups)[rows]) & set(np.asarray(groups)[held_out])
    return target[rows], target[held_out]


@pytest.mark.parametrize("seed", range(20))
def test_every_class_is_in_both_parts(seed):
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.repeat(["NORM", "AF", "LBBB", "PVC"], [100, 20, 5, 2]))
    train, test = parts(target, seed=seed)
    assert dict(zip(*np.unique(test, return_counts=True), strict=True)) == {"AF": 4, "LBBB": 1, "NORM": 20, "PVC": 1}
    patients = rng.integers(0, 60, len(target))  # each patient has records of several classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all records of PVC may come from one patient
        train, test = parts(target, patients, seed=seed)
    assert set(train) == set(target)


@pytest.mark.parametrize("seed", range(20))
def test_every_label_is_trained_on(seed):
    Y = np.random.default_rng(seed).random((60, 6)) < [0.5, 0.3, 0.2, 0.1, 0.05, 0.03]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        train, test = parts(Y.astype(int), np.arange(60) // 2, share=0.5, seed=seed, names=list("abcdef"))
    assert (train.any(axis=0) == Y.any(axis=0)).all()
    assert 20 <= len(test) <= 40


def test_a_class_of_one_patient_is_trained_on_and_named():
    target = ["NORM"] * 20 + ["AF"] * 20 + ["PVC"] * 3
    with pytest.warns(UserWarning, match=r"Too few patients .* trained on and not scored: PVC \(1\)\."):
        train, test = parts(target, [*range(40), 40, 40, 40])
    assert (train == "PVC").sum() == 3
    assert set(test) == {"NORM", "AF"}


def test_too_few_patients_for_scores():
    with pytest.raises(ValueError, match=r"Two patients at least .* of 3 there would be 1, .*: AF \(1\), NORM \(2\)"):
        parts(["NORM", "NORM", "AF"])
    with pytest.raises(ValueError, match=r"of 1 there would be 0.*--hold-out 0 trains on all"):
        parts(["NORM", "AF"], [7, 7])


def test_all_are_trained_on_without_a_share():
    train, test = parts(["NORM", "AF"], share=0)
    assert len(train) == 2
    assert len(test) == 0


def test_the_seed_decides():
    target = np.repeat(["NORM", "AF"], 50)
    first, again, other = (hold_out(target, None, 0.2, seed, ())[1].tolist() for seed in (0, 0, 1))
    assert first == again != other
