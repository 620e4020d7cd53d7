"""Turn a metadata table into plain arrays and back, without pickle."""

import json
import numbers
import zipfile

import numpy as np

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_PLAIN = (str, int, float, type(None))


def pack_table(table):
    """Return a description of the index and the columns of a table, and their values as plain arrays."""
    series = [table.index.to_series(), *(values for _, values in table.items())]
    columns, arrays = [], {}
    for i, (name, values) in enumerate(zip([table.index.name, *table.columns], series, strict=True)):
        arrays[f"column {i}"], kind = _pack_column(name, values.infer_objects())
        dtype = _dtype_as_json(values.dtype)
        columns.append({"name": name if name is None else str(name), "kind": kind, "dtype": dtype})
    return columns, arrays


def read_arrays(path, columns):
    """Read the arrays of a table, after a check of the sizes that the file claims for them.

    Parameters
    ----------
    path : Path
        What `numpy.savez` wrote.
    columns : list of dict
        The description of the columns, from `pack_table`.

    Returns
    -------
    arrays : dict of str to ndarray of shape (n_records,)
        `lengths`, `offsets`, `fs`, and `column 0` and so on; the text of a column of JSON has its own length.

    Raises
    ------
    ValueError
        If an array is missing or unknown, is compressed, claims more than the file has, or has another shape or type.
    """
    dtypes = {"lengths": "i8", "offsets": "i8", "fs": "f8"}
    dtypes |= {f"column {i}": "u1" if column["kind"] == "json" else None for i, column in enumerate(columns)}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sorted(member.filename for member in members) != sorted(f"{name}.npy" for name in dtypes):
            raise ValueError("it has other arrays than its manifest says")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("it has compressed arrays, which skecg does not write")
        if sum(member.file_size for member in members) > path.stat().st_size:
            raise ValueError("its arrays claim more bytes than the file has")
        arrays = {name: _read_array(archive, f"{name}.npy", dtype) for name, dtype in dtypes.items()}
    n_records = len(arrays["lengths"])
    for name, values in arrays.items():
        if dtypes[name] != "u1" and len(values) != n_records:
            raise ValueError(f"the array {name!r} has {len(values)} values for {n_records} records")
    return arrays


def unpack_table(columns, arrays):
    """Return the table from the output of `pack_table`."""
    import pandas as pd

    series = [_unpack_column(column, arrays[f"column {i}"]) for i, column in enumerate(columns)]
    if len({len(values) for values in series}) > 1:
        raise ValueError("its columns have different lengths")
    index = pd.Index(series[0], name=columns[0]["name"])
    table = pd.DataFrame(dict(enumerate(series[1:])), index=range(len(index))).set_axis(index)
    return table.set_axis([column["name"] for column in columns[1:]], axis=1)


def _read_array(archive, name, dtype):
    """Return an array of an archive; raise ValueError if its header does not fit its bytes."""
    size = archive.getinfo(name).file_size
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"{name} has the version {version}")
        shape, _, found = _HEADERS[version](file)
        is_expected = found.kind in "biufMm" and (dtype is None or found.str[1:] == dtype)
        if not is_expected or len(shape) != 1 or shape[0] * found.itemsize != size - file.tell():
            raise ValueError(f"{name} claims the type {found} and the shape {shape} in {size} bytes")
        return np.frombuffer(bytearray(file.read()), found)


def _unpack_column(column, values):
    """Return a column from its description and its array."""
    import pandas as pd

    dtype = column["dtype"]
    if column["kind"] == "json":
        values = json.loads(values.tobytes())
        if not isinstance(values, list) or not all(isinstance(value, _PLAIN) for value in values):
            raise ValueError(f"the column {column['name']!r} is not a list of texts and numbers")
        if isinstance(dtype, str) and pd.api.types.pandas_dtype(dtype).kind not in "biufO":
            raise ValueError(f"the column {column['name']!r} has the unknown type {dtype[:80]!r}")
    elif dtype not in (str(values.dtype), "object"):
        raise ValueError(f"the column {column['name']!r} of {values.dtype} claims to be of {str(dtype)[:80]}")
    return pd.Series(values, dtype=pd.CategoricalDtype(**dtype) if isinstance(dtype, dict) else dtype)


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
