"""Draw records with what a model predicts."""

import os


def draw_predictions(model, parts, path, rank):
    """Draw each record with its labels and, if there is one, an explanation of the first label.

    Parameters
    ----------
    model : Pipeline
        A loaded model, whose first step is its contract.
    parts : iterable of ECGRecords
    path : Path
        The file of the sheets.
    rank : callable
        Returns the table of `predict_ranked` of a part.
    """
    os.environ.setdefault("MPLBACKEND", "agg")  # no window, and no display needed
    from ..plotting import save_sheets

    part = {}

    def read():
        for records in parts:
            part.update(records=records, table=rank(records))
            yield records

    save_sheets(read(), path, of_record=lambda record: _legend(model, **part, name=record.name))


def _legend(model, records, table, name):
    """Return the parameters of `plot_ecg` for a record."""
    rows = table.loc[name]
    first = rows.iloc[0]
    if rows["label"].isna().all():
        return {"prediction": f"refused: {first['quality']}"}
    shown = rows[rows["predicted"]] if rows["predicted"].any() else rows[:1]
    labels = [f"{row.name} {row.probability:.2f}" for row in shown.itertuples()]
    if not rows["predicted"].any():
        labels = [f"none; the most probable is {labels[0]}"]
    legend = {"prediction": labels}
    place = [str(label) for label in model[0].labels].index(first["label"])
    target = place if model[0].multilabel else model[0].labels[place]
    tint = _explain(model, records[records.metadata.index.get_indexer([name])], target)
    if tint is None:
        return legend
    return legend | {"attribution": tint, "attribution_label": f"saliency of {first['name']}"}


def _explain(model, record, target):
    """Return the saliency of a record, or None without captum and for models that have no explanation."""
    from ..inspection import saliency

    try:
        return saliency(model, record, target=target)[0]
    except (ImportError, TypeError, ValueError):
        return None
