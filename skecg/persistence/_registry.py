"""The closed list of classes that a file may name, and their names in files."""

import importlib
import inspect

from sklearn.base import BaseEstimator

_HOMES = ("classifiers", "preprocessing", "persistence", "features", "imbalance", "model_selection", "ensemble")

# Fitted attributes of these classes are plain data, or become it, as those of trees do.
_OTHERS = {
    "sklearn.pipeline": ("FeatureUnion", "Pipeline"),
    "sklearn.frozen": ("FrozenEstimator",),
    "sklearn.decomposition": ("PCA", "TruncatedSVD"),
    "sklearn.discriminant_analysis": ("LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"),
    "sklearn.dummy": ("DummyClassifier",),
    "sklearn.ensemble": (
        "ExtraTreesClassifier",
        "HistGradientBoostingClassifier",
        "RandomForestClassifier",
        "VotingClassifier",
    ),
    "sklearn.impute": ("SimpleImputer",),
    "sklearn.linear_model": ("LogisticRegression", "RidgeClassifier", "RidgeClassifierCV"),
    "sklearn.model_selection": ("FixedThresholdClassifier",),
    "sklearn.multiclass": ("OneVsRestClassifier",),
    "sklearn.multioutput": ("MultiOutputClassifier",),
    "sklearn.naive_bayes": ("GaussianNB",),
    "sklearn.preprocessing": (
        "LabelBinarizer",
        "LabelEncoder",
        "MaxAbsScaler",
        "MinMaxScaler",
        "Normalizer",
        "PowerTransformer",
        "QuantileTransformer",
        "RobustScaler",
        "StandardScaler",
    ),
    "sklearn.tree": ("DecisionTreeClassifier",),
    "imblearn.pipeline": ("Pipeline",),
    "imblearn.over_sampling": ("RandomOverSampler",),
    "imblearn.under_sampling": ("RandomUnderSampler",),
}
_MODULES = {f"{module}.{name}": module for module, names in _OTHERS.items() for name in names}


def class_of(name):
    """Return the class of a name, or raise a ValueError if the name is not on the list."""
    module, _, last = name.rpartition(".") if isinstance(name, str) else ("", "", "")
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), last)
    if last in _own(module):
        return _own(module)[last]
    raise ValueError(f"{name!r} is not a class that a file of skecg may hold.")


def name_of(cls):
    """Return the name of a class in files, or raise a TypeError if the class is not on the list."""
    home = cls.__module__.split(".")
    if home[0] == "skecg" and _own(".".join(home[:2])).get(cls.__name__) is cls:
        return f"{'.'.join(home[:2])}.{cls.__name__}"
    for name in _MODULES:  # the public home of an estimator is a parent of its own module
        if name.endswith(f".{cls.__name__}") and home[0] == name.split(".")[0] and class_of(name) is cls:
            return name
    raise TypeError(
        f"{cls.__module__}.{cls.__name__} cannot be saved: it is neither of skecg nor one of the "
        f"classes of scikit-learn and imbalanced-learn whose state is plain data. "
        "joblib.dump keeps it, in a file that runs code when it is read."
    )


def _own(module):
    """Return {name: class} of the public estimators of one of skecg's packages."""
    root, _, home = module.partition(".")
    if root != "skecg" or home not in _HOMES or importlib.util.find_spec(module) is None:
        return {}
    public = importlib.import_module(module)
    found = {name: getattr(public, name) for name in public.__all__}
    return {name: cls for name, cls in found.items() if inspect.isclass(cls) and issubclass(cls, BaseEstimator)}
