"""What the benchmarks share: where results go, and what is written beside each figure."""

import csv
import os
import platform
import resource
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

QUICK = "--quick" in sys.argv  # a test that the script works: its figures mean nothing
_ELSEWHERE = os.environ.get("SKECG_BENCH_RESULTS") or (tempfile.mkdtemp(prefix="skecg-quick-") if QUICK else None)
FOLDER = Path(_ELSEWHERE) if _ELSEWHERE else Path(__file__).parent / "results"


def surroundings():
    """Return date, commit, versions and peak memory, to stand beside a figure."""
    import numpy
    import sklearn
    import torch

    import skecg

    git = ["git", "-C", str(Path(__file__).parent)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    dirty = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True)
    return {
        "date": date.today().isoformat(),
        "commit": commit.stdout.strip() + ("+" if dirty.stdout else ""),
        "skecg": skecg.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "scikit-learn": sklearn.__version__,
        "numpy": numpy.__version__,
        "threads": torch.get_num_threads(),
        "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def store(table, row):
    """Append a row to results/<table>.csv; a new column starts the table anew under its old rows."""
    FOLDER.mkdir(exist_ok=True)
    path, rows = FOLDER / f"{table}.csv", stored(table)
    rows.append({key: str(value) for key, value in row.items()})
    columns = list(dict.fromkeys(key for known in rows for key in known))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def stored(table):
    """Return the rows of results/<table>.csv, of which there may be none yet."""
    path = FOLDER / f"{table}.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
