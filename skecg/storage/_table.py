"""Turn a metadata table into plain arrays and back, without pickle."""

import json
import numbers

import numpy as np


def pack_table(table):
    """Return a description of the index and the columns of a table, and their values as plain arrays."""
    series = [table.index.to_series(), *(values for _, values in table.items())]
    columns, arrays = [], {}
    for i, (name, values) in enumerate(zip([table.index.name, *table.columns], series, strict=True)):
        arrays[f"column {i}"], kind = _pack_column(name, values.infer_objects())
        dtype = _dtype_as_json(values.dtype)
        columns.append({"name": name if name is None else str(name), "kind": kind, "dtype": dtype})
    return columns, arrays


def unpack_table(columns, arrays):
    """Return the table from the output of `pack_table`."""
    import pandas as pd

    series = []
    for i, column in enumerate(columns):
        values = arrays[f"column {i}"]
        values = json.loads(values.tobytes()) if column["kind"] == "json" else values
        dtype = column["dtype"]
        series.append(pd.Series(values, dtype=pd.CategoricalDtype(**dtype) if isinstance(dtype, dict) else dtype))
    index = pd.Index(series[0], name=columns[0]["name"])
    table = pd.DataFrame(dict(enumerate(series[1:])), index=range(len(index))).set_axis(index)
    return table.set_axis([column["name"] for column in columns[1:]], axis=1)


def _pack_column(name, values):
    """Return a column as an array without objects, and the kind of the array: "array" or "json"."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufMm":
        return values.to_numpy(), "array"
    plain = [None if missing else value for value, missing in zip(values, values.isna(), strict=True)]
    if not all(value is None or isinstance(value, str | numbers.Real | np.bool_) for value in plain):
        raise TypeError(f"The column {name!r} of the metadata holds {values.dtype} values that cannot be saved.")
    text = json.dumps([value.item() if isinstance(value, np.generic) else value for value in plain])
    return np.frombuffer(text.encode(), np.uint8), "json"


def _dtype_as_json(dtype):
    """Return a dtype as JSON can store it: its name, or the categories of a categorical."""
    if hasattr(dtype, "categories"):
        return {"categories": dtype.categories.tolist(), "ordered": bool(dtype.ordered)}
    return str(dtype)
