"""Models around small networks; each model is fitted once.

Models in `alone` predict the same as their network. Models in `around` change the prediction of one network. Models in
`several` combine networks, or use the network for another question.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline as make_imbalanced_pipeline
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - the import brings the search
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from skecg import ECGRecords
from skecg.classifiers import EEGNetClassifier
from skecg.ensemble import DistilledClassifier, SoftVotingClassifier
from skecg.imbalance import RecordOverSampler
from skecg.model_selection import CalibratedLabels, TunedClassWeights, TunedLabelThresholds
from skecg.preprocessing import ECGCrop

GRID = {"max_epochs": [1]}
TARGET = np.where(np.arange(60) % 3 == 0, "AF", "NORM")
LABELS = np.stack([TARGET == "AF", np.arange(60) % 2], axis=1).astype(int)


def _records():
    signals = np.random.default_rng(0).normal(size=(60, 2, 200)) + 0.5 * (TARGET == "AF")[:, None, None]
    return ECGRecords(np.round(signals, 3), 100, leads=["I", "V1"])


RECORDS = _records()


def _network(**params):
    params = {"n_tokens": 4, "max_epochs": 1, "batch_size": 8, "learning_rate": 0.02, "random_state": 0, **params}
    return EEGNetClassifier(**params)


def _cropped():
    return make_pipeline(ECGCrop(length=160), _network())


@cache
def _pipeline():
    return _cropped().fit(RECORDS, TARGET)


def _nested():
    prepare = make_pipeline("passthrough", ECGCrop(length=160))
    return Pipeline([("prepare", prepare), ("nothing", None), ("predict", make_pipeline(_network()))])


def _sampled():
    return make_imbalanced_pipeline(ECGCrop(length=160), RecordOverSampler(random_state=0), _network())


def _fixed():
    params = {"threshold": 0.4, "pos_label": "AF", "response_method": "predict_proba"}
    return FixedThresholdClassifier(_cropped(), **params)


# For each name: a function that makes the model, and a function that returns the network inside the fitted model.
ALONE = {
    "network": (_network, lambda model: model),
    "pipeline": (_cropped, lambda model: model),
    "nested pipelines": (_nested, lambda model: make_pipeline(model[0][1], model[-1][0])),
    "pipeline with a sampler": (_sampled, lambda model: make_pipeline(model[0], model[-1])),
    "GridSearchCV": (
        lambda: GridSearchCV(_cropped(), {"ecgcrop__length": [160]}, cv=2),
        lambda model: model.best_estimator_,
    ),
    "RandomizedSearchCV": (
        lambda: RandomizedSearchCV(_network(), GRID, n_iter=1, cv=2),
        lambda model: model.best_estimator_,
    ),
    "HalvingGridSearchCV": (
        lambda: HalvingGridSearchCV(_network(), GRID, cv=2, random_state=0),
        lambda model: model.best_estimator_,
    ),
    "search in a pipeline": (
        lambda: make_pipeline(ECGCrop(length=160), GridSearchCV(_network(), GRID, cv=2)),
        lambda model: make_pipeline(model[0], model[-1].best_estimator_),
    ),
    "FrozenEstimator": (lambda: FrozenEstimator(_pipeline()), lambda model: _pipeline()),
    "DistilledClassifier": (
        lambda: DistilledClassifier(DummyClassifier(), _cropped(), cv=2),
        lambda model: model.student_,
    ),
    "frozen search": (
        lambda: FrozenEstimator(GridSearchCV(_network(), GRID, cv=2).fit(RECORDS, TARGET)),
        lambda model: model.estimator.best_estimator_,
    ),
}
AROUND = {
    "CalibratedClassifierCV": (
        lambda: CalibratedClassifierCV(FrozenEstimator(_pipeline()), cv=2),
        lambda model: _pipeline(),
    ),
    "TunedThresholdClassifierCV": (
        lambda: TunedThresholdClassifierCV(GridSearchCV(_network(), GRID, cv=2), cv=2),
        lambda model: model.estimator_.best_estimator_,
    ),
    "FixedThresholdClassifier": (_fixed, lambda model: model.estimator_),
    "TunedLabelThresholds": (lambda: TunedLabelThresholds(_network(), cv=2), lambda model: model.estimator_),
    "TunedClassWeights": (lambda: TunedClassWeights(_network(), cv=2), lambda model: model.estimator_),
    "CalibratedLabels": (lambda: CalibratedLabels(_cropped(), cv=2), lambda model: model.estimator_),
}
_TWO = [("a", _cropped()), ("b", _network())]
SEVERAL = {
    "SoftVotingClassifier": lambda: SoftVotingClassifier(_TWO),
    "VotingClassifier": lambda: VotingClassifier(_TWO, voting="soft"),
    "StackingClassifier": lambda: StackingClassifier(_TWO, cv=2),
    "OneVsRestClassifier": lambda: OneVsRestClassifier(_network()),
    "MultiOutputClassifier": lambda: MultiOutputClassifier(_network()),
    "several calibrated": lambda: CalibratedClassifierCV(_network(), cv=2),
}


@cache
def _single(name):
    make, inside = (ALONE | AROUND)[name]
    model = make().fit(RECORDS, TARGET)
    return SimpleNamespace(name=name, model=model, inside=inside(model), unfitted=make)


@cache
def _several(name):
    model = SEVERAL[name]().fit(RECORDS, LABELS if name == "MultiOutputClassifier" else TARGET)
    return SimpleNamespace(name=type(model).__name__, model=model, unfitted=SEVERAL[name])


@pytest.fixture
def records():
    return RECORDS


@pytest.fixture
def target():
    return TARGET


@pytest.fixture
def network():
    """Return a function that makes an unfitted network."""
    return _network


@pytest.fixture
def fitted():
    """Return a function that returns the case of a name: the model and, for one network, the network inside."""
    return lambda name: _several(name) if name in SEVERAL else _single(name)


@pytest.fixture(params=[*ALONE, *AROUND])
def single(request):
    """Return for every model of one network: name, model, the network inside, and a function for an unfitted model."""
    return _single(request.param)


@pytest.fixture(params=SEVERAL)
def several(request):
    """Return for every model of several networks: class name, model, and a function for an unfitted model."""
    return _several(request.param)


@pytest.fixture(params=[*AROUND, *SEVERAL])
def wrapped(request):
    """Return every model that changes the prediction of its networks."""
    return _several(request.param) if request.param in SEVERAL else _single(request.param)
