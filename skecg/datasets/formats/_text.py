"""Decode text whose encoding a file does not state: UTF-16, UTF-8, or else ISO-8859-1."""

from __future__ import annotations

import codecs
from functools import lru_cache

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@lru_cache(maxsize=1)  # as the readers of many formats look at one file in turn
def text_of_head(head):
    """Return the start of a text file, which may end within a character.

    UTF-16 shows in its byte order mark, or in the zero byte next to the first character.
    """
    if head[:2] in _UTF_16:
        return head.decode("utf-16", "ignore")
    if 0 in head[:2]:
        return head.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "ignore")
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return head.decode("latin-1")


def text_of(data):
    """Return a whole text file, with line feeds between its lines; UTF-16 needs a byte order mark."""
    try:
        text = data.decode("utf-16" if data[:2] in _UTF_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
