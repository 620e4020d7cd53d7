import numpy as np
import pytest

from skecg.datasets._wfdb_header import call_wfdb


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


@pytest.fixture
def write():
    """Write a record of random samples, and return its path."""

    def write(folder, name="rec", n_leads=2, n_times=50, fs=250, line="16 200(0)/mV 16 0 0 0 0", leads=None, seed=0):
        leads = leads or ["I", "II", "III", "AVR"][:n_leads]
        samples = np.random.default_rng(seed).integers(-2000, 2000, (n_times, n_leads))
        samples.astype("<i2").tofile(folder / f"{name}.dat")
        lines = [f"{name} {n_leads} {fs} {n_times}", *(f"{name}.dat {line} {lead}" for lead in leads)]
        (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")
        return folder / name

    return write


@pytest.fixture
def expected():
    """What the wfdb package reads, as float32."""

    def expected(path):
        return call_wfdb("rdsamp", str(path))[0].T.astype(np.float32)

    return expected
