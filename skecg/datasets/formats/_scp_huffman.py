"""Huffman codes of SCP-ECG (EN 1064, section 2 and annex C)."""

from __future__ import annotations

import itertools
import struct
from typing import NamedTuple

import numpy as np

_DEFAULT = 19999  # the number of tables that means the default table
_MOST_BITS = 32
_WINDOW = 10  # bits of the longest prefix in the default table
_PADDING = 16  # bits: writers fill each lead up to whole bytes, and to an even number of them


class _Code(NamedTuple):
    value: int  # of the sample, or the number of the table that follows
    n_bits: int  # of the number behind the prefix, which is added to the value
    switches: bool  # to another table


def _default_table():
    """Return the table of EN 1064: k ones, a zero and a sign bit mean k or -k, up to 8; then 8 or 16 bits follow."""
    table = {"0": _Code(0, 0, False), "1" * 9 + "0": _Code(0, 8, False), "1" * 10: _Code(0, 16, False)}
    for size in range(1, 9):
        table |= {f"{'1' * size}0{sign}": _Code(value, 0, False) for sign, value in enumerate((size, -size))}
    return table


def read_tables(body):
    """Return the tables of section 2, each a dict from prefixes (texts of "0" and "1") to codes.

    Parameters
    ----------
    body : bytes
        Section 2 without its header.

    Raises
    ------
    ValueError
        If the section is too short or a table is ambiguous.
    """
    n_tables = _unsigned(body, 0)
    if n_tables == _DEFAULT:
        return [_default_table()]
    tables, place = [], 2
    for _ in range(n_tables):
        n_codes = _unsigned(body, place)
        place += 2
        if n_codes * 9 > len(body) - place:
            raise ValueError(f"section 2 states a Huffman table of {n_codes} codes, which is longer than the section")
        tables.append(_table(struct.iter_unpack("<BBBhI", body[place : place + n_codes * 9])))
        place += n_codes * 9
    return tables


def _unsigned(body, place):
    if len(body) < place + 2:
        raise ValueError(f"section 2 ends after {len(body)} bytes, within its Huffman tables")
    return struct.unpack_from("<H", body, place)[0]


def _table(rows):
    table = {}
    for n_prefix, n_all, keeps, value, bits in rows:
        if not 1 <= n_prefix <= n_all <= n_prefix + _MOST_BITS or n_prefix > _MOST_BITS or keeps > 1:
            raise ValueError(
                f"section 2 has a Huffman code of {n_all} bits with a prefix of {n_prefix} and mode {keeps}"
            )
        prefix = f"{bits & (1 << n_prefix) - 1:0{n_prefix}b}"[::-1]  # the file holds the first bit lowest
        if prefix in table:
            raise ValueError(f"section 2 has the Huffman prefix {prefix} twice")
        table[prefix] = _Code(value, n_all - n_prefix, not keeps)
    ordered = sorted(table)
    for prefix, longer in itertools.pairwise(ordered):
        if longer.startswith(prefix):
            raise ValueError(f"section 2 has an ambiguous Huffman table: {prefix} begins {longer}")
    return table


def decode(data, n_times, tables, where):
    """Return whole numbers from the bits of one lead.

    Parameters
    ----------
    data : bytes
        Of one lead, the most significant bit first.
    n_times : int
        How many numbers to decode.
    tables : list of dict
        As `read_tables` returns them; decoding begins with the first.
    where : str
        What error messages call the lead.

    Raises
    ------
    ValueError
        If the bits end too early, go on too long, or are no code.
    """
    if n_times > len(data) * 8:
        raise ValueError(f"{where}: {len(data)} bytes cannot hold {n_times} samples")
    bits = f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}" if data else ""
    values, place, table = np.empty(n_times, np.int64), 0, tables[0]
    seen: dict = {}  # the values and lengths of codes by the bits that begin with them
    n_found = 0
    while n_found < n_times:
        window = bits[place : place + _WINDOW]
        value, length = seen.get(window) or _next_code(
            bits, place, table, f"{where}, sample {n_found + 1} of {n_times}"
        )
        place += abs(length)
        if length < 0:
            if not 1 <= value <= len(tables):
                raise ValueError(f"{where}: there is no Huffman table {value}, only {len(tables)}")
            table, seen = tables[value - 1], {}
            continue
        if length <= len(window):
            seen[window] = value, length
        values[n_found] = value
        n_found += 1
    if len(bits) - place >= _PADDING and "1" in bits[place:]:
        raise ValueError(f"{where}: {len(bits) - place} bits follow the last of {n_times} samples")
    return values


def _next_code(bits, place, table, where):
    """Return the value and the length of the code at a place; codes that switch tables have negative lengths."""
    for n_prefix in range(1, _MOST_BITS + 1):
        code = table.get(bits[place : place + n_prefix])
        if code:
            end = place + n_prefix + code.n_bits
            extra = bits[place + n_prefix : end]
            if len(extra) < code.n_bits:
                break
            value = code.value + (int(extra, 2) - (1 << code.n_bits) * (extra[0] == "1") if extra else 0)
            return (code.value, place - end) if code.switches else (value, end - place)
    raise ValueError(f"{where}: {bits[place : place + _MOST_BITS]!r} begins with no Huffman code, or ends within one")
