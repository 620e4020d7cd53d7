"""Readers of ECG data sets, and synthetic ECGs."""

from ._anonymise import anonymise
from ._cinc2017 import fetch_cinc2017
from ._cpsc2018 import fetch_cpsc2018
from ._describe import describe
from ._ecg import read_ecg
from ._edf import read_edf
from ._folder import read_folder
from ._frame import records_from_frame
from ._hefei import fetch_hefei
from ._medalcare_xl import fetch_medalcare_xl
from ._mitdb import fetch_mitdb
from ._pe_cohort import make_pe_cohort
from ._ptbxl import fetch_ptbxl
from ._statements import describe_statements
from ._synthetic import make_ecg
from ._wfdb import read_wfdb
from ._wfdb_folder import read_wfdb_folder
from ._write import write_ecg

__all__ = [
    "anonymise",
    "describe",
    "describe_statements",
    "fetch_cinc2017",
    "fetch_cpsc2018",
    "fetch_hefei",
    "fetch_medalcare_xl",
    "fetch_mitdb",
    "fetch_ptbxl",
    "make_ecg",
    "make_pe_cohort",
    "read_ecg",
    "read_edf",
    "read_folder",
    "read_wfdb",
    "read_wfdb_folder",
    "records_from_frame",
    "write_ecg",
]
