"""The rows of the metadata: the name of each record, and the rows of a key."""

from __future__ import annotations

import numpy as np

_SHOWN = 10  # names or values that a message lists
_LONGEST = 40  # characters of a value in a message


def name_at(table, row):
    """Return the name of a record: its label in the index if that is text, else its text in the column `name`."""
    label = table.index[row]
    if not isinstance(label, str) and "name" in table:
        label = table["name"].iloc[row]
    return label if isinstance(label, str) else None


def row_of(table, row):
    """Return the values of a record as a dict, each with the type of its column, and the name of the record."""
    values = table.iloc[row]
    if values.dtype.kind == "f" and (table.dtypes != values.dtype).any():  # pandas made floats of whole numbers
        values = table[row : row + 1 or None].astype(object).iloc[0]
    return values.to_dict(), name_at(table, row)


def rows_of_singles(singles):
    """Return the table of some `ECGRecord`s; their names are the index, with the position of those that have none."""
    import pandas as pd

    names = [row if one.name is None else one.name for row, one in enumerate(singles)]
    return pd.DataFrame([one.metadata for one in singles], index=names)


def called(table, row):
    """Return what a message calls a record: "record 5", or "record 5 ('A0006')" if it has a name."""
    name = name_at(table, row)
    return f"record {row}" + ("" if name is None else f" ({name!r})")


def fault_list(table, column, rows):
    """Return the values of a column in the first ten of the rows, with their records, and how many more there are."""
    values = table[column]
    shown = [f"{_plain(values.iloc[row])} of {called(table, row)}" for row in rows[:_SHOWN]]
    return ", ".join(shown) + _more(rows)


def as_index(key, table):
    """Return a key as row numbers or as a mask; names become row numbers, a boolean Series is aligned by labels."""
    import pandas as pd

    if isinstance(key, pd.Series) and pd.api.types.is_bool_dtype(key):
        key = _aligned(key, table.index)
    index = np.asarray(key)
    if index.dtype.kind in "UOT" and index.size and all(isinstance(name, str) for name in index.flat):
        return rows_of(index, table)
    return index.astype(np.intp) if index.size == 0 else index


def _aligned(mask, labels):
    if mask.index.equals(labels):
        return mask
    if not (mask.index.is_unique and labels.is_unique and len(mask) == len(labels) and labels.isin(mask.index).all()):
        raise ValueError(
            f"The boolean Series cannot be aligned: its index ({len(mask)} labels) differs from the index of "
            f"records.metadata ({len(labels)} labels), or has duplicates. To index by position, pass mask.to_numpy()."
        )
    return mask.reindex(labels)


def rows_of(names, table):
    """Return the rows of records with the given names.

    Parameters
    ----------
    names : sequence of str
    table : pandas.DataFrame
        The metadata of all records.

    Returns
    -------
    rows : ndarray of int

    Raises
    ------
    KeyError
        If no record or several records have one of the names.
    TypeError
        If no record has a name.
    """
    import pandas as pd

    index = table.index
    if "name" in table and not _has_text(index):
        index = pd.Index(table["name"])
    if not _has_text(index):
        raise TypeError(
            f"The key of ECGRecords must be a number, a slice, a list of numbers or a mask, got {list(names)!r}; these "
            "records have no names, which would stand in the index of records.metadata. The columns are in "
            "records.metadata."
        )
    index, names = index.astype(object), pd.Index(names, dtype=object)
    places = pd.Series(np.arange(len(index)), index=index)
    absent = names[~names.isin(index)]
    if len(absent):
        listed = ", ".join(map(repr, absent[:_SHOWN])) + _more(absent)
        raise KeyError(f"There is no record {listed}; the names are {', '.join(map(repr, index[:3]))}, ...")
    repeated = names[names.isin(index[index.duplicated()])].unique()
    if len(repeated):
        listed = ", ".join(f"{name!r} at {', '.join(map(str, places[name][:_SHOWN]))}" for name in repeated[:_SHOWN])
        raise KeyError(f"Several records have the same name: {listed}{_more(repeated)}. Pass positions.")
    return places[names].to_numpy(np.intp)


def _has_text(index):
    return index.nlevels == 1 and index.inferred_type in ("string", "mixed", "mixed-integer", "categorical")


def _more(items):
    return f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""


def _plain(value):
    """Return a value as a message shows it: without the type of a NumPy scalar."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
