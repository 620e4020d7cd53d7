"""What headers say of the patient: age, sex and diagnosis."""

from __future__ import annotations

import re

from skecg.records.patient import sex_of

from ._wfdb_header import read_text

_BRACKETED = re.compile(r"<([^<>]{1,40})>:?([^<]*)")  # "<age>: 65 <sex>: F", the form that header(5) recommends
_PAIRS = re.compile(  # "Age: 62  Sex: M", "age=62; sex=M", "Age (months): 8"
    r"(?<!gestational )\b(age|sex|gender)\b\s*(?:\(([^()]{1,20})\))?(?:\s*[:=]\s*|\s+(?=\d|[MF]\b))"
    r"([^;|]{0,40}?)[\s,]*(?=[;|]|,\s|\s\s|\b(?:age|sex|gender)\b|$)",
    re.IGNORECASE,
)
_BARE = re.compile(r"(\d{1,3}) ([MF])(?: |$)")  # "69 M 1085 1629 x1", the first comment of the MIT-BIH sets
_KEYS = {"gender": "sex"}


def read_comments(path):
    """Return age, sex and dx from the comments of a header."""
    lines = map(str.strip, read_text(path).splitlines())
    return comment_fields([line.lstrip("#").strip() for line in lines if line.startswith("#")])


def comment_fields(comments):
    """Return age (text), sex ("male", "female", None) and dx (text) from comments like "Age: 74"."""
    texts = {}
    bare = _BARE.match(comments[0]) if comments else None
    if bare:
        texts |= {"age": bare[1], "sex": bare[2]}
    for comment in comments:
        key, _, value = comment.partition(":")
        texts |= {key.strip().lower(): value.strip()}
        found = [(key, f"{value} {unit}".strip()) for key, unit, value in _PAIRS.findall(comment)]
        texts |= {_KEYS.get(key.strip().lower(), key.strip().lower()): value.strip() for key, value in found}
        texts |= {key.strip().lower(): value.strip() for key, value in _BRACKETED.findall(comment)}
    fields = {key: texts[key] for key in ("age", "sex", "dx") if key in texts}
    if "sex" in fields:
        fields["sex"] = sex_of(fields["sex"])
    return fields
