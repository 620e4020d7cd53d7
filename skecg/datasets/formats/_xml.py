"""Read XML without entities, DTDs and namespaces."""

from __future__ import annotations

import math
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException


def parse_xml(data):
    """Return the root element; tags lose their namespaces.

    Parameters
    ----------
    data : bytes
        A document in any encoding that its declaration names.

    Raises
    ------
    ValueError
        If the document is no well-formed XML, or has a DTD or entities.
    """
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, LookupError, ValueError, DefusedXmlException) as error:
        what = "has a DTD or entities" if isinstance(error, DefusedXmlException) else str(error)
        raise ValueError(f"the XML is damaged or not allowed: {what}") from None
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def text_at(element, path):
    """Return the text of the element at a path without outer blanks, or None if it is missing or empty."""
    found = element.find(path)
    return None if found is None else ((found.text or "").strip() or None)


def number_at(element, path, default=None):
    """Return the number at a path, which may have a decimal comma.

    Raises
    ------
    ValueError
        If there is no finite number and no default.
    """
    text = text_at(element, path)
    if text is None and default is not None:
        return default
    try:
        number = float(text.replace(",", "."))
    except (AttributeError, ValueError):
        raise ValueError(f"{path} must be a number, got {text!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"{path} must be finite, got {text!r}")
    return number
