"""The column of ages of a table, in years."""

from __future__ import annotations

import re

import numpy as np

from .._warn import warn
from ._rows import fault_list
from .patient import ABOVE_89, OLDEST, age_at, parse_age

_CODES = (-1, -9, -99, -999, -9999, 888, 999, 8888, 9999, 99999)  # what tables write for a missing number
_MASKED = 300  # what MIMIC-III and PTB-XL write for an age above 89
_RECORDED = re.compile(
    r"time|date|datetime|timestamp|recorded"
    r"|(recording|acquisition|acquired|recorded|ecg|study|exam)_?(on|at|time|date|datetime)"
    r"|(time|date)_of_(recording|acquisition|ecg)"
)
_DATE = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}|\d{1,2}([./-])\d{1,2}\2\d{4}")
_CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}.*$")
_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y")


def ages_of(column, table, source, *, refuse):
    """Return a column of ages in years, or the same object if there is nothing to convert.

    Parameters
    ----------
    column : pandas.Series
    table : pandas.DataFrame
        The table with this column, `age`.
    source : str
        The name of the table in messages.
    refuse : bool
        Whether values that are no ages are an error, or missing values with a warning.

    Returns
    -------
    ages : pandas.Series
        float64; numbers that need no conversion keep their type.

    Raises
    ------
    ValueError
        If values are no ages of human beings; the message names the first ten. If the column holds dates of
        birth, and no column has the time of recording.

    Warns
    -----
    UserWarning
        If values such as 999 and -1, which stand for a missing age, became missing, or 300 became 90.
    """
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        values, odd = column.to_numpy(), []
    else:
        values, odd = _at_recording(column, table, source) if _holds_dates(column) else _parsed(column)
        column = type(column)(values, index=column.index, name=column.name)
    outside = np.flatnonzero((values < 0) | (values > OLDEST))
    if not len(outside) and not odd:
        return column
    codes = [row for row in outside if values[row] in _CODES]
    masked = [row for row in outside if values[row] == _MASKED]
    wrong = sorted({*outside, *odd} - {*codes, *masked})
    if refuse:
        _refuse(table, wrong, source)
    codes = sorted({*codes, *wrong})
    values = values.astype(np.float64)
    values[codes], values[masked] = np.nan, ABOVE_89
    _warn(table, codes, masked, source)
    return type(column)(values, index=column.index, name=column.name)


def _refuse(table, rows, source):
    if rows:
        raise ValueError(
            f"{source}: {len(rows)} of {len(table)} values of age are no age in years from 0 to {OLDEST:g}: "
            f"{fault_list(table, 'age', rows)}. Write a number, or text such as '63 y' or '18 months'; leave the cell "
            "empty if the age is unknown."
        )


def _warn(table, codes, masked, source):
    parts = [
        f"{len(rows)} of {len(table)} values of age became {meaning}: {fault_list(table, 'age', rows)}"
        for rows, meaning in ((codes, "missing"), (masked, f"{ABOVE_89:g}, as {_MASKED} means above 89"))
        if rows
    ]
    warn(f"{source}: {'; '.join(parts)}.")


def _parsed(column):
    """Return the ages of a column that holds more than numbers, and the rows that hold no age."""
    values, odd = np.full(len(column), np.nan), []
    for row, (value, absent) in enumerate(zip(column, column.isna(), strict=True)):
        try:
            age = None if absent else parse_age(value)
        except ValueError:
            odd.append(row)
        else:
            values[row] = np.nan if age is None else age
    return values, odd


def _holds_dates(column):
    """Return whether the first value of a column is a date."""
    first = next(iter(column.dropna()), None)
    if isinstance(first, str):
        return _DATE.fullmatch(_CLOCK.sub("", first.strip())) is not None
    return hasattr(first, "year") and hasattr(first, "month")


def _at_recording(column, table, source):
    """Return the ages of people whose dates of birth stand in the column `age`, and the rows without."""
    of_recording = [name for name in table if _RECORDED.fullmatch(re.sub(r"[\s-]+", "_", str(name).strip().casefold()))]
    if not of_recording:
        raise ValueError(
            f"{source}: the column age holds dates of birth, such as {fault_list(table, 'age', [0])}, and there is no "
            f"column of the time of recording, such as `time`; the columns are {', '.join(map(str, table))}."
        )
    born, seen = _dates(column, source), _dates(table[of_recording[0]], source)
    ages = [age_at(birth, time) for birth, time in zip(born, seen, strict=True)]
    both = (column.notna() & table[of_recording[0]].notna()).to_numpy()
    odd = [row for row, age in enumerate(ages) if age is None and both[row]]
    return np.array([np.nan if age is None else age for age in ages], np.float64), odd


def _dates(column, source):
    """Return the dates of a column, with None for other values; raise ValueError if day and month may be mixed up."""
    import pandas as pd

    if not column.map(type).eq(str).any():
        return [value if hasattr(value, "year") and value == value else None for value in column]  # NaT has a year
    texts = column.map(lambda value: _CLOCK.sub("", str(value).strip()))
    readings = [pd.to_datetime(texts, format=form, errors="coerce") for form in _FORMS]
    most = max(reading.notna().sum() for reading in readings)
    best = [reading for reading in readings if reading.notna().sum() == most]
    if most and any(not best[0].equals(other) for other in best):
        example = texts[best[0] != best[1]].iloc[0]
        raise ValueError(
            f"{source}: the dates of the column {column.name!r}, such as {example!r}, may begin with the day or with "
            "the month; write them as year-month-day."
        )
    return [day if day == day else None for day in best[0]]
