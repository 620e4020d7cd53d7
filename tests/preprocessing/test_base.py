"""Properties of every step."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from skecg import ECGRecords
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, RemoveBaseline, SelectLeads
from skecg.records import blocks as _blocks

STEPS = [
    ECGFilter(fs=500),
    ECGFilter("notch", low=49, high=51, zero_phase=False, fs=500),
    ECGResample(fs=500),
    ECGResample(target_fs=720, fs=500),
    ECGCrop(length=300),
    ECGCrop(length=800, pad=True),
    Normalize(),
    Normalize("robust", per="dataset_lead"),
    ECGFilter("mains_50", fs=500),
    RemoveBaseline(fs=500),
    RemoveBaseline("median", fs=500),
    RemoveBaseline("highpass", fs=500),
    SelectLeads([0]),
]
SMALL = {"ECGCrop": {"length": 1}}  # the checks of scikit-learn have tables of one column
each_step = pytest.mark.parametrize("step", STEPS, ids=str)


def signals(lengths=(640,) * 6, n_leads=3, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((n_leads, n)).cumsum(-1).astype(np.float32) / 10 for n in lengths]


@each_step
def test_check_estimator(step):
    step = clone(step).set_params(**SMALL.get(type(step).__name__, {}))
    results = check_estimator(step, on_skip=None, on_fail=None)
    assert len(results) > 40  # without the tag two_d_array there would be one
    failed = {result["check_name"]: result["exception"] for result in results if result["status"] == "failed"}
    assert not failed
    assert {result["status"] for result in results} <= {"passed", "skipped"}


@each_step
def test_forms_of_X_agree(step):
    X = np.stack(signals())
    records = ECGRecords(X, 500, leads=["I", "II", "V1"], metadata={"age": range(6)})
    from_array, from_records = clone(step).fit_transform(X), clone(step).fit_transform(records)
    assert isinstance(from_array, np.ndarray) and from_array.dtype == np.float32 and from_array.ndim == 3
    assert isinstance(from_records, ECGRecords)
    assert_array_equal(from_records.to_array(), from_array)
    pd.testing.assert_frame_equal(from_records.metadata, records.metadata)
    flat = clone(step).fit_transform(X[:, 0])
    assert flat.dtype == np.float32 and flat.ndim == 2
    assert_array_equal(flat, clone(step).fit_transform(X[:, :1])[:, 0])


@each_step
def test_records_do_not_depend_on_their_company(step, monkeypatch):
    ragged = ECGRecords(signals((640, 501, 640, 300, 2, 501, 1)), 500)
    step = clone(step).fit(ragged)
    together = step.transform(ragged)
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 1)  # one record in each block
    for alone, signal in zip(step.transform(ragged), together.signals, strict=True):
        assert_allclose(alone.signal, signal, atol=2e-6 * max(1, np.abs(signal).max()))
    for i in (1, 4, 6):
        assert_allclose(step.transform(ragged[[i]])[0].signal, together[i].signal, atol=1e-5)


@each_step
def test_a_memory_map_streams(step, tmp_path, monkeypatch):
    X = np.stack(signals())
    buffer = np.memmap(tmp_path / "buffer", np.float32, "w+", shape=X.size)
    buffer[:] = X.ravel()
    mapped = ECGRecords.from_buffer(
        np.memmap(tmp_path / "buffer", np.float32, "r"), [640] * 6, 500, leads=["I", "II", "V1"]
    )
    sizes = []
    inner = type(step)._transform_block
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", 2 * X[0].nbytes)
    monkeypatch.setattr(
        type(step), "_transform_block", lambda self, block, *rest: sizes.append(len(block)) or inner(self, block, *rest)
    )
    result = clone(step).fit_transform(mapped)
    assert sorted(sizes) == [2, 2, 2]
    assert_allclose(result.to_array(), clone(step).fit_transform(X), atol=1e-5)


@each_step
def test_input_is_not_changed(step):
    X = np.stack(signals())
    before = X.copy()
    clone(step).fit_transform(X)
    assert_array_equal(X, before)


@each_step
def test_views_pickles_and_fortran_order(step):
    X = np.stack(signals())
    step = clone(step).fit(X)
    expected = step.transform(X)
    assert_array_equal(pickle.loads(pickle.dumps(step)).transform(X), expected)
    assert_allclose(step.transform(np.asfortranarray(X)), expected, atol=1e-5)
    assert_allclose(step.transform(np.repeat(X, 2, axis=0)[::2]), expected, atol=1e-5)


@each_step
def test_bad_signals(step):
    X = np.stack(signals())
    fitted = clone(step).fit(X)
    with pytest.raises(ValueError, match="at least one lead and one sample"):
        clone(step).fit(X[..., :0])
    bad = X.copy()
    bad[4, 2, 9] = np.nan
    for call in (clone(step).fit, fitted.transform):
        with pytest.raises(ValueError, match="Input X contains NaN: record 4, lead 2, sample 9"):
            call(bad)
    with pytest.raises(ValueError, match="X has 2 leads"):
        fitted.transform(X[:, :2])


@pytest.mark.parametrize("step", [ECGFilter(), ECGResample(), RemoveBaseline()], ids=str)
def test_the_rate(step):
    X = np.stack(signals())
    name = type(step).__name__
    for call in (step.fit, step.transform):
        with pytest.raises(ValueError, match=rf"{name} needs the sampling rate of a plain array: set fs in Hz"):
            call(X)
    records = ECGRecords(X, [500, 500, 500, 250, 250, 250])
    with pytest.raises(ValueError, match=rf"{name} has fs=500 Hz, but the records have 250, 500 Hz"):
        clone(step).set_params(fs=500).fit(records)
    fitted = clone(step).set_params(fs=500).fit(records[:3])
    with pytest.raises(ValueError, match="the records have 250 Hz"):
        fitted.transform(records[3:])
    with pytest.raises(ValueError, match="'fs' parameter"):
        clone(step).set_params(fs=0).fit(X)


@each_step
def test_records_of_different_rates_are_treated_by_their_own(step):
    step = clone(step)
    if "fs" in step.get_params():
        step.set_params(fs=None)
    parts = [ECGRecords(signals((640, 640)), 500), ECGRecords(signals((640, 320), seed=1), 250)]
    mixed = ECGRecords.concatenate([parts[0], parts[1]])[[2, 0, 3, 1]]
    result = step.fit(mixed).transform(mixed)
    for part, rows in zip(parts, ([1, 3], [0, 2]), strict=True):
        expected = step.transform(part)
        for row, record in zip(rows, expected, strict=True):
            assert_allclose(result[row].signal, record.signal, atol=1e-5)
            assert result[row].fs == record.fs


@pytest.mark.parametrize("per", ["dataset", "dataset_lead"])
def test_statistics_of_another_data_set_scale_as_there(per):
    rng = np.random.default_rng(0)
    source, X = rng.normal(size=(4, 2, 100)), rng.normal(1, 3, size=(3, 2, 100))
    fitted = Normalize("robust", per=per).fit(source)
    given = clone(Normalize("robust", per=per, statistics=(fitted.location_, fitted.scale_)))
    np.testing.assert_array_equal(given.fit_transform(X), fitted.transform(X))


@pytest.mark.parametrize(
    "params",
    [
        {"per": "lead", "statistics": (0.0, 1.0)},
        {"method": "none", "per": "dataset", "statistics": (0.0, 1.0)},
        {"per": "dataset_lead", "statistics": (0.0, 1.0)},
        {"per": "dataset", "statistics": ([0.0, 0.0], [1.0, 1.0])},
        {"per": "dataset", "statistics": (0.0, -1.0)},
        {"per": "dataset", "statistics": (np.nan, 1.0)},
        {"per": "dataset", "statistics": (0.0,)},
        {"per": "dataset", "statistics": ("low", "high")},
    ],
    ids=str,
)
def test_statistics_that_do_not_fit_are_refused(params):
    with pytest.raises(ValueError, match=r"statistics (are those of a data set|must be)"):
        Normalize(**params).fit(np.ones((4, 2, 100)))


@pytest.mark.parametrize("step", [ECGCrop(), Normalize(per="dataset")], ids=str)
def test_steps_that_learn_must_be_fitted(step):
    with pytest.raises(NotFittedError):
        step.transform(np.stack(signals()))


def test_all_in_a_pipeline():
    records = ECGRecords(signals((5000, 3600, 5000), n_leads=2), [500, 360, 500], leads=["I", "II"])
    pipeline = make_pipeline(
        SelectLeads(["II", "aVF"]), ECGFilter(), RemoveBaseline(), ECGResample(), ECGCrop(900), Normalize()
    )
    result = pipeline.fit_transform(records)
    assert result.leads == ("II", "aVF")
    assert_array_equal(result.fs, 100)
    assert_allclose(result.to_array().std(axis=-1), 1, rtol=1e-3)
