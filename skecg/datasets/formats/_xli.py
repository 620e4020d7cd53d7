"""Decompress XLI, in which Philips stores leads: LZW of 10-bit codes over differences of second order."""

from __future__ import annotations

import numpy as np

_HEADER = 8  # bytes: the size, a code and the first difference
_BITS = 10
_END = 1023  # the code that ends a lead; it never names a string


def decompress(data, n_leads, n_times):
    """Return the first leads of XLI data.

    Parameters
    ----------
    data : bytes
        One chunk a lead. Philips appends chunks without a lead, so that sixteen are there.
    n_leads, n_times : int
        How many leads are read, and how many samples each must have.

    Returns
    -------
    ndarray of shape (n_leads, n_times)
        Whole numbers in the range of 16 bits, as int32.

    Raises
    ------
    ValueError
        If data end early, or a lead is damaged or of another length.

    Notes
    -----
    The work and the memory are linear in the sizes of the data and of the leads.
    """
    leads = np.empty((n_leads, n_times), np.int32)
    chunks = _chunks(data)
    if len(chunks) < n_leads:
        raise ValueError(f"XLI: {n_leads} leads are expected, got {len(chunks)}")
    for place, (chunk, first) in enumerate(chunks[:n_leads]):
        try:
            leads[place] = _integrated(_strings(chunk, 2 * n_times), first)
        except ValueError as error:
            raise ValueError(f"XLI: the lead with the index {place} is damaged: {error}") from None
    return leads


def _chunks(data):
    """Return the compressed bytes and the first difference of each lead."""
    chunks, place = [], 0
    while place < len(data):
        begin = place + _HEADER
        size = int.from_bytes(data[place : place + 4], "little")
        place = begin + size
        if place > len(data):
            raise ValueError(f"XLI: a lead ends at byte {place}, but there are {len(data)} bytes")
        chunks.append((data[begin:place], int.from_bytes(data[begin - 2 : begin], "little", signed=True)))
    return chunks


def _codes(chunk):
    """Return the 10-bit numbers in a chunk, the most significant bit first."""
    count = len(chunk) * 8 // _BITS
    bits = np.unpackbits(np.frombuffer(chunk, np.uint8), count=count * _BITS).reshape(count, _BITS)
    return (bits @ (1 << np.arange(_BITS - 1, -1, -1))).tolist()


def _strings(chunk, size):
    """Return what a chunk of LZW holds, which must be `size` bytes (Welch 1984)."""
    if len(chunk) > 2 * size + 16:
        raise ValueError(f"{len(chunk)} bytes are too many for {size}")
    table = [bytes([value]) for value in range(256)]
    pieces, previous, left = [], b"", size
    for code in _codes(chunk):
        if code == _END:
            break
        if code < len(table):
            piece = table[code]
        elif code == len(table) and previous:
            piece = previous + previous[:1]
        else:
            raise ValueError(f"code {code} comes when {len(table)} strings are defined")
        if previous and len(table) < _END:
            table.append(previous + piece[:1])
        left -= len(piece)
        if left < 0:
            raise ValueError(f"it holds more than {size} bytes")
        pieces.append(piece)
        previous = piece
    else:
        raise ValueError("the code that ends it is missing")
    if left:
        raise ValueError(f"it holds {size - left} bytes, expected {size}")
    return b"".join(pieces)


def _integrated(data, first):
    """Return the samples whose differences the bytes hold: all high bytes, then all low ones.

    The first two numbers are samples. Each later sample is z = 2y - x - d, where x and y are the two samples before z.
    The first d is that of the header; each later d is the number stored before the place of z, minus 64.
    """
    stored = np.frombuffer(data, np.uint8).reshape(2, -1).astype(np.int64)
    stored = ((stored[0] << 8 | stored[1]) ^ 0x8000) - 0x8000
    if len(stored) < 3:
        return stored
    steps = np.empty(len(stored) - 1, np.int64)
    steps[0], steps[1], steps[2:] = stored[1] - stored[0], -first, 64 - stored[2:-1]
    samples = stored[0] + np.append(0, np.cumsum(np.cumsum(steps)))
    if samples.min() < -32768 or samples.max() > 32767:
        raise ValueError("its samples leave the range of 16 bits")
    return samples
