"""Encode plain data as JSON and arrays, and decode it; reject all other data."""

import math

import numpy as np
from sklearn.utils import Bunch

from ..estimators.labels import LabelClasses

_PLAIN = (bool, int, str, type(None))


class Encoder:
    """Encode values as JSON, and collect their arrays.

    Attributes
    ----------
    tensors : dict of str to ndarray
        The arrays, by the names that the JSON has in their place.
    """

    def __init__(self):
        self.tensors = {}

    def encode(self, value, where):
        """Return the JSON of a value; `where` names the value in an error message."""
        if type(value) in _PLAIN:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, LabelClasses):
            return {"labels": [[0, 1]] * len(value)}
        if type(value) is list:
            return [self.encode(item, where) for item in value]
        if type(value) is tuple:
            return {"tuple": [self.encode(item, where) for item in value]}
        if isinstance(value, Bunch):
            return {"bunch": self._pairs(value, where)}
        if isinstance(value, dict):
            return {"dict": self._pairs(value, where)}
        if isinstance(value, np.random.RandomState):
            return {"random_state": self.encode(value.get_state(), where)}
        if isinstance(value, np.dtype) and value.kind in "biuf":
            return {"dtype": value.str}
        if isinstance(value, np.generic):
            return {"scalar": self._array(np.asarray(value), where)}
        if type(value) is np.ndarray:
            return self._array(value, where)
        raise TypeError(f"{where} holds {type(value).__module__}.{type(value).__qualname__}, which is not plain data.")

    def _pairs(self, mapping, where):
        return [[self.encode(key, where), self.encode(item, where)] for key, item in mapping.items()]

    def _array(self, values, where):
        if values.dtype.kind == "O":
            return {"objects": {"shape": list(values.shape), "items": [self.encode(v, where) for v in values.flat]}}
        if values.dtype.kind == "U" and values.dtype.itemsize:
            width = values.dtype.itemsize // 4
            points = np.ascontiguousarray(values).view(np.uint32).reshape(*values.shape, width)
            return {"text": self.put(points)}
        if values.dtype.kind not in "biuf" or values.dtype.itemsize > 8:
            raise TypeError(f"{where} holds an array of {values.dtype}, which is not plain data.")
        plain = values.astype(values.dtype.newbyteorder("="), copy=False)
        is_transposed = values.ndim > 1 and values.flags.f_contiguous and not values.flags.c_contiguous
        return {"transposed" if is_transposed else "array": self.put(plain.T if is_transposed else plain)}

    def put(self, values, name=None):
        """Store an array, and return its name."""
        name = name or f"array.{len(self.tensors)}"
        self.tensors[name] = values
        return name


class Decoder:
    """Decode JSON to values; each array may be used once, so that a small file cannot fill the memory.

    Parameters
    ----------
    tensors : dict of str to ndarray
        The arrays of the file.
    """

    def __init__(self, tensors):
        self.tensors = dict(tensors)

    def decode(self, value):
        """Return the value of some JSON; raise ValueError, TypeError or KeyError if it is invalid."""
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        return getattr(self, f"_decode_{kind}" if kind in self.kinds else "_refuse")(content)

    kinds = (
        "float",
        "labels",
        "tuple",
        "bunch",
        "dict",
        "random_state",
        "dtype",
        "scalar",
        "array",
        "transposed",
        "text",
        "objects",
    )

    def take(self, name):
        """Return an array of the file; raise if it was taken before."""
        if name not in self.tensors:
            raise ValueError(f"there is no array {name!r}, or it is used twice")
        return self.tensors.pop(name)

    def _refuse(self, content):
        raise ValueError("a value of an unknown kind")

    def _decode_float(self, content):
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[content]

    def _decode_labels(self, content):
        if not isinstance(content, list):
            raise ValueError("labels that are not a list")
        return LabelClasses(len(content))

    def _decode_tuple(self, content):
        return tuple(self.decode(content))

    def _decode_dict(self, content):
        return {self.decode(key): self.decode(item) for key, item in content}

    def _decode_bunch(self, content):
        return Bunch(**self._decode_dict(content))

    def _decode_random_state(self, content):
        state = np.random.RandomState(0)
        state.set_state(self.decode(content))
        return state

    def _decode_dtype(self, content):
        dtype = np.dtype(content) if isinstance(content, str) and len(content) < 5 else None
        if dtype is None or dtype.kind not in "biuf":
            raise ValueError(f"{content!r} is not a numeric type")
        return dtype

    def _decode_scalar(self, content):
        values = self.decode(content)
        if not isinstance(values, np.ndarray) or values.ndim:
            raise ValueError("a scalar that is an array")
        return values[()]

    def _decode_array(self, content):
        return self.take(content)

    def _decode_transposed(self, content):
        return self.take(content).T

    def _decode_text(self, content):
        points = self.take(content)
        if points.dtype != np.uint32 or not points.ndim or not points.shape[-1]:
            raise ValueError("a text whose array is not one of characters")
        if points.size and points.max() > 0x10FFFF:
            raise ValueError("a text with characters that do not exist")
        return np.ascontiguousarray(points).view(f"<U{points.shape[-1]}").reshape(points.shape[:-1])

    def _decode_objects(self, content):
        items = self.decode(content["items"])
        values = np.empty(len(items), object)
        values[:] = items
        return values.reshape(content["shape"])
