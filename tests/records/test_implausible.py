"""A fit asks once whether its signals are ECGs in mV."""

import gc
import linecache
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline

from skecg import ECGRecords
from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.ensemble import SoftVotingClassifier
from skecg.model_selection import TunedLabelThresholds
from skecg.preprocessing import ECGCrop, ECGFilter, Normalize, RemoveBaseline

ECGS = make_ecg(12, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)
MICROVOLTS = ECGS.data.with_signals([1000 * signal for signal in ECGS.data.signals])
SOME = ECGS.data.with_signals([signal * (1000 if i == 3 else 1) for i, signal in enumerate(ECGS.data.signals)])


def pipeline():
    classifier = EEGNetClassifier(max_epochs=1, window=100, random_state=0)
    return make_pipeline(ECGFilter(), ECGCrop(length=200), Normalize(), classifier)


def fit_and_catch(model, X, y=ECGS.target):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)  # the line of the user
    return [warning for warning in caught if warning.category is UserWarning]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (MICROVOLTS, "All records of X span more than 50 mV, as microvolts do, but signals must be in mV"),
        (SOME, "Some records of X span more than 50 mV"),
        (ECGS.data.with_signals([signal / 1000 for signal in ECGS.data.signals]), "All records of X span less than"),
    ],
)
def test_the_first_step_warns_once_with_the_line_of_the_user(X, message):
    for _ in range(2):
        (warning,) = fit_and_catch(pipeline(), X)
        assert str(warning.message).startswith(message)
        assert warning.filename == __file__
        assert "the line of the user" in linecache.getline(__file__, warning.lineno)


@pytest.mark.parametrize("model", [RemoveBaseline(fs=100), EEGNetClassifier(max_epochs=1, random_state=0)])
def test_a_step_alone_warns(model):
    (warning,) = fit_and_catch(model, MICROVOLTS.to_array())
    assert warning.filename == __file__ and "microvolts" in str(warning.message)


def test_turned_axes():
    signals = np.random.default_rng(0).normal(size=(4, 1000, 12))
    for X in (signals, ECGRecords(1000 * signals, 100)):  # nothing is said of the unit of turned signals
        (warning,) = fit_and_catch(make_pipeline(Normalize(), Normalize()), X)
        assert "1000 leads of 12 samples" in str(warning.message) and warning.filename == __file__


def test_sound_signals_and_tables_are_fitted_in_silence():
    few = ECGS.data.with_signals([signal * (1e-4 if i == 3 else 1) for i, signal in enumerate(ECGS.data.signals)])
    for X in (ECGS.data, ECGS.data.to_array(), few, 100 * np.random.default_rng(0).normal(size=(12, 30))):
        assert not fit_and_catch(Normalize(), X)
    assert not fit_and_catch(EEGNetClassifier(max_epochs=1, random_state=0), Normalize().fit_transform(ECGS.data))


class Copy(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.copy()


def test_what_a_step_of_others_makes_is_looked_at_again():
    assert len(fit_and_catch(make_pipeline(ECGCrop(length=300), Copy(), Normalize()), MICROVOLTS.to_array())) == 2
    crop = ECGCrop(length=300)
    with pytest.warns(UserWarning, match="microvolts"):
        cropped = crop.fit_transform(MICROVOLTS)
    del cropped
    gc.collect()
    assert len(fit_and_catch(crop, MICROVOLTS)) == 1


@pytest.mark.parametrize(
    "outer",
    [TunedLabelThresholds(pipeline(), cv=2), SoftVotingClassifier([("first", pipeline()), ("second", pipeline())])],
)
def test_an_estimator_with_several_fits_inside_warns_once(outer):
    (warning,) = fit_and_catch(outer, MICROVOLTS)
    assert warning.filename == __file__
