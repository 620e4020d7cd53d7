"""Read a table as Excel leaves it: any separator, decimal sign and encoding, or a workbook."""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path

from .._warn import warn
from ._cells import filled, typed_table
from ._files import open_file, open_table
from ._workbook import read_sheets, workbook_kind

SEPARATORS = (",", ";", "\t", "|")
_LARGEST = 2**28  # bytes
_LINES = 100  # of a table, by which its separator is found out
_SHOWN = 10  # faults that a message lists
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_UNUSED = re.compile(b"[\x81\x8d\x8f\x90\x9d]")  # bytes without a character in cp1252
_C1 = re.compile(b"[\x80-\x9f]")


def read_table(path, *, sep=None, decimal=None, encoding=None, wanted=(), labels=(), text=()):
    """Read a table of records from a text file or from an Excel workbook.

    Parameters
    ----------
    path : path-like
        Text, which may be packed (.gz, .bz2, .xz, .zip), or a workbook (.xlsx), which needs openpyxl.
    sep : str, default=None
        The separator of columns; by default the one of comma, semicolon, tab and bar that fits the first lines.
    decimal : {",", "."}, default=None
        The decimal sign; by default a comma if numbers such as "63,5" occur.
    encoding : str, default=None
        By default UTF-8 or UTF-16, if the bytes are valid, else cp1252 with a warning.
    wanted : sequence of str
        Columns that the table should have; they tell the header from other lines, and one sheet from others.
    labels : sequence of str
        Columns of labels, in which an empty cell is missing, and no other: "None" and "NA" are labels.
    text : sequence of str
        Columns that stay text, even if they look like numbers.

    Returns
    -------
    table : pandas.DataFrame
        The labels are text with None for an empty cell; other columns have the type of their values.

    Raises
    ------
    ValueError
        If the file cannot be read, or is no table. The message names the file and the lines.
    ImportError
        If the file is a workbook and openpyxl is not installed.

    Warns
    -----
    UserWarning
        If the encoding is a guess, or numbers such as "1,234" may be meant in two ways.
    """
    path = Path(path).expanduser()
    try:
        with open_file(path) as file:
            kind = workbook_kind(file, path)
        if kind:
            rows = _best_sheet(read_sheets(path, kind), wanted, path)
        else:
            with open_table(path, _LARGEST) as file:
                text_of_file = _decode(file.read(), encoding, path)
            rows = _split(text_of_file, sep, wanted)
        return typed_table(*_header(rows, wanted), labels=labels, text=text, decimal=decimal, source=str(path))
    except (ValueError, OSError, OverflowError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read as a table: {getattr(error, 'strerror', None) or error}") from error


# -- encoding -----------------------------------------------------------------------------------


def _decode(data, encoding, path):
    """Return the text of a file; warn if its encoding is a guess."""
    if encoding is None:
        encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), None) or _without_bom(data)
    try:
        text = data.decode(encoding or "utf-8")
    except LookupError:
        raise ValueError(f"there is no encoding {encoding!r}; examples are utf-8, utf-16 and cp1252") from None
    except UnicodeDecodeError as error:
        if encoding is not None:
            line = data.count(b"\n", 0, error.start) + 1
            raise ValueError(
                f"the bytes {error.object[error.start : error.end]!r} in line {line} are no {encoding}"
            ) from None
        text = _guessed(data, path)
    if "\0" in text:
        raise ValueError("it holds NUL characters, as no text does; is it a table?")
    return text.removeprefix("\ufeff")


def _without_bom(data):
    """Return the UTF-16 of bytes of which every second one is zero, else None."""
    start = data[:1000]
    if len(start) >= 4 and start[1::2].count(0) > 0.7 * len(start[1::2]):
        return "utf-16-le"
    return "utf-16-be" if len(start) >= 4 and start[::2].count(0) > 0.7 * len(start[::2]) else None


