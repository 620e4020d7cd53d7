import datetime
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.datasets.formats._apple import read, recognises

ENGLISH = """Name,Charles I
Date of Birth,"Jan 8, 2002"
Recorded Date,2026-05-30 16:32:18 -0700
Classification,Sinus Rhythm
Symptoms,
Software Version,1.90
Device,"Watch7,12"
Sample Rate,512 hertz


Lead,Lead I
Unit,\u00b5V

"""
GERMAN = """Name
Geburtstag,"08.01.2002"
Aufzeichnungsdatum,2026-05-30 16:32:18 +0200
Klassifizierung,Sinusrhythmus
Symptome,
Softwareversion,1.13
Ger\u00e4t,"Watch7,12"
Messrate,"511,562\u00a0Hertz"


Ableitung,Ableitung I
Einheit,\u00b5V

"""
CHINESE = """\u59d3\u540d,M
\u51fa\u751f\u65e5\u671f,2002\u5e741\u67088\u65e5
\u8bb0\u5f55\u65e5\u671f,2026-05-30 16:32:18 +0800
\u8bbe\u5907,"Watch7,12"
\u91c7\u6837\u7387,512 \u8d6b\u5179

\u5bfc\u8054,\u5bfc\u8054I
\u5355\u4f4d,\u03bcV

"""


def write(values, head=ENGLISH, *, comma=False, encoding="utf-8", end="\n", edits=()):
    text = head + "\n".join(f"{value:g}" if value % 1 == 0 else f"{value:.3f}" for value in values) + "\n"
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    if comma:
        head, _, rows = text.rpartition("V\n\n")
        text = f"{head}V\n\n{rows.replace('.', ',')}"
    return text.replace("\n", end).encode(encoding)


@pytest.fixture
def values(ecg):
    return ecg[0] + np.linspace(0, 1, 400).round(3)


@pytest.mark.parametrize(
    ("head", "comma", "fs", "encoding"),
    [
        (ENGLISH, False, 512, "utf-8"),
        (ENGLISH, False, 512, "utf-8-sig"),
        (ENGLISH, True, 512, "iso-8859-1"),
        (GERMAN, True, 511.562, "utf-8"),
        (GERMAN, True, 511.562, "utf-16"),
        (GERMAN, True, 511.562, "cp1252"),
        (CHINESE, False, 512, "utf-8"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_file_holds(values, head, comma, fs, encoding, end):
    data = write(values, head, comma=comma, encoding=encoding, end=end)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, values[None] * 1e-3, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.format) == (("I",), fs, "Apple Watch CSV")
    assert (recording.age, recording.sex, recording.patient_id) == (24, None, None)
    assert (recording.device, recording.time) == ("Watch7,12", datetime.datetime(2026, 5, 30, 16, 32, 18))


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("mV", 1), ('"\u00b5V"', 1e-3)])
def test_units_rates_and_leads(values, unit, factor):
    edits = [("\u00b5V", unit), ("512 hertz", "511.5 Hz"), ("Lead I\n", "Lead aVF\n")]
    data = write(values, edits=edits)
    recording = read(data)
    assert recognises(data)
    assert (recording.leads, recording.fs) == (("aVF",), 511.5)
    assert_allclose(recording.signal, values[None] * factor, rtol=1e-12, atol=0)


@pytest.mark.parametrize("birth", ["8 Jan 2002", "January 8, 2002", "2002-01-08", "8. 1. 02", "", "01/08/2002"])
def test_births(values, birth):
    age = read(write(values, edits=[('"Jan 8, 2002"', f'"{birth}"')])).age
    assert age == (24 if birth[:1] in ("8", "J", "2") and "." not in birth else None)


def test_missing_metadata(values):
    bare = read(("Rate,512 hertz\nLead,Lead I\nUnit,\u00b5V\n\n" + "\n".join(map(str, values))).encode())
    assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5
    assert_allclose(bare.signal, values[None] * 1e-3, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "I,II\n0.1,0.2\n", "Unit,\u00b5V\n1\n", "Rate,512 hertz\n1\n", "Unit;\u00b5V\n"]
)
def test_other_tables_are_not_recognised(text):
    assert not recognises(text.encode())


REFUSED = [
    ("Unit,\u00b5V", "Unit,V", "no row states the unit"),
    ("Unit,\u00b5V", "Unit", "no row states the unit"),
    ("512 hertz", "512 bpm", "one row must state a rate in hertz, got 0"),
    ("512 hertz", "hertz", "one row must state a rate in hertz, got 0"),
    ("1.90", "190 Hz", "one row must state a rate in hertz, got 2"),
    ("512 hertz", "0 hertz", "the rate is 0 Hz"),
    ("Lead,Lead I\n", "Lead,\n", "must name a lead, got none"),
    ("Lead,Lead I\n", "Lead,Lead I\nLead,Lead II\n", "must name a lead, got I, II"),
    ("\u00b5V\n\n", "\u00b5V\n\n1,5\n", "all have decimal points, or all have decimal commas"),
    ("\u00b5V\n\n", "\u00b5V\n\n1 5\n", "each row must have one value, got '8 5' in one row|got '1 5' in one row"),
    ("\u00b5V\n\n", "\u00b5V\n\nnan\n", "the rows of values must be numbers"),
    ("\u00b5V\n\n", "\u00b5V\n\n1.2.3\n", "the rows of values must be numbers"),
    ("\u00b5V\n\n", "\u00b5V\n\nI\n", "the rows of values must be numbers"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refused(values, old, new, message):
    with pytest.raises(ValueError, match=message):
        read(write(values, edits=[(old, new)]))


def test_grouped_numbers_and_no_values(values):
    with pytest.raises(ValueError, match="all have decimal points, or all have decimal commas"):
        read(write(values, edits=[("\u00b5V\n\n", "\u00b5V\n\n1.234,5\n")], comma=False))
    with pytest.raises(ValueError, match="the rows of values must be numbers"):
        read(ENGLISH.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_damage(values, damage, encoding):
    data = write(values[:60], encoding=encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ("512 hertz", "Unit")]
    head = len(ENGLISH.encode(encoding))
    assert damage(read, data[:head], borders, n_flips=0) == 0
    assert damage(read, data, borders) > 0  # the file does not tell how many values it has


@pytest.mark.parametrize("body", ["1\n", "12\n", "-1.5\n", "1,5\n", "\n", "1 ", ",", "\u4e00"])
def test_memory(body):
    for head in (ENGLISH, CHINESE):
        data = (head + body * 200_000).encode()
        tracemalloc.start()
        try:
            read(data)
        except ValueError:
            assert body.strip("\n") not in ("1", "12", "-1.5", "1,5")
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 20 * len(data)
