"""Readers of the files that ECG machines export, one module for each format.

Each module has the format's name, `FORMAT`, and two functions: `recognises(head)` looks at the first bytes of a file,
and `read(data)` returns a `Recording`, or raises a ValueError that says what is wrong.
"""

from __future__ import annotations

from . import (
    _aecg,
    _apple,
    _cardiosoft,
    _contec,
    _dicom,
    _ishne,
    _kardia,
    _mortara,
    _muse,
    _schiller,
    _scp,
    _sierra,
)

FORMATS = (
    *(_muse, _sierra, _aecg, _cardiosoft, _schiller, _mortara),  # XML
    *(_dicom, _ishne, _scp, _contec),  # binary
    *(_kardia, _apple),  # text
)


def find_format(head):
    """Return the module that reads a file, or None.

    Parameters
    ----------
    head : bytes
        The first 4096 bytes of the file, or all if it is shorter.
    """
    return next((module for module in FORMATS if module.recognises(head)), None)
