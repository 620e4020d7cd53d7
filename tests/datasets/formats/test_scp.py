import binascii
import datetime
import struct
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._scp import read, recognises

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
NUMBERS = (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)
DEFAULT = struct.pack("<H", 19999)
# Rows of our own tables: prefix, bits behind it, whether it keeps the table, value.
OWN = [
    [("0", 8, True, 0), ("100", 0, True, 7), ("101", 16, True, 0), ("11", 0, False, 2)],
    [("1", 16, True, 100), ("01", 0, False, 1)],
]
TAGS = {2: b"P7\x00", 4: b"\x06\x00\x02", 8: b"\x01", 14: bytes(8) + b"Maker\x00" + bytes(22)}
TAGS |= {25: struct.pack("<HBB", 2020, 3, 4), 26: bytes([5, 6, 7])}


def crc(data):
    return struct.pack("<H", binascii.crc_hqx(data, 0xFFFF))


def section(number, body, version=20):
    body += bytes(len(body) % 2)
    rest = struct.pack("<HIBB", number, len(body) + 16, version, version) + (bytes(6) if number else b"SCPECG") + body
    return crc(rest) + rest


def assemble(bodies, version=20):
    """Return a file of the sections, a dict from numbers to bytes."""
    parts = {number: section(number, body, version) for number, body in sorted(bodies.items())}
    start = 6 + 16 + 120
    pointers = struct.pack("<HII", 0, 136, 7)
    for number in range(1, 12):
        length = len(parts.get(number, b""))
        pointers += struct.pack("<HII", number, length, start + 1 if length else 0)
        start += length
    rest = section(0, pointers, version) + b"".join(parts.values())
    rest = struct.pack("<I", len(rest) + 6) + rest
    return crc(rest) + rest


def signed(value, n_bits):
    return f"{value & (1 << n_bits) - 1:0{n_bits}b}"


def default_code(value):
    if abs(value) <= 8:
        return "1" * abs(value) + "0" + ("" if not value else str(int(value < 0)))
    return "1" * 9 + "0" + signed(value, 8) if -128 <= value < 128 else "1" * 10 + signed(value, 16)


def own_codes(values):
    """Return bits in tables OWN: values in turn in the first table, and in the second, which is left at once."""
    bits = ""
    for i, value in enumerate(values):
        if i % 10 == 5:
            bits += "11" + "1" + signed(int(value) - 100, 16) + "01"
        elif value == 7:
            bits += "100"
        else:
            bits += "0" + signed(int(value), 8) if -128 <= value < 128 else "101" + signed(int(value), 16)
    return bits


def own_tables():
    body = struct.pack("<H", len(OWN))
    for table in OWN:
        body += struct.pack("<H", len(table))
        for prefix, n_bits, keeps, value in table:
            body += struct.pack("<BBBhI", len(prefix), len(prefix) + n_bits, keeps, value, int(prefix[::-1], 2))
    return body


def as_bytes(bits):
    bits += "0" * (-len(bits) % 16)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def encode(values, coding, order):
    if order:
        rest = np.diff(values, order)
        values = np.concatenate([values[:order], rest])
    if coding == "plain":
        return values.astype("<i2").tobytes()
    return as_bytes(own_codes(values) if coding == "own" else "".join(default_code(int(value)) for value in values))


def samples(signal, coding, order, *, nanovolts=2500, interval=2000, bimodal=0):
    parts = [encode(values, coding, order) for values in signal]
    sizes = struct.pack(f"<{len(parts)}H", *map(len, parts))
    return struct.pack("<HHBB", nanovolts, interval, order, bimodal) + sizes + b"".join(parts)


def definition(spans, flags=0x64):
    rows = [struct.pack("<IIB", first, last, number) for first, last, number in spans]
    return bytes([len(rows), flags]) + b"".join(rows)


def bodies(signal, coding="default", order=2, *, numbers=NUMBERS, tags=TAGS, flags=0x64, **options):
    """Return the sections of a file that holds whole numbers of shape (n_leads, n_times)."""
    patient = b"".join(struct.pack("<BH", tag, len(value)) + value for tag, value in tags.items()) + b"\xff\x00\x00"
    found = {
        1: patient,
        3: definition([(1, len(row), number) for row, number in zip(signal, numbers, strict=False)], flags),
    }
    found |= {"plain": {}, "default": {2: DEFAULT}, "own": {2: own_tables()}}[coding]
    return found | {6: samples(signal, coding, order, **options)}


def write(*args, **options):
    return assemble(bodies(*args, **options))


