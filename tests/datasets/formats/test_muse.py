import base64
import datetime
import json
import zlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._muse import read, recognises
from skecg.datasets.formats._recording import with_limb_leads

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
PATIENT = """<PatientDemographics><PatientID> 0815 </PatientID><PatientAge>18</PatientAge><AgeUnits>MONTHS</AgeUnits>
<DateofBirth>07-08-1979</DateofBirth><Gender>FEMALE</Gender><PatientLastName>M\u00fcller</PatientLastName>
</PatientDemographics><TestDemographics><AcquisitionDevice>MAC55</AcquisitionDevice>
<AcquisitionTime>22:41:16</AcquisitionTime><AcquisitionDate>04-29-2023</AcquisitionDate></TestDemographics>"""


def lead_data(name, row):
    stored = row.astype("<i2").tobytes()
    return f"""<LeadData><LeadByteCountTotal>{len(stored)}</LeadByteCountTotal><LeadTimeOffset>0</LeadTimeOffset>
<LeadSampleCountTotal>{len(row)}</LeadSampleCountTotal><LeadAmplitudeUnitsPerBit>4,88</LeadAmplitudeUnitsPerBit>
<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits><LeadID>{name}</LeadID>
<LeadOffsetFirstSample>0</LeadOffsetFirstSample><FirstSampleBaseline>0</FirstSampleBaseline>
<LeadSampleSize>2</LeadSampleSize><LeadOff>FALSE</LeadOff><LeadDataCRC32>{zlib.crc32(stored)}</LeadDataCRC32>
<WaveFormData>{base64.encodebytes(stored).decode()}</WaveFormData></LeadData>"""


def waveform(kind, samples, leads):
    stored = "".join(lead_data(*lead) for lead in zip(leads, samples, strict=True))
    return f"""<Waveform><WaveformType>{kind}</WaveformType><NumberofLeads>{len(leads)}</NumberofLeads>
<SampleType>CONTINUOUS_SAMPLES</SampleType><SampleBase>25</SampleBase><SampleExponent>1</SampleExponent>{stored}
</Waveform>"""


def write(samples, *, leads=EIGHT, encoding="iso-8859-1", edits=()):
    """Return a MUSE file, in which texts are replaced."""
    parts = [PATIENT, waveform("Rhythm", samples, leads), waveform("Median", samples[:, :20] + 7, leads)]
    text = f"""<?xml version="1.0" encoding="{encoding.removesuffix("-le")}"?>
<!DOCTYPE RestingECG SYSTEM "restecg.dtd">\n<RestingECG>{"".join(parts)}</RestingECG>"""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode(encoding)


@pytest.mark.parametrize("name", ["braveheart_example1", "braveheart_example2", "egm_muse-sinus"])
def test_samples(find_sample, name):
    data = find_sample(f"muse_xml/{name}.xml").read_bytes()
    expected = json.loads(find_sample(f"muse_xml/{name}.expected.json").read_text())
    recording = read(data)
    assert recognises(data[:4096])
    leads, signal = with_limb_leads(recording.leads, recording.signal)
    assert (leads, recording.fs) == (TWELVE, expected["fs"])
    rows = [leads.index(lead) for lead in expected["leads"]]
    values = np.load(find_sample(f"muse_xml/{name}.expected.npy"))
    assert_allclose(signal[rows], values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "utf-16", "utf-16-le"])
def test_what_a_file_holds(ecg, encoding):
    data = write(ecg[:8], encoding=encoding)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg[:8] * 0.00488, rtol=0, atol=1e-9)
    assert (recording.leads, recording.fs, recording.format) == (EIGHT, 250, "MUSE XML")
    assert (recording.age, recording.sex, recording.patient_id) == (1.5, "female", "0815")
    assert (recording.device, recording.time) == ("MAC55", datetime.datetime(2023, 4, 29, 22, 41, 16))


def test_age_by_dates_and_missing_metadata(ecg):
    assert read(write(ecg[:8], edits=[("MONTHS", "")])).age == 43
    bare = read(write(ecg[:8], edits=[(PATIENT, "")]))
    assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5


def test_other_leads(ecg):
    recording = read(write(ecg, leads=tuple(lead.upper() for lead in TWELVE)))
    assert recording.leads == TWELVE
    assert_allclose(recording.signal, ecg * 0.00488, rtol=0, atol=1e-9)


def test_baseline_units_and_lead_off(ecg):
    edits = [("<FirstSampleBaseline>0", "<FirstSampleBaseline>-3"), ("MICROVOLTS", "MILLIVOLTS")]
    assert_allclose(read(write(ecg[:8], edits=edits)).signal[0], (ecg[0] - 3) * 4.88, rtol=0, atol=1e-6)
    off = read(write(ecg[:8], edits=[("<LeadOff>FALSE", "<LeadOff>TRUE")]))
    assert_array_equal(np.isnan(off.signal).all(axis=1), [lead == "I" for lead in EIGHT])


