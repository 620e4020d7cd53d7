"""Reader of SCP-ECG files (EN 1064, ISO 11073-91064)."""

from __future__ import annotations

import datetime
import struct

from ._recording import Recording, age_at, age_in_years, text_or_none, time_on
from ._scp_sections import looks_like_sections, read_sections
from ._scp_signal import read_signal

FORMAT = "SCP-ECG"
_ID, _AGE, _BIRTH, _SEX, _DEVICE, _DAY, _CLOCK, _END = 2, 4, 5, 8, 14, 25, 26, 255  # tags of section 1
_AGE_UNITS = {1: "years", 2: "months", 3: "weeks", 4: "days", 5: "hours"}


def recognises(head):
    """Return whether bytes begin an SCP-ECG file, or a file of a small device that resembles one."""
    return looks_like_sections(head)


def read(data):
    """Return the `Recording` of the rhythm data of an SCP-ECG file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        If a checksum, a size or a count differs from the file, or the file breaks the standard.
    """
    sections = read_sections(data)
    leads, signal, fs = read_signal(sections)
    tags = _tags(sections.get(1, b""))
    day, birth = _date(tags.get(_DAY, b"")), _date(tags.get(_BIRTH, b""))
    return Recording(
        signal,
        tuple(leads),
        fs,
        FORMAT,
        age=_age(tags.get(_AGE, b""), birth, day),
        sex={b"\x01": "male", b"\x02": "female"}.get(tags.get(_SEX)),
        patient_id=_text(tags.get(_ID, b"")),
        time=time_on(day, tags.get(_CLOCK, b"")[:3]),
        device=_text(tags.get(_DEVICE, b"")[8:14]),
    )


def _tags(body):
    """Return the tags of section 1 with their bytes; a tag that comes twice keeps the last."""
    tags, place = {}, 0
    while place + 3 <= len(body) and body[place] != _END:
        tag, length = struct.unpack_from("<BH", body, place)
        place += 3 + length
        if place > len(body):
            raise ValueError(f"section 1: tag {tag} of {length} bytes is longer than the section")
        tags[tag] = body[place - length : place]
    return tags


def _text(value):
    return text_or_none(value.split(b"\x00")[0].decode("latin-1"))


def _date(value):
    try:
        return datetime.date(*struct.unpack("<HBB", value))
    except (ValueError, struct.error):
        return None


def _age(value, birth, day):
    """Return the age in years that the file states, else the age that follows from the date of birth."""
    if len(value) == 3 and value[2] in _AGE_UNITS:
        number, unit = struct.unpack("<HB", value)
        return age_in_years(number, _AGE_UNITS[unit])
    return age_at(birth, day)
