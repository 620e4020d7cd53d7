"""Choose the beats among the candidates of all records at once.

A candidate has a time, a height in units of the level (see `_qrs`) and a steepness. The times of different records
lie far apart, so all records are one array. The thresholds were chosen on eleven records of the first half (DS1) of
the MIT-BIH Arrhythmia Database.
"""

from __future__ import annotations

import numpy as np

FAR = 1e5  # s between two records, to process the beats of all records in one array
REFRACTORY = 0.22  # s
FASTEST = (0.17, 1.5, 0.7)  # s; least interval, ratio of intervals and of heights in a heart that beats faster
BLUNT = 0.35  # of the steepness of the beat before: a blunter peak is the T wave, of any height
SHARP = 0.7  # of the steepness of the neighbours, in their heights: least steepness of a low beat
AWAY = (0.36, 0.28)  # s after and before a beat that hold T and P and no other beat
T_WAVE = (0.38, 0.5)  # s after a beat, share of its height: a nearer and lower peak is the T wave
P_WAVE = (0.26, 0.45)  # the same for a P wave before a beat
MISSING = 1.5  # of the local median interval; in a longer interval a beat may be missing
EXTRA = (1.3, 0.6)  # of that interval, for two intervals together; share of the neighbours' heights: drops a lower peak
NEIGHBOURS = 8  # intervals on each side that the local median includes


