import datetime
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.datasets.formats._cardiosoft import read, recognises

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
BIRTH = "<BirthDateTime><Day>20</Day><Month>7</Month><Year>1965</Year></BirthDateTime>"
PATIENT = f"""<PatientInfo><PID>0815</PID><Name><FamilyName>M\u00fcller</FamilyName></Name>
<Age units="WEEKS">26</Age>{BIRTH}<Gender>MALE</Gender></PatientInfo>"""
TIME = """<ObservationDateTime><Hour>14</Hour><Minute>19</Minute><Second>39</Second><Day>19</Day><Month>7</Month>
<Year>2018</Year></ObservationDateTime>"""


def strip(tag, samples, leads):
    stored = "".join(
        f'<WaveformData lead="{lead}">{",".join(map(str, row))}</WaveformData>\n'
        for lead, row in zip(leads, samples, strict=True)
    )
    return f"""<{tag}><NumberOfLeads>{len(leads)}</NumberOfLeads><SampleRate units="Hz">500</SampleRate>
<ChannelSampleCountTotal>{samples.shape[1]}</ChannelSampleCountTotal><Resolution units="uVperLsb">5</Resolution>
{stored}</{tag}>"""


def write(samples, *, leads=TWELVE, encoding="iso-8859-1", edits=()):
    """Return a CardioSoft file, in which texts are replaced; edits meet the strip before the median."""
    text = f"""<?xml version="1.0" encoding="{encoding}" ?>\r\n<CardiologyXML>{TIME}<ClinicalInfo><DeviceInfo>
<Desc>CardioSoft</Desc></DeviceInfo></ClinicalInfo>{PATIENT}{strip("StripData", samples, leads)}<RestingECGMeasurements>
{strip("MedianSamples", samples[:, :9] + 7, leads)}</RestingECGMeasurements><FullDisclosure/></CardiologyXML>"""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode(encoding)


def test_samples(find_sample):
    data = find_sample("cardiosoft_xml/ecgprocess_example-XML1.xml").read_bytes()
    expected = json.loads(find_sample("cardiosoft_xml/ecgprocess_example-XML1.expected.json").read_text())
    values = np.load(find_sample("cardiosoft_xml/ecgprocess_example-XML1.expected.npy"))
    recording = read(data)
    assert recognises(data[:4096])
    assert (list(recording.leads), recording.fs) == (expected["leads"], expected["fs"])
    assert_allclose(recording.signal, values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "utf-16"])
def test_what_a_file_holds(ecg, encoding):
    data = write(ecg, encoding=encoding)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg * 0.005, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.format) == (TWELVE, 500, "CardioSoft XML")
    assert (recording.sex, recording.patient_id, recording.device) == ("male", "0815", "CardioSoft")
    assert recording.age == pytest.approx(26 * 7 / 365.25)
    assert recording.time == datetime.datetime(2018, 7, 19, 14, 19, 39)


def test_eight_leads(ecg):
    eight = (*TWELVE[:2], *TWELVE[6:])
    recording = read(write(ecg[:8], leads=eight))
    assert recording.leads == eight
    assert_allclose(recording.signal, ecg[:8] * 0.005, rtol=0, atol=1e-12)


def test_age_by_dates_and_missing_metadata(ecg):
    assert read(write(ecg, edits=[(' units="WEEKS"', "")])).age == 52
    assert read(write(ecg, edits=[(">26<", "><")])).age == 52
    for month in ("", "13", "July", "9" * 30):
        recording = read(write(ecg, edits=[("<Month>7", f"<Month>{month}"), ('units="WEEKS"', "")]))
        assert recording.time is recording.age is None
    bare = read(write(ecg, edits=[(PATIENT, ""), (TIME, ""), ("CardioSoft<", "<")]))
    assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5


REFUSED = [
    ("<StripData>", "<StripData/><StripData>", "the file must have one StripData, got 2"),
    ("<NumberOfLeads>12", "<NumberOfLeads>11", "the number of leads is 12, but the file states 11"),
    ("Total>400", "Total>401", "lead I: the number of samples is 400, but the file states 401"),
    ("Total>400", "Total>x", "the stated lead I: the number of samples must be a number, got 'x'"),
    ('"uVperLsb"', '"mVperLsb"', "the unit of Resolution must be uVperLsb, got 'mVperLsb'"),
    ('"Hz"', '"kHz"', "the unit of SampleRate must be Hz, got 'kHz'"),
    (">5</Resolution>", ">0</Resolution>", "Resolution must be positive, got 0"),
    (">500</SampleRate>", "></SampleRate>", "SampleRate must be a number, got None"),
    ('lead="II"', 'lead="I"', "twice"),
    ('lead="II"', "", "no name"),
    ('lead="I">', 'lead="I">,', "lead I must be numbers between commas"),
    ('lead="I">', 'lead="I">1;', "lead I must be numbers between commas"),
    ("<ChannelSampleCountTotal>400</ChannelSampleCountTotal>", "", r"of one length, got \[400, 401\]"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_refused(ecg, old, new, message):
    edits = [(old, new), ('lead="V1">', 'lead="V1">1,')] if "400, 401" in message else [(old, new)]
    with pytest.raises(ValueError, match=message):
        read(write(ecg, edits=edits))


def test_no_strip_and_no_leads(ecg):
    with pytest.raises(ValueError, match="the file must have one StripData, got 0"):
        read(b"<CardiologyXML><FullDisclosure/></CardiologyXML>")
    with pytest.raises(ValueError, match="all leads must be of one length, got no lead"):
        read(write(ecg[:0], leads=()))


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_damage(ecg, damage, encoding):
    data = write(ecg[:, :60], encoding=encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ("</PatientInfo>", "<StripData>", "</WaveformData>")]
    assert damage(read, data, borders, n_flips=0) == 0
    damage(read, data)
