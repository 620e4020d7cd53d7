"""A small drawing of an ECG as inline SVG, for notebooks."""

import html

import numpy as np

_SECONDS = 10.0  # the drawing shows no more of a record
_ROW, _SCALE = 13.0, 10.0  # height of a row in mm; mm per mV, less if the signals are too tall for their rows
_LEADS = 12  # the drawing shows no more leads
_POINTS = 1000  # in all traces of a row; each piece of a trace has two points, its minimum and maximum


def draw_svg(record):
    """Draw an ECG on ECG paper at 25 mm/s and at most 10 mm/mV, in up to four columns of three leads.

    Parameters
    ----------
    record : ECGRecord

    Returns
    -------
    svg : str
        Empty if the record has no samples. The drawing sets its own background and colours, so that it
        is readable on dark pages.
    """
    if not record.signal.shape[1]:
        return ""
    leads = record.leads[:_LEADS]
    n_columns = -(-len(leads) // 3)
    n_rows = -(-len(leads) // n_columns)
    shown = min(_SECONDS / n_columns, record.duration)
    column = 25.0 * shown
    width, height = max(50.0, n_columns * column), n_rows * _ROW + 4.0
    signal = np.nan_to_num(record.signal[: len(leads)], posinf=0, neginf=0)
    scale = _SCALE * min(1.0, _ROW / _SCALE / max(_typical_span(signal), 1e-9))
    parts = [_paper(width, height)]
    for i, (lead, values) in enumerate(zip(leads, signal, strict=True)):
        x, y = (i // n_rows) * column, (i % n_rows + 0.6) * _ROW + 2.0
        in_turn = record.duration >= n_columns * shown - 1e-9  # a shorter record starts anew in each column
        begin = round(i // n_rows * shown * record.fs) if in_turn else 0
        piece = values[begin : begin + round(shown * record.fs)]
        parts.append(_trace(piece - np.median(piece), x, y, column, scale, _POINTS // n_columns))
        parts.append(f'<text x="{x + 1:.1f}" y="{y - 4:.1f}" font-size="3">{html.escape(lead)}</text>')
    return (
        f'<svg viewBox="0 0 {width:.1f} {height:.1f}" width="{3 * width:.0f}" style="max-width:100%" role="img" '
        f'font-family="sans-serif" aria-label="{len(leads)} leads, {n_columns * shown:.3g} s">{"".join(parts)}</svg>'
    )


def _typical_span(signal):
    """Return the range in mV that holds 99 % of the samples of a lead, for the lead with the largest range."""
    low, high = np.quantile(signal, [0.005, 0.995], axis=1)
    return float((high - low).max())


def _paper(width, height):
    lines = "".join(f"M{x} 0V{height:.1f}" for x in range(0, int(width) + 1, 5))
    lines += "".join(f"M0 {y}H{width:.1f}" for y in range(0, int(height) + 1, 5))
    return (
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="#fffdfc"/>'
        f'<path d="{lines}" stroke="#eebcbc" stroke-width="0.2" fill="none"/>'
    )


def _trace(values, x, y, width, scale, n_points):
    """Draw a trace through the minimum and maximum of each piece of the signal, so that no peak is lost."""
    step = max(1, -(-2 * len(values) // n_points))
    heights, times = values, np.arange(len(values))
    if step > 1:
        pieces = [values[i : i + step] for i in range(0, len(values), step)]
        ends = [sorted((int(piece.argmin()), int(piece.argmax()))) for piece in pieces]
        times = np.array([i * step + at for i, pair in enumerate(ends) for at in pair])
        heights = values[times]
    points = " ".join(
        f"{x + width * t / max(len(values), 1):.1f},{y - scale * v:.1f}" for t, v in zip(times, heights, strict=True)
    )
    return f'<polyline points="{points}" fill="none" stroke="#111" stroke-width="0.35"/>'


def span_of(values):
    """Return the smallest and the largest of some numbers as text, or the one number that they all are."""
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"
