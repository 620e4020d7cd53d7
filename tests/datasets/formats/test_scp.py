import datetime
import runpy
import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.datasets.formats._scp import read, recognises

scp = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("scp_files.py"))))


def test_example(find_sample):
    data = find_sample("scp/Example.scp").read_bytes()
    with np.load(find_sample("scp/Example.npz")) as stored:
        expected = np.cumsum(stored["units_of_2500_nV"], axis=1) * 0.0025
    recording = read(data)
    assert recognises(data[:4096])
    assert recording.leads == ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6", "III", "aVR", "aVL", "aVF")
    assert_allclose(recording.signal, expected, rtol=0, atol=1e-6)
    assert (recording.fs, recording.age, recording.sex, recording.format) == (500, 49, "male", "SCP-ECG")
    assert (recording.patient_id, recording.device) == ("SBJ-123", "ELI250")
    assert recording.time == datetime.datetime(2002, 11, 22, 9, 10)


def test_files_that_break_the_standard(find_sample):
    ours = find_sample("scp/contec_0000050.scp").read_bytes()
    assert recognises(ours[:4096])
    with pytest.raises(ValueError, match=r"I: section 3 states 37855 samples, but 65534 bytes hold 32767"):
        read(ours)
    small = find_sample("scp/62.SCP").read_bytes()
    assert recognises(small[:4096])
    with pytest.raises(ValueError, match=r"must hold the mark b'SCPECG'.* cannot be decoded with certainty"):
        read(small)


@pytest.mark.parametrize("coding", ["plain", "default", "own"])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_codings_and_differences(ecg, coding, order):
    ecg[0, :30], ecg[1, ::2], ecg[2] = 7, 30_000, 0  # runs, jumps beyond 8 bits, and a flat lead
    recording = read(scp.write(ecg, coding, order))
    assert recording.leads == scp.LEADS
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)
    assert (recording.fs, recording.age, recording.sex, recording.patient_id) == (500, 0.5, "male", "P7")
    assert (recording.time, recording.device) == (datetime.datetime(2020, 3, 4, 5, 6, 7), "Maker")


def test_differences_that_overflow_16_bits():
    ecg = np.array([[-30_000, 30_000, -30_000, 25_000, 4]])
    differences = np.concatenate([ecg[:, :1], np.diff(ecg)], axis=1).astype(np.int16)
    body = scp.samples(differences, "plain", 0)
    recording = read(scp.assemble(scp.bodies(ecg, "plain", 0) | {6: body[:4] + b"\x01" + body[5:]}))
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)


def test_units_rates_and_leads(ecg):
    recording = read(scp.write(ecg[:8], numbers=range(1, 9), nanovolts=1000, interval=1250))
    assert (recording.leads, recording.fs) == ((*scp.LEADS[:2], *scp.LEADS[6:]), 800)
    assert_allclose(recording.signal, ecg[:8] * 0.001, atol=1e-12)
    assert read(scp.write(ecg[:2], numbers=(99, 16))).leads == ("lead 99", "X")
    with pytest.raises(ValueError, match=r"a lead is there twice"):
        read(scp.write(ecg[:2], numbers=(1, 1)))


def test_leads_one_after_the_other(ecg):
    spans = [(1, 400, 1), (401, 800, 2)]
    recording = read(scp.assemble(scp.bodies(ecg[:2]) | {3: scp.definition(spans, 0)}))
    assert_allclose(recording.signal[0, :400], ecg[0] * 0.0025, atol=1e-12)
    assert_allclose(recording.signal[1, 400:], ecg[1] * 0.0025, atol=1e-12)
    assert np.isnan(recording.signal[0, 400:]).all() and np.isnan(recording.signal[1, :400]).all()


def test_patients(ecg):
    def patient(**changes):
        recording = read(scp.write(ecg, tags=scp.TAGS | {int(tag[1:]): value for tag, value in changes.items()}))
        return recording.age, recording.sex

    birth = struct.pack("<HBB", 1980, 3, 5)
    assert patient(t4=bytes(3), t5=birth, t8=b"\x02") == (39, "female")
    assert patient(t4=b"\x1e\x00\x04", t8=b"\x09") == (pytest.approx(30 / 365.25), None)
    assert patient(t4=b"", t25=bytes(4)) == (None, "male")
    with pytest.raises(ValueError, match=r"section 1: tag 2 of 500 bytes is longer than the section"):
        read(scp.assemble(scp.bodies(ecg) | {1: struct.pack("<BH", 2, 500) + b"ID"}))
    assert (
        read(scp.assemble({number: body for number, body in scp.bodies(ecg).items() if number != 1})).patient_id is None
    )


@pytest.mark.parametrize("unit", [2500, 500])
def test_reference_beats_are_added(ecg, unit):
    assert_allclose(read(scp.assemble(scp.subtracted(ecg, unit=unit))).signal, ecg * 0.0025, atol=1e-9)
    unused = scp.subtracted(ecg, kinds=(1, 1, 1))
    assert_allclose(read(scp.assemble(unused)).signal, ecg * 0.0025, atol=1e-9)


def test_reference_beats_that_cannot_be_added(ecg):
    sound = scp.subtracted(ecg)
    for number in (4, 5):
        with pytest.raises(ValueError, match=r"reference beat was subtracted, but section 4 or 5"):
            read(scp.assemble({other: body for other, body in sound.items() if other != number}))
    with pytest.raises(ValueError, match=r"4000 us in the reference beat, but 2000 us in the rhythm"):
        read(scp.assemble(scp.subtracted(ecg, interval=4000) | {4: struct.pack("<H", 200) + sound[4][2:]}))
    with pytest.raises(ValueError, match=r"section 4 states 9 beats"):
        read(scp.assemble(sound | {4: struct.pack("<HHH", 100, 21, 9) + sound[4][6:]}))
    with pytest.raises(ValueError, match=r"beat from sample 41 to 89 follows one that ends at 89"):
        read(scp.assemble(sound | {4: sound[4][:20] + sound[4][6:20] + sound[4][34:]}))
    with pytest.raises(ValueError, match=r"section 5, I"):
        read(scp.assemble(sound | {4: struct.pack("<H", 500) + sound[4][2:]}))


def test_bimodal_compression(ecg):
    same_rate = scp.subtracted(ecg)
    same_rate[6] = same_rate[6][:5] + b"\x01" + same_rate[6][6:]
    assert_allclose(read(scp.assemble(same_rate)).signal, ecg * 0.0025, atol=1e-9)
    with pytest.raises(ValueError, match=r"bimodal compression averages"):
        read(scp.write(ecg, bimodal=1))
    with pytest.raises(ValueError, match=r"bimodal compression averages"):
        read(scp.assemble(same_rate | {6: same_rate[6][:2] + struct.pack("<H", 4000) + same_rate[6][4:]}))


def test_other_files():
    assert not recognises(b"")
    assert not recognises(bytes(4096))
    with pytest.raises(ValueError, match=r"22 bytes of header, got 3 bytes"):
        read(b"abc")