REFUSED = [
    (">Rhythm<", ">Median<", "one Waveform of the type Rhythm, got Median, Median"),
    (">Median<", ">Rhythm<", "one Waveform of the type Rhythm, got Rhythm, Rhythm"),
    ("CONTINUOUS_SAMPLES", "TRIGGERED", "SampleType must be CONTINUOUS_SAMPLES, got 'TRIGGERED'"),
    ("<NumberofLeads>8", "<NumberofLeads>9", "the number of leads is 8, but the file states 9"),
    ("<LeadByteCountTotal>800", "<LeadByteCountTotal>802", "lead I: the number of bytes is 800, but .* states 802"),
    ("<LeadSampleCountTotal>400", "<LeadSampleCountTotal>401", "lead I: the number of samples is 400, .* states 401"),
    ("<LeadDataCRC32>", "<LeadDataCRC32>1", "lead I: the CRC-32 is .*, but the file states 1"),
    ("<LeadSampleSize>2", "<LeadSampleSize>4", "LeadSampleSize must be 2, got '4'"),
    ("<LeadTimeOffset>0", "<LeadTimeOffset>5", "all leads must begin at one LeadTimeOffset"),
    ("MICROVOLTS", "VOLTS", "LeadAmplitudeUnits must be one of MICROVOLTS, MILLIVOLTS, got 'VOLTS'"),
    ("<LeadAmplitudeUnitsPerBit>4,88</LeadAmplitudeUnitsPerBit>", "", "leaves out LeadAmplitudeUnitsPerBit"),
    ("<LeadAmplitudeUnitsPerBit>4,88", "<LeadAmplitudeUnitsPerBit>-1", "LeadAmplitudeUnitsPerBit must be positive"),
    ("<SampleBase>25</SampleBase>", "", "SampleBase must be a number, got None"),
    ("<SampleBase>25", "<SampleBase>0", "the rate is 0 Hz"),
    ("<SampleExponent>1", "<SampleExponent>400", "SampleExponent must lie between -9 and 9, got 400"),
    (">II<", ">I<", "twice"),
    (">II<", "><", "no name"),
    ("<WaveFormData>", "<WaveFormData>*", "lead I: WaveFormData must be base64"),
    ("<WaveFormData>", "<WaveFormData><![CDATA[*]]>", "lead I: WaveFormData must be base64"),
    ("<WaveFormData>", "<WaveFormData>cut#1", "lead I: WaveFormData must be base64"),
    ("<RestingECG>", "<RestingECG>&cut;", "the XML is damaged or not allowed"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_refused(ecg, old, new, message, encoding):
    with pytest.raises(ValueError, match=message):
        read(write(ecg[:8], edits=[(old, new)], encoding=encoding))


def test_lengths(ecg):
    short = lead_data("V6", ecg[7][:-1])
    with pytest.raises(ValueError, match=r"all leads must have one length, .* got \[798, 800\] bytes"):
        read(write(ecg[:8], edits=[(lead_data("V6", ecg[7]), short)]))


def test_samples_in_odd_places(ecg):
    plain = read(write(ecg[:8])).signal
    data = base64.encodebytes(ecg[0].astype("<i2").tobytes()).decode()
    for text in (f"<![CDATA[{data}]]>", f"&#{ord(data[0])};{data[1:]}", f"{data[:8]}<!-- cut#1 -->{data[8:]}"):
        assert_array_equal(read(write(ecg[:8], edits=[(data, text)])).signal, plain)
    comment = "<!-- <WaveFormData>AAAA</WaveFormData> cut#0 --><RestingECG>"
    assert_array_equal(read(write(ecg[:8], edits=[("<RestingECG>", comment)])).signal, plain)
    for begin in ("<WaveFormData>", "<WaveFormData >"):
        with pytest.raises(ValueError, match="base64"):
            read(write(ecg[:8], edits=[(f"<WaveFormData>{data}", f"{begin}cut&#35;1")]))


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_damage(ecg, damage, encoding):
    data = write(ecg[:8], encoding=encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ("</LeadData>", "<Waveform>", "</RestingECG>")]
    assert damage(read, data, borders, n_flips=0) == 0
    damage(read, data)


def test_damaged_samples_are_refused(ecg):
    data = write(ecg[:8])
    begin = data.index(b"<WaveFormData>") + 14
    for place in range(begin, begin + 100):
        changed = data[:place] + (b"B" if data[place : place + 1] == b"A" else b"A") + data[place + 1 :]
        with pytest.raises(ValueError, match="lead I: "):
            read(changed)


def test_parts_that_are_not_read(ecg):
    plain = read(write(ecg[:8]))
    extra = "<Order><a>1</a></Order><QRSTimesTypes><QRS><Time>9</Time></QRS></QRSTimesTypes><Diagnosis>A!</Diagnosis>"
    for text in (extra, extra.replace("!", ""), "<!-- <Order> -->", "<Comment><![CDATA[<Order>]]></Comment>"):
        recording = read(write(ecg[:8], edits=[("<PatientDemographics>", f"{text}<PatientDemographics>")]))
        assert_array_equal(recording.signal, plain.signal)
        assert (recording.age, recording.sex, recording.time) == (plain.age, plain.sex, plain.time)
    for text in ("<Order>", "</Order>"):
        with pytest.raises(ValueError, match="the XML is damaged or not allowed"):
            read(write(ecg[:8], edits=[("<PatientDemographics>", f"{text}<PatientDemographics>")]))
    with pytest.raises(ValueError, match="one Waveform of the type Rhythm, got Rhythm, Rhythm, Median"):
        read(write(ecg[:8], edits=[("<Waveform>", f"{waveform('Rhythm', ecg[:8], EIGHT)}<Waveform>")]))
