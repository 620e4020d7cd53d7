"""What to do when the memory does not suffice."""

import contextlib

import torch

from ..data.windows import resolve_batch_size

# of the allocators of torch on Linux, on Windows, on Apple's MPS, which raise a plain RuntimeError
_WORDS = ("can't allocate memory", "not enough memory", "out of memory")


@contextlib.contextmanager
def memory_advice(settings, n_times):
    """Turn an out-of-memory error inside the block into one that says what to change.

    Parameters
    ----------
    settings : object
        Has `batch_size` and `window`.
    n_times : int
        Samples that the network sees at once.

    Raises
    ------
    MemoryError
        In place of torch's or NumPy's own.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        known = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if not (known or any(words in str(error) for words in _WORDS)):
            raise
        advice = f"Try a smaller batch_size than {resolve_batch_size(settings.batch_size)}"
        advice += f", or a window: the network sees {n_times} samples at once"
        raise MemoryError(f"The memory does not suffice. {advice}. ({str(error).splitlines()[0]})") from error
