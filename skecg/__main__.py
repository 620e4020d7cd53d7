"""Run the command `skecg` as `python -m skecg`."""

from runpy import run_module

run_module("skecg.cli", run_name="__main__")
