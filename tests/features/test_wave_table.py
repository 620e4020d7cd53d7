import numpy as np
import pytest

from skecg.datasets import make_ecg
from skecg.features import wave_table
from skecg.signal import FIDUCIALS


@pytest.fixture(scope="module")
def heart():
    return make_ecg(1, classes=["NORM"], fs=500, leads=["I", "II", "V5"], random_state=1)


def test_one_row_per_beat_and_lead(heart):
    record = heart.data[0]
    table = wave_table(record.signal, record.fs, record.leads)
    n_beats = len(heart.r_peaks[0])
    assert table["beat"].nunique() in (n_beats - 1, n_beats)  # an end of the record may cut a beat
    assert table["lead"].tolist() == ["all", "I", "II", "V5"] * table["beat"].nunique()
    assert list(table.columns) == ["beat", "lead", "r_peak", *FIDUCIALS]


def test_waves_come_in_order_around_the_r_peak(heart):
    record = heart.data[0]
    table = wave_table(record.signal, record.fs, record.leads)
    together = table[table["lead"] == "all"]
    assert (np.diff(together[list(FIDUCIALS)].to_numpy(), axis=1) > 0).all()
    assert (together["qrs_onset"] < together["r_peak"]).all() and (together["r_peak"] < together["qrs_end"]).all()
    assert (np.diff(together["r_peak"]) > 0.3).all()


def test_the_rate_does_not_matter(heart):
    record = heart.data[0]
    fine = wave_table(record.signal, record.fs)
    coarse = wave_table(record.signal[:, ::2], record.fs / 2)
    np.testing.assert_allclose(
        coarse[coarse["lead"] == "all"]["t_end"], fine[fine["lead"] == "all"]["t_end"], atol=0.03
    )


def test_no_beats_no_rows():
    table = wave_table(np.zeros((2, 2000)), 500)
    assert len(table) == 0 and "t_end" in table


def test_one_record_is_needed():
    with pytest.raises(ValueError, match=r"\(n_leads, n_times\) of one record; got \(1, 2, 2000\)"):
        wave_table(np.zeros((1, 2, 2000)), 500)
