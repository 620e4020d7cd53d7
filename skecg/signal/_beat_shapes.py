"""Compare the shape of each beat with the shape that most beats of its record have, for many records at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RATE = 125.0  # Hz; enough for the shape of QRS
WINDOW = (-0.28, 0.18)  # s around the R peak
QRS = (-0.10, 0.14)  # s around the R peak
P = (-0.26, -0.07)  # s around the R peak
SHIFT = 2  # samples by which a beat moves to agree with the template
SAME = 0.9  # least correlation of the beats of a template with the median beat
LOCAL, LEAST = 300, 10  # beats of one template, as the heart moves in the chest; least number of beats of its mean
WIDTH = (0.08, 0.92)  # shares of the sum of the slopes: where QRS begins and ends
MOST_ODD = 1000  # consecutive odd beats that are compared with each other
NO_PART = 1e-3  # of the size of the usual QRS; a smaller part before it is no usual part
TINY = 1e-12


class BeatShapes:
    """The shapes of beats, relative to the usual beats of their records.

    Parameters
    ----------
    signals, fs, peaks
        As in `average_beats`.
    usual : bool ndarray of shape (n_beats,)
        Which beats of all records come on time.
    medians : ndarray of shape (n_records, n_leads, n_window)
        The median beat of each record.
    before : float
        Seconds before the R peak of the median beats.

    Attributes
    ----------
    correlation : ndarray of shape (n_beats,)
        Of QRS with the usual QRS, over all leads.
    size, width : ndarray of shape (n_beats,)
        Of QRS, relative to those of the usual QRS.
    distance : ndarray of shape (n_beats,)
        Of QRS from the usual QRS, relative to its size.
    duration : ndarray of shape (n_beats,)
        Of QRS in s, `width` before the division.
    p_correlation, p_distance : ndarray of shape (n_beats,)
        Of the part with the P wave with that of the usual beat; the distance is relative to the size of this part.
    has_p : bool ndarray of shape (n_beats,)
        Whether there is a usual part with the P wave. Without one, `p_correlation` and `p_distance` mean nothing.
    """

    def __init__(
        self,
        signals: np.ndarray,
        fs: float,
        peaks: Sequence[np.ndarray],
        usual: np.ndarray,
        medians: np.ndarray,
        before: float,
    ) -> None:
        rows = np.repeat(np.arange(len(peaks)), [len(found) for found in peaks])
        cut = _Cut(fs)
        self.qrs, p = cut(signals, rows, np.concatenate(peaks))
        middles, _ = cut(medians, np.arange(len(medians)), np.full(len(medians), round(before * fs)))
        template, flat = _centred(middles), _centred(self.qrs)
        same = np.einsum("blt,blt->b", flat, template[rows])
        same /= np.maximum(_norm(flat) * _norm(template)[rows], TINY)
        part = _parts(peaks)
        template, p_template = _means([self.qrs, p], part, rows, usual & (same > SAME), [middles, None])
        self.correlation, self.size = _correlate(self.qrs, template, part)
        self.distance = np.sqrt(np.maximum(1 + self.size**2 - 2 * self.size * self.correlation, 0))
        self.duration = _widths(self.qrs) / cut.rate
        self.width = _widths(self.qrs) / _widths(template)[part]
        difference, p_size = p - p_template[part], np.maximum(_norm(p_template), TINY)[part]
        products = np.einsum("blt,blt->b", p, p_template[part])
        self.p_correlation = products / np.maximum(_norm(p) * p_size, TINY)
        self.p_distance = _norm(difference) / p_size
        self.has_p = p_size > NO_PART * _norm(_centred(template))[part]

    def repetition(self, odd: np.ndarray) -> np.ndarray:
        """Return the second highest correlation of each odd beat with the others; noise does not repeat itself.

        Parameters
        ----------
        odd : ndarray of shape (n_odd,), int
            Beats of one record.

        Returns
        -------
        values : ndarray of shape (n_odd,)
            -1 if there is only one beat.
        """
        values = np.full(len(odd), -1.0)
        for first in range(0, len(odd), MOST_ODD):
            some = odd[first : first + MOST_ODD]
            if len(some) > 1:
                shapes = _centred(self.qrs[some]).reshape(len(some), -1)
                shapes = shapes / np.maximum(np.linalg.norm(shapes, axis=1, keepdims=True), TINY)
                correlation = shapes @ shapes.T
                np.fill_diagonal(correlation, -1)
                values[first : first + MOST_ODD] = np.sort(correlation, axis=1)[:, -min(2, len(some) - 1)]
        return values


class _Cut:
    """Cut QRS, and the part with the P wave without its mean, out of signals, at about 125 Hz."""

    def __init__(self, fs: float) -> None:
        self.step = max(1, round(fs / RATE))
        self.rate = fs / self.step
        self.first, last = (round(time * self.rate) * self.step - self.step // 2 for time in WINDOW)
        self.length = last - self.first

    def __call__(self, signals: np.ndarray, rows: np.ndarray, peaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        beats = np.empty((len(peaks), signals.shape[1], self.length), signals.dtype)
        for beat, row, start in zip(beats, rows, peaks + self.first, strict=True):
            if start >= 0 and start + self.length <= signals.shape[2]:  # slices are faster than an array of indices
                beat[:] = signals[row, :, start : start + self.length]
            else:
                at = np.clip(np.arange(start, start + self.length), 0, signals.shape[2] - 1)
                beat[:] = signals[row][:, at]
        beats = beats.reshape(*beats.shape[:2], -1, self.step) @ np.full(self.step, 1 / self.step, beats.dtype)
        qrs, p = (beats[..., slice(*(round((t - WINDOW[0]) * self.rate) for t in part))] for part in (QRS, P))
        return qrs, _centred(p)


def _parts(peaks: Sequence[np.ndarray]) -> np.ndarray:
    """Return the number of the part of a record to which each beat belongs, (n_beats,)."""
    parts, n = [], 0
    for found in peaks:
        n_parts = max(1, round(len(found) / LOCAL))
        parts.append(n + np.arange(len(found)) * n_parts // max(len(found), 1))
        n += n_parts
    return np.concatenate(parts)


def _means(
    beats: list[np.ndarray], part: np.ndarray, rows: np.ndarray, good: np.ndarray, instead: list[np.ndarray | None]
) -> list[np.ndarray]:
    """Return the mean of the good beats of each part; with too few, that of the record, or what is given instead."""
    member = (part == np.arange(part[-1] + 1)[:, None]) & good  # (n_parts, n_beats)
    owner = rows[np.searchsorted(part, np.arange(part[-1] + 1))]
    whole = (rows == owner[:, None]) & good
    n_whole = whole.sum(axis=1)[:, None, None]
    chosen = np.where(member.sum(axis=1, keepdims=True) >= LEAST, member, whole).astype(beats[0].dtype)
    chosen /= np.maximum(chosen.sum(axis=1, keepdims=True), 1)
    means = []
    for shapes, other in zip(beats, instead, strict=True):
        mean = (chosen @ shapes.reshape(len(shapes), -1)).reshape(-1, *shapes.shape[1:])
        means.append(mean if other is None else np.where(n_whole >= 3, mean, other[owner]))
    return means


def _centred(parts: np.ndarray) -> np.ndarray:
    return parts - parts.mean(axis=-1, keepdims=True)


def _norm(parts: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("blt,blt->b", parts, parts))


def _widths(qrs: np.ndarray) -> np.ndarray:
    """Return the samples of each QRS between two shares of the sum of its slopes."""
    total = np.cumsum(np.abs(np.diff(qrs, axis=-1)).sum(axis=1), axis=1)
    total = total / np.maximum(total[:, -1:], TINY)
    return np.maximum(((total > WIDTH[0]) & (total < WIDTH[1])).sum(axis=1), 1)


def _correlate(qrs: np.ndarray, template: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the highest correlation of each beat with the template of its part at small shifts, and its size there."""
    template = _centred(template[..., SHIFT:-SHIFT])
    norm, mine = np.maximum(_norm(template), TINY)[part], template[part]
    length = template.shape[-1]
    best, size = np.full(len(qrs), -np.inf), np.ones(len(qrs))
    for shift in range(2 * SHIFT + 1):
        view = qrs[..., shift : shift + length]
        power = np.einsum("blt,blt->b", view, view) - (view.sum(axis=-1) ** 2).sum(axis=-1) / length
        here = np.sqrt(np.maximum(power, TINY))
        correlation = np.einsum("blt,blt->b", view, mine) / (here * norm)  # the template has no mean
        better = correlation > best
        best, size = np.where(better, correlation, best), np.where(better, here / norm, size)
    return best, size
