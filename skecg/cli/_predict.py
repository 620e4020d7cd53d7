"""Apply a model to records: a table, statements to read, and sheets."""

from functools import partial
from pathlib import Path

from . import _values
from ._draw import draw_predictions
from ._records import complaints, find_recordings, inform, load_model, read_in_parts, tell
from ._scores import class_of_model
from ._tables import write_tables

_TOP = 5  # labels of each record on the terminal and on a sheet


def add_outputs(command):
    """Add the options that say where to write, and how much of each record."""
    command.add_argument("--out", type=_values.table, metavar="FILE", help="where to write: .csv, .xlsx; else, print")
    command.add_argument(
        "--top",
        type=_values.from_one,
        metavar="N",
        help="one row for each of the N most probable labels of a record, with plain names (without --out: 5)",
    )
    command.add_argument("--sheet", type=Path, metavar="FILE", help="draw the records with what is predicted, .pdf")


def predict(options):
    """Write or print predictions, reading 256 records at a time."""
    model = load_model(options.model, options.on_mismatch)
    counts = {"records": 0, "answers": 0}
    with complaints() as skipped:
        paths = find_recordings(options, skipped)
        parts = read_in_parts(paths, options, skipped, leads_differ=model[0].missing_leads == "zeros")
        tables = (_counted(counts, table) for table in _tables(model, parts, options))
        if options.out is not None:
            write_tables(tables, options.out)
        else:
            for table in tables:
                tell(_text(table))
    n_written, n_answered = counts.values()
    unanswered = f", {n_written - n_answered} of them without a prediction: see the column quality"
    what = f"{n_written} of {len(paths)} records{unanswered if n_answered < n_written else ''}"
    if options.out is not None:
        inform(options, f"{options.out}: {what}")
    elif n_answered:
        inform(options, "* predicted")
    return 3 if skipped else 0


def _tables(model, parts, options):
    """Return the table of each part; with --sheet, draw the records first."""
    from .. import predict_ranked, predict_table

    asked = options.threshold is not None or options.positive is not None
    positive = class_of_model(options.positive, model[0]) if asked else None
    how = {"abstain": options.abstain, "threshold": options.threshold, "pos_label": positive}
    rank = partial(predict_ranked, model, top=options.top or _TOP, **how)
    wide = options.out is not None and options.top is None
    table_of = partial(predict_table, model, **how) if wide else rank
    if options.sheet is None:
        return (table_of(records).rename_axis("record") if wide else rank(records) for records in parts)
    tables = []

    def ranked(records):
        tables.append(table_of(records))
        return rank(records) if wide else tables[-1]

    draw_predictions(model, parts, options.sheet, ranked)
    return [table.rename_axis("record") for table in tables] if wide else tables


def _counted(counts, table):
    answer = "label" if "label" in table else "prediction"
    first = table[table.index.get_level_values("rank") == 1] if answer == "label" else table
    counts["records"] += len(first)
    counts["answers"] += int(first[answer].notna().sum())
    return table


def _text(table):
    """Return the labels of each record, or why there is none, as lines to read."""
    lines = []
    for record, rows in table.groupby(level="record", sort=False):
        quality = rows["quality"].iloc[0]
        if rows["label"].isna().all():
            lines.append(f"{record}: refused: {quality}")
            continue
        lines.append(f"{record}: doubtful: {quality}" if quality else str(record))
        width = rows["label"].str.len().max()
        lines += [
            f"  {'*' if row.predicted else ' '} {row.probability:.2f}  {row.label:<{width}}{_said(row)}"
            for row in rows.itertuples()
        ]
    return "\n".join(lines)


def _said(row):
    """Return the plain name of a label, if it has one, and its threshold, if it has one."""
    name = "" if row.name == row.label else f"  {row.name}"
    return name if row.threshold != row.threshold else f"{name} (from {row.threshold:.2f})"
