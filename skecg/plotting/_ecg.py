"""Plot an ECG on paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..records import ECGRecord, ECGRecords
from ..records.buffer import as_floats
from . import _annotations, _sheet, _traces
from ._header import write_header
from ._matplotlib import import_pyplot

_MARGIN, _FOOTER = 5.0, 6.0  # mm around the paper


def plot_ecg(
    record,
    *,
    fs=None,
    leads=None,
    layout="auto",
    rhythm="auto",
    start=0.0,
    duration=None,
    speed=25.0,
    gain=10.0,
    calibration=True,
    beats=None,
    waves=None,
    intervals=None,
    attribution=None,
    title=None,
    prediction=None,
    truth=None,
    labels=None,
    ax=None,
):
    """Draw an ECG on paper, at its true scale.

    1 mm on the sheet is 1 mm in print: print the figure, or its PDF, without scaling to measure it with a
    ruler. A 12-lead ECG of ten seconds fits on A4 in landscape, in up to twelve rows. `plot_ecg` subtracts
    the median from each strip, so the zero line of the strip resembles the isoelectric line of a printed ECG.

    Parameters
    ----------
    record : ECGRecord, ECGRecords, list of ECGRecord, or array-like of shape (n_leads, n_times) or (n_times,)
        Voltages in mV. Several records, of the same leads, are drawn over one another.
    fs : float, default=None
        Sampling rate in Hz of an array; records have their own rate.
    leads : sequence of str, default=None
        For a record: the names of the leads to draw, in this order, without regard to case. For an array:
        the names of its rows. By default all leads; the rows of an array of twelve are the standard leads.
    layout : str, default="auto"
        Rows x columns, filled column by column: "3x4", "6x2", "12x1" or any other. "auto" is
        3x4 for twelve leads, 4x2 for eight, 3x2 for six, and otherwise one lead in each row, or two columns
        for more than twelve leads. A single lead is wrapped into rows of 10 s, up to a minute. Columns follow
        each other in time if each column gets 2 s or more; in shorter records all columns start together.
    rhythm : str, sequence of str or None, default="auto"
        Leads to draw again below the other leads, over the whole width. "auto" is lead II, with three
        columns or more, unless the columns already show the whole time.
    start : float, default=0.0
        First time to show, in s.
    duration : float, default=None
        Time to show, in s. By default 10 s, or 60 s of a single lead, or the rest of the record if it is shorter.
    speed : float, default=25.0
        Paper speed in mm/s.
    gain : float, default=10.0
        Height in mm of 1 mV.
    calibration : bool, default=True
        Whether a pulse of 1 mV and 0.2 s begins each row.
    beats : array-like of int or dict, default=None
        Samples of the beats of the first record, or `{sample: label}`.
    waves : dict or array-like of shape (n_times,), default=None
        Waves to shade: `{"P": [(onset, offset), ...], "QRS": ...}` in samples, or one label for each sample
        ("" for no wave).
    intervals : list of (int, int, str), default=None
        Brackets below the lowest row: onset and offset in samples, and a text such as "PR 160 ms".
    attribution : array-like of shape (n_leads, n_times), default=None
        An explanation of the first record by `skecg.inspection`. Red supports the decision, blue opposes
        it. The values are averaged over 40 ms, because a narrower line is hard to see. The strongest 1 %
        have the full colour; the scale below the sheet shows its value.
    title : str, default=None
        Heading; by default the name of the record, and the age and sex of the patient.
    prediction : str, sequence of str, dict or pandas.Series, default=None
        Predicted classes, or `{class: probability}`, of which the four highest are shown.
    truth : str or sequence of str, default=None
        True classes.
    labels : sequence of str, default=None
        Names of the records, if there are several; by default the names that they have.
    ax : matplotlib.axes.Axes, default=None
        Where to draw; the axes then set the scale. By default a new figure.

    Returns
    -------
    ax : matplotlib.axes.Axes
        Axes whose unit is mm, from the lower left corner of the paper. `ax.figure.savefig("ecg.pdf")`
        keeps the scale if `bbox_inches` is not set.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If an array comes without `fs`, the records differ in their leads, a lead name is
        unknown, or an argument does not have the shape of the signal.

    Notes
    -----
    The standard format of printed ECGs has 25 mm/s and 10 mm/mV, 3 x 4 leads with lead II below, and a grid
    of 1 and 5 mm (Kligfield et al. 2007, Circulation 115:1306).

    Examples
    --------
    >>> from skecg.datasets import make_ecg
    >>> from skecg.plotting import plot_ecg
    >>> ecgs = make_ecg(1, classes=["AF"], fs=500, random_state=0)
    >>> ax = plot_ecg(ecgs.data[0], truth="AF", prediction={"AF": 0.93, "NORM": 0.04})
    >>> ax.figure.savefig("ecg.pdf")  # doctest: +SKIP
    """
    plt = import_pyplot()
    if speed <= 0 or gain <= 0:
        raise ValueError(f"speed and gain must be positive, in mm/s and mm/mV; got {speed!r} and {gain!r}.")
    records, tints = _as_records(record, fs, leads, attribution)
    first = records[0]
    available = max(ecg.duration for ecg in records)
    strips = _sheet.arrange(
        first.leads, available, layout=layout, rhythm=rhythm, start=start, duration=duration, speed=speed
    )
    strips = [replace(strip, x=strip.x + (_sheet.CALIBRATION if calibration else 0.0)) for strip in strips]
    cuts = [[_traces.cut(ecg.signal[ecg.leads.index(s.lead)], ecg.fs, s) for s in strips] for ecg in records]
    up, down = _reach(strips, cuts, gain)
    y, height = _sheet.baselines(up, down)
    width = max(_sheet.NARROWEST, 5.0 * np.ceil(max(s.x + s.duration * speed for s in strips) / 5.0 - 1e-9))
    ax = _canvas(plt, ax, width, height, header=8.0 if truth is None and prediction is None else 14.0)
    for row in y if calibration else ():
        _traces.draw_calibration(ax, row, gain, speed)
    room = _room(strips, cuts, y, height, gain)
    if tints is not None:
        _draw_attribution(ax, first, strips, y, room, tints, speed, width)
    _draw_strips(ax, strips, cuts, y, speed, gain)
    waves = None if waves is None else _annotations.waves_of(waves, first.signal.shape[1])
    _annotate(ax, first, strips, y, room, speed, beats=beats, waves=waves, intervals=intervals)
    write_header(
        ax, records, height, width, title=title, prediction=prediction, truth=truth, labels=labels, waves=waves
    )
    ax.text(0, -2.0, f"{speed:g} mm/s   {gain:g} mm/mV   {first.fs:g} Hz", fontsize=7, va="top")
    return ax


def _as_records(record, fs, leads, attribution):
    """Return a list of ECGRecord with the chosen leads, and the attribution of the first record for these leads."""
    if isinstance(record, ECGRecord):
        records = [record]
    elif isinstance(record, ECGRecords) or (isinstance(record, list | tuple) and _are_records(record)):
        records = list(record)
    else:
        records, leads = [_from_array(record, fs, leads)], None
    if not records or not all(ecg.signal.shape[1] for ecg in records):
        raise ValueError("There is nothing to draw: no record was passed, or a record has no samples.")
    if fs is not None and any(ecg.fs != fs for ecg in records):
        raise ValueError(f"fs={fs:g} Hz disagrees with the records, which have {sorted({k.fs for k in records})} Hz.")
    chosen = tuple(records[0].leads if leads is None else _sheet.spelled(leads, records[0].leads))
    rows = [_rows(ecg, chosen) for ecg in records]
    if attribution is not None:
        attribution = np.atleast_2d(np.asarray(attribution, np.float64))
        if attribution.shape != records[0].signal.shape:
            raise ValueError(
                f"attribution must have the shape of the signal, {records[0].signal.shape}; got {attribution.shape}."
            )
        attribution = attribution[rows[0]]
    drawn = [replace(ecg, signal=ecg.signal[row], leads=chosen) for ecg, row in zip(records, rows, strict=True)]
    return drawn, attribution


def _rows(record, chosen):
    """Return the row numbers of the chosen leads, without regard to case."""
    names = _sheet.spelled(chosen, record.leads)
    missing = [name for name in names if name not in record.leads]
    if missing:
        raise ValueError(f"The record has no leads {missing}; it has {', '.join(record.leads)}.")
    return [record.leads.index(name) for name in names]


def _from_array(signal, fs, leads):
    if fs is None:
        raise ValueError("plot_ecg needs the sampling rate of an array: pass fs in Hz, or pass an ECGRecord.")
    signal = np.atleast_2d(as_floats(signal))
    if signal.ndim != 2:
        raise ValueError(f"A plain array is one record, (n_leads, n_times); got the shape {signal.shape}.")
    return ECGRecords(signal[None], fs, leads=leads)[0]


def _are_records(items):
    return len(items) > 0 and all(isinstance(item, ECGRecord) for item in items)


def _reach(strips, cuts, gain):
    """Return the distances in mm that the traces of each row reach above and below the zero line of the row."""
    n_rows = max(strip.row for strip in strips) + 1
    up, down = np.zeros(n_rows), np.zeros(n_rows)
    for pieces in cuts:
        for strip, (_, values) in zip(strips, pieces, strict=True):
            values = values[np.isfinite(values)]
            if len(values):
                up[strip.row] = max(up[strip.row], np.quantile(values, 0.999) * gain)
                down[strip.row] = max(down[strip.row], -np.quantile(values, 0.001) * gain)
    return up, down


def _room(strips, cuts, y, height, gain):
    """Return (below, above) in mm of each strip's tint: the height of its traces, without the neighbouring rows."""
    rows = np.r_[2 * height - y[0], y, -y[-1]]
    middles = (rows[:-1] + rows[1:]) / 2  # above and below each row
    room = []
    for i, strip in enumerate(strips):
        values = np.concatenate([pieces[i][1] for pieces in cuts]) * gain
        values = values[np.isfinite(values)]
        up, down = (values.max(), -values.min()) if len(values) else (0.0, 0.0)
        above, below = middles[strip.row] - y[strip.row], y[strip.row] - middles[strip.row + 1]
        room.append((min(max(down + 2, 4.0), below - 0.3), min(max(up + 2, 6.0), above - 0.3)))
    return room