def _guessed(data, path):
    """Return the text of bytes that are not UTF-8, and warn with an example of what they were taken for."""
    if _UNUSED.search(data):
        raise ValueError("its encoding is neither UTF-8, UTF-16 nor cp1252; pass encoding, such as cp1250 or cp437")
    text = data.decode("cp1252")
    word = re.search(r"\w*[^\x00-\x7f]\w*", text)
    same = "" if _C1.search(data) else " (latin-1 gives the same text)"
    warn(
        f"{path} is not UTF-8 and was read as cp1252{same}: line {text.count(chr(10), 0, word.start()) + 1} has "
        f"{word[0]!r}. Pass encoding: 'cp1252' if this is right, else the right one.",
    )
    return text


# -- rows ---------------------------------------------------------------------------------------


def _split(text, sep, wanted):
    """Return the rows of a text, as (line, cells)."""
    hint, _, rest = text.partition("\n")
    named = re.fullmatch(r'"?sep=(.)"?[;,\t]*\r?', hint, re.IGNORECASE)  # the first line, for Excel alone
    if named:
        text, sep = rest, sep or named[1]
    sep = {"\\t": "\t", "tab": "\t"}.get(sep, sep) or _separator(text, wanted)
    if not isinstance(sep, str) or len(sep) != 1 or sep in '"\r\n':
        raise ValueError(f"sep must be one character, such as ';', got {sep!r}")
    return [(line + bool(named), cells) for line, cells in _rows(text, sep)]


def _rows(text, sep):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sep, strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader if any(map(filled, cells))]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}; are quotation marks in pairs?") from None


def _separator(text, wanted):
    """Return the separator by which the first lines have the wanted columns, equal lengths, and many cells."""
    start = "".join(text.splitlines(keepends=True)[:_LINES])
    scores = {}
    for sep in SEPARATORS:
        try:
            rows = [cells for _, cells in _rows(start, sep)]
        except ValueError:  # a quoted cell may go on after the first lines
            rows = [line.split(sep) for line in start.splitlines() if line.strip()]
        if rows:
            found = max(len(_plain(wanted) & _plain(cells)) for cells in rows[:20])
            lengths = [len(cells) for cells in rows]
            typical = max(set(lengths), key=lengths.count)
            scores[sep] = (found, typical > 1, lengths.count(typical) / len(rows), typical)
    return max(scores, key=scores.get, default=",")


def _plain(names):
    return {str(name).strip().casefold() for name in names if name is not None}


def _best_sheet(sheets, wanted, path):
    """Return the rows of the sheet that has the wanted columns, else of the first sheet that is not empty."""
    fitting = [name for name, rows in sheets.items() if rows and _plain(wanted) <= _plain(rows[0][1])]
    if len(fitting) > 1:
        others = ", ".join(map(repr, fitting[1:]))
        warn(f"{path}: the sheet {fitting[0]!r} was read; {others} fit as well.")
    return sheets[fitting[0]] if fitting else next(iter(sheets.values()))


def _header(rows, wanted):
    """Return the names of the columns, and the rows below, of equal length."""
    if not rows:
        raise ValueError("it is empty")
    (line, header), *rows = rows
    names = ["" if cell is None else str(cell).strip() for cell in header]
    _check_title(names, rows, wanted, line)
    width = max(
        (i + 1 for _, cells in [(line, names), *rows] for i, cell in enumerate(cells) if filled(cell)), default=0
    )
    long = [number for number, cells in rows if any(map(filled, cells[len(names) :]))]
    if long:
        listed = ", ".join(map(str, long[:_SHOWN])) + (f" and {len(long) - _SHOWN} more" if len(long) > _SHOWN else "")
        raise ValueError(
            f"lines with more cells than the {len(names)} of the header: {listed}. Put cells with a separator, such as "
            "a decimal comma, into quotation marks, or pass sep"
        )
    names = [name or f"column {i + 1}" for i, name in enumerate(names[:width])]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"several columns are named {', '.join(map(repr, twice))}")
    return names, [[*cells[:width], *[None] * (width - len(cells))] for _, cells in rows]


def _check_title(names, rows, wanted, line):
    """Raise ValueError if a later line, and not the first, has the names of the columns."""
    if _plain(wanted) and not _plain(wanted) & _plain(names):
        below = next((number for number, cells in rows[:20] if _plain(wanted) <= _plain(cells)), None)
        if below is not None:
            raise ValueError(
                f"the names of the columns stand in line {below}; remove the lines from {line} on above it"
            )
