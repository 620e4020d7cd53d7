import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB

from skecg import ECGRecords
from skecg.model_selection import transfer_curve


class Witness(ClassifierMixin, BaseEstimator):
    log = []

    def __init__(self, name="a"):
        self.name = name

    def fit(self, X, y, groups=None):
        self.classes_ = np.unique(y)
        Witness.log.append((self.name, np.asarray(X)[:, 0, 0].astype(int), np.asarray(y), groups))
        return self

    def predict_proba(self, X):
        p = np.asarray(X)[:, 0, 1]
        return np.column_stack([p, 1 - p])  # "PE" is the first class


@pytest.fixture
def cohort():
    """Two hundred numbered records of a hundred patients, a quarter of them ill."""
    rng = np.random.default_rng(0)
    y = np.repeat(rng.random(100) < 0.25, 2)
    signals = rng.random((200, 1, 20))
    signals[:, 0, 0] = np.arange(200)
    signals[:, 0, 1] = 1 / (1 + np.exp(-1.0 * y - rng.normal(size=200)))
    return ECGRecords(signals, 100, metadata={"patient_id": np.arange(200) // 2}), np.where(y, "PE", "no")


def test_draws_are_shared_nested_stratified_and_by_patient(cohort):
    X, y = cohort
    Witness.log = []
    curve = transfer_curve({"a": Witness("a"), "b": Witness("b")}, X, y, sizes=[40, 0.5, 120], cv=4, random_state=0)
    assert len(curve) == len(Witness.log) == 4 * 3 * 2
    assert curve["estimator"].tolist() == ["a", "b"] * 12 and curve["size"].tolist() == [40, 40, 0.5, 0.5, 120, 120] * 4
    for fold in range(4):
        draws = [set(Witness.log[6 * fold + 2 * k][1]) for k in range(3)]
        assert draws[0] < draws[1] < draws[2]
        for k in range(3):
            one, other = Witness.log[6 * fold + 2 * k : 6 * fold + 2 * k + 2]
            np.testing.assert_array_equal(one[1], other[1])
            np.testing.assert_array_equal(one[3], one[1] // 2)
            assert abs(len(one[1]) - [40, 75, 120][k]) <= 2 and len(one[1]) % 2 == 0
            assert abs((one[2] == "PE").mean() - (y == "PE").mean()) < 0.05
    assert curve["n_train"].tolist() == [len(rows) for _, rows, *_ in Witness.log]


def test_folds_may_be_masks_but_must_not_overlap(cohort):
    X, y = cohort
    first = np.arange(200) < 100
    masks, numbers = [(first, ~first)], [(np.arange(100), np.arange(100, 200))]
    curves = [transfer_curve({"a": Witness()}, X, y, sizes=[50, 1.0], cv=cv, random_state=0) for cv in (masks, numbers)]
    assert curves[0]["score"].tolist() == curves[1]["score"].tolist()
    for cv, message in [
        ([(np.arange(120), np.arange(100, 200))], "Fold 0 of cv trains on 20 of its 100 test records"),
        ([(np.arange(100), np.arange(100, 201))], "numbers of records, 0 to 199, or a mask"),
        ([(first[:50], ~first)], "numbers of records, 0 to 199, or a mask"),
        ([(np.arange(100.0), ~first)], "numbers of records, 0 to 199, or a mask"),
    ]:
        with pytest.raises(ValueError, match=message):
            transfer_curve({"a": Witness()}, X, y, sizes=[50], cv=cv)
    with pytest.raises(ValueError, match="sizes is empty"):
        transfer_curve({"a": Witness()}, X, y, sizes=[])


def test_scores_are_those_of_the_test_fold(cohort):
    X, y = cohort
    splits = list(StratifiedKFold(2).split(np.zeros(200), y))
    curve = transfer_curve({"a": Witness()}, X.to_array(), y, sizes=[1.0], cv=splits)
    expected = [roc_auc_score(y[test] == "PE", X.to_array()[test, 0, 1]) for _, test in splits]
    np.testing.assert_allclose(curve["score"], expected)
    by_name = transfer_curve({"a": DummyClassifier()}, X.to_array(), y, sizes=[1.0], cv=splits, scoring="accuracy")
    np.testing.assert_allclose(by_name["score"], [(y[test] == "no").mean() for _, test in splits])
    assert (curve["fit_time"] >= 0).all()


def test_more_records_help():
    rng = np.random.default_rng(0)
    Y = rng.integers(0, 2, (600, 3))
    X = Y.repeat(10, axis=1) + 3 * rng.normal(size=(600, 30))
    curve = transfer_curve({"lr": OneVsRestClassifier(LogisticRegression())}, X, Y, sizes=[30, 480], random_state=0)
    mean = curve.groupby("size")["score"].mean()
    assert mean[30] < mean[480] - 0.03


def test_a_seed_gives_the_same_curve_whatever_the_number_of_jobs(cohort):
    X, y = cohort[0].to_array()[:, 0], cohort[1]
    curves = [
        transfer_curve({"bayes": GaussianNB()}, X, y, sizes=[50], n_jobs=n_jobs, random_state=seed)["score"]
        for n_jobs, seed in ((None, 0), (2, 0), (None, 1))
    ]
    assert curves[0].equals(curves[1]) and not curves[0].equals(curves[2])


def test_torn_patients_warn(cohort):
    with pytest.warns(UserWarning, match="patients have records on both sides"):
        transfer_curve({"a": Witness()}, *cohort, sizes=[1.0], cv=StratifiedKFold(2, shuffle=True, random_state=0))


def test_bad_input(cohort):
    X, y = cohort
    for sizes in ([500], [0], [1.5], ["all"], [-0.1]):
        with pytest.raises(ValueError, match=r"number of records, at most the \d+ of the training fold"):
            transfer_curve({"a": Witness()}, X, y, sizes=sizes)
    with pytest.raises(ValueError, match="estimators is empty"):
        transfer_curve({}, X, y, sizes=[10])
    with pytest.raises(ValueError, match="leaves a class without any"):
        transfer_curve({"a": Witness()}, X, y, sizes=[2])
    with pytest.raises(ValueError, match="fewer positive patients than the 5 folds"):
        transfer_curve({"a": Witness()}, X, np.arange(200) < 4, sizes=[10])
    with pytest.raises(ValueError, match="'estimators' parameter"):
        transfer_curve([Witness()], X, y, sizes=[10])
