"""Write ECG sheets to files."""

from __future__ import annotations

import math
from pathlib import Path

from .._drafts import draft_of
from ..records import ECGRecord, ECGRecords
from ._ecg import plot_ecg
from ._given import chosen_leads
from ._matplotlib import import_pyplot
from ._sheet import longest

SUFFIXES = (".pdf", ".png", ".svg")
_DPI = 200  # of PNG
_LONGEST = 60.0  # s of a record that are drawn by default
_LEFT_OVER = 1.0  # s; a shorter rest gets no page by default


def save_sheets(records, path, *, start=0.0, duration=None, of_record=None, **options):
    """Draw records as ECG sheets in a PDF of one or several pages, or one sheet as PNG or SVG.

    A page has the scale of paper: ten seconds, or 60, 30 or 20 s of one, two or three leads, which are wrapped. Longer
    times continue on further pages, with the time below the paper.

    Parameters
    ----------
    records : ECGRecord, ECGRecords or iterable of them
        The records, which may differ in their leads; an iterable is drawn while it is read.
    path : path-like
        File to write, which ends in .pdf, .png or .svg.
    start : float, default=0.0
        First time to show of each record, in s.
    duration : float, default=None
        Time to show of each record, in s. By default a minute in a PDF, and one page in a PNG or SVG, or the rest of
        the record if it is shorter.
    of_record : callable, default=None
        Takes a record and returns a dict of parameters of `plot_ecg` for this record, such as its prediction.
    **options
        Parameters of `plot_ecg` for all records.

    Returns
    -------
    drawn : list of (str or None, float, float)
        Name of the record, and the times in s at which a page begins and ends, of each page.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If `records` holds something else, such as an array.
    ValueError
        If the suffix is another one, there is no record, a PNG or SVG would have several pages, or as `plot_ecg`
        raises.

    See Also
    --------
    plot_ecg : Draw one sheet.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skecg.datasets import make_ecg
    >>> from skecg.plotting import save_sheets
    >>> records = make_ecg(2, fs=100, duration=10, random_state=0).data
    >>> path = Path(tempfile.mkdtemp()) / "ecg.pdf"
    >>> len(save_sheets(records, path, measurements=True))
    2
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path}: sheets are written as .pdf, .png or .svg, and the name ends in {suffix!r}.")
    plt, drawn = import_pyplot(), []
    with draft_of(path) as folder:
        draft = folder / path.name
        with _Writer(draft, suffix) as writer:
            for record in _each(records):
                how = options if of_record is None else options | of_record(record)
                for begin, length in _pages(record, start, duration, how, 1 if suffix != ".pdf" else None):
                    if drawn and suffix != ".pdf":
                        raise ValueError(
                            f"{path}: a file of the type {suffix} holds one sheet, and there are several: write a PDF, "
                            "or choose one record and a shorter duration."
                        )
                    figure = plot_ecg(record, start=begin, duration=length, **how).figure
                    try:
                        writer.add(figure)
                    finally:
                        plt.close(figure)
                    drawn.append((record.name, begin, begin + length))
        if not drawn:
            raise ValueError("There is nothing to draw: records is empty.")
        draft.replace(path)
    return drawn


class _Writer:
    """Write figures to a file: each one a page of a PDF, or the only one. Without a figure, there is no file."""

    def __init__(self, path, suffix):
        self.path, self.suffix, self.pages = path, suffix, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pages is not None:
            self.pages.close()

    def add(self, figure):
        if self.suffix != ".pdf":
            figure.savefig(self.path, format=self.suffix[1:], dpi=_DPI)
            return
        if self.pages is None:
            from matplotlib.backends.backend_pdf import PdfPages

            self.pages = PdfPages(self.path)
        self.pages.savefig(figure)


def _each(records):
    """Yield each record."""
    for part in [records] if isinstance(records, ECGRecord | ECGRecords) else records:
        if not isinstance(part, ECGRecord | ECGRecords):
            raise TypeError(
                f"save_sheets draws ECGRecord and ECGRecords, which have a rate and leads; got {type(part)}."
            )
        yield from [part] if isinstance(part, ECGRecord) else part


def _pages(record, start, duration, options, most):
    """Return the start and the duration in s of the pages of a record; `most` limits them if no duration is given."""
    n_leads = len(chosen_leads(options.get("leads"), record.leads))
    page = longest(n_leads, options.get("layout", "auto"), options.get("rhythm", "auto"), options.get("speed", 25.0))
    left = record.duration - start
    if left <= 0 or (duration is not None and not duration > 0):  # let plot_ecg say what is wrong
        return [(start, duration)]
    wanted = min(left, (page * most if most else _LONGEST) if duration is None else duration)
    n_pages = max(1, math.ceil(wanted / page - (_LEFT_OVER / page if duration is None else 1e-9)))
    return [(start + i * page, min(page, wanted - i * page)) for i in range(n_pages)]
