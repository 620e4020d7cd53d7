"""An ECG as on paper."""

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

    On the sheet 1 mm is 1 mm: print it, or its PDF, without scaling, and a ruler reads it. A
    12-lead ECG of ten seconds fits on A4 in landscape, in up to twelve rows. Each strip lies on the median of what it
    shows, as the isoelectric line that a printed ECG has.

    Parameters
    ----------
    record : ECGRecord, ECGRecords, list of ECGRecord, or array-like of shape (n_leads, n_times) or (n_times,)
        Voltages in mV. Several records, of the same leads, are drawn over one another.
    fs : float, default=None
        Sampling rate in Hz of an array; records know theirs.
    leads : sequence of str, default=None
        Which leads, in which order: of a record by name, without regard to case; of an array the
        names of its rows.
        By default all; an array of twelve has the standard ones.
    layout : str, default="auto"
        Rows x columns, filled column by column: "3x4", "6x2", "12x1" or any other. "auto" is
        3x4 for twelve leads, 4x2 for eight, 3x2 for six, else one lead a row; a single lead
        is wrapped into rows of 10 s, up to a minute. Columns follow each other in time where
        each gets 2 s or more; in shorter records all columns start together.
    rhythm : str, sequence of str or None, default="auto"
        Leads to draw once more below, throughout. "auto" is lead II, with three columns or more.
    start : float, default=0.0
        Where to begin, in s.
    duration : float, default=None
        How much to show, in s. By default 10 s, or what there is.
    speed : float, default=25.0
        Paper speed in mm/s.
    gain : float, default=10.0
        Height in mm of 1 mV.
    calibration : bool, default=True
        Whether a pulse of 1 mV and 0.2 s begins each row.
    beats : array-like of int or dict, default=None
        Samples of the beats of the first record, or `{sample: label}`.
    waves : dict or array-like of shape (n_times,), default=None
        Waves to shade: `{"P": [(onset, offset), ...], "QRS": ...}` in samples, or one label a sample
        ("" for none).
    intervals : list of (int, int, str), default=None
        Brackets below the lowest row: onset and offset in samples, and a text such as "PR 160 ms".
    attribution : array-like of shape (n_leads, n_times), default=None
        What an explanation of `skecg.inspection` says of the first record: red speaks for the
        decision, blue against it. Averaged over 40 ms, as wide as a line that the eye can see; the
        strongest 1 % have the full colour, whose value the scale below the sheet gives.
    title : str, default=None
        Heading; by default what the metadata say of the patient.
    prediction : str, sequence of str, dict or pandas.Series, default=None
        Predicted classes, or `{class: probability}`, of which the four highest are shown.
    truth : str or sequence of str, default=None
        True classes.
    labels : sequence of str, default=None
        What to call each of several records.
    ax : matplotlib.axes.Axes, default=None
        Where to draw; the scale is then that of the axes. By default a figure of its own.

    Returns
    -------
    ax : matplotlib.axes.Axes
        Its unit is the mm, from the lower left corner of the paper; `ax.figure.savefig("ecg.pdf")`
        keeps the scale as long as `bbox_inches` is left alone.

    Raises
    ------
    ImportError
        If matplotlib is not there.
    ValueError
        If an array comes without `fs`, the records differ in their leads, a name of a lead is
        unknown, or something does not have the shape of the signal.

    Notes
    -----
    25 mm/s and 10 mm/mV, 3 x 4 with lead II below, and a grid of 1 and 5 mm are the standard
    format of printed ECGs (Kligfield et al. 2007, Circulation 115:1306).

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
    available = max(known.duration for known in records)
    strips = _sheet.arrange(
        first.leads, available, layout=layout, rhythm=rhythm, start=start, duration=duration, speed=speed
    )
    strips = [replace(strip, x=strip.x + (_sheet.CALIBRATION if calibration else 0.0)) for strip in strips]
    cuts = [[_traces.cut(known.signal[known.leads.index(s.lead)], known.fs, s) for s in strips] for known in records]
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
    """Return a list of ECGRecord that have the chosen leads, and the attribution of the first with the same."""
    if isinstance(record, ECGRecord):
        records = [record]
    elif isinstance(record, ECGRecords) or (isinstance(record, list | tuple) and _are_records(record)):
        records = list(record)
    else:
        records, leads = [_from_array(record, fs, leads)], None
    if not records or not all(known.signal.shape[1] for known in records):
        raise ValueError("There is nothing to draw: no record, or one without samples.")
    if fs is not None and any(known.fs != fs for known in records):
        raise ValueError(f"fs={fs:g} Hz disagrees with the records, which have {sorted({k.fs for k in records})} Hz.")
    chosen = tuple(records[0].leads if leads is None else _sheet.spelled(leads, records[0].leads))
    rows = [_rows(known, chosen) for known in records]
    if attribution is not None:
        attribution = np.atleast_2d(np.asarray(attribution, np.float64))
        if attribution.shape != records[0].signal.shape:
            raise ValueError(
                f"attribution must have the shape of the signal, {records[0].signal.shape}; got {attribution.shape}."
            )
        attribution = attribution[rows[0]]
    drawn = [
        ECGRecord(known.signal[row], known.fs, chosen, known.metadata) for known, row in zip(records, rows, strict=True)
    ]
    return drawn, attribution


def _rows(record, chosen):
    """Return the numbers of the chosen leads, without regard to case."""
    names = _sheet.spelled(chosen, record.leads)
    missing = [name for name in names if name not in record.leads]
    if missing:
        raise ValueError(f"The record has no leads {missing}; it has {', '.join(record.leads)}.")
    return [record.leads.index(name) for name in names]


def _from_array(signal, fs, leads):
    if fs is None:
        raise ValueError("plot_ecg needs the sampling rate of an array: pass fs in Hz, or an ECGRecord.")
    signal = np.atleast_2d(as_floats(signal))
    if signal.ndim != 2:
        raise ValueError(f"A plain array is one record, (n_leads, n_times); got the shape {signal.shape}.")
    return ECGRecords(signal[None], fs, leads=leads)[0]


def _are_records(items):
    return len(items) > 0 and all(isinstance(item, ECGRecord) for item in items)


def _reach(strips, cuts, gain):
    """Return how far the traces of each row reach above and below its zero line, in mm."""
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
    """Return (below, above) in mm that each strip may tint: what its traces take, and no neighbour's row."""
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
    """Return axes in mm with the paper drawn; a figure of their own has the size of the paper and a margin."""
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
            continue  # a wrapped lead is named once
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
            continue  # beats and intervals stand at the rhythm strips, or else the lowest row
        if beats is not None:
            _annotations.draw_beats(ax, beats, record.fs, strip, zero + above, speed)
        if intervals is not None:
            _annotations.draw_intervals(ax, intervals, record.fs, strip, zero - below, speed)
