"""Any input gives a result, or a ValueError or TypeError with a message."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skecg.classifiers import ECGClassifier
from skecg.imbalance import MultilabelOverSampler, MultilabelUnderSampler
from skecg.persistence import SignalContract
from skecg.preprocessing import Normalize
from skecg.records import ECGRecords
from skecg.testing import quick_instances
from skecg.testing._instances import small_network

FUZZ = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LEAST = 3  # inputs that must be accepted, because a test in which all inputs raise shows nothing
QUICK = {"ECGClassifier", "ResNetClassifier"}  # other classifiers differ only in architecture


def on_signals(model):
    """Return a model for signals: put a network into a wrapper, and z-scores in front of a classifier."""
    if "estimator" in model.get_params():
        model.set_params(estimator=ECGClassifier(small_network, batch_size=16, random_state=0))
    if "estimators" in model.get_params():
        inner = ECGClassifier(small_network, batch_size=16)
        model.set_params(first=inner.set_params(random_state=0), second=clone(inner).set_params(random_state=1))
    return make_pipeline(Normalize(), model) if is_classifier(model) else model


EVERY = pytest.mark.parametrize(
    "estimator",
    [
        pytest.param(
            on_signals(model),
            marks=pytest.mark.slow if is_classifier(model) and type(model).__name__ not in QUICK else [],
            id=type(model).__name__,
        )
        for model in quick_instances()
        if not hasattr(model, "fit_resample")  # samplers do not predict; a test below covers samplers
    ],
)
DTYPES = ["f2", "f4", "f8", "i2", "i8", "u1", "?", "O", "U3", "c8", "M8[s]"]
SPECIAL = [None, np.nan, np.inf, 0.0, 1e-9, 1e9, 1e38, 1e300]


@st.composite
def sound_signals(draw):
    """Draw X that every estimator takes: 30 records of two leads at 500 Hz, as an array or as records."""
    X = np.random.default_rng(draw(st.integers(0, 10**6))).normal(size=(30, 2, 40))
    return ECGRecords(X, 500) if draw(st.booleans()) else X.astype(draw(st.sampled_from(["f4", "f8"])))


@st.composite
def odd_signals(draw):
    """Draw X: shapes of zero to four axes, any type, special values, records with odd rates and lengths."""
    kind = draw(st.sampled_from(["array", "array", "array", "records", "ragged", "other"]))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    if kind == "other":
        return draw(st.sampled_from([None, 3, "ecg", [], [[]], {}, [[1, 2], [3]], [None, 2.0], b"x", {"a": 1}]))
    if kind == "array":
        shape = draw(st.lists(st.sampled_from([0, 1, 2, 3, 8, 40]), max_size=4))
        X = np.asarray(rng.normal(size=shape))
    else:
        n_leads = draw(st.sampled_from([1, 2, 3, 12]))
        lengths = [40] * 8 if kind == "records" else rng.integers(0, 50, 8)
        X = [rng.normal(size=(n_leads, length)) for length in lengths]
    special = draw(st.sampled_from(SPECIAL))
    if special is not None and not (isinstance(X, np.ndarray) and X.ndim == 0):
        for part in [X] if kind == "array" else X:
            part[..., : draw(st.sampled_from([1, 40]))] = special
    if kind == "array":
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return X.astype(draw(st.sampled_from(DTYPES)))
    with np.errstate(over="ignore"):
        return ECGRecords(X, draw(st.sampled_from([0.1, 100, 500, 1e6])))


def odd_labels():
    """Draw y: numbers, text, objects or indicators, with too few or too many rows."""
    kinds = st.sampled_from(["int", "text", "object", "bool", "float", "nan", "indicator", "column", "none", "list"])
    sizes, n_classes = st.sampled_from([8, 8, 8, 1, 0, 3]), st.sampled_from([1, 2, 3])
    return st.builds(lambda kind, n, n_classes: labels_of(kind, np.arange(n) % n_classes), kinds, sizes, n_classes)


def sound_labels(kinds):
    """Draw y of one of the kinds for 30 records of three classes, with eight records or more of each."""
    return st.sampled_from(kinds).map(lambda kind: labels_of(kind, np.minimum(np.arange(30) % 4, 2)))


def labels_of(kind, y):
    return {
        "int": y,
        "text": np.array(["a", "b", "c"])[y],
        "object": np.array(["a", 1, None], object)[y],
        "bool": y.astype(bool),
        "float": y + 0.5,
        "nan": np.where(y == 1, np.nan, y),
        "indicator": np.stack([y > 0, y > 1], axis=1).astype(int),
        "column": y[:, None],
        "none": None,
        "list": y.tolist(),
    }[kind]


SIGNALS = sound_signals() | odd_signals()


def cohorts(kinds=("int", "text", "bool", "indicator")):
    """Draw X and y; both are valid in every second case."""
    return st.tuples(sound_signals(), sound_labels(kinds)) | st.tuples(SIGNALS, odd_labels())


def attempt(function, *args):
    """Return the function's result, or None if the function raises an allowed error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return function(*args)
        except (ValueError, TypeError) as error:
            if not str(error):
                raise AssertionError("an error without a message") from error
            return None


