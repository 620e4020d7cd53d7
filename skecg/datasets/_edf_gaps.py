"""Find the start and the gaps of discontinuous EDF+ and BDF+ files, whose data records lie in the file without them."""

from __future__ import annotations

import re

ANNOTATIONS = (b"EDF Annotations", b"BDF Annotations")
_ONSET = re.compile(rb"([+-]\d+(?:\.\d*)?)\x14")  # how the annotations of a data record begin: its time in seconds
_ONSET_BYTES = 32
_TOLERANCE = 0.002  # seconds, as writers round the times


class GapError(ValueError):
    """A recording with gaps."""


def check_gaps(file, head, labels, sizes, n_records):
    """Raise GapError if a file is discontinuous and its data records do not follow each other.

    Parameters
    ----------
    file : file
        The open file.
    head : bytes
        Its first 256 bytes.
    labels : list of bytes
    sizes : list of int
        Bytes of each signal in a data record.
    n_records : int
        Number of data records.
    """
    start, duration = int(head[184:192]), float(head[244:252])
    place = _place_of_annotations(labels)
    if head[192:197] not in (b"EDF+D", b"BDF+D") or place is None:
        return
    last = None
    for number in range(n_records):
        onset = _onset(file, start + number * sum(sizes), sizes, place)
        if last is not None and (onset is None or abs(onset - last - duration) > _TOLERANCE):
            when = "at an unknown time" if onset is None else f"at {onset:g} s"
            raise GapError(
                f"the recording is interrupted: data record {number} begins {when}, the one before ends at "
                f"{last + duration:g} s. Cut the file at the gap"
            )
        last = onset


def first_onset(file, head, labels, sizes):
    """Return the seconds between the start in the header and the first sample; 0 if the file does not state them."""
    place = _place_of_annotations(labels)
    return 0.0 if place is None else _onset(file, int(head[184:192]), sizes, place) or 0.0


def _place_of_annotations(labels):
    return next((i for i, label in enumerate(labels) if label.rstrip() in ANNOTATIONS), None)


def _onset(file, start, sizes, place):
    """Return the time of the data record that starts at a place of the file, or None."""
    file.seek(start + sum(sizes[:place]))
    found = _ONSET.match(file.read(min(_ONSET_BYTES, sizes[place])))
    return None if found is None else float(found[1])
