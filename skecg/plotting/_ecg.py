"""Plot an ECG on paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import _annotations, _header, _sheet, _traces
from ._footer import MARGIN, Footer
from ._given import prepare
from ._matplotlib import import_pyplot
from ._names import NOTE_SIZE, is_later, lay_out
from ._paper import INK, PAPER, Paper, height_of


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
    band=None,
    calibration=True,
    measurements=False,
    beats=None,
    waves=None,
    intervals=None,
    attribution=None,
    attribution_label="attribution, in units of the explanation",
    seen=None,
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
    The name of a lead stands where no trace is. If there is no such place, the rows move apart.

    Parameters
    ----------
    record : ECGRecord, ECGRecords, list of ECGRecord, or array-like of shape (n_leads, n_times) or (n_times,)
        Voltages in mV. Several records, of the same leads, are drawn over one another.
    fs : float, default=None
        Sampling rate in Hz of an array; records have their own rate.
    leads : sequence of str or "cabrera", default=None
        For a record: the names of the leads to draw, in this order, without regard to case. III, aVR, aVL and aVF
        are derived from I and II if the record lacks them; "-aVR" is aVR turned over. "cabrera" is aVL, I, -aVR,
        II, aVF, III, and then the other leads. For an array: the names of its rows, or "cabrera". By default all
        leads, in the standard order if all are standard leads, as are the rows of an array of twelve.
    layout : str, default="auto"
        Rows x columns, filled column by column: "3x4", "6x2", "12x1" or any other. "auto" is
        3x4 for twelve leads, 4x2 for eight, 3x2 for six, and otherwise one lead in each row, or two columns
        for more than twelve leads. A single lead, or two or three leads with a `duration` above 10 s, are wrapped
        into rows of 10 s, which are named with their times. Columns follow each other in time if each column gets
        2 s or more; in shorter records all columns start together.
    rhythm : str, sequence of str or None, default="auto"
        Leads of the record to draw again below the other leads, over the whole width. "auto" is lead II, with three
        columns or more, unless the columns already show the whole time.
    start : float, default=0.0
        First time to show, in s. If it is not 0, the times in the record are below the paper.
    duration : float, default=None
        Time to show, in s. By default what fits on A4: at 25 mm/s 10 s, or 60 s of a single lead, or the rest of the
        record if it is shorter. `save_sheets` draws a longer time on several pages.
    speed : float, default=25.0
        Paper speed in mm/s.
    gain : float, default=10.0
        Height in mm of 1 mV.
    band : (float, float), default=None
        Edges in Hz of a filter without shift (Butterworth, second order) that is applied for the drawing, such as
        (0.5, 40); None in place of an edge leaves it out. The footer names the band. By default the records are
        drawn as they are.
    calibration : bool, default=True
        Whether a pulse of 1 mV and 0.2 s begins each row.
    measurements : bool or dict, default=False
        True writes rate, PR, QRS, QT, QTc (after Bazett and after Fridericia) and the axis of QRS into the header,
        which `skecg.features.BeatFeatures` measures in the part that is drawn; "-" is what it cannot measure. A dict,
        such as `{"PR": "160 ms"}`, is written as it is.
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
        have the full colour; the scale below the sheet shows its value. NaN, masked values and derived leads are
        grey: the model did not see them.
    attribution_label : str, default="attribution, in units of the explanation"
        Name and unit of the explanation, such as "integrated gradients, log-odds per sample".
    seen : bool array-like of shape (n_leads, n_times) or (n_times,), default=None
        Samples of the first record that the model saw, from `skecg.inspection.seen_samples`; the others are grey.
    title : str, default=None
        Heading; by default the name of the record, the age and sex of the patient, and the time of the recording.
        Long texts are wrapped.
    prediction : str, sequence of str, dict or pandas.Series, default=None
        Predicted classes, or `{class: probability}`, of which the four highest are shown.
    truth : str or sequence of str, default=None
        True classes.
    labels : sequence of str, default=None
        Names of the records, if there are several; by default the names that they have. Each record has a line of
        the header in its colour.
    ax : matplotlib.axes.Axes, default=None
        Where to draw; the axes then set the scale, also of the text. By default a new figure.

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

    Warns
    -----
    UserWarning
        If a record spans more than 50 mV (median of the leads), which no heart does. It is drawn as microvolts.

    See Also
    --------
    save_sheets : Write one or several records to a file.

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
    given = prepare(record, fs=fs, leads=leads, rhythm=rhythm, band=band, attribution=attribution, seen=seen)
    first, records = given.records[0], given.records
    available, when = max(ecg.duration for ecg in records), {"start": start, "duration": duration}
    strips = _sheet.arrange(given.leads, available, layout=layout, rhythm=given.rhythm, speed=speed, **when)
    shown = start, max(strip.start + strip.duration for strip in strips) - start
    strips = [replace(strip, x=strip.x + (_sheet.CALIBRATION if calibration else 0.0)) for strip in strips]
    cuts = [[_traces.cut(ecg.signal[ecg.leads.index(s.lead)], ecg.fs, s) for s in strips] for ecg in records]
    width = max(_sheet.NARROWEST, 5.0 * np.ceil(max(s.x + s.duration * speed for s in strips) / 5.0 - 1e-9))
    waves = None if waves is None else _annotations.waves_of(waves, first.signal.shape[1])
    texts = {"title": title, "prediction": prediction, "truth": truth, "labels": labels, "measurements": measurements}
    lines, legend = _header.header_of(given, width, shown=shown, **texts), _header.legend_of(waves, width)
    footer = Footer(given, strips, width, speed, gain, shown, attribution_label)
    header = 2 * MARGIN + height_of(lines) + _header.LEGEND * len(legend)
    scales = {"gain": gain, "speed": speed, "width": width, "calibration": calibration}
    rows = lay_out(strips, cuts, tallest=_sheet.A4 - header - footer.height, **scales)
    paper = Paper(plt, ax, width, rows.height, header, footer.height)
    room = _room(strips, cuts, rows, gain)
    largest = _tint(paper, given, strips, rows, room, speed)
    _draw_strips(paper, strips, rows, gain, speed, calibration)
    _annotate(paper, first, strips, rows, room, speed, beats=beats, waves=waves, intervals=intervals)
    _header.write_header(paper, lines, legend, header - MARGIN)
    footer.write(paper, strips, largest)
    return paper.ax


def _room(strips, cuts, rows, gain):
    """Return (below, above) in mm of each strip's tint: the height of its traces, without the neighbouring rows."""
    edges = np.r_[2 * rows.height - rows.y[0], rows.y, -rows.y[-1]]
    middles = (edges[:-1] + edges[1:]) / 2  # above and below each row
    room = []
    for i, strip in enumerate(strips):
        values = np.concatenate([pieces[i][1] for pieces in cuts]) * gain
        values, zero = values[np.isfinite(values)], rows.y[strip.row]
        up, down = (values.max(), -values.min()) if len(values) else (0.0, 0.0)
        above, below = middles[strip.row] - zero, zero - middles[strip.row + 1]
        room.append((min(max(down + 2, 4.0), below - 0.3), min(max(up + 2, 6.0), above - 0.3)))
    return room