def test_example(find_sample):
    data = find_sample("scp/Example.scp").read_bytes()
    with np.load(find_sample("scp/Example.npz")) as stored:
        expected = np.cumsum(stored["units_of_2500_nV"], axis=1) * 0.0025
    recording = read(data)
    assert recognises(data[:4096])
    assert recording.leads == ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6", "III", "aVR", "aVL", "aVF")
    assert_allclose(recording.signal, expected, rtol=0, atol=1e-6)
    assert (recording.fs, recording.age, recording.sex, recording.format) == (500, 49, "male", "SCP-ECG")
    assert (recording.patient_id, recording.device) == ("SBJ-123", "ELI250")
    assert recording.time == datetime.datetime(2002, 11, 22, 9, 10)


def test_files_that_break_the_standard(find_sample):
    ours = find_sample("scp/contec_0000050.scp").read_bytes()
    assert recognises(ours[:4096])
    with pytest.raises(ValueError, match=r"I: section 3 states 37855 samples, but 65534 bytes hold 32767"):
        read(ours)
    small = find_sample("scp/62.SCP").read_bytes()
    assert recognises(small[:4096])
    with pytest.raises(ValueError, match=r"must hold the mark b'SCPECG'.* cannot be decoded with certainty"):
        read(small)


@pytest.mark.parametrize("coding", ["plain", "default", "own"])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_codings_and_differences(ecg, coding, order):
    ecg[0, :30], ecg[1, ::2], ecg[2] = 7, 30_000, 0  # runs, jumps beyond 8 bits, and a flat lead
    recording = read(write(ecg, coding, order))
    assert recording.leads == LEADS
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)
    assert (recording.fs, recording.age, recording.sex, recording.patient_id) == (500, 0.5, "male", "P7")
    assert (recording.time, recording.device) == (datetime.datetime(2020, 3, 4, 5, 6, 7), "Maker")


def test_differences_that_overflow_16_bits():
    ecg = np.array([[-30_000, 30_000, -30_000, 25_000, 4]])
    differences = np.concatenate([ecg[:, :1], np.diff(ecg)], axis=1).astype(np.int16)
    body = samples(differences, "plain", 0)
    recording = read(assemble(bodies(ecg, "plain", 0) | {6: body[:4] + b"\x01" + body[5:]}))
    assert_allclose(recording.signal, ecg * 0.0025, atol=1e-12)


def test_units_rates_and_leads(ecg):
    recording = read(write(ecg[:8], numbers=range(1, 9), nanovolts=1000, interval=1250))
    assert (recording.leads, recording.fs) == ((*LEADS[:2], *LEADS[6:]), 800)
    assert_allclose(recording.signal, ecg[:8] * 0.001, atol=1e-12)
    assert read(write(ecg[:2], numbers=(99, 16))).leads == ("lead 99", "X")
    with pytest.raises(ValueError, match=r"a lead is there twice"):
        read(write(ecg[:2], numbers=(1, 1)))


def test_leads_one_after_the_other(ecg):
    spans = [(1, 400, 1), (401, 800, 2)]
    recording = read(assemble(bodies(ecg[:2]) | {3: definition(spans, 0)}))
    assert_allclose(recording.signal[0, :400], ecg[0] * 0.0025, atol=1e-12)
    assert_allclose(recording.signal[1, 400:], ecg[1] * 0.0025, atol=1e-12)
    assert np.isnan(recording.signal[0, 400:]).all() and np.isnan(recording.signal[1, :400]).all()


def test_patients(ecg):
    def patient(**changes):
        recording = read(write(ecg, tags=TAGS | {int(tag[1:]): value for tag, value in changes.items()}))
        return recording.age, recording.sex

    birth = struct.pack("<HBB", 1980, 3, 5)
    assert patient(t4=bytes(3), t5=birth, t8=b"\x02") == (39, "female")
    assert patient(t4=b"\x1e\x00\x04", t8=b"\x09") == (pytest.approx(30 / 365.25), None)
    assert patient(t4=b"", t25=bytes(4)) == (None, "male")
    with pytest.raises(ValueError, match=r"section 1: tag 2 of 500 bytes is longer than the section"):
        read(assemble(bodies(ecg) | {1: struct.pack("<BH", 2, 500) + b"ID"}))
    assert read(assemble({number: body for number, body in bodies(ecg).items() if number != 1})).patient_id is None


