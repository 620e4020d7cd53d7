"""Draw recordings as ECG sheets."""

import os

from ._records import complaints, find_recordings, inform, read_in_parts


def plot(options):
    """Draw each recording on its own pages of one file."""
    os.environ.setdefault("MPLBACKEND", "agg")  # no window, and no display needed
    from ..plotting import save_sheets

    how = _options_of_sheets(options)
    options.leads = None  # of the reader; a sheet may have derived leads and leads turned over
    with complaints() as skipped:
        paths = find_recordings(options, skipped)
        parts = read_in_parts(paths, options, skipped, at_once=1)
        drawn = save_sheets(parts, options.out, start=options.start, duration=options.duration, **how)
    inform(
        options,
        f"{options.out}: {len({name for name, *_ in drawn})} of {len(paths)} records, {_count(len(drawn), 'page')}",
    )
    return 3 if skipped else 0


def _options_of_sheets(options):
    """Return the parameters of `save_sheets` that the options set."""
    how = {name: getattr(options, name) for name in ("layout", "speed", "gain", "band", "title")}
    how["leads"] = "cabrera" if options.leads == ["cabrera"] else options.leads
    how["rhythm"] = {None: "auto", "none": None}.get(options.rhythm and ",".join(options.rhythm), options.rhythm)
    return how | {"measurements": not options.no_measurements}


def _count(n, what):
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
