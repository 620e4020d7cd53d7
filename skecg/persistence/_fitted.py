"""The closed list of fitted attributes that a file may hold, by class, with the kind of each (see `_kinds`)."""

from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from ..classifiers._base import BaseECGClassifier
from ._forests import plain_forest, restore_forest
from ._kinds import fits, in_words, shown
from ._trees import plain_trees, restore_trees

# Letters of axes: f features, n leads, c classes, k columns of a linear model; others as the first array has them.
_INPUT = {"n_features_in_": "count", "feature_names_in_": "names f"}
_SIGNALS = {**_INPUT, "n_leads_in_": "count", "leads_in_": "leads n"}
_TRAINED = {**_SIGNALS, "length_": "samples", "fs_": "rate | none", "history_": "history"}
_NETWORK = {
    **_TRAINED,
    "classes_": "classes",
    "covariates_": "covariates | none",
    "fine_tune_": "part | count",
    "n_iter_": "count",
    "precision_": "precision",
    "source_digests_": "digests | none",
    "leads_": "leads n | none",  # 0.1.0 kept leads_in_ under this name too
}
_TABLE = {**_SIGNALS, "leads_": "leads n", "method_": "count"}
_SAMPLER = {**_SIGNALS, "sampling_strategy_": "plain", "sample_indices_": "whole ...", "shrinkage_": "plain"}
_VOTES = {**_INPUT, "classes_": "classes", "estimators_": "estimators", "named_estimators_": "named"}
_WRAPPER = {**_INPUT, "classes_": "classes", "estimator_": "estimator"}
_RIDGE = {
    **_INPUT,
    "_label_binarizer": "estimator",
    "classes_": "classes",
    "coef_": "array f | array r f",
    "intercept_": "number | array r",
    "n_iter_": "plain",
    "solver_": "text",
}
_DISCRIMINANT = {**_INPUT, "classes_": "classes", "priors_": "shares c", "means_": "array c f"}
_COMPONENTS = {
    **_INPUT,
    "components_": "array p f",
    "explained_variance_": "array p",
    "explained_variance_ratio_": "array p",
    "singular_values_": "array p",
}
_TREE = {
    **_INPUT,
    "classes_": "classes | classes_by_label",
    "columns": "whole s",
    "counts": "whole t",
    "impurities": "whole t",
    "left": "whole t",
    "max_features_": "count",
    "missing_left": "whole s",
    "numbers": "array d",
    "right": "whole t",
    "sizes": "whole i",
    "thresholds": "limits s",
    "values": "whole t o m",
    "weights": "whole t",
}
_FOREST = {**_TREE, "oob_score_": "number", "seeds": "whole i"}
_SEEN = {"n_samples_seen_": "number | array f"}

