"""Make records from signals in a pandas table."""

from __future__ import annotations

from numbers import Real

import numpy as np

from skecg.records import ECGRecords

from .._scikit_learn import Interval, validate_params

__all__ = ["records_from_frame"]


@validate_params(
    {
        "frame": [object],
        "signal": [str],
        "fs": [Interval(Real, 0, None, closed="neither"), str],
        "leads": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def records_from_frame(frame, signal="signal", *, fs, leads=None):
    """Convert a table with an array in each row to `ECGRecords`.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per record.
    signal : str, default="signal"
        The column of arrays in mV, each `(n_leads, n_times)`, or `(n_times,)` for one lead.
    fs : float or str
        Sampling rate in Hz; or the column of sampling rates.
    leads : sequence of str, default=None
        Names of the leads, as in `ECGRecords`.

    Returns
    -------
    records : ECGRecords
        The other columns become the metadata; the index is kept.

    Raises
    ------
    ValueError
        If a column is missing, a row holds no array of numbers, or the arrays differ in their leads.
    TypeError
        If `frame` is not a DataFrame.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skecg.datasets import records_from_frame
    >>> frame = pd.DataFrame({"age": [63, 41], "signal": [np.zeros((2, 500)), np.ones((2, 750))]})
    >>> records_from_frame(frame, fs=250, leads=["I", "II"])
    ECGRecords(2 records, 2 leads, 500-750 samples, 250 Hz; age)

    Convert a table of one lead with one column per sample directly:

    >>> from skecg import ECGRecords
    >>> ECGRecords(pd.DataFrame(np.zeros((3, 500))).to_numpy(), fs=250)
    ECGRecords(3 records, 1 lead, 500 samples, 250 Hz)
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"frame must be a pandas.DataFrame, got {type(frame).__name__}.")
    wanted = [signal, fs] if isinstance(fs, str) else [signal]
    absent = [name for name in wanted if name not in frame]
    if absent:
        raise ValueError(f"The table has no column {', '.join(absent)}; its columns are {', '.join(map(str, frame))}.")
    signals = [_array(value, name) for name, value in zip(frame.index, frame[signal], strict=True)]
    rates = frame[fs].to_numpy() if isinstance(fs, str) else fs
    return ECGRecords(signals, rates, leads=leads, metadata=frame.drop(columns=wanted))


def _array(value, name):
    try:
        value = np.asarray(value, np.float32)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Row {name!r} of the table holds no array of numbers ({error}).") from error
    if value.ndim not in (1, 2):
        raise ValueError(
            f"Row {name!r} of the table must hold an array (n_leads, n_times), got {value.ndim} dimensions."
        )
    return value