def _canvas(plt, ax, width, height, header):
    """Draw the paper and return its axes in mm; a new figure has the size of the paper and a margin."""
    box = (-_MARGIN, width + _MARGIN), (-_FOOTER, height + header)
    if ax is None:
        size = [(high - low) / 25.4 for low, high in box]
        ax = plt.figure(figsize=size).add_axes((0, 0, 1, 1))
        ax.set_aspect("auto")
    else:
        ax.set_aspect("equal")
    _traces.draw_paper(ax, width, height)
    ax.set_xlim(*box[0])
    ax.set_ylim(*box[1])
    ax.set_autoscale_on(False)
    ax.set_axis_off()
    return ax


def _draw_strips(ax, strips, cuts, y, speed, gain):
    several, dense = len(cuts) > 1, len(y) > 7
    for pieces, colour in zip(cuts, _traces.INK * len(cuts), strict=False):
        for strip, (seconds, values) in zip(strips, pieces, strict=True):
            style = {"speed": speed, "gain": gain, "colour": colour, "thickness": 0.7 if several else 0.8}
            _traces.draw_trace(ax, seconds, values, strip.x, y[strip.row], **style)
    for i, strip in enumerate(strips):
        if strip.is_rhythm and i and strips[i - 1].is_rhythm and strips[i - 1].lead == strip.lead:
            continue  # name a wrapped lead only once
        _traces.draw_name(ax, strip.lead, strip.x + 0.8, y[strip.row] + (4.0 if dense else 5.0))
        if any(other.row == strip.row and other.x < strip.x for other in strips):
            _traces.draw_separator(ax, strip.x, y[strip.row])


