import datetime

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.datasets.formats._schiller import read, recognises

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
ROOT = "com.xiriuz.sema.xml.schillerEDI.SchillerEDI"
PATIENT = """<patdata><id>0815</id><lastname>M\u00fcller</lastname><birthdate>19510601</birthdate><gender>MALE</gender>
</patdata>"""
EXAM = """<examdescript><startdatetime><date>20200518</date><time>154811</time></startdatetime><aquiringdevice>
<hardware><vendor>SCHILLER</vendor><model>AT-102</model></hardware></aquiringdevice></examdescript>"""


def wavedata(kind, samples, leads):
    stored = "".join(
        f"""<channel><name>{lead}</name><samplecount>{len(row)}</samplecount><datastype>COMMASEPARATE</datastype>
<data>{",".join(map(str, row))},</data></channel>"""
        for lead, row in zip(leads, samples, strict=True)
    )
    return f"""<wavedata><type>{kind}</type><resolution><samplerate><exponent>1</exponent><value>500</value>
</samplerate><yres><unitperbit>4,88</unitperbit><units>UV</units></yres></resolution>{stored}</wavedata>"""


def write(samples, *, leads=TWELVE, encoding="utf-8", kind="ECG_RHYTHMS", edits=()):
    """Return a Schiller file, in which texts are replaced; edits meet the rhythm before the averages."""
    text = f"""<?xml version="1.0" encoding="{encoding}"?><{ROOT}>{PATIENT}{EXAM}<eventdata><event>
{wavedata(kind, samples, leads)}{wavedata("ECG_AVERAGES", samples[:, :9] + 7, leads)}</event></eventdata></{ROOT}>"""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("kind", ["ECG_RHYTHMS", "ECG_RHYTHM"])
def test_what_a_file_holds(ecg, encoding, kind):
    data = write(ecg, encoding=encoding, kind=kind)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg * 0.00488, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.format) == (TWELVE, 500, "Schiller XML")
    assert (recording.age, recording.sex, recording.patient_id) == (68, "male", "0815")
    assert (recording.device, recording.time) == ("SCHILLER AT-102", datetime.datetime(2020, 5, 18, 15, 48, 11))


@pytest.mark.parametrize(
    ("unit", "factor"), [("\u00b5V", 1e-3), ("\u03bcV", 1e-3), ("nV", 1e-6), ("mV", 1), ("V", 1e3)]
)
def test_units(ecg, unit, factor):
    assert_allclose(read(write(ecg, edits=[("UV", unit)])).signal, ecg * 4.88 * factor, rtol=1e-12, atol=0)


def test_eight_leads(ecg):
    eight = (*TWELVE[:2], *TWELVE[6:])
    recording = read(write(ecg[:8], leads=[lead.upper() for lead in eight]))
    assert recording.leads == eight
    assert_allclose(recording.signal, ecg[:8] * 0.00488, rtol=0, atol=1e-12)


def test_missing_metadata(ecg):
    bare = read(write(ecg, edits=[(PATIENT, ""), (EXAM, "")]))
    assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5
    dates = [("19510601", "1951-06-01"), ("20200518", "2020-05-18"), ("154811", "15:48:11")]
    assert read(write(ecg, edits=dates)).age == 68
    assert read(write(ecg, edits=[("<birthdate>19510601</birthdate>", "<age>50</age>")])).age == 50
    assert read(write(ecg, edits=[("<time>154811</time>", "")])).time is None


REFUSED = [
    (">ECG_RHYTHMS<", ">ECG_AVERAGES<", "of the type ECG_RHYTHMS, got ECG_AVERAGES, ECG_AVERAGES"),
    (">ECG_AVERAGES<", ">ECG_RHYTHMS<", "of the type ECG_RHYTHMS, got ECG_RHYTHMS, ECG_RHYTHMS"),
    ("<exponent>1", "<exponent>2", "samplerate/exponent must be 1, got '2'"),
    ("<value>500", "<value>", "samplerate/value must be a number, got None"),
    ("<value>500", "<value>-500", "the rate is -500 Hz"),
    (">UV<", ">mmHg<", "units must be uV or mV, got 'mmHg'"),
    (">UV<", "><", "units must be uV or mV, got 'none'"),
    (">4,88<", ">0<", "unitperbit must be positive, got 0"),
    (">4,88<", "><", "unitperbit must be a number, got None"),
    ("COMMASEPARATE", "BASE64", "lead I: datastype must be COMMASEPARATE, got 'BASE64'"),
    ("<samplecount>400", "<samplecount>401", "lead I: the number of samples is 400, but the file states 401"),
    ("<data>", "<data>;", "lead I must be numbers between commas"),
    ("<data>", "<data>,", "lead I must be numbers between commas"),
    ("<name>II<", "<name>I<", "twice"),
    ("<name>II<", "<name><", "no name"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_refused(ecg, old, new, message):
    with pytest.raises(ValueError, match=message):
        read(write(ecg, edits=[(old, new)]))


def test_lengths_no_leads_and_entities(ecg):
    edits = [("<samplecount>400</samplecount>", ""), ("<data>", "<data>5,")]
    with pytest.raises(ValueError, match=r"all leads must be of one length, got \[400, 401\]"):
        read(write(ecg, edits=edits))
    with pytest.raises(ValueError, match="all leads must be of one length, got no lead"):
        read(write(ecg[:0], leads=()))
    with pytest.raises(ValueError, match="the XML is damaged or not allowed: has a DTD or entities"):
        read(write(ecg, edits=[(f"<{ROOT}>", f'<!DOCTYPE a [<!ENTITY b "bb">]><{ROOT}>')]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_damage(ecg, damage, encoding):
    data = write(ecg[:, :60], encoding=encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ("</patdata>", "<wavedata>", "</channel>")]
    assert damage(read, data, borders, n_flips=0) == 0
    assert damage(read, data) > 0


def test_values_with_decimals():
    recording = read(write(np.array([[0.5, -1.25, 3]]), leads=("II",)))
    assert_allclose(recording.signal, [[0.00244, -0.0061, 0.01464]], rtol=0, atol=1e-12)
