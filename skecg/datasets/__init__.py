"""Readers of ECG data sets, and synthetic ECGs."""

from ._ptbxl import fetch_ptbxl
from ._synthetic import make_ecg
from ._wfdb import read_wfdb

__all__ = ["fetch_ptbxl", "make_ecg", "read_wfdb"]
