import datetime
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.datasets.formats._aecg import read, recognises

SAMPLES = Path(__file__).parent / "samples"
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
MIXED = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6", "III", "AVR", "AVL", "AVF")
SUBJECT = """<componentOf><timepointEvent><componentOf><subjectAssignment><subject><trialSubject>
<id root="2.16" extension="0815"/><subjectDemographicPerson><name>M\u00fcller</name>
<administrativeGenderCode code="F"/><birthTime value="19530508"/></subjectDemographicPerson></trialSubject></subject>
</subjectAssignment></componentOf></timepointEvent></componentOf>"""
AGE = """<controlVariable><relatedObservation><code code="21612-7"/><value value="6" unit="mo"/></relatedObservation>
</controlVariable>"""
LOW = '<effectiveTime><low value="20021122091000.250"/></effectiveTime>'


def sequence(name, row):
    digits = " ".join(map(str, row))
    return f"""<component><sequence><code code="MDC_ECG_LEAD_{name}"/><value xsi:type="SLIST_PQ">
<origin value="0" unit="uV"/><scale value="2.5" unit="uV"/><digits>{digits}\n</digits></value></sequence></component>"""


def series(kind, samples, leads, tag="series"):
    stored = "".join(sequence(*lead) for lead in zip(leads, samples, strict=True))
    return f"""<component><{tag}><code code="{kind}"/>{LOW}<author><seriesAuthor><manufacturedSeriesDevice>
<manufacturerModelName>ELI250</manufacturerModelName></manufacturedSeriesDevice></seriesAuthor></author>
<component><sequenceSet><component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">
<head value="20021122091000"/><increment value="4" unit="ms"/></value></sequence></component>{stored}</sequenceSet>
</component><derivation/></{tag}></component>"""


