"""Settings of the test run, made before numpy, torch and matplotlib read them."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # pytest-xdist runs the tests side by side
os.environ.setdefault("MPLBACKEND", "Agg")
