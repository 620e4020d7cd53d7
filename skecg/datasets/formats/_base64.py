"""Decode base64, and the samples of several leads at once in half the time of the standard library."""

from __future__ import annotations

import binascii
from functools import cache
from itertools import pairwise

import numpy as np

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WRONG = 0xFFFF
_BLANKS = (b"\n", b"\r", b" ", b"\t")


def bytes_of_base64(name, text):
    """Return the bytes that str or bytes hold in base64; white space is skipped, anything else raises a ValueError."""
    try:
        return binascii.a2b_base64(_without_blanks(text), strict_mode=True)
    except ValueError as error:
        raise ValueError(f"{name} must be base64: {error}") from None


def bytes_of_each(names, texts):
    """Return the bytes of several texts, as `bytes_of_base64` does."""
    try:
        packed = [_without_blanks(text) for text in texts]
        sizes = [max(len(text) - 4, 0) // 4 * 4 for text in packed]  # without the end, which may hold padding
        decoded = _decoded(b"".join(text[:size] for text, size in zip(packed, sizes, strict=True)))
        ends = [binascii.a2b_base64(text[size:], strict_mode=True) for text, size in zip(packed, sizes, strict=True)]
    except ValueError:
        return [bytes_of_base64(name, text) for name, text in zip(names, texts, strict=True)]  # one raises the error
    places = np.cumsum([0, *sizes]) // 4 * 3
    return [decoded[begin:stop] + end for (begin, stop), end in zip(pairwise(places.tolist()), ends, strict=True)]


def _without_blanks(text):
    text = text.encode("ascii") if isinstance(text, str) else (text or b"")
    for blank in _BLANKS:
        text = text.replace(blank, b"")
    return text


def _decoded(text):
    """Return the bytes of a text without padding; two characters are 12 bits."""
    pairs = _bits_of_pairs().take(np.frombuffer(text, "<u2"))
    if len(pairs) and pairs.max() == _WRONG:
        raise ValueError
    fours = pairs.astype("<u2", copy=False).view("<u4")
    fours = (fours & 0xFFF) << 12 | fours >> 16
    decoded = np.empty((len(fours), 3), np.uint8)
    for place, shift in enumerate((16, 8, 0)):
        decoded[:, place] = fours >> shift
    return decoded.tobytes()


@cache
def _bits_of_pairs():
    """Return the 12 bits of each pair of characters, by the pair as a number of 16 bits."""
    bits = np.full(256, _WRONG, np.uint16)
    bits[list(_ALPHABET)] = np.arange(64)
    first, second = bits[None, :], bits[:, None]
    return np.where((first == _WRONG) | (second == _WRONG), _WRONG, first << 6 | second).astype(np.uint16).ravel()
