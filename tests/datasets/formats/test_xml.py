import contextlib
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets.formats._base64 import bytes_of_base64
from skecg.datasets.formats._xml import number_at, numbers_of, parse_xml, root_tag, text_at

HOSTILE = {
    "entities": b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>',
    "a file as an entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "an entity of parameters": b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://localhost/b"> %b;]><a/>',
    "attributes by default": b'<!DOCTYPE a [<!ATTLIST b c CDATA "' + b"d" * 9999 + b'">]><a>' + b"<b/>" * 999 + b"</a>",
    "an entity that nothing declares": b'<!DOCTYPE a SYSTEM "a.dtd"><a>&nbsp;</a>',
    "an unfamiliar encoding": b'<?xml version="1.0" encoding="no-such"?><a/>',
    "an encoding of several bytes": b'<?xml version="1.0" encoding="shift_jis"?><a/>',
    "bytes that are no UTF-8": b"<a>\xff\xfe\xff</a>",
    "NUL bytes": b"<a>\x00</a>",
    "half a document": b"<a><b>",
    "two roots": b"<a/><a/>",
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_refused(name):
    with pytest.raises(ValueError, match="the XML is damaged or not allowed"):
        parse_xml(HOSTILE[name])


BULKS = {
    "elements": b"<a>" + b"<b/>" * 300_000 + b"</a>",
    "different elements": b"<a>" + b"".join(b"<b%x/>" % k for k in range(200_000)) + b"</a>",
    "attributes": b"<a>" + b'<b c=""/>' * 200_000 + b"</a>",
    "nested elements": b"<b>" * 200_000 + b"</b>" * 200_000,
    "a long namespace": b'<a xmlns:n="'
    + b"u" * 50_000
    + b'">'
    + b"".join(b"<n:b%x/>" % k for k in range(50_000))
    + b"</a>",
    "text between comments": b"<a>" + b"t<!---->" * 200_000 + b"</a>",
    "one text": b"<a>" + b"1 " * 500_000 + b"</a>",
}


@pytest.mark.parametrize("name", BULKS)
def test_memory(name):
    data = BULKS[name]
    tracemalloc.start()
    with contextlib.suppress(ValueError):
        parse_xml(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(data) + 2**20


def test_density():
    with pytest.raises(ValueError, match="not allowed: it has up to 300001 elements and attributes in 1200007 bytes"):
        parse_xml(BULKS["elements"])
    with pytest.raises(ValueError, match="not allowed: it has up to 300001 elements and attributes in 2400016 bytes"):
        parse_xml(BULKS["elements"].decode().encode("utf-16"))
    with pytest.raises(ValueError, match="not allowed: a namespace has 50000 characters, more than 128"):
        parse_xml(BULKS["a long namespace"] + b"<!--" + b"-" * 2_000_000)


def test_namespaces_and_a_dtd_by_name():
    root = parse_xml(b'<!DOCTYPE a SYSTEM "a.dtd"><a xmlns="urn:b" xmlns:c="urn:d" c:e="f"><c:g>1,5</c:g><h> </h></a>')
    assert (root.tag, root.attrib, text_at(root, "g"), text_at(root, "h")) == ("a", {"urn:d}e": "f"}, "1,5", None)
    assert number_at(root, "g") == 1.5
    assert number_at(root, "h", 2.0) == 2


@pytest.mark.parametrize("text", ["", "one", "nan", "inf", "1e31", "1,2,3"])
def test_no_number(text):
    with pytest.raises(ValueError, match="b must be a number"):
        number_at(parse_xml(f"<a><b>{text}</b></a>".encode()), "b")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_root(encoding):
    declared = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<!-- <b> -->\n<!DOCTYPE a:b SYSTEM "b.dtd">\n'
    text += '<a:b xmlns:a="\u00fc">'
    head = text.encode(encoding)
    assert root_tag(head) == root_tag(head[:-1]) == "b"
    assert parse_xml((text + "\u00e4</a:b>").encode(encoding)).text == "\u00e4"


@pytest.mark.parametrize(
    "head", [b"", b"<", b"<b", b"b", b"<!-- <b> ", b"<?xml", b"\xff\xfe<", b"\x00" * 50, b"<b" * 2000]
)
def test_no_root(head):
    assert root_tag(head) == ""


@pytest.mark.parametrize(("text", "separator"), [(" 1 -2\n+3.5 ", " "), ("1,-2 ,\n3.5", ",")])
def test_numbers(text, separator):
    assert_array_equal(numbers_of("text", text, separator), [1, -2, 3.5])


@pytest.mark.parametrize(
    "text", [None, "", "1,,2", "1,2,", "1;2", "nan", "1e5", "1_0", "0x1", "\u0661", "1" * 40, "1\xa02"]
)
@pytest.mark.parametrize("separator", [" ", ","])
def test_no_numbers(text, separator):
    with pytest.raises(ValueError, match="text must be numbers"):
        numbers_of("text", text, separator)


def test_base64():
    assert bytes_of_base64("text", " AAEC\n\tAw==\r\n") == bytes_of_base64("text", b"AAECAw==") == bytes(range(4))
    for text in ("AAE", "AA*C", "AA==AAEC", "\u00e4AAA"):
        with pytest.raises(ValueError, match="text must be base64"):
            bytes_of_base64("text", text)


def test_speed_is_linear():
    text = "1 " * 200_000 + "x"
    with pytest.raises(ValueError, match="text must be numbers between white space, got '1 1 "):
        numbers_of("text", text, " ")
    assert len(numbers_of("text", text[:-1], " ")) == 200_000
    assert np.float64(numbers_of("text", "7", " ")[0]) == 7
