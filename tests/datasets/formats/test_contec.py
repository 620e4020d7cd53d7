import datetime
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._contec import read, recognises
from skecg.datasets.formats._recording import with_limb_leads

LEADS = ("II", "III", "V1", "V2", "V3", "V4", "V5", "V6")


def write(samples, *, sex=1, age=60, time=b"2020-11-16 21:44:39", end=bytes(37)):
    header = b"0000050".ljust(10, b"\x00") + time.ljust(22, b"\x00") + b"Meyer".ljust(8, b"\x00")
    return header + bytes([sex, age, 70]) + (samples.T + 2048).astype("<u2").tobytes() + end


def test_samples(find_sample):
    data = find_sample("contec/0000050.ECG").read_bytes()
    recording = read(data)
    assert recognises(data[:4096])
    assert (recording.leads, recording.fs, recording.signal.shape) == (LEADS, 800, (8, 37855))
    assert_array_equal(np.isnan(recording.signal).any(axis=1), [False] * 2 + [True] * 6)
    assert (recording.age, recording.sex) == (None, None)
    assert recording.time == datetime.datetime(2020, 11, 16, 21, 44, 39)
    # the same ECG as SCP-ECG, cut to 32767 samples of each lead, which its section 6 holds as they are
    stored = find_sample("scp/contec_0000050.scp").read_bytes()[-12 * 65534 :]
    leads, signal = with_limb_leads(recording.leads, recording.signal)
    assert leads[:3] == ("I", "II", "III")
    millivolts = np.frombuffer(stored, "<i2").reshape(12, -1) * 5e-3
    assert_allclose(signal[:3, :32767], millivolts[:3], rtol=0, atol=1e-9)
    assert_allclose(signal[3:6, :32767], millivolts[3:6], rtol=0, atol=5e-3)  # which are rounded to whole units


def test_what_a_file_holds(ecg):
    data = write(ecg[:8])
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg[:8] * 5e-3, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.format) == (LEADS, 800, "Contec ECG")
    assert (recording.age, recording.sex, recording.patient_id) == (60, "male", None)
    assert (recording.device, recording.time) == ("Contec ECG90A", datetime.datetime(2020, 11, 16, 21, 44, 39))
    assert [read(write(ecg[:8], sex=sex)).sex for sex in (0, 255)] == ["female", None]
    assert read(write(ecg[:8], age=0)).age is None
    assert read(write(ecg[:8], time=b"2020-13-16 21:44:39")).time is None


def test_leads_that_are_off(ecg):
    ecg[2], ecg[0, 5] = 0x6800 - 2048, 0x6800 - 2048
    _, signal = with_limb_leads(LEADS, read(write(ecg[:8])).signal)
    missing = np.zeros(signal.shape, bool)
    missing[6], missing[[0, 1, 3, 4, 5], 5] = True, True
    assert_array_equal(np.isnan(signal), missing)


def test_refused(ecg):
    ecg = ecg[:8]
    for data in (b"", b"0000050\x00", write(ecg, time=b"16.11.2020 21:44"), write(ecg, sex=7)):
        assert not recognises(data[:4096])
        with pytest.raises(ValueError, match="must begin with a number, a time and a code of the sex"):
            read(data)
    for data in (write(ecg)[:-1], write(ecg[:, :0]), write(ecg[:7, :399])):
        with pytest.raises(ValueError, match="there must be samples of 16 bytes, got"):
            read(data)
    with pytest.raises(ValueError, match="zeros must mark the end after 399 samples, got them at none"):
        read(write(ecg)[:-16])
    with pytest.raises(ValueError, match="zeros must mark the end after 400 samples, got them at none"):
        read(write(ecg, end=b"\x01" * 37))
    ecg[:, 17] = -2048
    with pytest.raises(ValueError, match="zeros must mark the end after 400 samples, got them at sample 17"):
        read(write(ecg))


def test_damage(ecg, damage):
    data = write(ecg[:8])
    assert damage(read, data, [43, len(data) - 37], n_flips=0) == 0
    assert damage(read, data) > 100  # the format has no checksum


def test_memory(ecg):
    data = write(np.tile(ecg[:8], 50))
    tracemalloc.start()
    read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data)
