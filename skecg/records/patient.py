"""Age and sex of a patient, from what tables, machines and headers write."""

from __future__ import annotations

import datetime
import math
import numbers
import re

import numpy as np

OLDEST = 130.0  # years
ABOVE_89 = 90.0  # what an anonymised age above 89 becomes
_YEAR = 365.25  # days
_IN_YEARS = {
    1: "y yr yrs yo year years a j jahr jahre anni años",
    1 / 12: "m mo mon month months monat monate mois",
    7 / _YEAR: "w wk wks week weeks woche wochen",
    1 / _YEAR: "d day days",
    1 / (24 * _YEAR): "h hr hrs hour hours",
}
_UNITS = {word: factor for factor, words in _IN_YEARS.items() for word in words.split()}
_MISSING = {"", "-", "--", "?", ".", "na", "n/a", "#n/a", "nan", "<na>", "nat", "null", "none", "unknown", "unk", "u"}
_LONGEST = 40  # characters of an age
_PART = r"([+-]?\d+(?:[.,]\d*)?)\s*([^\W\d_]*)\.?"
_AGE_AND_SEX = re.compile(r"\d+\s+m")  # "63 M" may be a man of 63 years; "018M" is 18 months, as in DICOM
_ABOVE = re.compile(r"(?:>=?|≥)\s*(\d{1,3})|(\d{1,3})\s*\+")
_SEXES = {"m": "male", "male": "male", "f": "female", "female": "female"}


def is_missing(text):
    """Return whether a text means that a value is missing: "", "NA", "unknown", "-", ..."""
    return text.strip().casefold() in _MISSING


def parse_age(value, unit="years"):
    """Return an age in years.

    Parameters
    ----------
    value : str, number, timedelta or None
        "63", "63,5", "63 y", "063Y" and "18M" as in DICOM, "5 years 3 months", or a number. An age above 89
        without a number, as anonymised tables have it (">89", "90+"), becomes 90.
    unit : str, default="years"
        The unit of a value that has none.

    Returns
    -------
    age : float or None
        None if the value is missing. The range is not checked.

    Raises
    ------
    ValueError
        If the value is no age.
    """
    if value is None or (isinstance(value, str) and is_missing(value)):
        return None
    if isinstance(value, str) and value.isdecimal() and len(value) < _LONGEST:
        return float(value) * _factor(unit)
    if isinstance(value, datetime.timedelta | np.timedelta64):
        return float(value / _days(value)) / _YEAR
    if isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_):
        return None if math.isnan(value) else float(value) * _factor(unit)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError(f"{value!r} is no age")
    text = value.strip().casefold().removesuffix("old").replace("/o", "o").strip()
    above = _ABOVE.fullmatch(text)
    if above and int(above[1] or above[2]) in (89, 90):
        return ABOVE_89
    parts = re.findall(_PART, text)
    if not parts or re.sub(_PART, "", text).strip() or _AGE_AND_SEX.fullmatch(text):
        raise ValueError(f"{value!r} is no age")
    if len(parts) > 1 and not all(word for _, word in parts):
        raise ValueError(f"{value!r} is no age")
    return sum(float(number.replace(",", ".")) * _factor(word or unit) for number, word in parts)


def age_in_years(value, unit="years"):
    """Return an age in years, or None if the value is missing, no age, or no age of a human being."""
    try:
        age = parse_age(value, unit or "years")
    except ValueError:
        return None
    return age if age is not None and 0 <= age <= OLDEST else None


def age_at(birth, time):
    """Return the age in whole years at a time, or None if one of the two is missing or the birth is later."""
    if birth is None or time is None:
        return None
    birth, time = (value.date() if isinstance(value, datetime.datetime) else value for value in (birth, time))
    whole = time.year - birth.year - ((time.month, time.day) < (birth.month, birth.day))
    return float(whole) if 0 <= whole <= OLDEST else None


def sex_of(value):
    """Return "male" or "female" for M, Male, f, ..., None for anything else."""
    return _SEXES.get(str(value or "").strip().casefold())


def _days(value):
    """Return a day in the type of a time difference."""
    return np.timedelta64(1, "D") if isinstance(value, np.timedelta64) else datetime.timedelta(days=1)


def _factor(unit):
    """Return the years in a unit; raise ValueError if there is no such unit."""
    if unit.strip().casefold() not in _UNITS:
        raise ValueError(f"{unit!r} is no unit of an age")
    return _UNITS[unit.strip().casefold()]