def subtracted(ecg, *, interval=2000, unit=2500, kinds=(0, 1, 0)):
    """Return a file whose reference beat of 50 samples was subtracted around samples 60 and 300."""
    beat = np.arange(-25, 25) * np.ones((12, 1), int) * 3
    residual, zones = ecg.copy(), b""
    for kind, fiducial in zip(kinds, (60, 180, 300), strict=True):
        first, last = fiducial - 19, fiducial + 29
        zones += struct.pack("<HIII", kind, first, fiducial, last)
        if kind == 0:
            residual[:, first - 1 : last] -= beat[:, 1:]  # the fiducial point is the 21st sample of the beat
    found = bodies(residual, flags=0x65)
    found |= {4: struct.pack("<HHH", 100, 21, 3) + zones}
    found |= {5: samples(beat * 2500 // unit, "default", 2, interval=interval, nanovolts=unit)}
    return found


@pytest.mark.parametrize("unit", [2500, 500])
def test_reference_beats_are_added(ecg, unit):
    assert_allclose(read(assemble(subtracted(ecg, unit=unit))).signal, ecg * 0.0025, atol=1e-9)
    unused = subtracted(ecg, kinds=(1, 1, 1))
    assert_allclose(read(assemble(unused)).signal, ecg * 0.0025, atol=1e-9)


def test_reference_beats_that_cannot_be_added(ecg):
    sound = subtracted(ecg)
    for number in (4, 5):
        with pytest.raises(ValueError, match=r"reference beat was subtracted, but section 4 or 5"):
            read(assemble({other: body for other, body in sound.items() if other != number}))
    with pytest.raises(ValueError, match=r"4000 us in the reference beat, but 2000 us in the rhythm"):
        read(assemble(subtracted(ecg, interval=4000) | {4: struct.pack("<H", 200) + sound[4][2:]}))
    with pytest.raises(ValueError, match=r"section 4 states 9 beats"):
        read(assemble(sound | {4: struct.pack("<HHH", 100, 21, 9) + sound[4][6:]}))
    with pytest.raises(ValueError, match=r"beat from sample 41 to 89 follows one that ends at 89"):
        read(assemble(sound | {4: sound[4][:20] + sound[4][6:20] + sound[4][34:]}))
    with pytest.raises(ValueError, match=r"section 5, I"):
        read(assemble(sound | {4: struct.pack("<H", 500) + sound[4][2:]}))


def test_bimodal_compression(ecg):
    same_rate = subtracted(ecg)
    same_rate[6] = same_rate[6][:5] + b"\x01" + same_rate[6][6:]
    assert_allclose(read(assemble(same_rate)).signal, ecg * 0.0025, atol=1e-9)
    with pytest.raises(ValueError, match=r"bimodal compression averages"):
        read(write(ecg, bimodal=1))
    with pytest.raises(ValueError, match=r"bimodal compression averages"):
        read(assemble(same_rate | {6: same_rate[6][:2] + struct.pack("<H", 4000) + same_rate[6][4:]}))


def change(number, place, value):
    def apply(found):
        body = found[number]
        return found | {number: body[:place] + value + body[place + len(value) :]}

    return apply


@pytest.mark.parametrize(
    ("apply", "message"),
    [
        (lambda found: {n: body for n, body in found.items() if n != 6}, r"there is no section 6"),
        (lambda found: {n: body for n, body in found.items() if n != 3}, r"there is no section 3"),
        (change(3, 0, b"\x0d"), r"section 3 states 13 leads, which do not fit 110 bytes"),
        (change(3, 0, b"\x00"), r"section 3 states 0 leads"),
        (change(3, 2, struct.pack("<I", 0)), r"I must not go from sample 0 to 400"),
        (change(3, 6, struct.pack("<I", 405)), r"section 6, I, sample 40\d of 405: .* no Huffman code|hold 405"),
        (change(3, 6, struct.pack("<I", 2**31)), r"section 6 of \d+ bytes must not give 2147488048 samples"),
        (change(3, 6, struct.pack("<I", 300)), r"section 6, I: \d+ bits follow the last of 300 samples"),
        (change(6, 0, bytes(2)), r"unit above 0 nV.* got 0, 2000 and 2"),
        (change(6, 2, bytes(2)), r"interval above 0 us.* got 2500, 0 and 2"),
        (change(6, 4, b"\x03"), r"differences of order 0 to 2, got 2500, 2000 and 3"),
        (change(6, 6, struct.pack("<H", 60000)), r"section 6 states \d+ bytes of leads, but holds \d+ bytes"),
        (lambda found: found | {6: found[6][:20]}, r"section 6 of 20 bytes is too short for 12 leads"),
        (lambda found: found | {2: b"\x01\x00\x05\x00"}, r"Huffman table of 5 codes, which is longer"),
        (lambda found: found | {2: b"\x02\x00\x00\x00"}, r"section 2 ends after 4 bytes"),
    ],
)
def test_sections_that_contradict_each_other(ecg, apply, message):
    with pytest.raises(ValueError, match=message):
        read(assemble(apply(bodies(ecg))))


def row(prefix, n_bits, keeps=1, value=0):
    return struct.pack("<BBBhI", len(prefix), len(prefix) + n_bits, keeps, value, int("0" + prefix[::-1], 2))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("0", 0), row("0", 3)], r"prefix 0 twice"),
        ([row("01", 0), row("0", 3)], r"ambiguous Huffman table: 0 begins 01"),
        ([row("", 3)], r"3 bits with a prefix of 0"),
        ([row("1", 16, keeps=2)], r"17 bits with a prefix of 1 and mode 2"),
        ([row("0", 0, 0, 5), row("1", 0, 0, 5)], r"there is no Huffman table 5, only 1"),
        ([row("0", 32), row("1", 32)], r"samples must have 16 bits|ends within one"),
        ([row("0", 0, 0, 1), row("1", 0, 0, 1)], r"begins with no Huffman code, or ends within one"),
        ([], r"begins with no Huffman code"),
    ],
)
def test_tables_that_break_the_standard(ecg, rows, message):
    table = struct.pack("<HH", 1, len(rows)) + b"".join(rows)
    with pytest.raises(ValueError, match=message):
        read(assemble(bodies(ecg, order=0) | {2: table}))


