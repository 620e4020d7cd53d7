"""Set environment variables before numpy, torch and matplotlib read them."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # pytest-xdist runs tests in parallel
os.environ.setdefault("MPLBACKEND", "Agg")
