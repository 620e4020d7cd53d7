"""One small instance of every public estimator."""

import importlib
import inspect

from sklearn.linear_model import LogisticRegression

EXPECTED_FAILED_CHECKS = {
    "check_sample_weight_equivalence_on_dense_data": "mini-batches are stochastic, and float32 agrees to 4e-7 only"
}
"""The one check of scikit-learn that a classifier may fail, and why."""

_HOMES = ("preprocessing", "classifiers", "features", "imbalance", "model_selection", "ensemble")
_TRAINING = {"max_epochs": 4, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}
_LONGER = _TRAINING | {"batch_size": 32, "max_epochs": 8, "learning_rate": 0.01}  # larger batches, less noise
_SLOW_HEAD = _TRAINING | {"max_epochs": 6, "learning_rate": 0.1}  # BatchNorm before the last layer
_QUICK = {
    "AlexNetClassifier": {"width": 8, "hidden_size": 32, **_TRAINING},
    "AttResNetClassifier": {"width": 8, **_LONGER},
    "CRNNClassifier": {"width": 8, "hidden_size": 32, "n_layers": 1, **_TRAINING, "learning_rate": 0.01},
    "ECGClassifier": {**_TRAINING, "max_epochs": 8, "learning_rate": 0.2},
    "EEGNetClassifier": {"n_tokens": 4, "dropout": 0.0, **_TRAINING, "max_epochs": 8},
    "EfficientECGClassifier": {
        "variant": "compact",
        "width": 8,
        "dropout": 0.0,
        "drop_connect": 0.0,
        **_TRAINING,
        "max_epochs": 6,
    },
    "RNNClassifier": {"hidden_size": 16, "n_layers": 1, **_TRAINING},
    "ResNetClassifier": {"width": 8, **_TRAINING},
    "ResTransformerClassifier": {"width": 8, "n_layers": 1, **_TRAINING, "max_epochs": 8, "learning_rate": 0.005},
    "S4Classifier": {"width": 32, "n_layers": 1, "n_states": 4, "dropout": 0.0, **_TRAINING},
    "TransformerClassifier": {"width": 16, "n_layers": 1, **_TRAINING},
    "VGGClassifier": {"width": 8, "hidden_size": 32, "dropout": 0.0, **_LONGER},
    "XResNetClassifier": {"depth": 50, "width": 8, "hidden_size": 16, "dropout": 0.0, **_SLOW_HEAD},
    "ECGFilter": {"fs": 500},
    "ECGResample": {"fs": 500, "target_fs": 250},
    "RemoveBaseline": {"fs": 500},
    "SelectLeads": {"leads": [0]},
    "ECGCrop": {"length": 2},
    "AutoencoderFeatures": {"n_components": 2, "hidden_size": 8, **_TRAINING, "max_epochs": 2},
    "BeatFeatures": {"fs": 500},
    "MedianBeat": {"fs": 500},
    "SignalQuality": {"fs": 500},
    "RecordOverSampler": {"random_state": 0},
    "RecordSMOTE": {"random_state": 0},
    "RecordUnderSampler": {"random_state": 0},
}
_LABELS_ONLY = {
    "MultilabelOverSampler",
    "MultilabelUnderSampler",
}  # the suites pass classes, which these refuse


def quick_instances():
    """Return one small instance, quick to fit, of every public estimator.

    The function finds the estimators through the `__all__` of the subpackages.

    Returns
    -------
    instances : list of estimators

    Examples
    --------
    >>> from skecg.testing import quick_instances
    >>> sorted(type(estimator).__name__ for estimator in quick_instances())[:2]
    ['AlexNetClassifier', 'AttResNetClassifier']
    """
    instances = []
    for home in _HOMES:
        package = importlib.import_module(f"skecg.{home}")
        for name in package.__all__:
            member = getattr(package, name)
            if hasattr(member, "fit") and name not in _LABELS_ONLY:  # splitters and functions have no fit
                instances.append(member(**_QUICK.get(name, {}), **_parts(member)))
    return instances


def _parts(cls):
    """Return the required parameters of an estimator: a network, or other estimators."""
    wanted = inspect.signature(cls).parameters
    if "module" in wanted:
        return {"module": small_network}
    if "estimators" in wanted:
        return {"estimators": [("first", LogisticRegression()), ("second", LogisticRegression(C=0.1))]}
    if "student" in wanted:
        from ..classifiers import ECGClassifier

        student = ECGClassifier(small_network, **_QUICK["ECGClassifier"])
        return {"teacher": LogisticRegression(), "student": student, "cv": 2}
    return {"estimator": LogisticRegression(), "cv": 2} if "estimator" in wanted else {}


def small_network(n_leads, n_outputs):
    """Return a network without BatchNorm or dropout, that sees four averages over time of each lead."""
    from torch import nn

    layers = nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(4 * n_leads, 16), nn.Tanh(), nn.Linear(16, n_outputs)
    return nn.Sequential(*layers)