def _draw_strips(paper, strips, rows, gain, speed, calibration):
    for row in rows.y if calibration else ():
        _traces.draw_calibration(paper, row, gain, speed)
    for lines, colour in zip(rows.lines, INK * len(rows.lines), strict=False):
        for x, y in lines:
            _traces.draw_trace(paper, x, y, colour=colour, thickness=0.7 if len(rows.lines) > 1 else 0.8)
    for strip, name in zip(strips, rows.names, strict=True):
        plate = {} if name.is_free else {"bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5}}
        paper.write(name.x, name.y, name.text, name.size, weight="bold", **plate)
        if name.note:
            paper.write(name.after, name.y, name.note, NOTE_SIZE, **plate)
        if is_later(strip, strips):
            _traces.draw_separator(paper, strip.x, rows.y[strip.row])


def _tint(paper, given, strips, rows, room, speed):
    """Tint the strips with the attribution; return the value of the full colour."""
    if given.attribution is None:
        return 0.0
    fs, leads = given.records[0].fs, given.records[0].leads
    attribution = np.stack([_traces.smooth(row, round(0.04 * fs)) for row in given.attribution])
    strength = np.abs(attribution[np.isfinite(attribution) & (attribution != 0)])
    largest = float(np.quantile(strength, 0.99)) if len(strength) else 0.0
    for strip, reach in zip(strips, room, strict=True):
        row = attribution[leads.index(strip.lead)]
        first = max(0, int(np.ceil(strip.start * fs - 1e-6)))
        last = min(len(row), int((strip.start + strip.duration) * fs) + 1)
        seconds, scales = np.arange(first, last) / fs - strip.start, {"speed": speed, "largest": largest}
        _traces.draw_attribution(paper, row[first:last], seconds, strip.x, rows.y[strip.row], reach, **scales)
    return largest


def _annotate(paper, record, strips, rows, room, speed, *, beats, waves, intervals):
    rhythm = any(strip.is_rhythm for strip in strips)
    for strip, (below, above) in zip(strips, room, strict=True):
        zero = rows.y[strip.row]
        if waves is not None:
            _annotations.draw_waves(paper.ax, waves, record.fs, strip, zero, (below, above), speed)
        if not strip.is_rhythm and (rhythm or strip.row < len(rows.y) - 1):
            continue  # draw beats and intervals at the rhythm strips, or at the lowest row without rhythm strips
        if beats is not None:
            _annotations.draw_beats(paper, rows.places, beats, record.fs, strip, zero + above, speed)
        if intervals is not None:
            _annotations.draw_intervals(paper, rows.places, intervals, record.fs, strip, zero - below, speed)
