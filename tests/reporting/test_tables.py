import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from skecg.datasets import make_ecg
from skecg.metrics import bootstrap_difference, bootstrap_interval, macro_auc_score
from skecg.metrics._resampled import SCORES
from skecg.model_selection import groups_of
from skecg.reporting import compare, report


@pytest.fixture(scope="module")
def scored():
    """Two thousand records of 1,500 patients with five labels, like a fold of PTB-XL."""
    rng = np.random.default_rng(0)
    Y = (rng.random((2000, 5)) < [0.44, 0.25, 0.24, 0.22, 0.12]).astype(int)
    P = 1 / (1 + np.exp(-2 * Y + 1 - rng.normal(size=Y.shape)))
    return Y, P, rng.integers(0, 1500, 2000)


def test_estimates_are_the_plain_scores(scored):
    Y, P, _ = scored
    table = report(Y, P, n_resamples=2, labels=["NORM", "MI", "STTC", "CD", "HYP"])
    part = table.loc["all"]["estimate"]
    assert part["macro", "auroc"] == pytest.approx(macro_auc_score(Y, P))
    assert part["macro", "f1"] == pytest.approx(f1_score(Y, P >= 0.5, average="macro"))
    assert part["macro", "exact_match"] == pytest.approx(accuracy_score(Y, P >= 0.5))
    assert part["HYP", "auroc"] == pytest.approx(roc_auc_score(Y[:, 4], P[:, 4]))
    assert len(table) == 1 + 6 * len(SCORES)
    assert table.loc[("all", "MI", "f1"), "n_positive"] == Y[:, 1].sum()
    assert (table["n_records"] == 2000).all()


def test_intervals_are_those_of_the_cluster_bootstrap(scored):
    Y, P, groups = (part[:300] for part in scored)
    table = report(Y, P, groups=groups, n_resamples=120, random_state=0).loc["all"]
    slow = bootstrap_interval(roc_auc_score, Y, P, groups=groups, n_resamples=120, random_state=0)
    assert table.loc[("macro", "auroc"), "estimate"] == pytest.approx(slow.estimate)
    assert table.loc[("macro", "auroc"), ["low", "high"]].tolist() == pytest.approx([slow.low, slow.high])
    assert (table["low"] <= table["estimate"]).mean() > 0.95 and (table["high"] >= table["estimate"]).mean() > 0.95


def test_copies_of_a_patient_do_not_narrow_the_interval(scored):
    Y, P, _ = (part[:200] for part in scored)
    copies = [np.repeat(part, 4, axis=0) for part in (Y, P, np.arange(200))]
    once = report(Y, P, n_resamples=50, random_state=0)
    by_patient = report(*copies[:2], groups=copies[2], n_resamples=50, random_state=0)
    np.testing.assert_allclose(by_patient["low"], once["low"], atol=1e-6)
    by_record = report(*copies[:2], n_resamples=50, random_state=0)
    width = [(t["high"] - t["low"])["all", "macro", "auroc"] for t in (once, by_record)]
    assert width[1] < 0.7 * width[0]


def test_subgroups_by_age_band_and_sex(scored):
    Y, P, _ = (part[:500] for part in scored)
    rng = np.random.default_rng(1)
    metadata = pd.DataFrame(
        {"age": rng.integers(18, 95, 500).astype(float), "sex": rng.choice(["female", "male"], 500)}
    )
    metadata.loc[:9, "age"] = np.nan
    metadata.loc[5:20, "sex"] = None
    table = report(Y, P, subgroups=metadata, n_resamples=20, random_state=0)
    names = ["all", "age: under 40", "age: 40-59", "age: 60-79", "age: 80 and over", "sex: female", "sex: male"]
    assert table.index.get_level_values("subgroup").unique().tolist() == names
    for name, of in (("sex: female", metadata["sex"] == "female"), ("age: 60-79", metadata["age"].between(60, 79))):
        estimate = table.loc[(name, "macro", "auroc")]
        assert estimate["estimate"] == pytest.approx(macro_auc_score(Y[of], P[of]))
        assert estimate["n_records"] == of.sum() and estimate["low"] < estimate["high"]


def test_unknown_patients_are_nobody_else(scored):
    Y, P, _ = (part[:300] for part in scored)
    patients = np.array([f"p{i:03}" for i in range(300)], object)
    missing = np.where(np.arange(300) < 100, patients, np.nan)
    for score in (report, lambda *args, **params: compare(*args, 1 - P, **params)):
        known, unknown = (score(Y, P, groups=groups, n_resamples=20, random_state=0) for groups in (patients, missing))
        pd.testing.assert_frame_equal(unknown, known)


def test_two_classes_and_several():
    rng = np.random.default_rng(0)
    y = rng.choice(["no PE", "PE"], 200)
    p = np.clip((y == "no PE") * 0.3 + 0.7 * rng.random(200), 0, 1)
    one, two = (
        report(y, p, pos_label="no PE", n_resamples=5, random_state=0),
        report(y, np.column_stack([1 - p, p]), pos_label="no PE", n_resamples=5, random_state=0),
    )
    pd.testing.assert_frame_equal(one, two)
    assert one.index.get_level_values("label").unique().tolist() == ["no PE"]
    assert one.loc[("all", "no PE", "auroc"), "estimate"] == pytest.approx(roc_auc_score(y == "no PE", p))
    other = report(y, 1 - p, labels=["no PE", "PE"], pos_label="PE", n_resamples=5, random_state=0)
    assert other.loc[("all", "PE", "auroc"), "estimate"] == pytest.approx(roc_auc_score(y == "PE", 1 - p))
    y, P = rng.integers(0, 3, 200), rng.dirichlet([1, 1, 1], 200)
    several = report(y, P, n_resamples=5).loc["all"]["estimate"]
    assert several["macro", "exact_match"] == pytest.approx(accuracy_score(y, P.argmax(axis=1)))
    assert several["macro", "f1"] == pytest.approx(f1_score(y, P.argmax(axis=1), average="macro"))


