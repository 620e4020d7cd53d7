"""The container of skecg: many ECGs of any length, with what is known of each."""

from __future__ import annotations

import html
import numbers
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["ECGRecord", "ECGRecords"]

STANDARD_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


@dataclass(frozen=True, eq=False)
class ECGRecord:
    """One ECG.

    Parameters
    ----------
    signal : ndarray of shape (n_leads, n_times)
        The voltages in mV, float32.
    fs : float
        Sampling rate in Hz.
    leads : tuple of str
        Names of the leads, in the order of the rows of `signal`.
    metadata : dict, default={}
        What else is known: age, sex, patient_id, ...

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecord
    >>> record = ECGRecord(np.zeros((2, 500), np.float32), fs=250.0, leads=("I", "II"))
    >>> record.duration
    2.0
    """

    signal: np.ndarray
    fs: float
    leads: tuple[str, ...]
    metadata: dict = field(default_factory=dict)

    @property
    def duration(self):
        """Length of the recording in seconds."""
        return self.signal.shape[1] / self.fs

    def __repr__(self):
        n_leads, n_times = self.signal.shape
        known = ", ".join(f"{key}={value}" for key, value in self.metadata.items())
        return f"ECGRecord({n_leads} leads, {n_times} samples at {self.fs:g} Hz{known and '; ' + known})"

    def _repr_html_(self):
        return f"<figure>{_svg(self)}<figcaption>{html.escape(repr(self))}</figcaption></figure>"


