"""What headers say of the patient: age, sex and diagnosis."""

from __future__ import annotations

import re

import numpy as np

from ._wfdb_header import read_text

_BRACKETED = re.compile(r"<([^<>]{1,40})>:?([^<]*)")  # "<age>: 65 <sex>: F", the form that header(5) recommends
_SEXES = {"m": "male", "male": "male", "f": "female", "female": "female"}


def read_comments(path):
    """Return age, sex and dx from the comments of a header."""
    lines = map(str.strip, read_text(path).splitlines())
    return comment_fields([line.lstrip("#").strip() for line in lines if line.startswith("#")])


def comment_fields(comments):
    """Return age (float, years), sex ("male", "female") and dx (text) from comments like "Age: 74"."""
    pairs = [comment.partition(":") for comment in comments]
    texts = {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}
    for comment in comments:
        texts |= {key.strip().lower(): value.strip() for key, value in _BRACKETED.findall(comment)}
    fields = {}
    if "age" in texts:
        fields["age"] = years(texts["age"])
    if "sex" in texts:
        fields["sex"] = sex_of(texts["sex"])
    if "dx" in texts:
        fields["dx"] = texts["dx"]
    return fields


def years(text):
    """Return an age of at most 999 years as a float, NaN for anything else."""
    return float(text) if re.fullmatch(r"\d{1,3}(\.\d*)?", text) else np.nan


def sex_of(text):
    """Return "male" or "female" for M, Male, f, ..., None for anything else."""
    return _SEXES.get(text.strip().lower())
