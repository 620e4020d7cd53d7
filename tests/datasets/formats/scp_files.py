"""Write SCP-ECG files in every coding."""

import binascii
import struct

import numpy as np

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