def choose(times: np.ndarray, heights: np.ndarray, steepness: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Return which candidates are beats; `times` are in s and ascend."""
    chosen = sure.copy()
    if not chosen.any():
        return chosen
    _drop_neighbours(times, heights, chosen)
    _drop_waves(times, heights, steepness, chosen)
    _add_low(times, heights, steepness, chosen)
    for _ in range(4):  # each call adds one beat per gap
        if not _add_missing(times, heights, chosen):
            break
    for _ in range(2):
        if not _drop_extra(times, heights, chosen):
            break
    return chosen


def _drop_neighbours(times: np.ndarray, heights: np.ndarray, chosen: np.ndarray) -> None:
    """Drop, in place, each peak within the refractory time of a higher peak."""
    while True:
        i = np.flatnonzero(chosen)
        gap = np.diff(times[i])
        close = (gap < REFRACTORY) & ~((gap > FASTEST[0]) & _is_steady(gap, heights[i]))
        if not close.any():
            return
        lower = np.diff(heights[i]) <= 0
        below_left, below_right = _shift_right(close & lower), _shift_left(close & ~lower)
        summit = ~(below_left | below_right)
        drop = (below_left & _shift_right(close & summit[:-1])) | (below_right & _shift_left(close & summit[1:]))
        chosen[i[drop]] = False


def _is_steady(gap: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Return which intervals are about as long as one of their neighbours, between beats of about the same height."""
    even = np.minimum(height[1:], height[:-1]) > FASTEST[2] * np.maximum(height[1:], height[:-1])
    same = even[1:] & even[:-1] & (np.maximum(gap[1:], gap[:-1]) < FASTEST[1] * np.minimum(gap[1:], gap[:-1]))
    return np.append(same, False) | np.append(False, same)


def _drop_waves(times: np.ndarray, heights: np.ndarray, steepness: np.ndarray, chosen: np.ndarray) -> None:
    """Drop, in place, T waves after a beat and P waves before a beat."""
    i = np.flatnonzero(chosen)
    gap, height, steep = np.diff(times[i]), heights[i], steepness[i]
    low, blunt = height[1:] < T_WAVE[1] * height[:-1], steep[1:] < BLUNT * steep[:-1]
    t_wave = (gap < T_WAVE[0]) & (low | blunt)
    p_wave = (gap < P_WAVE[0]) & (height[:-1] < P_WAVE[1] * height[1:])
    chosen[i[_shift_right(t_wave) | _shift_left(p_wave)]] = False


def _add_low(times: np.ndarray, heights: np.ndarray, steepness: np.ndarray, chosen: np.ndarray) -> None:
    """Add, in place, low beats where most intervals contain one, as in electrical alternans.

    A low beat is as sharp as its neighbours; T, P and flutter waves are blunt.
    """
    i = np.flatnonzero(chosen)
    if len(i) < 4:
        return
    sharp = steepness / heights
    following = np.minimum(np.searchsorted(i, np.arange(len(times))), len(i) - 1)
    blunt = sharp < SHARP * np.minimum(sharp[i[following]], sharp[i[np.maximum(following - 1, 0)]])
    inside, which = _inside(times, heights, chosen, ~blunt, 1)
    if not len(inside):
        return
    holds = np.zeros(len(i) - 1)
    holds[which] = 1
    most = _local_median(holds, np.diff(times[i])) == 1
    chosen[inside[most[which]]] = True


def _add_missing(times: np.ndarray, heights: np.ndarray, chosen: np.ndarray) -> bool:
    """Add, in place, the highest candidate of each interval that is too long; return whether there was one."""
    if chosen.sum() < 3:
        return False
    inside, _ = _inside(times, heights, chosen, ~chosen, MISSING)
    chosen[inside] = True
    return bool(len(inside))


def _inside(
    times: np.ndarray, heights: np.ndarray, chosen: np.ndarray, allowed: np.ndarray, long: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the highest allowed candidate in each interval of at least `long` usual ones, and the intervals."""
    i = np.flatnonzero(chosen)
    gap = np.diff(times[i])
    usual = _local_median(gap, gap) if long > 1 else gap
    which = np.searchsorted(i, np.arange(len(times)), side="right") - 1
    inside = np.flatnonzero(allowed & ~chosen & (which >= 0) & (which < len(gap)))
    which = which[inside]
    away = 0.4 * usual[which]
    good = gap[which] > long * usual[which] if long > 1 else gap[which] < FAR / 2
    good &= times[inside] - times[i[which]] > np.maximum(away, AWAY[0])
    good &= times[i[which + 1]] - times[inside] > np.maximum(away, AWAY[1])
    inside, which = inside[good], which[good]
    order = np.lexsort((-heights[inside], which))
    first = np.diff(which[order], prepend=-1) > 0
    return inside[order[first]], which[order[first]]


def _drop_extra(times: np.ndarray, heights: np.ndarray, chosen: np.ndarray) -> bool:
    """Drop, in place, low extra peaks between two short intervals; return whether there was one."""
    i = np.flatnonzero(chosen)
    if len(i) < 5:
        return False
    gap, height = np.diff(times[i]), heights[i]
    usual = _local_median(gap, gap)
    together = gap[1:] + gap[:-1] < EXTRA[0] * np.minimum(usual[1:], usual[:-1])
    low = height[1:-1] < EXTRA[1] * np.minimum(height[2:], height[:-2])  # this is never true of two neighbours
    extra = i[1:-1][together & low]
    chosen[extra] = False
    return bool(len(extra))


def _local_median(values: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Return the median of the values of the intervals around each interval, within its record; NaN between records."""
    between = gap > FAR / 2
    record = np.cumsum(between)
    usual = np.full(len(values), np.nan)
    padded = np.concatenate([np.full(NEIGHBOURS, np.nan), np.where(between, np.nan, values), [np.nan] * NEIGHBOURS])
    owner = np.concatenate([np.full(NEIGHBOURS, -1), record, np.full(NEIGHBOURS, -1)])
    view = np.lib.stride_tricks.sliding_window_view
    around = view(padded, 2 * NEIGHBOURS + 1)
    around = np.where(view(owner, 2 * NEIGHBOURS + 1) == record[:, None], around, np.nan)
    around = np.sort(around, axis=1)  # sorts NaN to the end
    n = np.isfinite(around).sum(axis=1)
    some = n > 0
    k = np.arange(len(around))
    usual[some] = (around[k, (n - 1) // 2] + around[k, n // 2])[some] / 2
    return np.where(between, np.nan, usual)


def _shift_right(flags: np.ndarray) -> np.ndarray:
    """Turn flags of intervals into flags of the beats at their ends."""
    return np.append(False, flags)


def _shift_left(flags: np.ndarray) -> np.ndarray:
    """Turn flags of intervals into flags of the beats at their starts."""
    return np.append(flags, False)
