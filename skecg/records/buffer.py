"""The flat buffer that holds the signals of `ECGRecords`: how it is built, checked, read and memory-mapped."""

import mmap
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from .record import ECGRecord

STANDARD_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


class Signals(Sequence):
    """The signals of a flat buffer as a sequence of arrays (n_leads, n_times)."""

    def __init__(self, buffer, offsets, lengths, n_leads):
        self._buffer, self._offsets, self._lengths, self._n_leads = buffer, offsets, lengths, n_leads

    def __len__(self):
        return len(self._lengths)

    def __getitem__(self, i):
        start, length = self._offsets[i], self._lengths[i]
        signal = self._buffer[start : start + self._n_leads * length].reshape(self._n_leads, length)
        signal.flags.writeable = False
        return signal

    @property
    def lengths(self):
        """Number of samples of each signal; this attribute reads no signal."""
        return self._lengths

    @property
    def offsets(self):
        """Where each signal starts in the buffer."""
        return self._offsets

    @property
    def source(self):
        """The (path, offset, shape, gain) of the file that the buffer maps, or None."""
        return memmap_source(self._buffer)

    def prefetch(self, rows):
        """Tell the operating system which signals of a memory map will be read next."""
        prefetch(self._buffer, self._offsets[rows], self._lengths[rows] * self._n_leads)

    def take(self, rows):
        """Return some of the signals, without reading them."""
        return Signals(self._buffer, self._offsets[rows], self._lengths[rows], self._n_leads)

    def block(self, rows):
        """Return signals of the same length as one array.

        Parameters
        ----------
        rows : ndarray of int
            At least one.

        Returns
        -------
        block : ndarray of shape (n_rows, n_leads, n_times), float32, read-only
            A view if the signals lie next to each other in the buffer.
        """
        block = self.take(rows).packed().reshape(len(rows), self._n_leads, self._lengths[rows[0]])
        block.flags.writeable = False
        return block

    def packed(self):
        """Return the values of all signals, in order, as one flat array; a view if they lie next to each other."""
        sizes = self._lengths * self._n_leads
        if not len(self):
            return self._buffer[:0]
        if (self._offsets[1:] == self._offsets[:-1] + sizes[:-1]).all():
            return self._buffer[self._offsets[0] : self._offsets[-1] + sizes[-1]]
        prefetch(self._buffer, self._offsets, sizes)
        return np.concatenate([signal.ravel() for signal in self])


class ScaledBuffer:
    """A flat float32 buffer in mV over int16 values; each slice is decoded when it is read.

    A decoded value is `values / gain` in float32, or NaN where the int16 value is `MISSING`. The buffer
    releases the pages of a memory map after each `KEEP` bytes that it decoded, so that reading a large
    set does not fill the memory.
    """

    MISSING = -(2**15)
    KEEP = 2**28
    dtype, ndim = np.dtype(np.float32), 1

    def __init__(self, values, gain):
        self.values, self.gain, self.decoded = values, float(gain), 0

    def __len__(self):
        return len(self.values)

    @property
    def shape(self):
        """The shape of the values."""
        return self.values.shape

    def __getitem__(self, rows):
        values = self.values[rows]
        self.decoded += values.nbytes
        out = values.astype(np.float32)
        out /= np.float32(self.gain)
        gaps = values == self.MISSING
        if gaps.any():
            out[gaps] = np.nan
        if self.decoded > self.KEEP:
            self.decoded = 0
            release(self)
        return out


def mapped(buffer):
    """Return the read-only memory map that a buffer reads from, or None if there is none."""
    values = buffer.values if isinstance(buffer, ScaledBuffer) else buffer
    return values if isinstance(values, np.memmap) and values.mode == "r" and hasattr(mmap, "MADV_WILLNEED") else None


def release(buffer):
    """Release the pages of a memory map; the next read takes them from the disk or its cache again."""
    values = mapped(buffer)
    if values is not None:
        values._mmap.madvise(mmap.MADV_DONTNEED)


def prefetch(buffer, starts, sizes):
    """Tell the operating system which parts of a memory map will be read next, so that it reads them in parallel."""
    values = mapped(buffer)
    if values is None or sizes.sum() * values.itemsize > ScaledBuffer.KEEP:
        return
    begin = np.frombuffer(values._mmap, np.uint8).__array_interface__["data"][0]
    skipped = values.__array_interface__["data"][0] - begin
    for start, size in zip(
        (starts * values.itemsize + skipped).tolist(), (sizes * values.itemsize).tolist(), strict=True
    ):
        page = start - start % mmap.PAGESIZE
        values._mmap.madvise(mmap.MADV_WILLNEED, page, size + start - page)


def as_floats(signal):
    """Return an array as float32, with NaN for masked values."""
    if isinstance(signal, np.ma.MaskedArray):
        return signal.astype(np.float32).filled(np.nan)
    return np.asarray(signal, np.float32)


def digest_of(signal):
    """Return a digest of 16 bytes, which is the same for signals that are equal bit by bit."""
    return blake2b(np.ascontiguousarray(signal), digest_size=16).digest()


