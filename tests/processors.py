"""Run the tests that train networks under settings that imitate other processors.

    python tests/processors.py           # all tests that train, under every setting
    python tests/processors.py --quick   # some that assert that a model has learnt, under the first setting

The same code rounds differently if a library uses other kernels. Each variable below limits the kernels of one
library, and each of its values is used at least once; not all combinations are tested. A
machine without AVX-512 or AMX runs all settings too, on the kernels that it has.
"""

import argparse
import os
import subprocess
import sys
import time

TRAINING = (
    "skecg",  # the doctests
    "tests/test_common.py",
    "tests/test_readme.py",
    "tests/test_docs.py",
    "tests/test_gallery.py",
    "tests/ensemble",
    "tests/test_pipeline.py",
    "tests/classifiers",
    "tests/features",
    "tests/inspection",
    "tests/model_selection",
    "tests/training",
)
LEARNING = ("tests/classifiers/test_learning.py", "tests/training/loop")
OLD_NUMPY = "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"
SETTINGS = {
    "AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "default", "OMP_NUM_THREADS": "1"},
    "AVX-512": {
        "ONEDNN_MAX_CPU_ISA": "AVX512_CORE",
        "ATEN_CPU_CAPABILITY": "avx2",
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OMP_NUM_THREADS": "2",
    },
    "SSE4.1": {
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "ATEN_CPU_CAPABILITY": "default",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": OLD_NUMPY,
        "OMP_NUM_THREADS": "1",
    },
    "its own": {"OPENBLAS_CORETYPE": "SkylakeX", "OMP_NUM_THREADS": "2"},
}
"""Environments by name; the machine chooses the variables that an environment omits."""


def main():
    """Run pytest under each setting, print a table, and fail if one of the runs failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the first setting, and only tests marked as learning")
    parser.add_argument("--workers", default="2", help="processes of pytest-xdist")
    arguments = parser.parse_args()
    names = list(SETTINGS)[:1] if arguments.quick else list(SETTINGS)
    rows = [(name, *run(SETTINGS[name], arguments)) for name in names]
    for name, failed, seconds in rows:
        print(f"{name:8s} {'failed' if failed else 'passed'} {seconds:5.0f} s  {describe(SETTINGS[name])}")
    return int(any(failed for _, failed, _ in rows))


def run(setting, arguments):
    """Return whether the tests failed under a setting, and the seconds that they took."""
    print(f"== {describe(setting)}", flush=True)
    environment = {key: value for key, value in os.environ.items() if key not in _VARIABLES}
    chosen = [*LEARNING, "-m", "learns and not slow"] if arguments.quick else [*TRAINING, "-m", "learns or not slow"]
    start = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", arguments.workers, *chosen]
    failed = subprocess.run(command, env=environment | setting, check=False).returncode
    return bool(failed), time.perf_counter() - start


def describe(setting):
    """Return a setting in the syntax of a shell."""
    return " ".join(f"{key}={value!r}" if " " in value else f"{key}={value}" for key, value in setting.items())


_VARIABLES = {key for setting in SETTINGS.values() for key in setting}

if __name__ == "__main__":
    sys.exit(main())
