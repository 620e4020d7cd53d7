"""Read a signal from a table of text: samples in rows, leads in columns."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np

from ._files import read_bytes
from ._table_signal import TableSignal
from ._wfdb_header import in_millivolts
from .formats._recording import HEAD

_MOST = 2**30  # bytes; 24 hours of 3 leads at 250 Hz take about 600 MB as text
_FORMS = ((";", ","), (";", "."), ("\t", ","), ("\t", "."), (",", "."), (None, ","), (None, "."))
_LINES = 40  # lines by which the form of a table is recognised
_NUMBER = re.compile(r"(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|nan)?", re.ASCII | re.IGNORECASE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_CLOCK = re.compile(r"'?(?:(\d{1,2}):)?(\d{1,2}):(\d{2}(?:[.,]\d+)?)'?", re.ASCII)
_TIME = re.compile(
    r"(?:elapsed )?(?:times?|t|timestamp|seconds|zeit|temps|tiempo)|samples?|index|n[or]|#|", re.IGNORECASE
)
_UNIT = re.compile(r"(.*?)[\s_]*[\[(/\s_][\s]*([nuµμm]?v|s|sec|ms|us)\s*[\])]?", re.IGNORECASE)
_UNIT_ROW = re.compile(r"[nuµμm]?v|s|sec|ms|us|hh:mm:ss(?:\.mmm)?|", re.IGNORECASE)
_KIND = re.compile(r"(?:lead|ecg|ekg)[ _-]+(?=\S)", re.IGNORECASE)
_SECONDS = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6}
_FEW = 8  # rows from which a column without a name that rises evenly is taken for times
_STEPS = (0.4, 1.6)  # times of 360 Hz that are rounded to 1 ms differ by 2 or 3 ms


@dataclass
class _Form:
    """How a table is written."""

    separator: str | None  # None means white space
    decimal: str
    header: list[list[str]]
    width: int
    is_clock: bool


def read_csv_signal(path, head):
    """Return the `TableSignal` of a text file, or None if it is no table of numbers.

    Raises
    ------
    ValueError
        If the rows of a table differ in length, or its times are not equally spaced.
    """
    encoding, form = _encoding(head), _form(_lines(head))
    if form is None:
        return None
    return _table(_numbers(read_bytes(path, _MOST), encoding, form), form)


def is_csv(head):
    """Return whether bytes begin a table of numbers."""
    try:
        return _form(_lines(head)) is not None
    except ValueError:  # of unclear form
        return True


def _lines(head):
    """Return the first whole lines of a text that are not empty; none if this is no text."""
    encoding = _encoding(head)
    if encoding is None:
        return []
    lines = _NEWLINE.split(head.decode(encoding, "ignore").lstrip("\ufeff"))
    lines = lines[:-1] if len(lines) > 1 and len(head) == HEAD else lines  # the last one may be cut
    return [line for line in lines[:_LINES] if line.strip()]


def _encoding(head):
    """Return the encoding of a text, or None if this is no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if any(byte < 32 and byte not in b"\t\n\r" for byte in head):
        return None
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8-sig" if error.start > len(head) - 4 else "latin-1"
    return "utf-8-sig"


def _form(lines):
    """Return the form of a table, or None if no form fits."""
    found = [form for separator, decimal in _FORMS if (form := _try(lines, separator, decimal))]
    if not found:
        return None
    best = max(found, key=lambda form: form.width)
    if best.separator == "," and best.width == 2 and not best.header and any(form.width == 1 for form in found):
        raise ValueError(
            f"the comma in {lines[-1].strip()[:40]!r} may separate two columns or be a decimal comma: separate columns "
            "with semicolons, or name the columns in the first row"
        )
    return best


def _try(lines, separator, decimal):
    rows = _without_end([_cells(line, separator) for line in lines])
    if not rows:
        return None
    n_header = next((i for i, row in enumerate(rows) if _is_numeric(row, decimal)), len(rows))
    if n_header == 0 and _are_numbers_of_columns(rows, decimal):
        n_header = 1
    body = rows[n_header:]
    same_width = len({len(row) for row in rows}) == 1 and all(_is_numeric(row, decimal) for row in body)
    names_units = n_header < 2 or (n_header == 2 and all(map(_UNIT_ROW.fullmatch, rows[1])))
    if not (body and same_width and names_units):
        return None
    return _Form(separator, decimal, rows[:n_header], len(body[0]), bool(_CLOCK.fullmatch(body[0][0])))


def _cells(line, separator):
    return [cell.strip(" \r\n\t\"'") for cell in (line.split() if separator is None else line.split(separator))]


def _without_end(rows):
    """Return rows without the empty last cell that all have if each of them ends with a separator."""
    width = max(map(len, rows), default=0)
    if width > 1 and not any(row[-1] for row in rows if len(row) == width):
        return [row[: width - 1] for row in rows]
    return rows


def _is_numeric(row, decimal):
    """Return whether all cells are numbers or empty, except a clock in the first one."""
    rest = row[1:] if len(row) > 1 and _CLOCK.fullmatch(row[0]) else row
    if decimal == ",":
        rest = ["?" if "." in cell else cell.replace(",", ".", 1) for cell in rest]
    return any(rest) and all(map(_NUMBER.fullmatch, rest))


