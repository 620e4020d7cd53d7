import binascii
import datetime
import json
import struct

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._ishne import read, recognises

CODES = (5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def write(samples, *, codes=CODES, nanovolts=2500, fs=200, n_stated=None, text=b"Comment", checksum=None, **fields):
    """Return an ISHNE file. Fields are offsets in the file ("at_128") with the bytes to put there."""
    n_leads, n_times = samples.shape
    header = bytearray(512)
    start = 522 + len(text)
    struct.pack_into("<iiiih", header, 0, len(text), n_times if n_stated is None else n_stated, 522, start, 1)
    header[108 - 10 : 114 - 10] = b"ID0001"
    struct.pack_into("<hhhhhhhhhhhhhh", header, 128 - 10, 2, 1, 1, 2, 1950, 3, 4, 2020, 5, 4, 2020, 10, 11, 12)
    struct.pack_into("<h", header, 156 - 10, n_leads)
    struct.pack_into(f"<{n_leads}h", header, 158 - 10, *codes[:n_leads])
    struct.pack_into("<12h", header, 206 - 10, *[nanovolts] * 12)
    header[232 - 10 : 238 - 10] = b"Walker"
    struct.pack_into("<h", header, 272 - 10, fs)
    for place, value in fields.items():
        offset = int(place.removeprefix("at_")) - 10
        header[offset : offset + len(value)] = value
    block = bytes(header) + text
    checksum = binascii.crc_hqx(block, 0xFFFF) if checksum is None else checksum
    return b"ISHNE1.0" + struct.pack("<H", checksum) + block + samples.T.astype("<i2").tobytes()


@pytest.mark.parametrize("name", ["made_per_lead", "made_total"])
def test_samples(find_sample, name):
    data = find_sample(f"ishne/{name}.ecg").read_bytes()
    expected = json.loads(find_sample("ishne/made.expected.json").read_text())
    recording = read(data)
    assert recognises(data[:4096])
    assert [lead.casefold() for lead in recording.leads] == [lead.casefold() for lead in expected["leads"]]
    assert_allclose(recording.signal, np.load(find_sample("ishne/made.expected.npy")), rtol=0, atol=1e-6)
    assert (recording.fs, recording.sex, recording.patient_id) == (500, "female", "ID0001")
    assert recording.time == datetime.datetime.fromisoformat(expected["start"])
    assert recording.device is None  # "digital" is no device


@pytest.mark.parametrize("n_stated", [400, 4800])
def test_what_a_file_holds(ecg, n_stated):
    recording = read(write(ecg, n_stated=n_stated))
    assert recording.leads == LEADS
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)
    assert (recording.fs, recording.format, recording.age, recording.sex) == (200, "ISHNE Holter", 70, "female")
    assert (recording.patient_id, recording.device) == ("ID0001", "Walker")
    assert recording.time == datetime.datetime(2020, 4, 3, 10, 11, 12)


def test_leads(ecg):
    eight = (5, 6, 11, 12, 13, 14, 15, 16)
    recording = read(write(ecg[:8], codes=eight))
    assert recording.leads == (*LEADS[:2], *LEADS[6:])
    assert_allclose(recording.signal, ecg[:8] * 0.0025, atol=1e-12)
    assert read(write(ecg[:3], codes=(1, 0, 2))).leads == ("channel 1", "channel 2", "X")
    with pytest.raises(ValueError, match=r"codes of leads must be from 0 to 19, got 99"):
        read(write(ecg[:3], codes=(5, 99, 6)))
    with pytest.raises(ValueError, match=r"a lead is there twice"):
        read(write(ecg[:2], codes=(5, 5)))


def test_a_fault_of_a_lead_is_nan(ecg):
    ecg[3, 7] = -32768
    signal = read(write(ecg)).signal
    assert_array_equal(np.argwhere(np.isnan(signal)), [[3, 7]])


def test_dates_that_are_none(ecg):
    recording = read(write(ecg, at_128=bytes(28)))
    assert (recording.age, recording.sex, recording.time) == (None, None, None)
    assert read(write(ecg, at_150=struct.pack("<h", 99))).time is None


def test_checksums(ecg):
    data = write(ecg)
    right = struct.unpack_from("<H", data, 8)[0]
    swapped = right >> 8 | (right & 255) << 8
    for checksum in (0, swapped):
        assert_array_equal(read(write(ecg, checksum=checksum)).signal, read(data).signal)
    with pytest.raises(ValueError, match=rf"states the checksum 1234, but its bytes give {right:04x}"):
        read(write(ecg, checksum=0x1234))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_stated": 401}, r"states 401 samples .*, but 9600 bytes of samples hold 400 of each lead"),
        ({"n_stated": -1}, r"states -1 samples"),
        ({"nanovolts": 0}, r"resolution of I must be above 0 nV, got 0 nV"),
        ({"fs": 0}, r"the rate is 0 Hz"),
        ({"at_18": struct.pack("<i", 500)}, r"must begin at byte 522"),
        ({"at_22": struct.pack("<i", 10)}, r"samples at byte 10"),
        ({"at_10": struct.pack("<i", -8), "at_22": struct.pack("<i", 514)}, r"got -8 bytes"),
        ({"at_10": struct.pack("<i", 2**30), "at_22": struct.pack("<i", 2**30 + 522)}, r"but the file has \d+ bytes"),
        ({"at_156": struct.pack("<h", 13)}, r"1 to 12 leads, got 13"),
        ({"at_156": struct.pack("<h", 0)}, r"1 to 12 leads, got 0"),
    ],
)
def test_files_that_contradict_themselves(ecg, options, message):
    with pytest.raises(ValueError, match=message):
        read(write(ecg, **options))


def test_damaged_files(ecg, damage):
    data = write(ecg)
    start = len(data) - ecg.size * 2
    assert (
        damage(read, data, (522, start)) < 300
    )  # of flips, those in samples go unnoticed: only the header has a checksum
    for length in range(len(data)):
        with pytest.raises(ValueError, match=r"bytes"):
            read(data[:length])


def test_damaged_headers_with_right_checksums(ecg, damage):
    def repair(data):
        start = len(data) - ecg.size * 2
        return data[:8] + struct.pack("<H", binascii.crc_hqx(data[10:start], 0xFFFF)) + data[10:]

    damage(read, write(ecg, text=b""), (), repair=repair, n_flips=1000)


def test_other_files():
    assert not recognises(b"")
    assert not recognises(b"ISHNE2.0" + bytes(600))
    with pytest.raises(ValueError, match=r"522 bytes of header, got 8 bytes"):
        read(b"ISHNE1.0")