def write(samples, *, leads=MIXED, encoding="utf-8", edits=()):
    """Return an aECG file, in which texts are replaced."""
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<!-- an ECG --><AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
{SUBJECT}{AGE}{series("RHYTHM", samples, leads)}
{series("REPRESENTATIVE_BEAT", samples[:, :9] + 7, leads)}</AnnotatedECG>"""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode(encoding)


@pytest.mark.parametrize("name", ["fda_subject1_0", "hl7_example"])
def test_samples(find_sample, name):
    data = find_sample(f"aecg/{name}.xml").read_bytes()
    expected = json.loads(find_sample(f"aecg/{name}.expected.json").read_text())
    recording = read(data)
    assert recognises(data[:4096])
    assert recording.fs == expected["fs"]
    assert [lead.casefold() for lead in recording.leads] == [lead.casefold() for lead in expected["leads"]]
    assert_allclose(recording.signal, np.load(find_sample(f"aecg/{name}.expected.npy")), rtol=0, atol=1e-6)
    assert (recording.age, recording.sex, recording.device) == (49, "male", "ELI250")
    assert recording.time == datetime.datetime(2002, 11, 22, 9, 10)


def test_sample_of_the_project():
    data = gzip.decompress((SAMPLES / "fda_subject1_0.xml.gz").read_bytes())
    with np.load(SAMPLES / "fda_subject1_0.npz") as stored:
        units = np.cumsum(stored["differences"], axis=1)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, units * 0.0025, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.patient_id) == ((*MIXED[:9], "aVR", "aVL", "aVF"), 500, "subject1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_what_a_file_holds(ecg, encoding):
    data = write(ecg, encoding=encoding)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg * 0.0025, rtol=0, atol=1e-12)
    assert recording.leads == (*MIXED[:9], "aVR", "aVL", "aVF")
    assert (recording.fs, recording.format, recording.device) == (250, "HL7 aECG", "ELI250")
    assert (recording.age, recording.sex, recording.patient_id) == (49, "female", "0815")
    assert recording.time == datetime.datetime(2002, 11, 22, 9, 10, 0, 250_000)


def test_eight_leads_in_another_order(ecg):
    recording = read(write(ecg[:8], leads=MIXED[7::-1]))
    assert recording.leads == tuple(lead.replace("AV", "aV") for lead in MIXED[7::-1])
    assert_allclose(recording.signal, ecg[:8] * 0.0025, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("high", "fits"), [("20021122091002", True), ("2002112209", True), ("20021122091004.5", False)]
)
def test_duration(ecg, high, fits):
    data = write(ecg, edits=[('091000.250"/>', f'091000.250"/><high value="{high}"/>')])
    if fits:
        assert read(data).signal.shape == (12, 400)
    else:
        with pytest.raises(
            ValueError, match=r"the samples last 1.6 s, but effectiveTime is from 20021122091000.250 to"
        ):
            read(data)


def test_units(ecg):
    edits = [('origin value="0" unit="uV"', 'origin value="-3" unit="mV"'), ('"2.5" unit="uV"', '"2500" unit="nV"')]
    edits += [('value="4" unit="ms"', 'value="2000" unit="us"'), ("TIME_ABSOLUTE", "TIME_RELATIVE")]
    recording = read(write(ecg, edits=edits))
    assert recording.fs == 500
    assert_allclose(recording.signal[0], ecg[0] * 0.0025 - 3, rtol=0, atol=1e-12)


def test_the_rhythm_is_chosen_by_its_code(ecg):
    edits = [('"RHYTHM"', '"OTHER"'), ('"REPRESENTATIVE_BEAT"', '"RHYTHM"')]
    assert read(write(ecg, edits=edits)).signal.shape == (12, 9)
    assert read(write(ecg, edits=edits[:1])).signal.shape == (12, 400)


@pytest.mark.parametrize(
    ("stated", "time"),
    [
        ("20021122091000.250+0100", datetime.datetime(2002, 11, 22, 9, 10, 0, 250_000)),
        ("20021122091059", datetime.datetime(2002, 11, 22, 9, 10, 59)),
        ("200211220737", datetime.datetime(2002, 11, 22, 7, 37)),
        ("20021122", None),
        ("20021322091000", None),
        ("yesterday", None),
    ],
)
def test_times(ecg, stated, time):
    recording = read(write(ecg, edits=[("20021122091000.250", stated)]))
    assert recording.time == time
    assert recording.age == (49 if stated.startswith("20021122") else 0.5)


def test_reported_age_and_missing_metadata(ecg):
    born = ('<birthTime value="19530508"/>', "")
    assert read(write(ecg, edits=[born])).age == 0.5
    assert read(write(ecg, edits=[born, ('"mo"', '"a"')])).age == 6
    assert read(write(ecg, edits=[born, ('"mo"', '"parsec"')])).age is None
    bare = read(write(ecg, edits=[(SUBJECT, ""), (AGE, ""), (LOW, ""), ("ELI250", "")]))
    assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5


REFUSED = [
    ('<component><series><code code="RHYTHM"', '<component><strip><code code="RHYTHM"', "damaged"),
    ('scale value="2.5" unit="uV"', 'scale value="2.5" unit="mm"', "the unit of scale must be one of .*, got 'mm'"),
    ('origin value="0" unit="uV"', 'origin value="0"', "the unit of origin must be one of .*, got 'none'"),
    ('scale value="2.5"', 'scale value="0"', "MDC_ECG_LEAD_I: scale is 0"),
    ('scale value="2.5"', 'scale value="two"', "scale must be a number, got 'two'"),
    ('value="4" unit="ms"', 'value="4" unit="min"', "the unit of increment must be one of s, ms, us, got 'min'"),
    ('value="4" unit="ms"', 'value="0" unit="ms"', "increment must be a positive time, got 0 s"),
    ("TIME_ABSOLUTE", "TIME", "a sequence must be TIME_ABSOLUTE, TIME_RELATIVE or MDC_ECG_LEAD_"),
    ("MDC_ECG_LEAD_II", "MDC_ECG_LEAD_I", "twice"),
    ("<digits>", "<digits>1 ", r"all leads must be of one length, got \[400, 401\]"),
    ("<digits>", "<digits>x ", "MDC_ECG_LEAD_I: digits must be numbers between white space, got 'x"),
    ("</sequenceSet>", "</sequenceSet></component><component><sequenceSet/>", "one sequenceSet, .* got 2"),
    (
        '<component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">\n<head value="20021122091000"/>'
        '<increment value="4" unit="ms"/></value></sequence></component>',
        "",
        "one increment of time, got 0",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_refused(ecg, old, new, message):
    with pytest.raises(ValueError, match=message):
        read(write(ecg, edits=[(old, new)]))


def test_no_series_and_no_leads(ecg):
    with pytest.raises(ValueError, match="the file has no component/series"):
        read(b"<AnnotatedECG/>")
    with pytest.raises(ValueError, match="all leads must be of one length, got no lead"):
        read(write(ecg[:0], leads=()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_damage(ecg, damage, encoding):
    data = write(ecg[:, :30], encoding=encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ("</subject>", "<sequenceSet>", "</digits>")]
    assert damage(read, data, borders, n_flips=0) == 0
    damage(read, data)
