import datetime
import io
import sys
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._dicom import read, recognises

pytest.importorskip("pydicom", reason="needs pydicom, the extra `dicom`")
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    TwelveLeadECGWaveformStorage,
)

NUMBERS = (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def code(value, scheme, meaning=""):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def scp(number):
    return code(f"5.6.3-9-{number}", "SCPECG", f"Lead {number}")


def channel(source, sensitivity="2.5", unit="uV", correction="1", baseline="0"):
    item = Dataset()
    item.ChannelSourceSequence = source
    if unit is not None:
        item.ChannelSensitivityUnitsSequence = code(unit, "UCUM")
    item.ChannelSensitivity, item.ChannelSensitivityCorrectionFactor = sensitivity, correction
    item.ChannelBaseline = baseline
    item.WaveformBitsStored = 16
    return item


def group(samples, channels=None, *, kind="<i2", interpretation="SS", originality="ORIGINAL", **fields):
    item = Dataset()
    item.WaveformOriginality, item.SamplingFrequency = originality, "500"
    item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = samples.shape
    item.WaveformBitsAllocated, item.WaveformSampleInterpretation = np.dtype(kind).itemsize * 8, interpretation
    item.ChannelDefinitionSequence = Sequence(channels or [channel(scp(number)) for number in NUMBERS[: len(samples)]])
    data = samples.T.astype(kind).tobytes()
    item.WaveformData = data + bytes(len(data) % 2)
    for keyword, value in fields.items():
        setattr(item, keyword, value)
    return item


def write(*groups, syntax=ExplicitVRLittleEndian, **fields):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = TwelveLeadECGWaveformStorage, "1.2.3"
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = TwelveLeadECGWaveformStorage, "1.2.3"
    fields = {"PatientID": "P1", "PatientSex": "F", "PatientAge": "006M", "Manufacturer": "Make"} | fields
    for keyword, value in ({"AcquisitionDateTime": "20200304050607.25+0100"} | fields).items():
        setattr(dataset, keyword, value)
    dataset.WaveformSequence = Sequence(groups)
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["dicom-ecg-plot_anonymous", "example-DICOM1"])
def test_samples(find_sample, name):
    data = find_sample(f"dicom/{name}.dcm").read_bytes()
    recording = read(data)
    assert recognises(data[:4096])
    assert recording.leads == LEADS
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
    recording = read(write(group(ecg), group(ecg[:, :50], originality="DERIVED"), syntax=syntax))
    assert recording.leads == LEADS
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)
    assert (recording.fs, recording.format, recording.age, recording.sex) == (500, "DICOM", 0.5, "female")
    assert (recording.patient_id, recording.device) == ("P1", "Make")
    assert recording.time == datetime.datetime(2020, 3, 4, 5, 6, 7)


def test_big_endian(ecg):
    recording = read(write(group(ecg, kind=">i2"), syntax=ExplicitVRBigEndian))
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "interpretation"), [("i1", "SB"), ("u1", "UB"), ("<u2", "US"), ("<i4", "SL"), ("<u4", "UL")]
)
def test_kinds_of_samples(ecg, kind, interpretation):
    samples = np.clip(ecg[:3, :9], 0, 100)
    recording = read(write(group(samples, kind=kind, interpretation=interpretation)))
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
    recording = read(write(group(np.full((1, 4), 100), [channel(scp(1), **options)])))
    assert_allclose(recording.signal, expected, atol=1e-12)


def test_leads(ecg):
    sources = [code("2:1", "MDC", "Lead I"), code("", "99X", "Lead II (Einthoven)"), code("7", "99X", "AVR")]
    sources += [code("2:66", "MDC"), code("MDC_ECG_LEAD_V4", "MDC"), code("2:999", "MDC", "lead v6")]
    recording = read(write(group(ecg[:6], [channel(source) for source in sources])))
    assert recording.leads == ("I", "II", "aVR", "V8", "V4", "V6")
    with pytest.raises(ValueError, match=r"each channel must name its lead, got ''"):
        read(write(group(ecg[:1], [channel(code("", "99X"))])))
    eight = [channel(scp(number)) for number in range(1, 9)]
    assert read(write(group(ecg[:8], eight))).leads == (*LEADS[:2], *LEADS[6:])


def test_padding_is_nan(ecg):
    ecg[2, 5] = -32768
    signal = read(write(group(ecg, WaveformPaddingValue=b"\x00\x80"))).signal
    assert_array_equal(np.argwhere(np.isnan(signal)), [[2, 5]])


def test_patients(ecg):
    def patient(**fields):
        recording = read(write(group(ecg), **fields))
        return recording.age, recording.sex, recording.time

    assert patient(PatientAge="", PatientBirthDate="19800305", PatientSex="O")[:2] == (39, None)
    dates = {"AcquisitionDateTime": "", "ContentDate": "20210102", "ContentTime": "030405"}
    assert patient(**dates) == (0.5, "female", datetime.datetime(2021, 1, 2, 3, 4, 5))
    assert patient(AcquisitionDateTime="", PatientAge="", PatientSex="") == (None, None, None)


