import datetime
import json
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.datasets.formats._kardia import read, recognises

NAMES = ("leadI", "leadII", "leadIII", "AVR", "AVL", "AVF")
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF")


def block(samples):
    values = dict(zip(NAMES, samples.tolist(), strict=False))
    return {
        "frequency": 300,
        "mainsFrequency": 50,
        "amplitudeResolution": 500,
        "numLeads": len(values),
        "samples": values,
    }


def document(samples, **members):
    n_seconds = samples.shape[1] / 300
    return {
        "id": "epgs",
        "patientID": "Dwft",
        "duration": round(n_seconds * 1000),
        "recordedAt": "2021-04-16T15:19:09+05:30",
        "algorithmDetermination": "normal",
        "data": {"raw": block(samples), "enhanced": block(samples + 7)},
        "deviceInfo": {"hardwareType": "kardia_6l", "serialNumber": "20042543K"},
    } | members


def write(samples, encoding="utf-8", edits=(), **members):
    text = json.dumps(document(samples, **members))
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("n_leads", [1, 6])
def test_what_a_file_holds(ecg, encoding, n_leads):
    data = write(ecg[:n_leads], encoding)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg[:n_leads] * 5e-4, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.format) == (LEADS[:n_leads], 300, "Kardia JSON")
    assert (recording.age, recording.sex, recording.patient_id) == (None, None, "Dwft")
    assert (recording.device, recording.time) == ("kardia_6l", datetime.datetime(2021, 4, 16, 15, 19, 9))


def test_order_of_members_and_missing_metadata(ecg):
    raw = {"frequency": 300, "amplitudeResolution": 500, "samples": {"leadI": ecg[0].tolist()}}
    for members in ({"data": {"raw": raw}}, {"data": {"raw": dict(reversed(raw.items()))}, "deviceInfo": None}):
        data = json.dumps(members).encode()
        assert recognises(data[:4096])
        bare = read(data)
        assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5
        assert_allclose(bare.signal, ecg[:1] * 5e-4, rtol=0, atol=1e-12)
    odd = read(write(ecg[:1], patientID=7, deviceInfo={"hardwareType": []}, recordedAt="yesterday"))
    assert (odd.patient_id, odd.device, odd.time) == (None, None, None)


def test_other_json_is_not_recognised():
    for text in (
        "",
        "{",
        "[]",
        '{"data": {"raw": 1}}',
        '{"leadI": [1]}',
        '["recordedAt", "leadI"]',
        '{"id": 1, "data": 2}',
    ):
        assert not recognises(text.encode())


REFUSED = [
    ('"data": {', '"data12L": {', "of twelve leads does not state the unit"),
    ('"data": {', '"date": {', "must have an object 'data'"),
    ('"raw": {', '"rwa": {', "must have an object 'raw'"),
    ('"samples": {', '"samples": 3, "samplez": {', "must have an object 'samples'"),
    ('"frequency": 300, ', "", "frequency must be a number .*, got 'None'"),
    ('"frequency": 300', '"frequency": 0', "frequency must be positive, got 0"),
    ('"frequency": 300', '"frequency": true', "frequency must be a number .*, got 'True'"),
    ('"frequency": 300', '"frequency": 1e999', "frequency must be a number .*, got 'inf'"),
    ('"amplitudeResolution": 500, ', "", "amplitudeResolution must be a number"),
    (
        '"amplitudeResolution": 500',
        '"amplitudeResolution": "500"',
        "amplitudeResolution must be a number .*, got '500'",
    ),
    ('"numLeads": 6', '"numLeads": 5', "the number of leads is 6, but the file states 5"),
    ('"duration": 1333', '"duration": 3000', "the samples last 1.33333 s at 300 Hz, but the file states 3 s"),
    ('"leadI": [', '"leadI": [null, ', "leadI must be a list of numbers"),
    ('"leadI": [', '"leadI": [true, ', "leadI must be a list of numbers"),
    ('"leadI": [', '"leadI": [[1], ', "leadI must be a list of numbers"),
    ('"leadI": [', '"leadI": [], "leadX": [', "leadI must be a list of numbers"),
    ('"leadI": [', '"leadI": [1, ', r"all leads must be of one length, got \[400, 401\]"),
    ('"leadI": [', '"leadI": [1e31, ', "leadI must be numbers of at most 1e.30"),
    ('"leadI": [', '"leadI": [1' + "0" * 400 + ", ", "leadI must be numbers of at most 1e.30"),
    ('"leadI": [', '"leadI": [NaN, ', "the JSON is damaged or not allowed: NaN is no number"),
    ('"leadII": [', '"leadI": [', "the JSON is damaged or not allowed: an object has two members of one name"),
    ('"leadII": [', '"I": [', "twice"),
    ('"leadII": [', '"lead": [', "no name"),
    ('"leadI": [', '"leadI": ' + "[" * 1500, "it has too many characters '\\['|the JSON is damaged"),
    ("{", "[{", "the JSON is damaged"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refused(ecg, old, new, message):
    with pytest.raises(ValueError, match=message):
        read(write(ecg[:6], edits=[(old, new)]))


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b"{}", b'"leadI"', b"\xff", b'{"a": 1} {}'])
def test_no_recording(data):
    with pytest.raises(ValueError, match=r"the JSON is damaged|must be an object|must have an object"):
        read(data)


BOMBS = {
    "lists": b"[" + b"[]," * 300_000 + b"[]]",
    "objects": b"[" + b"{}," * 300_000 + b"{}]",
    "members": b"{" + b",".join(b'"%x":1' % k for k in range(100_000)) + b"}",
    "texts": b"[" + b'"ab",' * 200_000 + b"1]",
    "numbers": b"[" + b"999," * 300_000 + b"1]",
    "fractions": b"[" + b"1.5," * 300_000 + b"1]",
    "depth": b"[" * 200_000,
    "a long number": b"[" + b"9" * 1_000_000 + b"]",
}


@pytest.mark.parametrize("name", BOMBS)
def test_memory(name):
    data = b'{"data": {"raw": {"samples": {"leadI": ' + BOMBS[name] + b"}}}}"
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"."):
        read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data)


def test_memory_of_a_recording():
    data = write(np.tile(np.arange(-10, 10), (1, 10_000)))
    tracemalloc.start()
    read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_damage(ecg, damage, encoding):
    data = write(ecg[:6, :60], encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ('"samples"', '"leadII"', '"enhanced"')]
    assert damage(read, data, borders, n_flips=0) == 0
    assert damage(read, data) > 0
