"""Replace what names a patient in the metadata of records."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter

from skecg.records import ECGRecords
from skecg.records.patient import ABOVE_89

from .._scikit_learn import validate_params

__all__ = ["anonymise"]

_HARMLESS = ("age", "sex", "patient_id", "file", "format", "strat_fold")
_DIGITS = 16  # hexadecimal, 64 bits: among a million patients, two share a pseudonym once in 40 million times


@validate_params(
    {"records": [ECGRecords], "key": [str, bytes], "keep": ["array-like"]}, prefer_skip_nested_validation=True
)
def anonymise(records, *, key, keep=()):
    """Replace or remove the metadata that can name a patient.

    The ids of patients, the names of records and the names of files become pseudonyms, HMAC-SHA256 of the old value
    under a secret key: the same key gives the same pseudonym, so that the records of a patient stay together, in
    later exports as well. Ages of 90 years and more become 90, as HIPAA asks (45 CFR 164.514). Of the other
    columns only `sex`, `format` and `strat_fold` stay; times, devices, diagnoses and all others go, unless `keep`
    names them.

    Parameters
    ----------
    records : ECGRecords
    key : str or bytes
        The secret. Make one with `secrets.token_hex(32)`, and store it apart from the records: with the key,
        anyone can find the pseudonym of a known id by trying.
    keep : sequence of str, default=()
        Other columns that stay as they are, such as labels. Look at their values first.

    Returns
    -------
    records : ECGRecords
        The same signals, in the same order, with new metadata.

    Raises
    ------
    ValueError
        If the key is empty, or `keep` names a column that is not there.

    Notes
    -----
    This function does not change the signals. An ECG itself can identify a person to anyone who has another ECG of
    that person. It checks neither the values of the columns that stay nor whether few patients share an age and a
    sex. It does not touch the files that the records came from; `write_ecg` writes new ones. Whether the result is
    anonymous by law depends on what else is known; pseudonyms are personal data where the key exists.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.datasets import anonymise
    >>> table = {"age": [93.0, 93.0, 60.0], "patient_id": ["Ada", "Ada", "Bob"], "note": ["x", "y", "z"]}
    >>> records = ECGRecords(np.zeros((3, 1, 9)), fs=100, metadata=table)
    >>> hidden = anonymise(records, key="secret").metadata
    >>> list(hidden.columns)
    ['age', 'patient_id']
    >>> hidden["age"].tolist()
    [90.0, 90.0, 60.0]
    >>> hidden["patient_id"].nunique()
    2
    """
    import pandas as pd

    if not key:
        raise ValueError("The key must not be empty: without a secret, pseudonyms can be found by trying.")
    key, table = key.encode() if isinstance(key, str) else key, records.metadata
    absent = [name for name in keep if name not in table]
    if absent:
        raise ValueError(f"keep names {', '.join(map(str, absent))}; the columns are {', '.join(map(str, table))}.")
    table = table[[name for name in table if name in _HARMLESS or name in keep]].copy()
    names = _pseudonyms(key, "record", _numbered(table.index))
    if "patient_id" in table and "patient_id" not in keep:
        table["patient_id"] = _pseudonyms(key, "patient", table["patient_id"])
    if "file" in table and "file" not in keep:
        table["file"] = names
    if "age" in table and "age" not in keep:
        table["age"] = table["age"].where(~(table["age"] >= ABOVE_89), ABOVE_89)
    return records.with_metadata(table.set_index(pd.Index(names, name=table.index.name)))


def _pseudonyms(key, kind, values):
    """Return the pseudonym of each value; a missing value stays missing."""
    import pandas as pd

    return [None if pd.isna(value) else _pseudonym(key, f"{kind}:{value}") for value in values]


def _pseudonym(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def _numbered(names):
    """Return names of which the second of equal ones has a number."""
    seen, found = Counter(), []
    for name in names:
        found.append(f"{name}\0{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found
