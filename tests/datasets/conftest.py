import numpy as np
import pytest


@pytest.fixture
def write_record():
    """Write a small record of format 16 whose samples are all `value`."""

    def write(folder, name, *, value=1, leads=("I",), fs=250, n_times=50, suffix="dat", comments=()):
        folder.mkdir(parents=True, exist_ok=True)
        start = b"x" * 24 if suffix == "mat" else b""
        samples = np.full((n_times, len(leads)), value, "<i2")
        (folder / f"{name}.{suffix}").write_bytes(start + samples.tobytes())
        lines = [f"{name}.{suffix} 16+{len(start)} 1000/mV 16 0 0 0 0 {lead}" for lead in leads]
        lines = [f"{name} {len(leads)} {fs} {n_times}", *lines, *(f"#{comment}" for comment in comments)]
        (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")

    return write
