"""One message for all rates that are none."""

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.features import beat_table, wave_table
from skecg.signal import (
    classify_beats,
    design_filter,
    find_r_peaks,
    find_r_peaks_batch,
    median_baseline,
    rate_ratio,
    remove_mains,
    wavelet_baseline,
)

SIGNAL = np.random.default_rng(0).normal(size=(2, 1000))
ONE_RECORD = {"r peaks": find_r_peaks, "beats": classify_beats, "table": beat_table, "waves": wave_table}
TAKE_A_RATE = {name: lambda fs, function=function: function(SIGNAL, fs) for name, function in ONE_RECORD.items()} | {
    "batch": lambda fs: find_r_peaks_batch(SIGNAL[None], fs),
    "median": lambda fs: median_baseline(SIGNAL, fs),
    "mains": lambda fs: remove_mains(SIGNAL, fs),
    "ratio": lambda fs: rate_ratio(fs, 100),
    "filter": lambda fs: design_filter("highpass", fs, low=0.5),
}


@pytest.mark.parametrize("call", TAKE_A_RATE.values(), ids=TAKE_A_RATE)
def test_what_is_no_rate(call):
    call(np.float32(250))
    for fs in (None, "250", 0, -250, np.nan, np.inf, True):
        with pytest.raises(ValueError, match="fs must be a sampling rate in Hz, a positive number; got "):
            call(fs)


def test_the_wavelet_baseline_needs_no_rate_but_no_wrong_one():
    np.testing.assert_array_equal(wavelet_baseline(SIGNAL), wavelet_baseline(SIGNAL, fs=None))
    with pytest.raises(ValueError, match="got nan"):
        wavelet_baseline(SIGNAL, fs=np.nan)


@pytest.mark.parametrize("function", ONE_RECORD.values(), ids=ONE_RECORD)
def test_a_record_and_turned_axes(function):
    record = ECGRecords(SIGNAL[None], 250)[0]
    with pytest.raises(TypeError, match=r"got one ECGRecord; of a record, pass record\.signal and record\.fs"):
        function(record, record.fs)
    with pytest.warns(UserWarning, match=r"signal has 1000 leads of 2 samples.*signal\.T corrects them"):
        assert not len(function(SIGNAL.T, 250))
