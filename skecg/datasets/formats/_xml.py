"""Read XML without entities, declarations of a DTD and namespaces, in bounded memory."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree.ElementTree import ParseError, TreeBuilder

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ._text import text_of_head

_PROLOG = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*>)", re.DOTALL)
_ROOT = re.compile(r"\s*<(?:[^\s<>/:!?]+:)?([^\s<>/:!?]+)[\s/>]")
_SMALL = 32768  # bytes: no document of this size takes much memory
_LONGEST = 128  # characters of a namespace, which is repeated in the name of each element
_LARGEST = 1e30  # products of several such numbers are finite
_TOKEN = r"[-+]?+[0-9]++(?:\.[0-9]*+)?+"
_NUMBERS = {
    " ": re.compile(rf"(?:{_TOKEN}(?:\s++|\Z))++", re.ASCII),
    ",": re.compile(rf"{_TOKEN}(?:\s*+,\s*+{_TOKEN})*+", re.ASCII),
}


class _Parser(DefusedXMLParser):
    """Refuses entities, declarations and long namespaces.

    It reads a document that names a DTD, as GE MUSE names one in each document. Tags and attributes go to the builder
    without a detour over Python.
    """

    def __init__(self):
        builder = TreeBuilder()
        super().__init__(target=builder, forbid_dtd=True)
        self.parser.ordered_attributes = False
        self.parser.StartElementHandler = builder.start
        self.parser.EndElementHandler = builder.end
        self.parser.StartNamespaceDeclHandler = self._check_namespace
        self.has_namespaces = False

    def _check_namespace(self, prefix, uri):
        self.has_namespaces = True
        if uri and len(uri) > _LONGEST:
            raise ValueError(f"a namespace has {len(uri)} characters, more than {_LONGEST}")

    def defused_start_doctype_decl(self, name, sysid, pubid, has_internal_subset):
        if has_internal_subset:
            super().defused_start_doctype_decl(name, sysid, pubid, has_internal_subset)


def _check_density(data):
    """Refuse far more elements and attributes than files of this size have: each takes hundreds of bytes."""
    if len(data) < _SMALL:
        return
    n_most = data.count(b"<") - data.count(b"</") - data.count(b"<\x00/") + data.count(b"=")
    if n_most > len(data) / 16 + 1000:
        raise ValueError(f"it has up to {n_most} elements and attributes in {len(data)} bytes")


@lru_cache(maxsize=1)  # as the readers of many formats look at one file in turn
def root_tag(head):
    """Return the root element's name without its namespace at the start of a file, or "" if this is no XML."""
    text, place = text_of_head(head), 0
    while prolog := _PROLOG.match(text, place):
        place = prolog.end()
    root = _ROOT.match(text, place)
    return root[1] if root else ""


def parse_xml(data):
    """Return the root element; tags lose their namespaces.

    Parameters
    ----------
    data : bytes
        A document in any encoding that its declaration names. It may name a DTD, which is never loaded.

    Raises
    ------
    ValueError
        If the document is no well-formed XML, declares entities or anything else in a DTD of its own, or has far more
        elements than files of its size have.
    """
    parser = _Parser()
    try:
        _check_density(data)
        parser.feed(data)
        root = parser.close()
    except (ParseError, LookupError, ValueError, DefusedXmlException) as error:
        what = "has a DTD or entities" if isinstance(error, DefusedXmlException) else str(error)
        raise ValueError(f"the XML is damaged or not allowed: {what}") from None
    for element in root.iter() if parser.has_namespaces else ():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text_at(element, path):
    """Return the text of the element at a path without outer blanks, or None if it is missing or empty."""
    found = element.find(path)
    return None if found is None else ((found.text or "").strip() or None)


def texts_of(element):
    """Return {tag: text} of the children of an element, or {} for None; texts are as those of `text_at`.

    Of children of one tag the first counts.
    """
    return {} if element is None else {child.tag: (child.text or "").strip() or None for child in element[::-1]}


def number_at(element, path, default=None):
    """Return the number at a path, which may have a decimal comma.

    Raises
    ------
    ValueError
        If there is no number, or one that is too large, and no default.
    """
    return number_of(path, text_at(element, path), default)


def number_of(name, text, default=None):
    """Return the number that a text holds, which may have a decimal comma; the name is for the ValueError."""
    if text is None and default is not None:
        return default
    shown = text if text is None else text[:40]
    try:
        number = float(text.replace(",", "."))
    except (AttributeError, ValueError):
        raise ValueError(f"{name} must be a number, got {shown!r}") from None
    if not abs(number) <= _LARGEST:
        raise ValueError(f"{name} must be a number of at most {_LARGEST:g}, got {shown!r}")
    return number


def check_stated(what, came, stated):
    """Compare a number, such as a count, with the text in which the file states it, if there is such a text.

    Raises
    ------
    ValueError
        If the two differ, or the text is no number.
    """
    if stated is not None and number_of(f"the stated {what}", stated) != came:
        raise ValueError(f"{what} is {came:.12g}, but the file states {stated[:40]}")


def require(name, due, stated):
    """Check a text that a reader can handle in one form only, if the file states it; case does not count.

    Raises
    ------
    ValueError
        If the text differs from what is due.
    """
    if stated is not None and stated.strip().casefold() != due.casefold():
        raise ValueError(f"{name} must be {due}, got {stated[:40]!r}")


def numbers_of(name, text, separator):
    """Return the decimal numbers that a text lists.

    Parameters
    ----------
    name : str
        What the text is, for the error.
    text : str or None
    separator : {" ", ","}
        White space or a comma.

    Returns
    -------
    ndarray of shape (n_numbers,)
        As float64.

    Raises
    ------
    ValueError
        If the text is empty or holds anything else.
    """
    text = (text or "").strip()
    if not _NUMBERS[separator].fullmatch(text):
        between = "commas" if separator == "," else "white space"
        raise ValueError(f"{name} must be numbers between {between}, got {text[:40]!r}")
    numbers = np.fromstring(text, dtype=float, sep=separator)
    if not np.abs(numbers).max() <= _LARGEST:
        raise ValueError(f"{name} must be numbers of at most {_LARGEST:g}")
    return numbers
