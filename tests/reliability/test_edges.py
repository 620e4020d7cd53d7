"""Edge cases: flat leads, one record, one positive, tiny and huge amplitudes, other types."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skecg.datasets import make_ecg
from skecg.preprocessing import ECGFilter, ECGResample, Normalize, RemoveBaseline
from skecg.records import ECGRecords
from skecg.testing import quick_instances

# Amplitudes and types that no ECG in mV has are the subject here; their warning has tests of its own.
OTHER_UNIT = ".* records of X span (more|less) than"
pytestmark = pytest.mark.filterwarnings(f"ignore:{OTHER_UNIT}:UserWarning")
CLASSIFIERS = pytest.mark.parametrize(
    "model", [one for one in quick_instances() if hasattr(one, "fusion")], ids=lambda model: type(model).__name__
)
STEPS = pytest.mark.parametrize(
    "step",
    [ECGFilter(fs=500), ECGResample(fs=500), RemoveBaseline(fs=500), RemoveBaseline("median", fs=500), Normalize()]
    + [
        Normalize(method, per=per) for method in ("zscore", "robust", "minmax") for per in ("lead", "record", "dataset")
    ],
    ids=repr,
)

FEATURES = pytest.mark.parametrize(
    "features",
    [one for one in quick_instances() if type(one).__module__.startswith("skecg.features")],
    ids=lambda features: type(features).__name__,
)


@pytest.fixture
def cohort():
    rng = np.random.default_rng(0)
    y = np.arange(12) % 2
    return rng.normal(size=(12, 2, 200)) * (1 + y)[:, None, None], y


def fit(model, X, y):
    pipeline = make_pipeline(Normalize(), clone(model).set_params(max_epochs=1))
    return pipeline.fit(X, y)


def finite(model, X):
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    return np.isfinite(p).all()


@CLASSIFIERS
def test_flat_leads_one_record_one_positive(model, cohort):
    X, y = cohort
    X[:, 1] = 3.0
    X[3] = 0.0
    one_positive = np.arange(12) == 5
    fitted = fit(model, X, one_positive)
    assert finite(fitted, X)
    assert finite(fitted, X[:1])
    with pytest.raises(ValueError, match="one class"):
        fit(model, X[:1], y[:1])


@CLASSIFIERS
def test_amplitudes(model, cohort, subtests):
    X, y = cohort
    for amplitude in (1e-9, 1e-3, 1e3, 1e9):
        flat = amplitude == 1e-9 and type(model).__name__ == "EfficientECGClassifier"
        with subtests.test(amplitude=amplitude):
            try:  # with only zeros, gradients may overflow in sixty BatchNorm layers
                fitted = fit(model, X * amplitude, y)
            except ValueError as error:
                if not (flat and "check whether all signals are flat" in str(error)):
                    raise
            else:
                assert finite(fitted, X * amplitude)


def test_types(cohort, subtests):
    model = next(model for model in quick_instances() if type(model).__name__ == "ResNetClassifier")
    for dtype in ("float16", "float32", "float64", "int16", "int32", "uint8"):
        with subtests.test(dtype=dtype):
            X = np.round(cohort[0] * 20 + 100).astype(dtype)
            fitted = fit(model, X, cohort[1])
            np.testing.assert_array_equal(fitted.predict_proba(X), fitted.predict_proba(X.astype("float32")))


@STEPS
def test_steps_scale(step, cohort, subtests):
    X, _ = cohort
    for amplitude in (1e-9, 1.0, 1e9):
        with subtests.test(amplitude=amplitude):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.filterwarnings("ignore", OTHER_UNIT)
                out = clone(step).fit_transform(X * amplitude)
                flat = clone(step).fit_transform(np.full((2, 2, 200), amplitude))
            assert np.isfinite(out).all()
            assert np.isfinite(flat).all()
            if isinstance(step, Normalize):
                assert np.abs(flat).max() == 0


@pytest.mark.parametrize("amplitude", [1e-9, 1.0, 1e9])
@FEATURES
def test_tables_of_features(features, amplitude):
    """NaN marks missing values, such as beats in a flat line; infinity would be an error."""
    X = make_ecg(6, classes=["NORM", "AF"], fs=500, duration=3, random_state=0).data.to_array()[:, :2] * amplitude
    X[0, 1], X[1] = amplitude, 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", OTHER_UNIT)
        out = np.asarray(clone(features).fit_transform(X), float)
        one = np.asarray(clone(features).fit_transform(X[2:3]), float)
    assert len(out) == 6 and len(one) == 1
    assert not np.isinf(out).any() and not np.isinf(one).any()


@STEPS
def test_types_of_steps(step, cohort, subtests):
    for dtype in ("float16", "float64", "int16", "uint8"):
        with subtests.test(dtype=dtype):
            X = np.round(cohort[0] * 20 + 100).astype(dtype)
            out = clone(step).fit_transform(X)
            assert out.dtype == np.float32
            np.testing.assert_array_equal(out, clone(step).fit_transform(X.astype("float32")))


def test_one_sample_and_one_record():
    for step in (ECGFilter(fs=500), ECGResample(fs=500), RemoveBaseline(fs=500), Normalize()):
        assert np.isfinite(clone(step).fit_transform(np.ones((1, 1, 1)))).all()
        records = ECGRecords(np.ones((1, 1, 1)), 500)
        assert np.isfinite(clone(step).fit_transform(records).to_array()).all()
