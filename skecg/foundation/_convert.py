"""From a published checkpoint to a file of weights."""

import re

import numpy as np

from ..format.checkpoint import read_checkpoint
from ..format.network import write_weights
from ._models import model_named

_N_SHOWN = 3


def convert_checkpoint(checkpoint, model, path):
    """Convert a published checkpoint to a file for the parameter `pretrained`.

    The file holds the network without its last layer, and the leads and the rate of its signals.

    Parameters
    ----------
    checkpoint : path-like
        The file of the authors, as `torch.save` or Lightning wrote it. No code from it runs.
    model : str or FoundationModel
        A name in `FOUNDATION_MODELS`.
    path : path-like
        Where to write, usually with the ending ".skecg".

    Raises
    ------
    ValueError
        If there is no such network, if the checkpoint cannot be read, if its weights differ from the published
        layout, or if a weight is NaN or infinite.
    OSError
        If a file cannot be read or written.

    Notes
    -----
    The layouts follow the public code of the authors. We had none of the files, and tested with random weights.

    Examples
    --------
    >>> from skecg.foundation import convert_checkpoint
    >>> convert_checkpoint("12_lead_ECGFounder.pth", "ecgfounder", "ecgfounder.skecg")  # doctest: +SKIP
    """
    found = model_named(model)
    tensors = read_checkpoint(checkpoint)
    if found.prefix:
        tensors = {name.removeprefix(found.prefix): values for name, values in tensors.items()}
    layout = found.layout(len(found.leads), **found.params)
    _check(checkpoint, found, tensors, layout)
    weights = found.convert({name: _as_array(tensors[name]) for name in layout})
    signals = {"fs": found.fs, "leads": None if found.any_lead else list(found.leads)}
    write_weights(
        {name: _stored(values) for name, values in weights.items()},
        path,
        settings={"model": found.title, "source": found.source, "signals": signals},
    )


def _as_array(tensor):
    return (tensor.float() if tensor.is_floating_point() else tensor).detach().numpy()


def _stored(values):
    return np.asarray(values, np.float32 if values.dtype.kind == "f" else None)


def _check(checkpoint, model, tensors, layout):
    """Raise one error about all weights that differ from the layout."""
    shapes = {name: tuple(values.shape) for name, values in tensors.items()}
    unused = re.compile(model.unused)
    missing = [name for name in layout if name not in shapes]
    unknown = [name for name in shapes if name not in layout and not unused.match(name)]
    other = [name for name in layout if name in shapes and shapes[name] != layout[name]]
    faults = [_listed("lacks", missing), _listed("holds the unknown", unknown)]
    faults.append(_listed("has other shapes than", [f"{name} {layout[name]}, here {shapes[name]}" for name in other]))
    if any(faults):
        raise ValueError(f"{checkpoint} is no checkpoint of {model.title}: it {', '.join(filter(None, faults))}.")


def _listed(what, names):
    more = f" and {len(names) - _N_SHOWN} more" if len(names) > _N_SHOWN else ""
    return f"{what} {'; '.join(names[:_N_SHOWN])}{more}" if names else ""