def flatten(signals):
    """Return the flat buffer, the lengths and the number of leads of an array or a list of arrays."""
    if isinstance(signals, np.ndarray) and signals.dtype != object:
        if signals.ndim not in (2, 3):
            raise ValueError(
                "signals must have the shape (n_records, n_leads, n_times), or (n_records, n_times) "
                f"for one lead; got {signals.ndim} dimensions, {signals.shape}."
            )
        n_leads = signals.shape[1] if signals.ndim == 3 else 1
        buffer = np.ascontiguousarray(as_floats(signals)).reshape(-1)
        return buffer, np.full(len(signals), signals.shape[-1], np.int64), n_leads
    signals = [_as_signal(signal, i) for i, signal in enumerate(signals)]
    if not signals:
        raise ValueError("signals is empty: ECGRecords needs at least one record, which gives the number of leads.")
    for i, signal in enumerate(signals):
        if signal.ndim != 2 or len(signal) != len(signals[0]):
            raise ValueError(
                f"Every signal must have the shape ({len(signals[0])}, n_times) of the first; "
                f"record {i} has {signal.shape}."
            )
    lengths = np.array([signal.shape[1] for signal in signals], np.int64)
    return np.concatenate([signal.ravel() for signal in signals]), lengths, len(signals[0])


def _as_signal(signal, i):
    if isinstance(signal, ECGRecord):
        raise TypeError(
            "signals must be arrays, got ECGRecord objects. Join ECGRecord objects with ECGRecords.concatenate, "
            "which keeps their rates, leads and metadata."
        )
    signal = as_floats(signal)
    if signal.ndim == 0:
        raise ValueError(
            f"Every signal must have the shape (n_leads, n_times), or (n_times,) for one lead; record {i} is "
            f"the number {signal:g}. Put a single signal into a list: [signal]."
        )
    return np.atleast_2d(signal)


def check_places(offsets, lengths, n_leads, n_values):
    """Raise a ValueError unless every record lies in a buffer of `n_values` values.

    The check compares before it multiplies: a product of large numbers would wrap around.
    """
    if offsets.ndim != 1 or offsets.shape != lengths.shape:
        raise ValueError(f"offsets and lengths must be flat and equally long; got {offsets.shape}, {lengths.shape}.")
    if not len(offsets):
        return
    longest = n_values // max(n_leads, 1)
    if lengths.min() < 0 or (n_leads and lengths.max() > longest):
        raise ValueError(
            f"lengths must be 0 to {longest} samples, as the buffer holds {n_values} values of {n_leads} leads; "
            f"got {lengths.min()} to {lengths.max()}."
        )
    ends = np.clip(offsets, -1, n_values + 1) + lengths * n_leads
    if offsets.min() < 0 or ends.max() > n_values:
        raise ValueError(
            f"offsets from {offsets.min()} to {offsets.max()} and lengths need {ends.max()} values, but the buffer "
            f"holds {n_values}."
        )


def lead_names(leads, n_leads):
    """Return checked names of leads; without names, the standard twelve or "lead 0", "lead 1", ..."""
    if leads is None:
        return STANDARD_LEADS if n_leads == 12 else tuple(f"lead {i}" for i in range(n_leads))
    if isinstance(leads, str):
        raise ValueError(f"leads must be a sequence of names, got the string {leads!r}.")
    leads = tuple(map(str, leads))
    if len(leads) != n_leads or len(set(leads)) != n_leads:
        raise ValueError(f"leads must give {n_leads} different names, one per lead of the signals; got {list(leads)}.")
    return leads


def rates_of(fs, n_records):
    """Return the rate of each record in Hz; `fs` is one rate for all records or one rate per record."""
    try:
        given = np.asarray(fs)
        rates = np.array(np.broadcast_to(given.astype(np.float64), (n_records,)))
    except (TypeError, ValueError):
        raise ValueError(
            f"fs must be one rate in Hz, or one rate for each of {n_records} records; got {fs!r}."
        ) from None
    if given.dtype == bool or not (np.isfinite(rates) & (rates > 0)).all():
        raise ValueError(f"fs must be a positive rate in Hz; got {fs!r}.")
    return rates


def memmap_source(buffer):
    """Return (path, offset, shape, gain) of the file that the flat buffer maps, or None if it maps no file."""
    if isinstance(buffer, ScaledBuffer):
        where = memmap_source(buffer.values)
        return where and (*where[:3], buffer.gain)
    if not isinstance(buffer, np.memmap) or buffer.filename is None:
        return None
    root = buffer
    while isinstance(root.base, np.memmap):
        root = root.base
    skipped = buffer.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return str(buffer.filename), root.offset + skipped, buffer.shape, None


def restore(cls, buffer, lengths, fs, leads, metadata, offsets):
    """Build `ECGRecords` from the content of their pickle; pickles refer to this function by its name."""
    if isinstance(buffer, tuple):
        path, start, shape, gain = buffer
        buffer = np.memmap(path, np.float32 if gain is None else "<i2", "r", offset=start, shape=shape)
        buffer = buffer if gain is None else ScaledBuffer(buffer, gain)
    return cls._from_parts(buffer, lengths, fs, leads, metadata, offsets)