def test_headers_that_contradict_the_file(ecg):
    data = write(ecg)
    with pytest.raises(ValueError, match=rf"states {len(data)} bytes, but has {len(data) + 1} bytes"):
        read(data + b"x")
    with pytest.raises(ValueError, match=r"the file states the checksum [0-9a-f]{4}, but its bytes give [0-9a-f]{4}"):
        read(data[:-1] + bytes([data[-1] ^ 1]))
    inner = data[6:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(ValueError, match=r"section 6 states the checksum"):
        read(crc(data[2:6] + inner) + data[2:6] + inner)
    unmarked = data[:16] + bytes(6) + data[22:]
    assert recognises(unmarked)
    with pytest.raises(ValueError, match=r"section 0 must hold the mark"):
        read(unmarked)
    assert_array_equal(read(assemble(bodies(ecg), version=10)).signal, read(data).signal)


def repair(data):
    """Return the file with right sizes and checksums, as far as its sections can be found."""
    data = bytearray(data)
    for place in range(22, 142, 10):
        number, length, first = struct.unpack_from("<HII", data, place)
        start = first - 1
        if number and length >= 16 and 142 <= start <= len(data) - length:
            struct.pack_into("<HI", data, start + 2, number, length)
            data[start : start + 2] = crc(data[start + 2 : start + length])
    data[6:8] = crc(data[8:142])
    data[2:6] = struct.pack("<I", len(data))
    return crc(data[2:]) + bytes(data[2:])


@pytest.mark.parametrize("coding", ["plain", "default", "own"])
def test_damaged_files(ecg, damage, coding):
    found = subtracted(ecg) if coding == "default" else bodies(ecg, coding)
    data = assemble(found)
    borders = np.cumsum([142] + [len(body) + len(body) % 2 + 16 for _, body in sorted(found.items())]).tolist()
    assert damage(read, data, borders) == 0  # every byte has a checksum
    assert damage(read, data, borders, repair=repair, n_flips=400) < 400


def test_damaged_example(find_sample, damage):
    data = find_sample("scp/Example.scp").read_bytes()
    assert damage(read, data, [142, 310, 328, 454, 476, 3818, 33902], n_flips=100) == 0
    damage(read, data, repair=repair, n_flips=20)


def test_files_that_would_fill_memory():
    zeros = 60_000
    rows = [(1, zeros * 8, number) for number in range(1, 21)]
    body = struct.pack("<HHBB20H", 2500, 2000, 0, 0, *[zeros] * 20) + bytes(zeros * 20)
    data = assemble({2: DEFAULT, 3: definition(rows), 6: body})
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"section 6 of 1200046 bytes must not give 9600000 samples"):
        read(data)
    assert tracemalloc.get_traced_memory()[1] < 20 * len(data)
    tracemalloc.stop()


def test_other_files():
    assert not recognises(b"")
    assert not recognises(bytes(4096))
    with pytest.raises(ValueError, match=r"22 bytes of header, got 3 bytes"):
        read(b"abc")
