"""Read the elements of a DICOM file that an ECG needs (DICOM PS3.5, 7.1 and 7.5), and skip all others."""

from __future__ import annotations

import re
import struct
import zlib

_KEYWORDS = {
    "CS": {0x00080005: "SpecificCharacterSet", 0x00100040: "PatientSex", 0x003A0004: "WaveformOriginality"}
    | {0x54001006: "WaveformSampleInterpretation"},
    "DT": {0x0008002A: "AcquisitionDateTime", 0x00080023: "ContentDate", 0x00080033: "ContentTime"}
    | {0x00100030: "PatientBirthDate", 0x00101010: "PatientAge"},
    "LO": {0x00080070: "Manufacturer", 0x00081090: "ManufacturerModelName", 0x00100020: "PatientID"}
    | {0x00080100: "CodeValue", 0x00080102: "CodingSchemeDesignator", 0x00080104: "CodeMeaning"}
    | {0x003A0020: "MultiplexGroupLabel"},
    "DS": {0x003A001A: "SamplingFrequency", 0x003A0210: "ChannelSensitivity", 0x003A0213: "ChannelBaseline"}
    | {0x003A0212: "ChannelSensitivityCorrectionFactor"},
    "US": {0x003A0005: "NumberOfWaveformChannels", 0x54001004: "WaveformBitsAllocated"},
    "UL": {0x003A0010: "NumberOfWaveformSamples"},
    "OW": {0x54001010: "WaveformData", 0x5400100A: "WaveformPaddingValue"},
    "SQ": {0x54000100: "WaveformSequence", 0x003A0200: "ChannelDefinitionSequence"}
    | {0x003A0208: "ChannelSourceSequence", 0x003A0211: "ChannelSensitivityUnitsSequence"},
}
_READ = {tag: (keyword, kind) for kind, names in _KEYWORDS.items() for tag, keyword in names.items()}
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_START, _SYNTAX = 132, 0x00020010  # where the first element begins; the transfer syntax
_IMPLICIT, _DEFLATED, _BIG = (b"1.2.840.10008.1.2" + end for end in (b"", b".1.99", b".2"))
_MOST_EXPANDED = 8  # deflated ECGs expand to two or three times their size
_DEEPEST = 3  # the code of a source, of a channel, of a group of waveforms
_CODECS = {"13": "shift_jis", "100": "latin-1", "126": "iso8859-7", "127": "iso8859-6", "138": "iso8859-8"}
_CODECS |= {"144": "iso8859-5", "148": "iso8859-9", "166": "tis-620", "192": "utf-8", "203": "iso8859-15"}
_CODECS |= {"101": "iso8859-2", "109": "iso8859-3", "110": "iso8859-4", "149": "euc-kr", "58": "gb2312"}
_CODECS |= {"87": "iso2022-jp", "159": "iso2022-jp-2", "GB18030": "gb18030", "GBK": "gbk"}


def read_elements(data):
    """Return the elements that an ECG needs.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    elements : dict
        The values by keyword: str, int (US and UL), bytes (samples), or a list of such dicts (sequences).
    order : {"<", ">"}
        The order of bytes.

    Raises
    ------
    ValueError
        If the file is cut short, an element is there twice, a length or number is wrong, or deflated data are damaged
        or expand to more than eight times their size.
    """
    place, syntax = _START, b""
    reader = _Reader(data, "<", is_implicit=False)  # as the header of every file is
    while data[place : place + 2] == b"\x02\x00" and place + 8 <= len(data):
        tag, place, length = reader.header(place)
        if tag == _SYNTAX:
            syntax = data[place : place + length].rstrip(b"\x00 ")
        place += length
    if syntax == _DEFLATED:
        data, place = _inflated(data[place:]), 0
    order = ">" if syntax == _BIG else "<"
    return _Reader(data, order, is_implicit=syntax == _IMPLICIT).elements(place, len(data)), order


def _inflated(data):
    """Return what deflated data hold, without ever expanding a bomb."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        expanded = inflater.decompress(data, _MOST_EXPANDED * len(data))
    except zlib.error as error:
        raise ValueError(f"the deflated DICOM data are damaged: {error}") from None
    if not inflater.eof:
        raise ValueError(
            f"the deflated DICOM data are cut short, or expand to more than {_MOST_EXPANDED} times their size"
        )
    return expanded


class _Reader:
    def __init__(self, data, order, *, is_implicit):
        self.data, self.order, self.is_implicit = data, order, is_implicit
        self.codec = "latin-1"
        self.read_header = struct.Struct(f"{order}HH2sH").unpack_from
        self.read_length = struct.Struct(f"{order}I").unpack_from

    def header(self, place):
        """Return the tag of an element, where its value begins, and the length of the value."""
        group, element, kind, short = self.read_header(self.data, place)
        tag = group << 16 | element
        if self.is_implicit or group == 0xFFFE or not b"AA" <= kind <= b"ZZ":  # without a value representation
            return tag, place + 8, self.read_length(self.data, place + 4)[0]
        if kind in _LONG:
            return tag, place + 12, self.read_length(self.data, place + 8)[0]
        return tag, place + 8, short

    def elements(self, place, end, depth=0):
        """Return the elements between two places, the second of which may lie behind a delimiter."""
        found = {}
        while place + 8 <= end:
            tag, begin, length = self.header(place)
            if tag in (_ITEM_END, _SEQUENCE_END):
                break
            place = self._end_of(begin) if length == _UNDEFINED else begin + length
            if place > end:
                raise ValueError(f"the DICOM data are cut short: an element ends at {place}, and its data at {end}")
            keyword, kind = _READ.get(tag, (None, None))
            if keyword is None or (kind == "SQ" and depth == _DEEPEST):
                continue
            if keyword in found:
                raise ValueError(f"the DICOM data are damaged: {keyword} is there twice")
            found[keyword] = self._items(begin, place, depth + 1) if kind == "SQ" else self._value(kind, begin, place)
            if keyword == "SpecificCharacterSet":
                self.codec = _codec(found[keyword])
        return found

    def _items(self, place, end, depth):
        found = []
        while place + 8 <= end:
            tag, begin, length = self.header(place)
            if tag == _SEQUENCE_END:
                break
            place = self._end_of(begin) if length == _UNDEFINED else begin + length
            if tag != _ITEM or place > end:
                raise ValueError("the DICOM data are damaged: a sequence must hold whole items")
            found.append(self.elements(begin, place, depth))
        return found

    def _end_of(self, place):
        """Return the end of the delimiter of an item or a sequence that states no length."""
        depth = 1
        while depth:
            tag, place, length = self.header(place)
            if tag in (_ITEM_END, _SEQUENCE_END):
                depth -= 1
            elif length == _UNDEFINED:
                depth += 1
            else:
                place += length
        return place

    def _value(self, kind, begin, end):
        value = self.data[begin:end]
        if kind == "OW":
            return value
        if kind in ("US", "UL"):
            if len(value) not in (0, 2 if kind == "US" else 4):
                raise ValueError(f"the DICOM data are damaged: a number of the kind {kind} has {len(value)} bytes")
            return int.from_bytes(value, "big" if self.order == ">" else "little")
        return value.decode(self.codec, "replace").strip("\x00 ")


def _codec(stated):
    """Return the codec of a character set such as "ISO_IR 100"; of several, that of the last."""
    last = re.split(r"[\\ _]", stated)[-1]
    return _CODECS.get(last, "latin-1")
