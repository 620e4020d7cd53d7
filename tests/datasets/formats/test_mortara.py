import base64
import datetime
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._mortara import read, recognises

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
FIELDS = """<DEMOGRAPHIC_FIELDS><DEMOGRAPHIC_FIELD LABEL="Last:" VALUE="M\u00fcller"/>
<DEMOGRAPHIC_FIELD LABEL="ID&amp;ID:" VALUE="'0815'"/><DEMOGRAPHIC_FIELD LABEL="DOB:" VALUE="19900515"/>
<DEMOGRAPHIC_FIELD LABEL="Sex:" VALUE="F"/></DEMOGRAPHIC_FIELDS>"""
SUBJECT = '<SUBJECT LAST_NAME="M\u00fcller" ID="0815" GENDER="Female" AGE="33" DOB="19900515"/>'


def channel(tag, name, row, bits):
    data = base64.b64encode(row.astype(f"<i{bits // 8}").tobytes()).decode()
    return f"""<{tag} OFFSET="0" BITS="{bits}" FORMAT="SIGNED" UNITS_PER_MV="200" DURATION="{len(row)}"
SAMPLE_FREQ="1000" NAME="{name}" ENCODING="BASE64" DATA="{data}"/>"""


def write(samples, *, leads=TWELVE, bits=16, encoding="utf-8", patient=FIELDS, edits=()):
    """Return a Mortara file, in which texts are replaced."""
    stored = "\n".join(channel("CHANNEL", *pair, bits) for pair in zip(leads, samples, strict=True))
    beats = "\n".join(
        channel("TYPICAL_CYCLE_CHANNEL", *pair, 16) for pair in zip(leads, samples[:, :9] + 7, strict=True)
    )
    text = f"""<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>
<ECG ACQUISITION_TIME="20231201120000" NUM_QRS="12"><SOURCE MANUFACTURER="MORTARA" MODEL="ELI 250"/>{patient}
{stored}<TYPICAL_CYCLE UNITS_PER_MV="400" SAMPLE_FREQ="500">{beats}</TYPICAL_CYCLE></ECG>"""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("patient", [FIELDS, SUBJECT])
def test_what_a_file_holds(ecg, encoding, patient):
    data = write(ecg, encoding=encoding, patient=patient)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg / 200, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.format) == (TWELVE, 1000, "Mortara ELI XML")
    assert (recording.age, recording.sex, recording.patient_id) == (33, "female", "0815")
    assert (recording.device, recording.time) == ("ELI 250", datetime.datetime(2023, 12, 1, 12))


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_widths(ecg, bits):
    samples = np.clip(ecg, -128, 127) * (1 if bits == 8 else 200)
    assert_allclose(read(write(samples, bits=bits)).signal, samples / 200, rtol=0, atol=1e-12)


def test_offsets_units_and_leads(ecg):
    eight = (*TWELVE[:2], *TWELVE[6:])
    upper = [lead.upper() for lead in eight]
    recording = read(write(ecg[:8], leads=upper, edits=[('OFFSET="0"', 'OFFSET="-100"'), ('MV="200"', 'MV="204,8"')]))
    assert recording.leads == eight
    assert_allclose(recording.signal[0], (ecg[0] - 100) / 204.8, rtol=0, atol=1e-12)
    assert_allclose(recording.signal[1:], ecg[1:8] / 200, rtol=0, atol=1e-12)


def test_missing_metadata(ecg):
    edits = [(' ACQUISITION_TIME="20231201120000"', ""), (' MODEL="ELI 250"', "")]
    bare = read(write(ecg, patient="", edits=edits))
    assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5
    assert read(write(ecg, edits=[('"20231201120000"', '"yesterday"')])).time is None


REFUSED = [
    ('UNITS_PER_MV="200"', "", "lead I: the file leaves out UNITS_PER_MV"),
    ('UNITS_PER_MV="200"', 'UNITS_PER_MV="0"', "lead I: UNITS_PER_MV must be positive, got 0"),
    ('UNITS_PER_MV="200"', 'UNITS_PER_MV="-200"', "lead I: UNITS_PER_MV must be positive, got -200"),
    ('UNITS_PER_MV="200"', 'UNITS_PER_MV="many"', "lead I: UNITS_PER_MV must be a number, got 'many'"),
    ('OFFSET="0"', 'OFFSET="nan"', "lead I: OFFSET must be a number"),
    ('BITS="16"', 'BITS="12"', "lead I: BITS must be one of 8, 16, 32, got '12'"),
    ('BITS="16"', 'BITS="32"', "lead I: the number of samples is 200, but the file states 400"),
    ('"SIGNED"', '"UNSIGNED"', "lead I: FORMAT must be SIGNED, got 'UNSIGNED'"),
    ('"BASE64"', '"HEX"', "lead I: ENCODING must be BASE64, got 'HEX'"),
    ('DURATION="400"', 'DURATION="401"', "lead I: the number of samples is 400, but the file states 401"),
    ('SAMPLE_FREQ="1000"', 'SAMPLE_FREQ="500"', r"one length and rate, got \[400\] samples and \[500.0, 1000.0\] Hz"),
    ('SAMPLE_FREQ="1000"', "", "SAMPLE_FREQ must be a number, got None"),
    ('DATA="', 'DATA="*', "lead I: DATA must be base64"),
    ('DATA="', 'DATB="', "lead I: the number of samples is 0, but the file states 400"),
    ('NAME="II"', 'NAME="I"', "twice"),
    ('NAME="II"', "", "no name"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_refused(ecg, old, new, message):
    with pytest.raises(ValueError, match=message):
        read(write(ecg, edits=[(old, new)]))


def test_lengths_and_no_leads(ecg):
    short, long = channel("CHANNEL", "V6", ecg[11][:-1], 16), channel("CHANNEL", "V6", ecg[11], 16)
    with pytest.raises(ValueError, match=r"one length and rate, got \[399, 400\] samples"):
        read(write(ecg, edits=[(long, short)]))
    odd = base64.b64encode(bytes(799)).decode()
    with pytest.raises(ValueError, match="lead V6: samples of 16 bits cannot have 799 bytes"):
        read(write(ecg, edits=[(base64.b64encode(ecg[11].astype("<i2").tobytes()).decode(), odd)]))
    with pytest.raises(ValueError, match=r"one length and rate, got \[\] samples"):
        read(write(ecg[:0], leads=()))


def test_entities(ecg):
    with pytest.raises(ValueError, match="the XML is damaged or not allowed: has a DTD or entities"):
        read(write(ecg, edits=[("<ECG ", '<!DOCTYPE ECG [<!ENTITY a SYSTEM "file:///etc/passwd">]><ECG ')]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_damage(ecg, damage, encoding):
    data = write(ecg[:, :60], encoding=encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ("<CHANNEL", "<TYPICAL_CYCLE", "</ECG>")]
    assert damage(read, data, borders, n_flips=0) == 0
    assert damage(read, data) > 0


def test_memory(ecg):
    data = write(np.tile(ecg, 50))
    tracemalloc.start()
    signal = read(data).signal
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data)
    assert_array_equal(signal[:, :400], signal[:, -400:])
