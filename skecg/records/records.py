"""Many ECGs as one object that scikit-learn can index."""

from __future__ import annotations

import html
import numbers
from collections.abc import Iterator
from itertools import groupby

import numpy as np

from ._html import draw_svg, span_of
from ._rows import as_index, row_of, rows_of, rows_of_singles
from .buffer import Signals, check_places, flatten, lead_names, memmap_source, rates_of, restore
from .metadata import as_metadata
from .record import ECGRecord


class ECGRecords:
    """Many ECGs, of equal or different lengths, with a table of metadata.

    The signals lie one after the other in a single flat buffer. A selection of
    records (a slice, a fold, a mask) shares that buffer and copies no signal, so
    the buffer may be a memory map larger than the memory. The container is
    immutable; `with_signals` and `with_metadata` return a new one.

    Parameters
    ----------
    signals : array-like of shape (n_records, n_leads, n_times) or list of array-like
        Voltages in mV. A 2-D array `(n_records, n_times)` is one lead. A list holds one
        array `(n_leads, n_times)` per record; the lengths may differ. The signals are stored as
        float32; a C-contiguous float32 array is shared, not copied. Masked samples become NaN.
    fs : float or array-like of shape (n_records,)
        Sampling rate in Hz: one for all records, or one per record. There is no default,
        because a wrong rate makes all results wrong without any error.
    leads : sequence of str, default=None
        Names of the leads, the same for all records. By default the standard
        names if there are twelve leads, else "lead 0", "lead 1", ...
    metadata : pandas.DataFrame or dict of array-like, default=None
        One row per record. skecg uses the columns `age` (years), `sex` ("male" or "female"),
        `patient_id` and `strat_fold`; it keeps all other columns. An `age` such as "63 y", "063Y", "63,5", a
        time difference, or a date of birth with a column `time` of the recording becomes years; 999 and -1
        become missing, with a warning. Text in the index names the records.

    Attributes
    ----------
    fs : ndarray of shape (n_records,)
        Sampling rate of each record in Hz.
    leads : tuple of str
        Names of the leads.
    lengths : ndarray of shape (n_records,)
        Number of samples of each record.
    metadata : pandas.DataFrame of n_records rows
        The metadata, one row per record.
    shape : tuple
        `(n_records,)`, so that scikit-learn indexes the container and not its signals.

    Raises
    ------
    ValueError
        If the shapes of signals, rates, lead names and metadata disagree, a rate is not a positive
        number, or a value of age is no age.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> signals = [np.zeros((2, 1000)), np.ones((2, 1500))]
    >>> records = ECGRecords(signals, fs=500, leads=["I", "II"], metadata={"age": [63, 41]})
    >>> records
    ECGRecords(2 records, 2 leads, 1000-1500 samples, 500 Hz; age)
    >>> records[1].signal.shape
    (2, 1500)

    An index is a number, a slice, a list of numbers or a mask, all by position; or a name, or a list of
    names. A boolean Series is aligned with the labels of `metadata`, as in pandas.

    >>> records[records.metadata["age"] > 50]
    ECGRecords(1 record, 2 leads, 1000 samples, 500 Hz; age)
    >>> records.with_metadata(records.metadata.set_axis(["A1", "A2"]))["A2"].name
    'A2'
    """

    def __init__(self, signals, fs, *, leads=None, metadata=None):
        buffer, lengths, n_leads = flatten(signals)
        ends = np.cumsum(lengths) * n_leads
        table = as_metadata(metadata, len(lengths))
        self._set(buffer, ends - lengths * n_leads, lengths, fs, lead_names(leads, n_leads), table)

    @classmethod
    def from_buffer(cls, buffer, lengths, fs, *, leads, metadata=None, offsets=None):
        """Build the container over a flat buffer, without copying it.

        Parameters
        ----------
        buffer : ndarray of shape (n_values,)
            float32, in mV; may be a `numpy.memmap`. The signal of record i is
            `buffer[offsets[i] : offsets[i] + n_leads * lengths[i]]`, lead after lead.
        lengths : array-like of shape (n_records,)
            Number of samples of each record.
        fs, leads, metadata
            As in the constructor.
        offsets : array-like of shape (n_records,), default=None
            Where each record starts in the buffer; by default each record starts where the one before ends.

        Returns
        -------
        records : ECGRecords

        Raises
        ------
        ValueError
            If the buffer is not flat float32, or a record reaches out of it.
        """
        return cls._from_parts(buffer, lengths, fs, leads, as_metadata(metadata, len(lengths)), offsets)

    @classmethod
    def _from_parts(cls, buffer, lengths, fs, leads, table, offsets=None):
        """Build the container as `from_buffer` does, over a table whose ages stay as they are."""
        leads = tuple(leads)
        lengths = np.asarray(lengths, np.int64)
        if offsets is None:
            offsets = (np.cumsum(lengths) - lengths) * len(leads)
        offsets = np.asarray(offsets, np.int64)
        if buffer.ndim != 1 or buffer.dtype != np.float32 or isinstance(buffer, np.ma.MaskedArray):
            raise ValueError(f"buffer must be flat float32 without mask, got {buffer.dtype} of shape {buffer.shape}.")
        check_places(offsets, lengths, len(leads), len(buffer))
        records = cls.__new__(cls)
        records._set(buffer, offsets, lengths, fs, leads, table)
        return records

    def _set(self, buffer, offsets, lengths, fs, leads, metadata):
        offsets, lengths, fs = (array.view() for array in (offsets, lengths, rates_of(fs, len(lengths))))
        for array in (offsets, lengths, fs):
            array.flags.writeable = False  # only the view: the array of the caller does not change
        vars(self).update(_buffer=buffer, _offsets=offsets, lengths=lengths, leads=leads, fs=fs, metadata=metadata)

    def __setattr__(self, name, value):
        raise AttributeError("ECGRecords are immutable; with_signals and with_metadata return new ones.")

    @classmethod
    def concatenate(cls, parts):
        """Join containers that have the same leads, one after the other.

        Parameters
        ----------
        parts : sequence of ECGRecords or ECGRecord

        Returns
        -------
        records : ECGRecords
            The signals are copied into one new buffer. If a part lacks a metadata column,
            its rows have missing values there.
        """
        import pandas as pd

        parts = list(parts)
        if not parts:
            raise ValueError("concatenate needs at least one ECGRecords, got none.")
        wrong_types = [type(part).__name__ for part in parts if not isinstance(part, ECGRecords | ECGRecord)]
        if wrong_types:
            raise TypeError(f"parts must be ECGRecords or ECGRecord objects; got {wrong_types[0]}.")
        if len({part.leads for part in parts}) > 1:
            raise ValueError(f"The parts differ in their leads: {sorted({part.leads for part in parts})}.")
        runs = groupby(parts, lambda part: isinstance(part, ECGRecord))
        parts = [part for single, run in runs for part in ([_joined(run, parts[0].leads)] if single else run)]
        return cls.from_buffer(
            np.concatenate([part.signals.packed() for part in parts]),
            np.concatenate([part.lengths for part in parts]),
            np.concatenate([part.fs for part in parts]),
            leads=parts[0].leads,
            metadata=pd.concat([part.metadata for part in parts]),
        )

    # -- a sequence ---------------------------------------------------------------------------

    @property
    def shape(self):
        """`(n_records,)`, the only axis that scikit-learn indexes."""
        return (len(self.lengths),)

    def __len__(self):
        return len(self.lengths)

    def __getitem__(self, key):
        if isinstance(key, tuple):  # scikit-learn indexes with records[key, ...]
            key, *rest = key
            if rest != [Ellipsis]:
                raise IndexError("ECGRecords has one axis, the records; index leads and samples in their signals.")
        if isinstance(key, str):
            key = rows_of([key], self.metadata)[0]
        if isinstance(key, numbers.Integral):
            if not -len(self) <= key < len(self):
                raise IndexError(f"There is no record {key}: the records are numbered 0 to {len(self) - 1}.")
            values, name = row_of(self.metadata, key)
            return ECGRecord(self.signals[key], float(self.fs[key]), self.leads, values, name)
        rows = np.arange(len(self))[key if isinstance(key, slice) else as_index(key, self.metadata)]
        view = type(self).__new__(type(self))
        table = self.metadata.iloc[rows]
        view._set(self._buffer, self._offsets[rows], self.lengths[rows], self.fs[rows], self.leads, table)
        return view

    def __iter__(self) -> Iterator[ECGRecord]:
        return (self[i] for i in range(len(self)))

    @property
    def signals(self):
        """The signals as a sequence; `signals[i]` has the shape (n_leads, n_times)."""
        return Signals(self._buffer, self._offsets, self.lengths, len(self.leads))

    # -- other forms --------------------------------------------------------------------------

    def to_array(self):
        """Return all signals as one array; a view if the records lie next to each other in the buffer.

        Returns
        -------
        X : ndarray of shape (n_records, n_leads, n_times), float32, read-only

        Raises
        ------
        ValueError
            If the lengths differ.
        """
        if len(self) == 0:
            raise ValueError("There are no records, so there is no array.")
        if (self.lengths != self.lengths[0]).any():
            raise ValueError(
                f"The records have different lengths, {self.lengths.min()} to {self.lengths.max()} samples; "
                "crop or pad the records first, for example with ECGCrop(pad=True)."
            )
        return self.signals.block(np.arange(len(self)))

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.to_array(), dtype) if copy is None else np.array(self.to_array(), dtype, copy=copy)

    def with_signals(self, signals, *, fs=None, leads=None):
        """Return the same records with other signals.

        Parameters
        ----------
        signals : array-like of shape (n_records, n_leads, n_times) or list of array-like
            One signal per record, in the same order.
        fs : float or array-like of shape (n_records,), default=None
            The new rate in Hz; by default the present one.
        leads : sequence of str, default=None
            The new lead names; by default the present ones.

        Returns
        -------
        records : ECGRecords
        """
        fs = self.fs if fs is None else fs
        leads = self.leads if leads is None else leads
        return type(self)(signals, fs, leads=leads, metadata=self.metadata)

    def with_metadata(self, metadata):
        """Return the same signals with another metadata table.

        Parameters
        ----------
        metadata : pandas.DataFrame or dict of array-like
            One row per record.

        Returns
        -------
        records : ECGRecords
        """
        return type(self).from_buffer(
            self._buffer, self.lengths, self.fs, leads=self.leads, metadata=metadata, offsets=self._offsets
        )

    def __reduce__(self):
        where = memmap_source(self._buffer)
        if where is not None:
            buffer, offsets = where, self._offsets
        else:
            buffer, offsets = self.signals.packed(), None
        return restore, (type(self), buffer, self.lengths, self.fs, self.leads, self.metadata, offsets)

    # -- display ------------------------------------------------------------------------------

    def __repr__(self):
        n = len(self)
        parts = [f"{n} record{'' if n == 1 else 's'}", f"{len(self.leads)} lead{'' if len(self.leads) == 1 else 's'}"]
        if n:
            parts += [f"{span_of(self.lengths)} samples", f"{span_of(self.fs)} Hz"]
        columns = ", ".join(map(str, self.metadata.columns))
        return f"ECGRecords({', '.join(parts)}{columns and '; ' + columns})"

    def _repr_html_(self):
        picture = f"<figure>{draw_svg(self[0])}</figure>" if len(self) else ""
        table = self.metadata.head().to_html() if len(self.metadata.columns) else ""
        return f"<p>{html.escape(repr(self))}</p>{table}{picture}"


def _joined(singles, leads):
    singles = list(singles)
    signals, fs = [one.signal for one in singles], [one.fs for one in singles]
    return ECGRecords(signals, fs, leads=leads, metadata=rows_of_singles(singles))