class ECGRecords:
    """Many ECGs, of equal or different lengths, with a table of metadata.

    The signals lie one after the other in a single flat buffer. A selection of
    records (a slice, a fold, a mask) shares that buffer and copies no signal, so
    the buffer may be a memory map larger than the memory. The container is
    immutable; `with_signals` and `with_metadata` give a new one.

    Parameters
    ----------
    signals : array-like of shape (n_records, n_leads, n_times) or list of array-like
        Voltages in mV. A 2-D array `(n_records, n_times)` is one lead. A list holds one
        array `(n_leads, n_times)` a record, whose lengths may differ. Stored as float32;
        a C-contiguous float32 array is shared, not copied.
    fs : float or array-like of shape (n_records,)
        Sampling rate in Hz: one for all records, or one each. There is no default:
        a wrong rate spoils everything silently.
    leads : sequence of str, default=None
        Names of the leads, the same for all records. By default the standard
        twelve if there are twelve, else "lead 0", "lead 1", ...
    metadata : pandas.DataFrame or dict of array-like, default=None
        One row a record. `age` (years), `sex` ("male" or "female"), `patient_id` and
        `strat_fold` have a meaning for skecg; any further column is carried along.

    Attributes
    ----------
    fs : ndarray of shape (n_records,)
        Sampling rate of each record in Hz.
    leads : tuple of str
        Names of the leads.
    lengths : ndarray of shape (n_records,)
        Number of samples of each record.
    metadata : pandas.DataFrame of n_records rows
        The table.
    shape : tuple
        `(n_records,)`, which makes scikit-learn index the container as a whole.

    Raises
    ------
    ValueError
        If the shapes of signals, rates, lead names and metadata disagree, or a rate
        is not a positive number.

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
    >>> records[records.metadata["age"] > 50]
    ECGRecords(1 record, 2 leads, 1000 samples, 500 Hz; age)
    """

    def __init__(self, signals, fs, *, leads=None, metadata=None):
        buffer, lengths, n_leads = _flatten(signals)
        ends = np.cumsum(lengths) * n_leads
        self._set(buffer, ends - lengths * n_leads, lengths, fs, _lead_names(leads, n_leads), metadata)

    @classmethod
    def from_buffer(cls, buffer, lengths, fs, *, leads, metadata=None, offsets=None):
        """Build the container over a flat buffer, without copying it.

        Parameters
        ----------
        buffer : ndarray of shape (n_values,)
            float32, in mV; may be a `numpy.memmap`. Record i is
            `buffer[offsets[i] : offsets[i] + n_leads * lengths[i]]`, lead after lead.
        lengths : array-like of shape (n_records,)
            Number of samples of each record.
        fs, leads, metadata
            As in the constructor.
        offsets : array-like of shape (n_records,), default=None
            Where each record starts; by default the records follow each other.

        Returns
        -------
        records : ECGRecords
        """
        leads = tuple(leads)
        lengths = np.asarray(lengths, np.int64)
        if offsets is None:
            offsets = (np.cumsum(lengths) - lengths) * len(leads)
        offsets = np.asarray(offsets, np.int64)
        ends = offsets + lengths * len(leads)
        if buffer.ndim != 1 or buffer.dtype != np.float32:
            raise ValueError(f"buffer must be a flat float32 array, got {buffer.dtype} of shape {buffer.shape}.")
        if len(offsets) and (offsets.min() < 0 or ends.max() > len(buffer)):
            raise ValueError(f"offsets and lengths reach {ends.max()} values, the buffer holds {len(buffer)}.")
        records = cls.__new__(cls)
        records._set(buffer, offsets, lengths, fs, leads, metadata)
        return records

    def _set(self, buffer, offsets, lengths, fs, leads, metadata):
        self._buffer, self._offsets = buffer, offsets
        self.lengths, self.leads = lengths, leads
        self.fs = _rates(fs, len(lengths))
        self.metadata = _table(metadata, len(lengths))
        for array in (self._offsets, self.lengths, self.fs):
            array.flags.writeable = False

    @classmethod
    def concatenate(cls, parts):
        """Join containers that have the same leads, one after the other.

        Parameters
        ----------
        parts : sequence of ECGRecords

        Returns
        -------
        records : ECGRecords
            The signals are copied into one new buffer; metadata columns that a part
            lacks are missing values in its rows.
        """
        import pandas as pd

        parts = list(parts)
        if not parts:
            raise ValueError("concatenate needs at least one ECGRecords, got none.")
        if len({part.leads for part in parts}) > 1:
            raise ValueError(f"The parts differ in their leads: {sorted({part.leads for part in parts})}.")
        return cls.from_buffer(
            np.concatenate([part._packed() for part in parts]),
            np.concatenate([part.lengths for part in parts]),
            np.concatenate([part.fs for part in parts]),
            leads=parts[0].leads,
            metadata=pd.concat([part.metadata for part in parts]),
        )

    # -- a sequence ---------------------------------------------------------------------------

    @property
    def shape(self):
        """`(n_records,)`: the one axis that scikit-learn sees."""
        return (len(self.lengths),)

    def __len__(self):
        return len(self.lengths)

    def __getitem__(self, key):
        if isinstance(key, tuple):  # scikit-learn asks for records[key, ...]
            key, *rest = key
            if rest != [Ellipsis]:
                raise IndexError("ECGRecords has one axis, the records; index leads and times of its signals.")
        if isinstance(key, numbers.Integral):
            row = self.metadata.iloc[key]
            return ECGRecord(self.signals[key], float(self.fs[key]), self.leads, row.to_dict())
        rows = np.arange(len(self))[key if isinstance(key, slice) else _as_index(key)]
        view = type(self).__new__(type(self))
        table = self.metadata.iloc[rows]
        view._set(self._buffer, self._offsets[rows], self.lengths[rows], self.fs[rows], self.leads, table)
        return view

    def __iter__(self) -> Iterator[ECGRecord]:
        return (self[i] for i in range(len(self)))

    @property
    def signals(self):
        """The bare signals as a sequence: `signals[i]` has the shape (n_leads, n_times)."""
        return _Signals(self._buffer, self._offsets, self.lengths, len(self.leads))

    # -- other forms --------------------------------------------------------------------------

    def to_array(self):
        """Return all signals as one array; a view where the records lie side by side.

        Returns
        -------
        X : ndarray of shape (n_records, n_leads, n_times), float32, read-only

        Raises
        ------
        ValueError
            If the lengths differ.
        """
        if len(self) == 0:
            raise ValueError("There are no records, hence no array.")
        if (self.lengths != self.lengths[0]).any():
            raise ValueError(
                f"The records have different lengths, {self.lengths.min()} to {self.lengths.max()} samples; "
                "crop or pad them first, as ECGCrop(pad=True) does."
            )
        X = self._packed().reshape(len(self), len(self.leads), self.lengths[0])
        X.flags.writeable = False
        return X

    def __array__(self, dtype=None, copy=None):
        return np.array(self.to_array(), dtype=dtype, copy=copy)

    def with_signals(self, signals, *, fs=None, leads=None):
        """Return the same records with other signals.

        Parameters
        ----------
        signals : array-like of shape (n_records, n_leads, n_times) or list of array-like
            One signal a record, in the same order.
        fs : float or array-like of shape (n_records,), default=None
            The new rate in Hz; by default it stays.
        leads : sequence of str, default=None
            The new lead names; by default they stay.

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
            One row a record.

        Returns
        -------
        records : ECGRecords
        """
        return type(self).from_buffer(
            self._buffer, self.lengths, self.fs, leads=self.leads, metadata=metadata, offsets=self._offsets
        )

    def _packed(self):
        """Return the values of these records only, in order, as one flat array."""
        sizes = self.lengths * len(self.leads)
        if not len(self):
            return self._buffer[:0]
        if (self._offsets[1:] == self._offsets[:-1] + sizes[:-1]).all():
            return self._buffer[self._offsets[0] : self._offsets[-1] + sizes[-1]]
        return np.concatenate([signal.ravel() for signal in self.signals])

    def __reduce__(self):
        where = _memmap_source(self._buffer)
        if where is not None:
            buffer, offsets = where, self._offsets
        else:
            buffer, offsets = self._packed(), None
        return _restore, (type(self), buffer, self.lengths, self.fs, self.leads, self.metadata, offsets)

    # -- to look at ---------------------------------------------------------------------------

    def __repr__(self):
        n = len(self)
        parts = [f"{n} record{'' if n == 1 else 's'}", f"{len(self.leads)} lead{'' if len(self.leads) == 1 else 's'}"]
        if n:
            parts += [f"{_span(self.lengths)} samples", f"{_span(self.fs)} Hz"]
        columns = ", ".join(map(str, self.metadata.columns))
        return f"ECGRecords({', '.join(parts)}{columns and '; ' + columns})"

    def _repr_html_(self):
        picture = f"<figure>{_svg(self[0])}</figure>" if len(self) else ""
        table = self.metadata.head().to_html() if len(self.metadata.columns) else ""
        return f"<p>{html.escape(repr(self))}</p>{table}{picture}"