def _are_numbers_of_columns(rows, decimal):
    """Return whether the first row counts the columns, as a table without names is written by pandas."""
    first = [cell for i, cell in enumerate(rows[0]) if cell or i]
    counted = any(first == [str(i) for i in range(start, start + len(first))] for start in (0, 1))
    return len(first) > 1 and counted and any(decimal in cell for row in rows[1:] for cell in row)


def _numbers(data, encoding, form):
    """Return the numbers of a table, of shape (n_times, n_columns)."""
    import pandas as pd

    lines = _NEWLINE.split(data[:HEAD].decode(encoding, "ignore").lstrip("\ufeff"))
    skip = [number for number, line in enumerate(lines) if line.strip()][len(form.header)]
    options = {"sep": r"\s+" if form.separator is None else form.separator, "decimal": form.decimal, "header": None}
    options |= {"converters": {0: _seconds}} if form.is_clock else {}
    try:
        table = pd.read_csv(io.BytesIO(data), skiprows=skip, index_col=False, encoding=encoding, **options)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"the table is damaged: {' '.join(str(error).split())}") from None
    if table.isna().any(axis=None):
        _check_widths(io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace"), form)
    if table.shape[1] == form.width + 1 and table.iloc[:, -1].isna().all():
        table = table.iloc[:, :-1]
    if table.shape[1] != form.width:
        raise ValueError(f"the table is damaged: its rows have {form.width} to {table.shape[1]} columns")
    for number, (_, column) in enumerate(table.items(), 1):
        if column.dtype.kind not in "if":
            wrong = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
            raise ValueError(
                f"column {number} must hold numbers, got {str(wrong.iloc[0] if len(wrong) else '')[:40]!r}"
            )
    return table.to_numpy(np.float64)


def _check_widths(lines, form):
    """Raise ValueError if a row has other cells than the first: pandas fills up short rows."""
    for number, line in enumerate(lines, 1):
        cells = _cells(line, form.separator)
        if line.strip() and len(cells) != form.width and (len(cells) != form.width + 1 or cells[-1]):
            raise ValueError(
                f"the table is damaged: line {number} must have {form.width} cells, got {line.strip()[:40]!r}"
            )


def _seconds(cell):
    """Return the seconds of a clock, such as 0:01.004 or 12:00:01."""
    found = _CLOCK.fullmatch(cell.strip())
    if not found:
        raise ValueError(f"a time must be like 12:00:01.004, got {cell[:40]!r}")
    hours, minutes, seconds = found.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))


def _table(values, form):
    """Return the signal without the column of times, and what the names of the columns say."""
    named = [_name_and_unit(cell) for cell in form.header[0]] if form.header else []
    if len(form.header) == 2:
        named = [
            (name, unit or other.lower() or None) for (name, unit), other in zip(named, form.header[1], strict=True)
        ]
    rates, first = (), 0
    if values.shape[1] > 1 and (form.is_clock or _are_times(values[:, 0], named)):
        rates, first = _rates(values[:, 0], "s" if form.is_clock else named[0][1] if named else None), 1
    leads = [name for name, _ in named[first:]]
    units = sorted({unit for _, unit in named[first:] if unit})
    if len({in_millivolts(unit) for unit in units}) > 1 or None in map(in_millivolts, units):
        raise ValueError(f"all columns must be in one unit of voltage, got {', '.join(units)}")
    leads = [] if all(lead.isdecimal() for lead in leads) else leads
    return TableSignal(values[:, first:].T, leads, units[0] if units else None, rates)


def _name_and_unit(cell):
    """Return the name of a column, and its unit or None, such as I and uv of "I [uV]"."""
    found = _UNIT.fullmatch(cell)
    name, unit = (found[1], found[2].lower()) if found else (cell, None)
    return _KIND.sub("", name.strip()), unit


def _are_times(column, named):
    """Return whether a column holds times or numbers of samples: by its name, or because it rises evenly."""
    if named and named[0][0]:
        return _TIME.fullmatch(named[0][0]) is not None
    steps = np.diff(column)
    return len(steps) >= _FEW and bool((steps > 0).all()) and _is_even(steps)


def _is_even(steps):
    return bool((steps >= _STEPS[0] * steps.mean()).all() and (steps <= _STEPS[1] * steps.mean()).all())


def _rates(times, unit):
    """Return the rates in Hz that times can mean."""
    steps = np.diff(times)
    if not len(steps) or ((steps == 1).all() and unit not in _SECONDS):  # numbers of samples
        return ()
    if not ((steps > 0).all() and _is_even(steps)):
        row = int(np.argmax(np.abs(steps - np.median(steps)))) + 1
        raise ValueError(f"the times are not equally spaced: {times[row - 1]:g} is followed by {times[row]:g}")
    factors = [_SECONDS[unit]] if unit in _SECONDS else sorted(set(_SECONDS.values()))
    return tuple(float(1 / (steps.mean() * factor)) for factor in factors)
