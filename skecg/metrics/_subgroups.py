"""Subgroups of patients by age, sex and other columns."""

import numpy as np
from sklearn.utils import check_consistent_length

AGE_BANDS = ((0, 40, "under 40"), (40, 60, "40-59"), (60, 80, "60-79"), (80, np.inf, "80 and over"))


def rows_of_subgroups(columns, n_records):
    """Return {"column: value": rows} of a dict or table of columns."""
    parts = {}
    for name, values in ({} if columns is None else columns).items():
        values = np.asarray(values)
        check_consistent_length(values, np.arange(n_records))
        if name == "age":
            bands = [(text, (values >= low) & (values < high)) for low, high, text in AGE_BANDS]
        else:
            given = np.array([value is not None and value == value for value in values.tolist()], bool)
            bands = [(value, given & (values == value)) for value in sorted(set(values[given].tolist()), key=str)]
        parts |= {f"{name}: {value}": np.flatnonzero(of) for value, of in bands if of.any()}
    return parts