class _Signals(Sequence):
    """The signals of a flat buffer, one array (n_leads, n_times) at a time."""

    def __init__(self, buffer, offsets, lengths, n_leads):
        self._buffer, self._offsets, self._lengths, self._n_leads = buffer, offsets, lengths, n_leads

    def __len__(self):
        return len(self._lengths)

    def __getitem__(self, i):
        start, length = self._offsets[i], self._lengths[i]
        signal = self._buffer[start : start + self._n_leads * length].reshape(self._n_leads, length)
        signal.flags.writeable = False
        return signal


def _flatten(signals):
    """Return buffer, lengths and number of leads of an array or a list of arrays."""
    if isinstance(signals, np.ndarray) and signals.dtype != object:
        if signals.ndim not in (2, 3):
            raise ValueError(
                "signals must have the shape (n_records, n_leads, n_times), or (n_records, n_times) "
                f"for one lead; got {signals.ndim} dimensions, {signals.shape}."
            )
        n_leads = signals.shape[1] if signals.ndim == 3 else 1
        buffer = np.ascontiguousarray(signals, np.float32).reshape(-1)
        return buffer, np.full(len(signals), signals.shape[-1], np.int64), n_leads
    signals = [np.atleast_2d(np.asarray(signal, np.float32)) for signal in signals]
    if not signals:
        raise ValueError("signals is empty: ECGRecords needs at least one record to know its leads.")
    for i, signal in enumerate(signals):
        if signal.ndim != 2 or len(signal) != len(signals[0]):
            raise ValueError(
                f"Every signal must have the shape ({len(signals[0])}, n_times) of the first; "
                f"record {i} has {signal.shape}."
            )
    lengths = np.array([signal.shape[1] for signal in signals], np.int64)
    return np.concatenate([signal.ravel() for signal in signals]), lengths, len(signals[0])


def _lead_names(leads, n_leads):
    if leads is None:
        return STANDARD_LEADS if n_leads == 12 else tuple(f"lead {i}" for i in range(n_leads))
    if isinstance(leads, str):
        raise ValueError(f"leads must be a sequence of names, got the string {leads!r}.")
    leads = tuple(map(str, leads))
    if len(leads) != n_leads or len(set(leads)) != n_leads:
        raise ValueError(f"leads must give {n_leads} different names, one a lead of the signals; got {list(leads)}.")
    return leads


def _rates(fs, n_records):
    try:
        rates = np.array(np.broadcast_to(np.asarray(fs, np.float64), (n_records,)))
    except (TypeError, ValueError):
        raise ValueError(f"fs must be one rate in Hz, or one for each of {n_records} records; got {fs!r}.") from None
    if not (np.isfinite(rates) & (rates > 0)).all():
        raise ValueError(f"fs must be a positive rate in Hz; got {fs!r}.")
    return rates


def _table(metadata, n_records):
    import pandas as pd  # heavy, and here only

    table = pd.DataFrame(metadata) if metadata is not None else pd.DataFrame(index=range(n_records))
    if len(table) != n_records:
        raise ValueError(f"metadata has {len(table)} rows for {n_records} records.")
    return table


def _as_index(key):
    index = np.asarray(key)
    return index.astype(np.intp) if index.size == 0 else index


def _memmap_source(buffer):
    """Return (path, offset, shape) of the file that the flat buffer maps, else None."""
    if not isinstance(buffer, np.memmap) or buffer.filename is None:
        return None
    root = buffer
    while isinstance(root.base, np.memmap):
        root = root.base
    skipped = buffer.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return str(buffer.filename), root.offset + skipped, buffer.shape


def _restore(cls, buffer, lengths, fs, leads, metadata, offsets):
    if isinstance(buffer, tuple):
        path, start, shape = buffer
        buffer = np.memmap(path, np.float32, "r", offset=start, shape=shape)
    return cls.from_buffer(buffer, lengths, fs, leads=leads, metadata=metadata, offsets=offsets)


def _span(values):
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _svg(record, width=480, height=80):
    """Draw the first lead as one polyline of at most 960 points."""
    signal = np.nan_to_num(record.signal[0])
    if not len(signal):
        return ""
    signal = signal[:: max(1, len(signal) // 960)]
    low, high = float(signal.min()), float(signal.max())
    x = np.linspace(0, width, len(signal))
    y = height * (high - signal) / ((high - low) or 1.0)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="lead {html.escape(record.leads[0])}"><polyline points="{points}" fill="none" '
        'stroke="currentColor" stroke-width="1"/></svg>'
    )
