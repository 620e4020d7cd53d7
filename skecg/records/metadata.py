"""The table of metadata, with ages in years whatever the table held."""

from __future__ import annotations

from ._ages import ages_of


def as_metadata(metadata, n_records):
    """Return the metadata as a DataFrame with one row per record, and ages in years.

    Parameters
    ----------
    metadata : pandas.DataFrame, dict of array-like, list of dict or None
    n_records : int

    Returns
    -------
    table : pandas.DataFrame of n_records rows

    Raises
    ------
    ValueError
        If the number of rows differs, or as `with_ages` raises.
    """
    import pandas as pd  # slow to import, so only where it is needed

    table = pd.DataFrame(metadata) if metadata is not None else pd.DataFrame(index=range(n_records))
    if len(table) != n_records:
        raise ValueError(f"metadata has {len(table)} rows for {n_records} records.")
    return with_ages(table)


def with_ages(table, source="metadata", *, refuse=True):
    """Return a table whose column `age` is in years, as in all `ECGRecords`.

    Parameters
    ----------
    table : pandas.DataFrame
        `age` may hold numbers, text ("63 y", "063Y", "63,5"), time differences, or dates of birth if a column such
        as `time` holds the time of recording.
    source : str, default="metadata"
        The name of the table in messages.
    refuse : bool, default=True
        Whether values of age that are no ages are an error. If not, they become missing, with the warning.

    Returns
    -------
    table : pandas.DataFrame
        The same object if there was nothing to convert.

    Raises
    ------
    ValueError
        If ages cannot be converted; the message names the first ten and counts all.

    Warns
    -----
    UserWarning
        If ages such as 999 and -1 became missing.
    """
    if "age" not in table:
        return table
    given = table["age"]
    if given.ndim > 1:
        raise ValueError(f"{source} has several columns 'age'.")
    ages = ages_of(given, table, source, refuse=refuse)
    return table if ages is given else table.assign(age=ages)
