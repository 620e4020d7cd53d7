"""Damaged SCP-ECG files and files that contradict themselves raise a ValueError."""

import runpy
import struct
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets.formats._scp import read, recognises

scp = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("scp_files.py"))))


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
        read(scp.assemble(apply(scp.bodies(ecg))))


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
        read(scp.assemble(scp.bodies(ecg, order=0) | {2: table}))


def test_headers_that_contradict_the_file(ecg):
    data = scp.write(ecg)
    with pytest.raises(ValueError, match=rf"states {len(data)} bytes, but has {len(data) + 1} bytes"):
        read(data + b"x")
    with pytest.raises(ValueError, match=r"the file states the checksum [0-9a-f]{4}, but its bytes give [0-9a-f]{4}"):
        read(data[:-1] + bytes([data[-1] ^ 1]))
    inner = data[6:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(ValueError, match=r"section 6 states the checksum"):
        read(scp.crc(data[2:6] + inner) + data[2:6] + inner)
    unmarked = data[:16] + bytes(6) + data[22:]
    assert recognises(unmarked)
    with pytest.raises(ValueError, match=r"section 0 must hold the mark"):
        read(unmarked)
    assert_array_equal(read(scp.assemble(scp.bodies(ecg), version=10)).signal, read(data).signal)


def repair(data):
    """Return the file with right sizes and checksums, as far as its sections can be found."""
    data = bytearray(data)
    for place in range(22, 142, 10):
        number, length, first = struct.unpack_from("<HII", data, place)
        start = first - 1
        if number and length >= 16 and 142 <= start <= len(data) - length:
            struct.pack_into("<HI", data, start + 2, number, length)
            data[start : start + 2] = scp.crc(data[start + 2 : start + length])
    data[6:8] = scp.crc(data[8:142])
    data[2:6] = struct.pack("<I", len(data))
    return scp.crc(data[2:]) + bytes(data[2:])


@pytest.mark.parametrize("coding", ["plain", "default", "own"])
def test_damaged_files(ecg, damage, coding):
    found = scp.subtracted(ecg) if coding == "default" else scp.bodies(ecg, coding)
    data = scp.assemble(found)
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
    data = scp.assemble({2: scp.DEFAULT, 3: scp.definition(rows), 6: body})
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"section 6 of 1200046 bytes must not give 9600000 samples"):
        read(data)
    assert tracemalloc.get_traced_memory()[1] < 20 * len(data)
    tracemalloc.stop()
