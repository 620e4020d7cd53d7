"""The table of what files say of their patients and recordings."""

from __future__ import annotations

import numpy as np

from skecg.records.metadata import with_ages

COLUMNS = ("age", "sex", "patient_id", "time", "device")
_NAMES = ("record", "file", "format")


def metadata_table(described):
    """Return one row per record: age, sex, patient_id, time and device, then what else the files say.

    Parameters
    ----------
    described : sequence of dict
        What a reader found in each file; `record` is the name of the record, by default it is missing.

    Returns
    -------
    table : pandas.DataFrame
        `age` is a float (years), `time` is datetime64; what a file does not say is missing. The index is the name.
    """
    import pandas as pd

    others = dict.fromkeys(key for row in described for key in row if key not in COLUMNS and key not in _NAMES)
    ends = [name for name in _NAMES[1:] if any(name in row for row in described)]
    table = {name: [row.get(name) for row in described] for name in (*COLUMNS, *others, *ends)}
    table["time"] = np.array([np.datetime64(time or "NaT", "us") for time in table["time"]], "datetime64[us]")
    table = pd.DataFrame(table, index=pd.Index([row.get("record") for row in described], name="record"))
    return with_ages(table.astype({"age": object}), "the files", refuse=False)