KINDS = {
    "AutoencoderFeatures": {**_TRAINED, "_flat": "flag", "_n_features_out": "count"},
    "BeatFeatures": _TABLE,
    "MedianBeat": _TABLE,
    "SignalQuality": _TABLE,
    "ECGCrop": {**_SIGNALS, "length_": "samples"},
    "ECGFilter": _SIGNALS,
    "ECGResample": _SIGNALS,
    "Normalize": {**_SIGNALS, "location_": "array s", "scale_": "spreads s"},
    "OverlapCheck": _SIGNALS,
    "RemoveBaseline": _SIGNALS,
    "SelectLeads": _SIGNALS,
    "SignalContract": {},
    "MultilabelOverSampler": _SAMPLER,
    "MultilabelUnderSampler": _SAMPLER,
    "RecordOverSampler": _SAMPLER,
    "RecordSMOTE": _SAMPLER,
    "RecordUnderSampler": _SAMPLER,
    "RandomOverSampler": _SAMPLER,
    "RandomUnderSampler": _SAMPLER,
    "CalibratedLabels": {**_WRAPPER, "pos_label_": "label | none", "calibrators_": "temperatures"},
    "TunedClassWeights": {**_WRAPPER, "class_weights_": "weights c"},
    "TunedLabelThresholds": {**_WRAPPER, "pos_label_": "label | none", "thresholds_": "shares t"},
    "DistilledClassifier": {},  # a fitted one is saved as its student
    "FixedThresholdClassifier": {**_INPUT, "estimator_": "estimator"},
    "SoftVotingClassifier": _VOTES,
    "VotingClassifier": {**_VOTES, "le_": "estimator"},
    "OneVsRestClassifier": {
        **_INPUT,
        "classes_": "classes",
        "estimators_": "estimators",
        "label_binarizer_": "estimator",
    },
    "MultiOutputClassifier": {**_INPUT, "classes_": "classes_by_label", "estimators_": "estimators"},
    "Pipeline": {},
    "FeatureUnion": {},
    "HistGradientBoostingClassifier": {
        **_INPUT,
        "baseline": "array o k",
        "classes_": "classes",
        "columns": "whole t",
        "counts": "whole t",
        "leaves": "whole t",
        "left": "whole t",
        "missing_left": "whole t",
        "right": "whole t",
        "sizes": "whole i k",
        "thresholds": "limits t",
        "values": "array t",
    },
    "DecisionTreeClassifier": _TREE,
    "ExtraTreesClassifier": _FOREST,
    "RandomForestClassifier": _FOREST,
    "FrozenEstimator": {},
    "PCA": {
        **_COMPONENTS,
        "_fit_svd_solver": "text",
        "mean_": "array f",
        "n_components_": "count",
        "n_samples_": "count",
        "noise_variance_": "number",
    },
    "TruncatedSVD": _COMPONENTS,
    "LinearDiscriminantAnalysis": {
        **_DISCRIMINANT,
        "_max_components": "count",
        "_n_features_out": "count",
        "coef_": "array k f",
        "covariance_": "array f f",
        "explained_variance_ratio_": "array e",
        "intercept_": "array k",
        "scalings_": "array f s",
        "xbar_": "array f",
    },
    "QuadraticDiscriminantAnalysis": {
        **_DISCRIMINANT,
        "covariance_": "arrays c",
        "rotations_": "arrays c",
        "scalings_": "arrays c",
    },
    "DummyClassifier": {
        **_INPUT,
        "_strategy": "text",
        "class_prior_": "shares c | plain",
        "classes_": "classes | classes_by_label",
        "n_classes_": "count | plain",
        "n_outputs_": "count",
        "sparse_output_": "flag",
    },
    "SimpleImputer": {
        **_INPUT,
        "_fill_dtype": "type",
        "_fit_dtype": "type",
        "indicator_": "none",
        "statistics_": "fills f",
    },
    "LogisticRegression": {
        **_INPUT,
        "classes_": "classes",
        "coef_": "array k f",
        "intercept_": "array k",
        "n_iter_": "whole i",
    },
    "RidgeClassifier": _RIDGE,
    "RidgeClassifierCV": {
        **_RIDGE,
        "alpha_": "number | array a",
        "alpha_per_target": "flag",
        "best_score_": "number | array b",
        "cv_results_": "array ...",
        "gcv_mode": "text | none",
    },
    "GaussianNB": {
        **_INPUT,
        "class_count_": "spreads c",
        "class_prior_": "shares c",
        "classes_": "classes",
        "epsilon_": "number",
        "theta_": "array c f",
        "var_": "scales c f",
    },
    "LabelBinarizer": {"classes_": "classes", "sparse_input_": "flag", "y_type_": "text"},
    "LabelEncoder": {"classes_": "classes"},
    "MaxAbsScaler": {**_INPUT, **_SEEN, "max_abs_": "gaps f", "scale_": "scales f"},
    "MinMaxScaler": {
        **_INPUT,
        **_SEEN,
        "data_max_": "gaps f",
        "data_min_": "gaps f",
        "data_range_": "gaps f",
        "min_": "gaps f",
        "scale_": "scales f",
    },
    "Normalizer": _INPUT,
    "PowerTransformer": {**_INPUT, "_scaler": "estimator", "lambdas_": "gaps f"},
    "QuantileTransformer": {**_INPUT, "n_quantiles_": "count", "quantiles_": "gaps q f", "references_": "shares q"},
    "RobustScaler": {**_INPUT, "center_": "gaps f | none", "scale_": "scales f | none"},
    "StandardScaler": {
        **_INPUT,
        **_SEEN,
        "mean_": "gaps f | none",
        "scale_": "scales f | none",
        "var_": "gaps f | none",
    },
}
_OUTPUT = "_sklearn_output_config"  # what `set_output` asked for
_CONTAINERS = {"default", "pandas", "polars"}
# A network is kept in another form, callbacks act in training alone, and samplers count the training records.
_LEFT_OUT = {"net_", "_skl_callbacks", "sampling_strategy_", "sample_indices_"}

