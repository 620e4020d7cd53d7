"""Advice for out-of-memory errors."""

import contextlib

import torch

from ..data.batches import resolve_batch_size

# messages of torch's allocators on Linux, Windows and Apple's MPS, which raise a plain RuntimeError
_WORDS = ("can't allocate memory", "not enough memory", "out of memory")


@contextlib.contextmanager
def memory_advice(settings, n_times):
    """Replace an out-of-memory error inside the block by one that says what to change.

    Parameters
    ----------
    settings : object
        Has `batch_size` and `window`.
    n_times : int
        Number of samples that the network sees at once.

    Raises
    ------
    MemoryError
        In place of the error of torch or NumPy.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        is_memory_error = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if not (is_memory_error or any(words in str(error) for words in _WORDS)):
            raise
        advice = f"Try a smaller batch_size than {resolve_batch_size(settings.batch_size)}"
        advice += f", or a window: the network sees {n_times} samples at once"
        raise MemoryError(f"The memory does not suffice. {advice}. ({str(error).splitlines()[0]})") from error
