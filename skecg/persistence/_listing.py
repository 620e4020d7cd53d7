"""A readable list of everything that a file holds, made without building the model."""

import inspect
from pathlib import Path

import numpy as np

from ..format import read_file
from ..format.codec import Decoder
from ..pretrained import path_of
from ._registry import class_of

_WIDEST = 100  # characters of a value
# Fitted attributes that say nothing of the values of the training records.
_SETTINGS = {"n_features_in_", "n_leads_in_", "leads_in_", "leads_", "feature_names_in_", "classes_", "length_", "fs_"}
_SETTINGS |= {"fine_tune_", "n_iter_", "history_", "precision_", "method_", "max_features_", "seeds"}
_SETTINGS |= {"label_binarizer_", "le_", "_label_binarizer"}


def list_contents(path):
    """List what a file of skecg holds, for a reader who decides whether to share it.

    Nothing is built or run, so that the file may come from anywhere.

    Parameters
    ----------
    path : path-like
        A file that `skecg.save` wrote, or the name of a packaged model.

    Returns
    -------
    listing : str
        Versions and date; the estimators with their parameters where these differ from the defaults, and their
        fitted attributes; the contract; what the file says of the training patients; the arrays and their sizes.

    Raises
    ------
    ValueError
        If the file is not a model of skecg, or is damaged.
    OSError
        If there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> import skecg
    >>> from skecg.persistence import list_contents
    >>> from skecg.preprocessing import ECGCrop
    >>> path = tempfile.mkdtemp() + "/crop.skecg"
    >>> skecg.save(ECGCrop(length=500), path)
    >>> "ECGCrop(length=500)" in list_contents(path)
    True
    """
    path = path_of(path)
    document, tensors = read_file(path)
    try:
        if document["kind"] != "model":
            raise ValueError(f"it holds {document['kind']!s:.20}, no model")
        parts = [_heading(Path(path), document), *_sections(document, tensors), _arrays(document, tensors)]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"{path} cannot be listed: {error or type(error).__name__}.") from error
    return "\n\n".join(parts)


def _heading(path, document):
    made_with = ", ".join(_printable(f"{name} {version}") for name, version in document["made_with"].items())
    return f"{path.name}: a model of skecg, {path.expanduser().stat().st_size:,} bytes\nmade with {made_with}"


def _printable(text):
    """Replace what would move the cursor of a terminal, or begin a line."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _sections(document, tensors):
    found = list(_walk(document["model"], "", tensors))
    model = [line for _, _, lines, _ in found for line in lines]
    contract = document["contract"] and document["contract"]["estimator"]["params"]
    values = {key: _decoded(value, tensors) for key, value in (contract or {}).items()}
    training = values.pop("training", None)
    patients = [f"  {key}: {_short(value, None)}" for key, value in (training or {}).items()]
    patients += [line for _, _, _, lines in found for line in lines]
    networks = sum(name.endswith(("running_mean", "running_var")) for name in tensors)
    if networks:
        patients.append(f"  {networks} running means and variances of network layers")
    requirements = [f"  {key}: {_short(value)}" for key, value in values.items() if value is not None]
    yield _section("Estimators", model)
    yield _section("Signal contract", requirements)
    yield _section("From the training patients, in addition to the weights of networks", patients)


def _section(title, lines):
    return "\n".join([title, *(lines or ["  nothing"])])


def _walk(value, where, tensors):
    """Yield (where, class, lines of the estimator, lines about patients) for each estimator in a tree."""
    if isinstance(value, dict) and "estimator" in value:
        tree = value["estimator"]
        yield where, tree["class"], *_lines(tree, where, tensors)
        for part in ("params", "fitted"):
            for inside in tree[part].values():
                yield from _walk(inside, f"{where}  ", tensors)
    elif isinstance(value, dict | list):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _walk(inside, where, tensors)


def _lines(tree, indent, tensors):
    cls = class_of(tree["class"])
    defaults = {name: param.default for name, param in inspect.signature(cls.__init__).parameters.items()}
    params = {key: _decoded(value, tensors) for key, value in tree["params"].items() if not _holds_estimator(value)}
    changed = {key: value for key, value in params.items() if not _same(value, defaults.get(key))}
    said = ", ".join(f"{key}={_short(value)}" for key, value in changed.items())
    fitted = {key: _decoded(value, tensors) for key, value in tree["fitted"].items() if not _holds_estimator(value)}
    lines = [f"  {indent}{cls.__name__}({said})"]
    lines += [f"  {indent}  {key}: {_short(value)}" for key, value in fitted.items()]
    learned = {key: value for key, value in fitted.items() if _is_statistic(key, value)}
    return lines, [f"  {cls.__name__}.{key}: {_short(value, None)}" for key, value in learned.items()]


def _is_statistic(key, value):
    return key not in _SETTINGS and value is not None and not isinstance(value, bool)


def _holds_estimator(value):
    if isinstance(value, dict):
        return "estimator" in value or "shared" in value or any(map(_holds_estimator, value.values()))
    return isinstance(value, list) and any(map(_holds_estimator, value))


def _decoded(value, tensors):
    return Decoder(tensors).decode(value)


def _same(value, default):
    return type(value) is type(default) and bool(np.all(value == default))


def _short(value, widest=_WIDEST):
    """Return a value in one line; of a large array, its type and shape."""
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"{value.dtype} of shape {value.shape}"
    text = " ".join(repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value).split())
    return text if widest is None or len(text) <= widest else f"{text[: widest - 3]}..."


def _arrays(document, tensors):
    total = sum(values.nbytes for values in tensors.values())
    lines = [
        f"  {_printable(name)}: {values.dtype} {values.shape}, {values.nbytes:,} bytes"
        for name, values in tensors.items()
    ]
    stored = ", the learned weights of networks stored as float16" if document.get("weights") == "float16" else ""
    return _section(f"Arrays: {len(tensors)}, {total:,} bytes{stored}", lines)
