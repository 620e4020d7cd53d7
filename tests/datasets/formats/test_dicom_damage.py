"""Damaged DICOM files and files that contradict themselves raise a ValueError."""

import runpy
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from skecg.datasets.formats._dicom import read

pytest.importorskip("pydicom", reason="needs pydicom, the extra `dicom`")
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian

dicom = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("dicom_files.py"))))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"NumberOfWaveformSamples": 401}, r"12 channels of 401 samples of 16 bits need 9624 bytes, got 9600 bytes"),
        ({"NumberOfWaveformChannels": 11}, r"11 channels of 400 samples"),
        ({"NumberOfWaveformSamples": 0}, r"need 0 bytes"),
        ({"WaveformSampleInterpretation": "MB"}, r"whole numbers of 8, 16 or 32 bits, got 'MB' of 16 bits"),
        ({"SamplingFrequency": None}, r"SamplingFrequency must be a number, got None"),
        ({"SamplingFrequency": "0"}, r"the rate is 0 Hz"),
        ({"ChannelDefinitionSequence": Sequence([])}, r"12 channels are stated, but 0 are defined"),
        ({"WaveformData": b""}, r"need 9600 bytes, got 0 bytes"),
    ],
)
def test_groups_that_contradict_themselves(ecg, fields, message):
    with pytest.raises(ValueError, match=message):
        read(dicom.write(dicom.group(ecg, **fields)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "mm[Hg]"}, r"sensitivity of I must be in one of nV, uV, µV, mV, V, got 'mm\[Hg\]'"),
        ({"unit": None}, r"got 'None'"),
        ({"sensitivity": None}, r"ChannelSensitivity must be a number, got None"),
        ({"sensitivity": "0"}, r"sensitivity of I must not be 0"),
    ],
)
def test_channels_without_a_voltage(options, message):
    with pytest.raises(ValueError, match=message):
        read(dicom.write(dicom.group(np.ones((1, 4)), [dicom.channel(dicom.scp(1), **options)])))


def test_damaged_files(ecg, damage):
    data = dicom.write(dicom.group(ecg), dicom.group(ecg[:, :50], originality="DERIVED"))
    damage(read, data, [place for place in range(len(data)) if data[place : place + 4] == b"\xfe\xff\x00\xe0"])
    n_bytes = data.find(ecg.T.astype("<i2").tobytes()) + ecg.size * 2
    for length in range(0, n_bytes, 7):
        with pytest.raises(ValueError, match=r"."):
            read(data[:length])


def test_deflated_files_that_are_damaged_or_would_fill_memory(ecg, damage):
    data = dicom.write(dicom.group(ecg), syntax=DeflatedExplicitVRLittleEndian)
    damage(read, data, [])
    with pytest.raises(ValueError, match="cut short, or expand to more than 8 times their size"):
        read(data[:-200])
    bomb = dicom.write(dicom.group(np.zeros((12, 500_000))), syntax=DeflatedExplicitVRLittleEndian)
    with pytest.raises(ValueError, match="expand to more than 8 times their size"):
        read(bomb)


ITEM = b"\xfe\xff\x00\xe0"


def sequence(body, kind=b"SQ"):
    return b"\x00\x54\x00\x01" + kind + b"\x00\x00" + len(body).to_bytes(4, "little") + body


def item(body):
    return ITEM + len(body).to_bytes(4, "little") + body


def empty(n_elements, group=b"\x01\x54"):
    return b"".join(group + number.to_bytes(2, "little") + b"SH\x00\x00" for number in range(n_elements))


HOSTILE = {
    "empty items": sequence(item(b"") * 20_000),
    "items of a few elements": sequence(item(empty(12)) * 2000),
    "many elements of an item": sequence(item(empty(20_000))),
    "items without a stated length": sequence((ITEM + b"\xff" * 4 + b"\xfe\xff\x0d\xe0" + bytes(4)) * 9000),
    "a sequence without a stated length": sequence(b"").replace(bytes(4), b"\xff" * 4) + item(b"") * 20_000,
    "sequences in sequences": sequence(item(sequence(item(empty(50))) * 500)),
    "a sequence of unknown kind": sequence(item(b"") * 20_000, b"UN"),
    "values of an element": b"\x08\x00\x05\x00CS" + (60_000).to_bytes(2, "little") + b"A\\" * 30_000,
    "values of an element of an item": sequence(item(b"\x3a\x00\x1a\x00DS\x60\xea" + b"1\\" * 30_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_would_fill_memory_by_elements(ecg, name):
    data = dicom.write(dicom.group(ecg))
    data = data[: data.find(b"\x00\x54\x00\x01SQ")] + HOSTILE[name]
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"got 0 among \d+ groups|cut short|damaged"):
        read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data)


def test_elements_that_no_file_has(ecg):
    data = dicom.write(dicom.group(ecg), PatientID="P100")
    for found, changed, message in [
        (b"\x08\x00\x70\x00LO", b"\x10\x00\x20\x00LO", r"damaged: PatientID is there twice"),
        (b"\x3a\x00\x05\x00US", b"\x3a\x00\x10\x00US", r"a number of the kind UL has 2 bytes"),
        (b"\x3a\x00\x10\x00UL\x04\x00", b"\x3a\x00\x10\x00UL\xff\xff", r"cut short: an element ends at \d+"),
    ]:
        assert data.count(found) == 1
        with pytest.raises(ValueError, match=message):
            read(data.replace(found, changed))


def test_files_nested_too_deeply(ecg):
    data = dicom.write(dicom.group(ecg))
    place = data.find(b"\x00\x54\x00\x01SQ")
    nested = (b"\x00\x54\x00\x01SQ\x00\x00\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff") * 450
    with pytest.raises(ValueError, match=r"."):
        read(data[:place] + nested)
