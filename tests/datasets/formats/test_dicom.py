import datetime
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._dicom import read, recognises

pytest.importorskip("pydicom", reason="needs pydicom, the extra `dicom`")
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

dicom = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("dicom_files.py"))))


@pytest.mark.parametrize("name", ["dicom-ecg-plot_anonymous", "example-DICOM1"])
def test_samples(find_sample, name):
    data = find_sample(f"dicom/{name}.dcm").read_bytes()
    recording = read(data)
    assert recognises(data[:4096])
    assert recording.leads == dicom.LEADS
    assert_allclose(recording.signal, np.load(find_sample(f"dicom/{name}.expected.npy")), rtol=0, atol=1e-6)
    rate, age, device = {
        "dicom-ecg-plot_anonymous": (1000, 42, "Mortara Instrument, Inc. el250"),
        "example-DICOM1": (500, None, "GE Healthcare MV360"),
    }[name]
    assert (recording.fs, recording.age, recording.sex, recording.device) == (rate, age, "female", device)


def test_damaged_samples(find_sample, damage):
    data = find_sample("dicom/dicom-ecg-plot_anonymous.dcm").read_bytes()
    damage(read, data, [data.find(b"\x00\x54\x00\x01")], n_flips=100)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_what_a_file_holds(ecg, syntax):
    recording = read(dicom.write(dicom.group(ecg), dicom.group(ecg[:, :50], originality="DERIVED"), syntax=syntax))
    assert recording.leads == dicom.LEADS
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)
    assert (recording.fs, recording.format, recording.age, recording.sex) == (500, "DICOM", 0.5, "female")
    assert (recording.patient_id, recording.device) == ("P1", "Make")
    assert recording.time == datetime.datetime(2020, 3, 4, 5, 6, 7)


def test_big_endian(ecg):
    recording = read(dicom.write(dicom.group(ecg, kind=">i2"), syntax=ExplicitVRBigEndian))
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "interpretation"), [("i1", "SB"), ("u1", "UB"), ("<u2", "US"), ("<i4", "SL"), ("<u4", "UL")]
)
def test_kinds_of_samples(ecg, kind, interpretation):
    samples = np.clip(ecg[:3, :9], 0, 100)
    recording = read(dicom.write(dicom.group(samples, kind=kind, interpretation=interpretation)))
    assert_allclose(recording.signal, samples * 0.0025, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"sensitivity": "2.5", "unit": "mV"}, 250.0),
        ({"sensitivity": "2500", "unit": "nV"}, 0.25),
        ({"correction": "2", "baseline": "-500"}, 0.0),
        ({"correction": None, "baseline": None}, 0.25),
    ],
)
def test_units(options, expected):
    recording = read(dicom.write(dicom.group(np.full((1, 4), 100), [dicom.channel(dicom.scp(1), **options)])))
    assert_allclose(recording.signal, expected, atol=1e-12)


def test_leads(ecg):
    sources = [
        dicom.code("2:1", "MDC", "Lead I"),
        dicom.code("", "99X", "Lead II (Einthoven)"),
        dicom.code("7", "99X", "AVR"),
    ]
    sources += [dicom.code("2:66", "MDC"), dicom.code("MDC_ECG_LEAD_V4", "MDC"), dicom.code("2:999", "MDC", "lead v6")]
    recording = read(dicom.write(dicom.group(ecg[:6], [dicom.channel(source) for source in sources])))
    assert recording.leads == ("I", "II", "aVR", "V8", "V4", "V6")
    with pytest.raises(ValueError, match=r"each channel must name its lead, got ''"):
        read(dicom.write(dicom.group(ecg[:1], [dicom.channel(dicom.code("", "99X"))])))
    eight = [dicom.channel(dicom.scp(number)) for number in range(1, 9)]
    assert read(dicom.write(dicom.group(ecg[:8], eight))).leads == (*dicom.LEADS[:2], *dicom.LEADS[6:])


def test_padding_is_nan(ecg):
    ecg[2, 5] = -32768
    signal = read(dicom.write(dicom.group(ecg, WaveformPaddingValue=b"\x00\x80"))).signal
    assert_array_equal(np.argwhere(np.isnan(signal)), [[2, 5]])


def test_patients(ecg):
    def patient(**fields):
        recording = read(dicom.write(dicom.group(ecg), **fields))
        return recording.age, recording.sex, recording.time

    assert patient(PatientAge="", PatientBirthDate="19800305", PatientSex="O")[:2] == (39, None)
    dates = {"AcquisitionDateTime": "", "ContentDate": "20210102", "ContentTime": "030405"}
    assert patient(**dates) == (0.5, "female", datetime.datetime(2021, 1, 2, 3, 4, 5))
    assert patient(AcquisitionDateTime="", PatientAge="", PatientSex="") == (None, None, None)


def test_the_rhythm_among_original_groups(ecg):
    median = dicom.group(ecg[:, :60], MultiplexGroupLabel="MEDIAN BEAT")
    assert read(dicom.write(median, dicom.group(ecg, MultiplexGroupLabel="RHYTHM"))).signal.shape == (12, 400)
    with pytest.raises(ValueError, match=r"one original group of waveforms, got 2 among 2 groups"):
        read(dicom.write(median, dicom.group(ecg)))
    with pytest.raises(ValueError, match=r"one original group of waveforms, got 0 among 1 groups"):
        read(dicom.write(dicom.group(ecg, originality="DERIVED")))
    with pytest.raises(ValueError, match=r"got 0 among 0 groups"):
        read(dicom.write())


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("stated", [True, False])
def test_lengths_of_sequences_may_be_stated_or_not(ecg, syntax, stated):
    kind = ">i2" if syntax == ExplicitVRBigEndian else "<i2"
    groups = [
        dicom.group(ecg, kind=kind),
        *(dicom.group(ecg[:1, :2], kind=kind, originality="DERIVED") for _ in range(9)),
    ]
    for item in groups:
        item.is_undefined_length_sequence_item = not stated
        item["ChannelDefinitionSequence"].is_undefined_length = not stated
    unread = Dataset()
    unread.ReferencedWaveformChannels, unread.ConceptNameCodeSequence = [1, 1], dicom.code("1", "99X")
    unread["ConceptNameCodeSequence"].is_undefined_length = not stated
    unread.is_undefined_length_sequence_item = not stated
    kept = {"WaveformAnnotationSequence": Sequence([unread]), "PatientComments": "a\\b"}
    recording = read(dicom.write(*groups, syntax=syntax, **kept))
    assert_array_equal(recording.signal, read(dicom.write(dicom.group(ecg))).signal)


@pytest.mark.parametrize(
    ("name", "text"), [("ISO_IR 100", "Müller"), ("ISO_IR 192", "Ødegård"), ("ISO_IR 144", "Иван"), ("GB18030", "王")]
)
def test_character_sets(ecg, name, text):
    assert read(dicom.write(dicom.group(ecg), SpecificCharacterSet=name, PatientID=text)).patient_id == text


def test_other_files():
    assert not recognises(b"")
    assert not recognises(bytes(4096))
    with pytest.raises(ValueError, match=r"damaged|original"):
        read(bytes(200))


def test_reading_needs_no_pydicom(ecg, monkeypatch):
    data = dicom.write(dicom.group(ecg))
    monkeypatch.setitem(sys.modules, "pydicom", None)
    assert read(data).leads == dicom.LEADS