@EVERY
def test_fit(estimator):
    accepted = []

    @FUZZ
    @given(cohorts())
    def fit(cohort):
        X, y = cohort
        model = quick(estimator)
        if attempt(model.fit, X, y) is not None:
            out = attempt(apply(model), X)
            assert out is None or len(out) == len(X)
            if out is not None and is_classifier(model):
                assert np.isfinite(out).all()
            accepted.append(out is not None)

    fit()
    assert sum(accepted) >= LEAST


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 2, 40)).astype(np.float32), np.arange(8) % 2
    cache = {}

    def fit(estimator):
        if id(estimator) not in cache:
            cache[id(estimator)] = quick(estimator).fit(X, y)
        return cache[id(estimator)]

    return fit


@EVERY
def test_predict(estimator, fitted):
    model, accepted = fitted(estimator), []

    @FUZZ
    @given(SIGNALS)
    def predict(X):
        out = attempt(apply(model), X)
        if out is not None:
            assert len(out) == len(X)
            if is_classifier(model):
                assert np.isfinite(out).all()
                np.testing.assert_allclose(out.sum(axis=1), 1, atol=1e-5)
            accepted.append(out)

    predict()
    assert len(accepted) >= LEAST


SAMPLERS = [(model, ("int", "text", "list")) for model in quick_instances() if hasattr(model, "fit_resample")]
SAMPLERS += [(sampler(random_state=0), ("indicator",)) for sampler in (MultilabelOverSampler, MultilabelUnderSampler)]


@pytest.mark.parametrize(("sampler", "kinds"), SAMPLERS)
def test_resample(sampler, kinds):
    accepted = []

    @FUZZ
    @given(cohorts(kinds))
    def resample(cohort):
        X, y = cohort
        out = attempt(clone(sampler).fit_resample, X, y)
        if out is not None:
            assert len(out[0]) == len(out[1])
            assert set(map(str, out[1])) <= set(map(str, np.asarray(y)))
            accepted.append(out)

    resample()
    assert len(accepted) >= LEAST


@pytest.mark.parametrize("on_mismatch", ["convert", "raise"])
def test_contract(on_mismatch):
    accepted = []

    @FUZZ
    @given(SIGNALS, st.sampled_from([None, 50, 100]), st.sampled_from([None, ["lead 0"], ["I", "II", "aVR"]]))
    def meet(X, fs, names):
        out = attempt(SignalContract(fs=fs, leads=names, on_mismatch=on_mismatch).transform, X)
        if isinstance(X, ECGRecords) and out is not None:
            assert len(out) == len(X)
            assert fs is None or (out.fs == fs).all()
            assert names is None or list(out.leads) == names
        elif out is not None:
            assert out is X
        accepted.append(out is not None)

    meet()
    assert sum(accepted) >= LEAST


def quick(estimator):
    estimator = clone(estimator)
    params = estimator.get_params()
    return estimator.set_params(**{name: 1 for name in params if name.endswith("max_epochs")})


def apply(estimator):
    return estimator.predict_proba if is_classifier(estimator) else estimator.transform


def test_the_harness_catches_what_it_should():
    with pytest.raises(ZeroDivisionError):
        attempt(lambda: 1 // 0)
    with pytest.raises(AssertionError, match="without a message"):
        attempt(lambda: (_ for _ in ()).throw(ValueError()))
    assert attempt(LogisticRegression().fit, np.eye(2), [0, 1]) is not None
