"""Store the results of the benchmarks, with the versions and memory of each run."""

import csv
import os
import platform
import resource
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

QUICK = "--quick" in sys.argv  # only test that the script works; the figures mean nothing
_ELSEWHERE = os.environ.get("SKECG_BENCH_RESULTS") or (tempfile.mkdtemp(prefix="skecg-quick-") if QUICK else None)
FOLDER = Path(_ELSEWHERE) if _ELSEWHERE else Path(__file__).parent / "results"


def surroundings():
    """Return processor, date, commit, versions and peak memory, to store with a figure."""
    import numpy
    import sklearn
    import torch

    import skecg

    git = ["git", "-C", str(Path(__file__).parent)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    dirty = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True)
    return {
        "processor": processor(),
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


def processor():
    """Return the name of the processor, and which instructions for low precision it has."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = [
        flag
        for flag in ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni")
        if flag in facts.get("flags", "").split()
    ]
    return f"{facts.get('model name', platform.machine())} ({', '.join(flags) or 'none'})"


def store(table, row):
    """Append a row to results/<table>.csv; a new column is empty in the old rows."""
    FOLDER.mkdir(exist_ok=True)
    path, rows = FOLDER / f"{table}.csv", stored(table)
    rows.append({key: str(value) for key, value in row.items()})
    columns = list(dict.fromkeys(key for entry in rows for key in entry))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def print_stored(path, row):
    """Print a row, without empty values, and the name of the table that it is in."""
    print("  ".join(f"{key} {value}" for key, value in row.items() if value != ""), "->", path.name, flush=True)


def stored(table):
    """Return the rows of results/<table>.csv; an empty list if there is no such file."""
    path = FOLDER / f"{table}.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
