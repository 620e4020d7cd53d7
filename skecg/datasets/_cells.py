"""Columns of a table from their cells: numbers, truth values, dates or text."""

from __future__ import annotations

import re
from numbers import Integral, Real

import numpy as np

from .._warn import warn

_MISSING = {  # what pandas takes for missing
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
    *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
}
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_PADDED = re.compile(r"[+-]?0\d+")  # "007" is a name and no number
_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # "1,234" is 1.234 or 1234
_TRUTH = {"true": True, "false": False, "TRUE": True, "FALSE": False, "True": True, "False": False}


def filled(cell):
    """Return whether a cell holds more than blanks."""
    return cell is not None and (not isinstance(cell, str) or cell.strip() != "")


def typed_table(names, rows, *, labels, text, decimal, source):
    """Return a DataFrame of columns with the type of their cells.

    Parameters
    ----------
    names : list of str
    rows : list of list
        Cells: text, numbers, truth values, dates or None.
    labels, text : sequence of str
        Columns whose cells stay text, with None for an empty cell. In `text`, words such as "NA" are missing.
    decimal : {",", "."} or None
        None means a comma if cells such as "63,5" occur.
    source : str
        The name of the table in messages.
    """
    import pandas as pd

    if decimal not in (None, ",", "."):
        raise ValueError(f"decimal must be ',' or '.', got {decimal!r}")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)) if rows else ([] for _ in names), strict=True))
    comma = decimal == "," or (decimal is None and any(_has_commas(cells) for cells in columns.values()))
    table, doubtful = {}, []
    for name, cells in columns.items():
        if name in labels or name in text:
            missing = () if name in labels else _MISSING
            cells = [as_text(cell) if filled(cell) else None for cell in cells]
            table[name] = pd.Series([None if cell in missing else cell for cell in cells], dtype=object)
        else:
            cells = [cell if filled(cell) and cell not in _MISSING else None for cell in cells]
            table[name], in_doubt = _typed(cells, comma)
            doubtful += [(name, in_doubt)] if in_doubt and decimal is None else []
    if doubtful:
        listed = ", ".join(f"{cell!r} in {name}" for name, cell in doubtful[:10])
        warn(
            f"{source}: {listed} may have a decimal sign or a sign of thousands; the columns stay text. Pass decimal.",
        )
    return pd.DataFrame(table)


def as_text(cell):
    """Return a cell as text: 7 and 7.0 are "7"."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Real) and not isinstance(cell, Integral) and float(cell).is_integer():
        cell = int(cell)
    return str(cell)


def typed_labels(values):
    """Return labels as an array whose type does not depend on gaps.

    Parameters
    ----------
    values : sequence
        Text, numbers or truth values, none of them missing.

    Returns
    -------
    labels : ndarray
        int64 for whole numbers, float64 for other numbers, bool for truth values, else text.
    """
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    if all(isinstance(value, str) for value in values):
        stripped = [value.strip() for value in values]
        if all(value in _TRUTH for value in stripped):
            return np.array([_TRUTH[value] for value in stripped], bool)
        if all(_WHOLE.fullmatch(value) or (_POINT.fullmatch(value) and not _PADDED.match(value)) for value in stripped):
            return _numbers([float(value) for value in stripped])
        return np.array(values, str)
    if all(isinstance(value, bool) for value in values):
        return np.array(values, bool)
    if all(isinstance(value, Real) and not isinstance(value, bool) for value in values):
        return _numbers(values)
    return np.array([as_text(value) for value in values], str)


def _numbers(values):
    whole = all(float(value).is_integer() and abs(value) < 2**53 for value in values)
    return np.array([int(value) for value in values], np.int64) if whole else np.array(values, np.float64)


def _has_commas(cells):
    """Return whether a column holds numbers only, and some of them with a comma that is no sign of thousands."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and filled(cell) and cell not in _MISSING]
    with_comma = [text for text in texts if _COMMA.fullmatch(text)]
    return (
        len(with_comma) > 0
        and all(_COMMA.fullmatch(text) or _WHOLE.fullmatch(text) for text in texts)
        and not all(_THOUSANDS.fullmatch(text) for text in with_comma)
    )


def _typed(cells, comma):
    """Return a column, and a number of it that may have a sign of thousands and so makes it text, or None."""
    import pandas as pd

    kinds = {type(cell) for cell in cells if cell is not None}
    if str not in kinds or not all(issubclass(kind, str | Real) for kind in kinds):  # numbers or dates of a workbook
        return pd.Series(cells).infer_objects(), None
    texts = [None if cell is None else as_text(cell).strip() for cell in cells]
    there = [text for text in texts if text is not None]
    if all(text in _TRUTH for text in there):
        return pd.Series([None if text is None else _TRUTH[text] for text in texts]), None
    if all(_WHOLE.fullmatch(text) or _POINT.fullmatch(text) or _COMMA.fullmatch(text) for text in there):
        in_doubt = [text for text in there if _THOUSANDS.fullmatch(text) and ("." if comma else ",") in text]
        if in_doubt:
            return pd.Series(cells, dtype=object), in_doubt[0]
        if all(_WHOLE.fullmatch(text) or _is_decimal(text, comma) for text in there):
            return _as_numbers(texts), None
    return pd.Series(cells).infer_objects(), None


def _is_decimal(text, comma):
    form = (_COMMA.fullmatch(text) if comma else None) or _POINT.fullmatch(text)
    return form is not None and not _PADDED.match(text)


def _as_numbers(texts):
    import pandas as pd

    if all(text is not None and _WHOLE.fullmatch(text) for text in texts):
        return pd.Series([int(text) for text in texts], dtype=np.int64)
    return pd.Series([np.nan if text is None else float(text.replace(",", ".")) for text in texts], dtype=np.float64)
