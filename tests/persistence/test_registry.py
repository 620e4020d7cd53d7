"""Each class of scikit-learn that a file may hold can be saved and loaded."""

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, RidgeClassifierCV
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.persistence._registry import _OTHERS, class_of, name_of


def answer(estimator, X):
    methods = ("predict_proba", "transform", "predict")
    return getattr(estimator, next(method for method in methods if hasattr(estimator, method)))(X)


@pytest.mark.parametrize(
    "step",
    [
        StandardScaler(),
        MinMaxScaler(),
        MaxAbsScaler(),
        RobustScaler(),
        Normalizer(),
        PowerTransformer(),
        QuantileTransformer(n_quantiles=8),
        SimpleImputer(),
        PCA(2),
        TruncatedSVD(2, random_state=np.random.RandomState(0)),
        LogisticRegression(class_weight={0: 1.0, 1: 2.0}),
        RidgeClassifier(),
        RidgeClassifierCV(),
        LinearDiscriminantAnalysis(),
        QuadraticDiscriminantAnalysis(),
        GaussianNB(),
        DummyClassifier(),
        FixedThresholdClassifier(LogisticRegression(), threshold=0.3),
        VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], voting="soft"),
        OneVsRestClassifier(LogisticRegression()),
        OneVsRestClassifier(HistGradientBoostingClassifier(max_iter=2)),
        DecisionTreeClassifier(),
        ExtraTreesClassifier(3),
        RandomForestClassifier(3),
        VotingClassifier([("a", ExtraTreesClassifier(3)), ("b", GaussianNB())], voting="soft"),
        FeatureUnion([("scaled", StandardScaler()), ("parts", PCA(2))]),
    ],
    ids=lambda step: type(step).__name__,
)
def test_steps_of_scikit_learn(step, path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 4)), np.arange(40) % 2
    step.fit(X, y)
    skecg.save(step, path)
    again = skecg.load(path, on_mismatch=None)
    np.testing.assert_array_equal(answer(again, X), answer(step, X))
    if is_classifier(step):
        np.testing.assert_array_equal(skecg.load(path).predict(X), step.predict(X))


def test_one_classifier_a_label(path):
    X, Y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(80).reshape(40, 2) % 3 % 2
    model = MultiOutputClassifier(LogisticRegression()).fit(X, Y)
    skecg.save(model, path)
    np.testing.assert_array_equal(skecg.load(path, on_mismatch=None).predict(X), model.predict(X))


def test_names_lead_to_classes_and_back():
    names = [f"{module}.{name}" for module, classes in _OTHERS.items() for name in classes]
    for name in [*names, "skecg.classifiers.CRNNClassifier", "skecg.preprocessing.ECGCrop"]:
        assert name_of(class_of(name)) == name
    with pytest.raises(TypeError, match="KNeighborsClassifier cannot be saved"):
        name_of(KNeighborsClassifier)


def test_searches_and_tuned_thresholds_are_saved_as_what_they_found(path):
    y = np.repeat([0, 1], 8)
    X = np.stack([y, np.arange(16)], axis=1)
    unknown_form = make_pipeline("passthrough", LogisticRegression())  # has no n_features_in_
    for model, kept in [
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2), LogisticRegression),
        (TunedThresholdClassifierCV(LogisticRegression(), cv=2), FixedThresholdClassifier),
        (TunedThresholdClassifierCV(unknown_form, cv=2), FixedThresholdClassifier),
        (make_pipeline(TunedThresholdClassifierCV(unknown_form, cv=2, response_method="decision_function")), Pipeline),
    ]:
        skecg.save(model.fit(X, y), path)
        assert skecg.load(path)[0].labels == [0, 1]
        again = skecg.load(path, on_mismatch=None)
        assert type(again) is kept
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_what_to_do_with_other_classes(path):
    X, y = np.random.default_rng(0).normal(size=(16, 2)), np.repeat([0, 1], 8)
    with pytest.raises(TypeError, match=r"KNeighborsClassifier cannot be saved.*joblib\.dump keeps it"):
        skecg.save(KNeighborsClassifier(2).fit(X, y), path)