def test_thresholds_and_prevalence(scored):
    Y, P, _ = (part[:300] for part in scored)
    tuned = report(Y, P, threshold=[0.1, 0.2, 0.3, 0.4, 0.5], n_resamples=5).loc["all"]["estimate"]
    assert tuned["0", "f1"] == pytest.approx(f1_score(Y[:, 0], P[:, 0] >= 0.1))
    of_records = np.where(np.arange(300) < 150, 0.1, 0.9)[:, None] * np.ones(5)
    tuned = report(Y, P, threshold=of_records, n_resamples=5).loc["all"]["estimate"]
    assert tuned["0", "f1"] == pytest.approx(f1_score(Y[:, 0], P[:, 0] >= of_records[:, 0]))
    rare = report(Y, P, prevalence=0.01, n_resamples=5).loc["all"]["estimate"]
    usual = report(Y, P, n_resamples=5).loc["all"]["estimate"]
    assert rare["macro", "ppv"] < 0.1 < usual["macro", "ppv"]


def test_a_label_that_is_rarely_drawn_has_no_interval():
    Y = np.zeros((40, 2), int)
    Y[::2, 0], Y[0, 1] = 1, 1
    P = np.random.default_rng(0).random((40, 2))
    table = report(Y, P, groups=np.arange(40), n_resamples=200, random_state=0).loc["all"]
    assert np.isfinite(
        table.loc[("1", "auroc"), ["estimate", "low", "high"]]
    ).all()  # the label occurs in two of three draws
    Y[0, 1] = 0
    table = report(Y, P, n_resamples=20, random_state=0).loc["all"]
    assert table.loc[("1", "auroc"), ["estimate", "low", "high"]].isna().all()
    assert table.loc[("macro", "auroc"), "estimate"] == table.loc[("0", "auroc"), "estimate"]


def test_of_the_records_themselves():
    ecg = make_ecg(40, classes=["NORM", "PE"], fs=100, duration=2.0, n_patients=20, random_state=0)
    p = np.random.default_rng(0).random(40)
    metadata = ecg.data.metadata[["age", "sex"]]
    table = report(
        ecg.target, p, pos_label="PE", groups=groups_of(ecg.data), subgroups=metadata, n_resamples=10, random_state=0
    )
    assert {"sex: female", "sex: male"} <= set(table.index.get_level_values("subgroup"))


def test_compare_is_paired(scored):
    Y, P, groups = (part[:300] for part in scored)
    other = np.clip(P + np.random.default_rng(2).normal(0, 0.15, P.shape), 0, 1)
    table = compare(Y, P, other, groups=groups, n_resamples=120, random_state=0)
    slow = bootstrap_difference(roc_auc_score, Y, P, other, groups=groups, n_resamples=120, random_state=0)
    row = table.loc[("macro", "auroc")]
    assert row["difference"] == pytest.approx(row["first"] - row["second"]) == pytest.approx(slow.estimate)
    assert row[["low", "high"]].tolist() == pytest.approx([slow.low, slow.high])
    assert row["p_value"] < 0.05 and row["low"] > 0
    apart = report(Y, P, groups=groups, n_resamples=120, random_state=0).loc[("all", "macro", "auroc")]
    assert row["high"] - row["low"] < apart["high"] - apart["low"]


def test_a_model_does_not_differ_from_itself_or_from_its_equal(scored):
    Y, P, _ = (part[:300] for part in scored)
    same = compare(Y, P, P, n_resamples=20, random_state=0)
    assert (same["difference"] == 0).all() and (same["p_value"] == 1).all()
    rng = np.random.default_rng(4)
    one, other = (np.clip(P + rng.normal(0, 0.2, P.shape), 0, 1) for _ in "ab")
    assert compare(Y, one, other, n_resamples=200, random_state=0).loc[("macro", "auroc"), "p_value"] > 0.05


def test_a_seed_gives_the_same_table(scored):
    Y, P, groups = (part[:100] for part in scored)
    tables = [report(Y, P, groups=groups, n_resamples=10, random_state=seed) for seed in (0, 0, 1)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0].equals(tables[2])


def test_bad_input(scored):
    Y, P, _ = (part[:50] for part in scored)
    with pytest.raises(ValueError, match=r"probabilities from 0 to 1, got -1 to 3"):
        report([0, 1], [-1, 3])
    with pytest.raises(ValueError, match=r"has 5 column\(s\), y_score 3"):
        report(Y, P[:, :3])
    with pytest.raises(ValueError, match="labels names 2 labels, y_true has 5"):
        report(Y, P, labels=["a", "b"])
    with pytest.raises(ValueError, match="one number or 5"):
        report(Y, P, threshold=[0.5, 0.5])
    with pytest.raises(ValueError, match="inconsistent numbers"):
        report(Y, P, groups=np.arange(49))
    with pytest.raises(ValueError, match="inconsistent numbers"):
        report(Y, P, subgroups={"sex": ["male"] * 49})
    with pytest.raises(ValueError, match="at least two groups"):
        compare(Y, P, P, groups=np.zeros(50))
    with pytest.raises(ValueError, match="inconsistent numbers"):
        compare(Y, P, P[:-1])
