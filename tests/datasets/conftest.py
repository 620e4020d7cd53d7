import os
from pathlib import Path

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
def real_paths():
    """Return a function that gives the paths of named real records, without suffix, or skips the test."""

    def real_paths(folder, names):
        home = Path(os.environ.get("SKECG_DATA", "~/skecg_data")).expanduser() / folder
        missing = [name for name in names if not (home / f"{name}.hea").exists()]
        if missing:
            pytest.skip(f"{home} lacks {len(missing)} of {len(names)} recordings: {', '.join(missing[:3])}, ...")
        return [home / name for name in names]

    return real_paths


@pytest.fixture
def real_folder(real_paths, tmp_path):
    """Return a function that gives a folder with links to named real records and with their rows of a table."""

    def real_folder(folder, names, table=None):
        alone = tmp_path / folder
        alone.mkdir(parents=True)
        paths = real_paths(folder, names)
        for path in paths:
            for suffix in (".hea", ".mat"):
                (alone / path.name).with_suffix(suffix).symlink_to(path.with_suffix(suffix))
        if table:
            rows = (paths[0].parent / table).read_text().splitlines()
            (alone / table).write_text("\n".join(row for row in rows if row.split(",")[0] in names) + "\n")
        return alone

    return real_folder


@pytest.fixture
def expected():
    """Return the signals that the wfdb package reads, as float32."""

    def expected(path):
        return call_wfdb("rdsamp", str(path))[0].T.astype(np.float32)

    return expected