def _draw_attribution(ax, record, strips, y, room, attribution, speed, width):
    attribution = np.stack([_traces.smooth(row, round(0.04 * record.fs)) for row in np.nan_to_num(attribution)])
    strength = np.abs(attribution[attribution != 0])
    largest = float(np.quantile(strength, 0.99)) if len(strength) else 0.0
    for strip, reach in zip(strips, room, strict=True):
        row = attribution[record.leads.index(strip.lead)]
        first = max(0, int(np.ceil(strip.start * record.fs - 1e-6)))
        last = min(len(row), int((strip.start + strip.duration) * record.fs) + 1)
        seconds = np.arange(first, last) / record.fs - strip.start
        _traces.draw_attribution(
            ax, row[first:last], seconds, strip.x, y[strip.row], reach, speed=speed, largest=largest
        )
    _traces.draw_scale(ax, width - 8.0, -4.5, largest, signed=bool((attribution < 0).any()))


def _annotate(ax, record, strips, y, room, speed, *, beats, waves, intervals):
    rhythm = any(strip.is_rhythm for strip in strips)
    for strip, (below, above) in zip(strips, room, strict=True):
        zero = y[strip.row]
        if waves is not None:
            _annotations.draw_waves(ax, waves, record.fs, strip, zero, (below, above), speed)
        if not strip.is_rhythm and (rhythm or strip.row < len(y) - 1):
            continue  # draw beats and intervals at the rhythm strips, or at the lowest row without rhythm strips
        if beats is not None:
            _annotations.draw_beats(ax, beats, record.fs, strip, zero + above, speed)
        if intervals is not None:
            _annotations.draw_intervals(ax, intervals, record.fs, strip, zero - below, speed)
