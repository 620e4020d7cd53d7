"""Read the tensors of a checkpoint of PyTorch without running code from it."""

import pickle
from pathlib import Path

import torch

_FAULTS = (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, EOFError)
_ADVICE = (
    "If you trust the file, save its weights alone: "
    "torch.save(torch.load(path, weights_only=False)['state_dict'], new_path)"
)


class _Inert:
    """Stands for an object of other code in a checkpoint, such as the settings of a training; it keeps nothing."""

    def __new__(cls, *args, **kwargs):
        """Return an empty object, whatever the file passes."""
        return super().__new__(cls)

    def __init__(self, *args, **kwargs):
        pass

    def __setstate__(self, state):
        pass


class _Plain:
    """Stands for a `defaultdict`, which PyTorch fills only if it is a plain dictionary."""

    def __new__(cls, *args):
        """Return a dictionary."""
        return {}


def read_checkpoint(path):
    """Read the tensors of a file that `torch.save` or a `Trainer` of Lightning wrote.

    Such a file is a pickle, which can run code. The function reads it by `torch.load(weights_only=True)`, which makes
    only tensors, numbers, texts and plain containers. Every other name in the file stands for an empty object: the
    function imports and calls nothing that the file names.

    Parameters
    ----------
    path : path-like
        The file: weights by name, alone or under the key "state_dict".

    Returns
    -------
    tensors : dict of str to torch.Tensor
        On the CPU. A tensor may be a view of fewer numbers than its shape has: check the shape before copying it.

    Raises
    ------
    ValueError
        If the file is damaged, holds dictionaries of other code, names code of the operating system, or holds no
        weights.
    OSError
        If there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> from skecg.format.checkpoint import read_checkpoint
    >>> path = tempfile.mkdtemp() + "/a.pth"
    >>> torch.save({"epoch": 3, "state_dict": {"head.bias": torch.zeros(2)}}, path)
    >>> read_checkpoint(path)
    {'head.bias': tensor([0., 0.])}
    """
    path = Path(path).expanduser()
    with path.open("rb"):  # an OSError is about the file, not about what it holds
        pass
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
        stand_ins = [(_Plain if name == "collections.defaultdict" else _Inert, name) for name in names]
        with torch.serialization.safe_globals(stand_ins):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except _FAULTS as error:
        raise ValueError(
            f"{path} cannot be read as a checkpoint of torch.save ({_reason(error)}). {_ADVICE}"
        ) from error
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    tensors = {name: value for name, value in state.items() if _is_plain(value)} if isinstance(state, dict) else {}
    if not tensors:
        raise ValueError(f"{path} holds no weights by name, neither alone nor as 'state_dict'.")
    return tensors


def _reason(error):
    """Return the line of an error of `torch.load` that says what is wrong; the first line says how to run the file."""
    lines = str(error).rpartition("WeightsUnpickler error: ")[2].split("\n")
    found = (line for line in lines if line.strip() and not line.startswith("Weights only load failed"))
    return next(found, type(error).__name__).rstrip(".")


def _is_plain(value):
    """Return whether a value is a dense tensor of real numbers."""
    dense = isinstance(value, torch.Tensor) and value.layout is torch.strided
    return dense and not value.is_quantized and not value.is_complex()
