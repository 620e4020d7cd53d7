import random
from pathlib import Path

import numpy as np
import pytest

from skecg.datasets.formats._recording import Recording

COMMITTED = Path(__file__).parent / "samples"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "formats"  # next to the checkout


@pytest.fixture
def find_sample():
    """Return the path of a sample file, such as "scp/Example.scp"; skip the test if it is missing."""

    def find(name):
        for path in (COMMITTED / Path(name).name, SHARED / name):
            if path.exists():
                return path
        return pytest.skip(f"needs the sample {name}, which is not part of the project")

    return find


def is_read(read, data):
    """Return whether a file is read; any error but a ValueError fails the test."""
    try:
        recording = read(data)
    except ValueError:
        return False
    assert isinstance(recording, Recording)
    return True


@pytest.fixture
def damage():
    """Read a file truncated and with flipped bytes: it must give a `Recording` or raise a ValueError.

    Returns how many of the damaged files were read.
    """

    def read_damaged(read, data, borders=(), *, repair=bytes, n_flips=300):
        rng = random.Random(0)
        lengths = {*range(min(1024, len(data))), *(rng.randrange(len(data)) for _ in range(300))}
        lengths |= {border + shift for border in borders for shift in (-1, 0, 1)}
        damaged = [data[:length] for length in sorted(lengths) if 0 <= length < len(data)]
        for _ in range(n_flips):
            changed = bytearray(data)
            for _ in range(rng.choice([1, 1, 3])):
                end = rng.choice([min(1024, len(data)), len(data)])
                changed[rng.randrange(end)] = rng.choice([0, 1, 127, 128, 255, rng.randrange(256)])
            damaged.append(repair(bytes(changed)))
        damaged = [file for file in damaged if file != data]
        return sum(is_read(read, file) for file in damaged)

    return read_damaged


@pytest.fixture
def ecg():
    """Whole numbers of 16 bits, of shape (12, 400)."""
    rng = np.random.default_rng(0)
    return np.cumsum(rng.integers(-40, 41, (12, 400)), axis=1)
