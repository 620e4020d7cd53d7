"""Readers of the files that ECG machines export, one module for each format.

Each module has two functions: `recognises(head)` looks at the first bytes of a file, and
`read(data)` returns a `Recording`, or raises a ValueError that says what is wrong.
"""

from . import _aecg, _cardiosoft, _dicom, _ishne, _muse, _scp, _sierra

_FORMATS = (_aecg, _cardiosoft, _dicom, _ishne, _muse, _scp, _sierra)


def find_format(head):
    """Return the module of the format of a file that begins with these bytes, or None."""
    return next((module for module in _FORMATS if module.recognises(head)), None)
