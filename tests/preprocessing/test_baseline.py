"""What `RemoveBaseline` and `ECGFilter` leave of the ECG, on synthetic ECGs and on real leads."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.persistence._estimators import EstimatorDecoder, EstimatorEncoder
from skecg.preprocessing import ECGFilter, RemoveBaseline
from skecg.signal import apply_filter, design_filter, median_baseline, wavelet_baseline

FS = 500
PUBLISHED = RemoveBaseline("wavelet", fs=FS, cutoff=None)


def noisy(size=0.01):
    ecg = make_ecg(10, classes=["NORM"], noise=0, mains=None, random_state=0).data.to_array()
    return ecg + size * np.random.default_rng(0).normal(size=ecg.shape).astype(np.float32)


@pytest.mark.parametrize("method", ["highpass", "wavelet"])
@pytest.mark.parametrize("size", [0.0, 0.005, 0.02])
def test_noise_does_not_turn_the_ecg_into_baseline(method, size):
    X = noisy(size)
    kept = np.ptp(RemoveBaseline(method, fs=FS).fit_transform(X), axis=2) / np.ptp(X, axis=2)
    assert kept.min() > 0.8


def test_the_published_wavelet_warns_where_it_takes_the_ecg():
    with pytest.warns(UserWarning, match=r"some leads reaches above 1 Hz.*cutoff=0.5"):
        left = PUBLISHED.fit_transform(noisy())
    assert np.median(np.ptp(left, axis=2)) < 0.5


def test_the_default_is_the_high_pass_at_half_a_hertz():
    X = noisy()
    expected = apply_filter(X, design_filter("highpass", FS, low=0.5))
    np.testing.assert_allclose(RemoveBaseline(fs=FS).fit_transform(X), expected, atol=1e-5)


def test_a_limit_needs_the_rate():
    with pytest.raises(ValueError, match=r"highest=.* Hz needs the sampling rate"):
        wavelet_baseline(np.zeros((1, 1000)), highest=0.5)


def test_a_high_pass_needs_a_cutoff():
    with pytest.raises(ValueError, match="low=None"):
        RemoveBaseline(fs=FS, cutoff=None).fit(noisy())


EARLIER = [({"method": "wavelet"}, None), ({}, None), ({"method": "highpass"}, 0.67), ({"method": "median"}, 0.67)]


@pytest.mark.parametrize(("params", "cutoff"), EARLIER, ids=str)
def test_earlier_files_and_pickles_keep_what_they_compute(params, cutoff):
    tree = EstimatorEncoder().encode(RemoveBaseline("wavelet", fs=100), "The step")
    encoded = {key: EstimatorEncoder().encode(value, key) for key, value in params.items()}
    tree["estimator"]["params"] = {**encoded, "fs": tree["estimator"]["params"]["fs"]}
    loaded = EstimatorDecoder({}).decode(tree)
    step = RemoveBaseline(fs=100)
    step.__dict__ = {"fs": 100, **params}
    for earlier in (loaded, pickle.loads(pickle.dumps(step))):
        assert earlier.method == params.get("method", "wavelet")
        assert earlier.cutoff == cutoff
        assert earlier.durations == (0.2, 0.6)


@pytest.mark.parametrize("durations", [(), (0.4,), [0.2, 0.6]])
def test_medians_of_any_durations(durations):
    X = noisy()
    expected = X - median_baseline(X, FS, durations)
    np.testing.assert_array_equal(RemoveBaseline("median", fs=FS, durations=durations).fit_transform(X), expected)


@pytest.mark.parametrize("durations", [(0.4, 0.0), (-0.2,)])
def test_a_median_takes_some_time(durations):
    with pytest.raises(ValueError, match=r"durations must be positive numbers of seconds; got \("):
        RemoveBaseline("median", fs=FS, durations=durations).fit(noisy())


@pytest.mark.parametrize(("kind", "low", "high"), [("diagnostic", 0.05, 150), ("monitoring", 0.5, 40)])
def test_named_bands_are_band_passes(kind, low, high):
    X = noisy()
    np.testing.assert_array_equal(
        ECGFilter(kind, fs=FS).fit_transform(X), ECGFilter(low=low, high=high, fs=FS).fit_transform(X)
    )


def test_a_band_above_half_the_rate_says_what_the_rate_allows():
    with pytest.raises(ValueError, match=r"high=150.0 Hz .* at 250 Hz: an edge must be .* below half the rate, 125 Hz"):
        ECGFilter("diagnostic", fs=250).fit(noisy())
    with pytest.raises(ValueError, match="below half the rate, 250 Hz"):
        ECGFilter("pediatric", fs=500).fit(noisy())


def _ludb():
    """Return leads of LUDB in mV, (n_leads, n_times), and onsets and ends of their QRS complexes in samples."""
    folder = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / "ludb" / "data"
    if not folder.is_dir():
        pytest.skip("LUDB is not in SKECG_DATA")
    wfdb = pytest.importorskip("wfdb")
    leads, marks = [], []
    for number in range(1, 201, 2):
        record = wfdb.rdrecord(str(folder / str(number)), physical=False)
        for k, name in enumerate(record.sig_name):
            mark = wfdb.rdann(str(folder / str(number)), name.lower())
            at = [i for i, c in enumerate(mark.symbol) if c == "N" and mark.symbol[i - 1 : i + 2] == ["(", "N", ")"]]
            ends = np.array([(mark.sample[i - 1], mark.sample[i + 1]) for i in at])
            leads.append(record.d_signal[:5000, k] * np.float32(1e-3))
            marks.append(ends[(ends[:, 0] > 30) & (ends[:, 1] < 4950)])
    return np.array(leads), marks


def _st(leads, marks):
    """Return the median ST level of each lead, 60 ms after QRS, relative to the level before QRS."""
    beats = [
        [lead[end + 28 : end + 33].mean() - lead[onset - 12 : onset - 2].mean() for onset, end in ends]
        for lead, ends in zip(leads, marks, strict=True)
    ]
    return np.array([np.median(values) if len(values) > 2 else np.nan for values in beats])


@pytest.mark.filterwarnings("ignore:The inplace keyword", "ignore:The wavelet baseline")  # the first one in wfdb
def test_steps_keep_the_st_segment_of_real_leads_as_the_guide_says(subtests):
    leads, marks = _ludb()
    before = _st(leads, marks)
    chosen = np.abs(before) >= 0.1
    assert chosen.sum() == 186
    leads, marks, before = leads[chosen], [mark for mark, c in zip(marks, chosen, strict=True) if c], before[chosen]
    for step, share in [
        (ECGFilter("diagnostic", fs=FS), 0.952),
        (RemoveBaseline("wavelet", fs=FS), 0.99),
        (RemoveBaseline(fs=FS), 0.98),
        (ECGFilter(fs=FS), 0.98),
        (ECGFilter("mains_50", fs=FS), 1.00),
        (RemoveBaseline(cutoff=0.67, fs=FS), 0.80),
        (PUBLISHED, 0.44),
        (RemoveBaseline("median", fs=FS), 0.34),
    ]:
        with subtests.test(step=str(step)):
            after = _st(step.fit_transform(leads[:, None])[:, 0], marks)
            assert np.mean(after / before >= 0.8) == pytest.approx(share, abs=0.005)
