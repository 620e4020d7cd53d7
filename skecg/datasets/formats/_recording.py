"""What the reader of each format returns, and what the readers share."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

import numpy as np

from skecg.records import STANDARD_LEADS
from skecg.records.patient import age_at as age_at
from skecg.records.patient import age_in_years as age_in_years
from skecg.records.patient import sex_of as sex_of

HEAD = 4096  # bytes at the start of a file by which its format is recognised
_BIPOLAR, _AUGMENTED = {"I", "II", "III"}, {"aVR", "aVL", "aVF"}
_USUAL = {lead.casefold(): lead for lead in STANDARD_LEADS}


@dataclass(frozen=True)
class Recording:
    """The rhythm strip of a file.

    Parameters
    ----------
    signal : ndarray of shape (n_leads, n_times)
        In mV; NaN where the machine marks that it has no value.
    leads : tuple of str
        In the usual spelling, in the order of the file; `with_limb_leads` derives the limb leads that are not stored.
    fs : float
        In Hz.
    format : str
        The name of the format, such as "MUSE XML".
    age : float or None
        In years.
    sex : {"male", "female"} or None
    patient_id, device : str or None
    time : datetime.datetime or None
        When the recording began.
    """

    signal: np.ndarray
    leads: tuple[str, ...]
    fs: float
    format: str
    age: float | None = None
    sex: str | None = None
    patient_id: str | None = None
    time: datetime.datetime | None = None
    device: str | None = None

    def __post_init__(self):
        if self.signal.ndim != 2 or len(self.signal) != len(self.leads) or not self.signal.size:
            raise ValueError(f"the leads {', '.join(self.leads)} do not fit signals of the shape {self.signal.shape}")
        if not all(self.leads):
            raise ValueError(f"the lead with the index {self.leads.index('')} has no name")
        if len(set(self.leads)) != len(self.leads):
            raise ValueError(f"a lead is there twice among {', '.join(self.leads)}")
        if not (math.isfinite(self.fs) and self.fs > 0):
            raise ValueError(f"the rate is {self.fs:g} Hz")


def usual_lead(name):
    """Return a lead in the usual spelling: "avr" and "AVR" are aVR; other names stay as they are."""
    return _USUAL.get(name.strip().casefold(), name.strip())


def stacked(rows):
    """Return the values of all leads as one array (n_leads, n_times); raise ValueError if their lengths differ."""
    lengths = sorted({len(values) for values in rows})
    if len(lengths) != 1:
        raise ValueError(f"all leads must be of one length, got {lengths[:9] or 'no lead'}")
    return np.stack(rows)


def with_limb_leads(leads, signal, dtype=None):
    """Derive all limb leads where a file stores two of I, II and III and none of aVR, aVL and aVF.

    Einthoven 1913 and Goldberger 1942: III = II - I, aVR = -(I + II)/2, aVL = I - II/2, aVF = II - I/2. Most machines
    store I and II, some II and III.

    Parameters
    ----------
    leads : sequence of str
        In the usual spelling.
    signal : ndarray of shape (n_leads, n_times)
        As floats.
    dtype : dtype, default=None
        The type of the leads if some are derived, to which they are rounded once; by default that of the signal.

    Returns
    -------
    leads : tuple of str
        The leads of the standard twelve in their usual order, then all others; as given if nothing is derived.
    signal : ndarray of shape (n_leads, n_times)
    """
    leads = tuple(leads)
    missing = _BIPOLAR.difference(leads)
    if len(missing) != 1 or not _AUGMENTED.isdisjoint(leads):
        return leads, signal
    known = {*leads, *_BIPOLAR, *_AUGMENTED}
    ordered = [lead for lead in STANDARD_LEADS if lead in known]
    ordered += [lead for lead in leads if lead not in STANDARD_LEADS]
    rows = dict(zip(leads, signal, strict=True))
    if "I" in missing:
        rows["I"] = rows["II"] - rows["III"]
    elif "II" in missing:
        rows["II"] = rows["I"] + rows["III"]
    else:
        rows["III"] = rows["II"] - rows["I"]
    one, two = rows["I"], rows["II"]
    rows |= {"aVR": (one + two) / -2, "aVL": one - two / 2, "aVF": two - one / 2}
    whole = np.empty((len(ordered), signal.shape[1]), dtype or signal.dtype)
    for values, lead in zip(whole, ordered, strict=True):
        values[:] = rows[lead]
    return tuple(ordered), whole


def text_or_none(value):
    """Return text without outer blanks and NUL bytes, or None if nothing is left."""
    return (value or "").replace("\x00", "").strip() or None


def time_on(day, clock):
    """Return the datetime of a date and (hour, minute, second), or None if the day is missing or the clock is wrong."""
    try:
        return None if day is None else datetime.datetime.combine(day, datetime.time(*clock))
    except ValueError:
        return None


def time_of(text, *formats):
    """Return a datetime that is written in one of several formats of `strptime`, or None."""
    for form in formats:
        try:
            return datetime.datetime.strptime((text or "").strip(), form)
        except ValueError:
            continue
    return None