# Of these classes a file holds another form: {classes: (makes the form, restores the model)}.
_FORMS = {
    (HistGradientBoostingClassifier,): (plain_trees, restore_trees),
    (DecisionTreeClassifier, ExtraTreesClassifier, RandomForestClassifier): (plain_forest, restore_forest),
}


def kinds_of(cls):
    """Return {attribute: kind} of everything that `fit` of a class sets and a file may hold."""
    return _NETWORK if issubclass(cls, BaseECGClassifier) else KINDS[cls.__name__]


def fitted_of(estimator):
    """Return {attribute: value} of what a file holds of a fitted estimator, without its parameters and its network."""
    if (form := _form_of(estimator)) is not None:
        return form[0](estimator) if hasattr(estimator, "classes_") else {}
    left_out = _LEFT_OUT | estimator.get_params(deep=False).keys()
    return {key: value for key, value in vars(estimator).items() if key not in left_out}


def set_fitted(estimator, fitted):
    """Set what `fit` sets, from what a file holds; raise ValueError if an attribute is none that `fit` sets."""
    for key in fitted:
        check_name(type(estimator), key)
    if fitted and (form := _form_of(estimator)) is not None:
        form[1](estimator, fitted)
        return
    for key, value in fitted.items():
        setattr(estimator, key, value)


def _form_of(estimator):
    return next((form for classes, form in _FORMS.items() if isinstance(estimator, classes)), None)


def check_name(cls, key):
    """Raise ValueError if `fit` of a class sets no attribute of this name."""
    kinds = kinds_of(cls)
    if key not in kinds and key != _OUTPUT:
        expected = ", ".join(sorted(kinds)) or "none"
        raise ValueError(f"{key!r:.50} is no fitted attribute of {cls.__name__}; expected: {expected}")


def check_fitted(estimator):
    """Raise ValueError if a fitted attribute is not what `fit` sets, or contradicts another in its size.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.
    """
    cls, found = type(estimator), fitted_of(estimator)
    kinds, sizes = kinds_of(cls), _sizes(found)
    for key in sorted(found):
        check_name(cls, key)
        if key == _OUTPUT:
            if not (isinstance(found[key], dict) and set(map(str, found[key].values())) <= _CONTAINERS):
                refuse(estimator, key, found[key], f"the output of transform as one of {sorted(_CONTAINERS)}")
        elif not fits(kinds[key], found[key], sizes):
            refuse(estimator, key, found[key], in_words(kinds[key], sizes))


def refuse(estimator, key, value, expected):
    """Raise ValueError about a parameter or an attribute of an estimator."""
    raise ValueError(f"{type(estimator).__name__}.{key} is {shown(value)}; expected {expected}")


def _sizes(found):
    """Return the sizes of the axes that the numbers of features, leads and classes set."""
    numbers = {"f": found.get("n_features_in_"), "n": found.get("n_leads_in_")}
    sizes = {axis: size for axis, size in numbers.items() if fits("count", size, {})}
    if fits("classes", found.get("classes_"), {}):
        sizes["c"] = len(found["classes_"])
        sizes["k"] = 1 if sizes["c"] == 2 else sizes["c"]
    return sizes