def test_the_rhythm_among_original_groups(ecg):
    median = group(ecg[:, :60], MultiplexGroupLabel="MEDIAN BEAT")
    assert read(write(median, group(ecg, MultiplexGroupLabel="RHYTHM"))).signal.shape == (12, 400)
    with pytest.raises(ValueError, match=r"one original group of waveforms, got 2 among 2 groups"):
        read(write(median, group(ecg)))
    with pytest.raises(ValueError, match=r"one original group of waveforms, got 0 among 1 groups"):
        read(write(group(ecg, originality="DERIVED")))
    with pytest.raises(ValueError, match=r"got 0 among 0 groups"):
        read(write())


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
        read(write(group(ecg, **fields)))


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
        read(write(group(np.ones((1, 4)), [channel(scp(1), **options)])))


def test_damaged_files(ecg, damage):
    data = write(group(ecg), group(ecg[:, :50], originality="DERIVED"))
    damage(read, data, [place for place in range(len(data)) if data[place : place + 4] == b"\xfe\xff\x00\xe0"])
    n_bytes = data.find(ecg.T.astype("<i2").tobytes()) + ecg.size * 2
    for length in range(0, n_bytes, 7):
        with pytest.raises(ValueError, match=r"."):
            read(data[:length])


def test_deflated_files_that_are_damaged_or_would_fill_memory(ecg, damage):
    data = write(group(ecg), syntax=DeflatedExplicitVRLittleEndian)
    damage(read, data, [])
    with pytest.raises(ValueError, match="cut short, or expand to more than 8 times their size"):
        read(data[:-200])
    bomb = write(group(np.zeros((12, 500_000))), syntax=DeflatedExplicitVRLittleEndian)
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
    data = write(group(ecg))
    data = data[: data.find(b"\x00\x54\x00\x01SQ")] + HOSTILE[name]
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"got 0 among \d+ groups|cut short|damaged"):
        read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("stated", [True, False])
def test_lengths_of_sequences_may_be_stated_or_not(ecg, syntax, stated):
    kind = ">i2" if syntax == ExplicitVRBigEndian else "<i2"
    groups = [group(ecg, kind=kind), *(group(ecg[:1, :2], kind=kind, originality="DERIVED") for _ in range(9))]
    for item in groups:
        item.is_undefined_length_sequence_item = not stated
        item["ChannelDefinitionSequence"].is_undefined_length = not stated
    unread = Dataset()
    unread.ReferencedWaveformChannels, unread.ConceptNameCodeSequence = [1, 1], code("1", "99X")
    unread["ConceptNameCodeSequence"].is_undefined_length = not stated
    unread.is_undefined_length_sequence_item = not stated
    kept = {"WaveformAnnotationSequence": Sequence([unread]), "PatientComments": "a\\b"}
    recording = read(write(*groups, syntax=syntax, **kept))
    assert_array_equal(recording.signal, read(write(group(ecg))).signal)


@pytest.mark.parametrize(
    ("name", "text"), [("ISO_IR 100", "Müller"), ("ISO_IR 192", "Ødegård"), ("ISO_IR 144", "Иван"), ("GB18030", "王")]
)
def test_character_sets(ecg, name, text):
    assert read(write(group(ecg), SpecificCharacterSet=name, PatientID=text)).patient_id == text


def test_elements_that_no_file_has(ecg):
    data = write(group(ecg), PatientID="P100")
    for found, changed, message in [
        (b"\x08\x00\x70\x00LO", b"\x10\x00\x20\x00LO", r"damaged: PatientID is there twice"),
        (b"\x3a\x00\x05\x00US", b"\x3a\x00\x10\x00US", r"a number of the kind UL has 2 bytes"),
        (b"\x3a\x00\x10\x00UL\x04\x00", b"\x3a\x00\x10\x00UL\xff\xff", r"cut short: an element ends at \d+"),
    ]:
        assert data.count(found) == 1
        with pytest.raises(ValueError, match=message):
            read(data.replace(found, changed))


def test_files_nested_too_deeply(ecg):
    data = write(group(ecg))
    place = data.find(b"\x00\x54\x00\x01SQ")
    nested = (b"\x00\x54\x00\x01SQ\x00\x00\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff") * 450
    with pytest.raises(ValueError, match=r"."):
        read(data[:place] + nested)


def test_other_files():
    assert not recognises(b"")
    assert not recognises(bytes(4096))
    with pytest.raises(ValueError, match=r"damaged|original"):
        read(bytes(200))


def test_reading_needs_no_pydicom(ecg, monkeypatch):
    data = write(group(ecg))
    monkeypatch.setitem(sys.modules, "pydicom", None)
    assert read(data).leads == LEADS
