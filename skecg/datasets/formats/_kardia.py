"""Read the JSON of a recording that the API of AliveCor Kardia returns (https://developers.kardia.com)."""

from __future__ import annotations

import json
import re

import numpy as np

from ._recording import Recording, stacked, text_or_none, time_of, usual_lead
from ._text import text_of_head

FORMAT = "Kardia JSON"
_OWN = {"algorithmDetermination", "amplitudeResolution", "data12L", "leadI"}
_KEYS = _OWN | {"data", "raw", "enhanced", "samples", "frequency", "mainsFrequency", "recordedAt", "patientID", "id"}
_KEY = re.compile(r'"([A-Za-z0-9]{1,30})"\s*:')
_DENSE = ((b"[", 64), (b"{", 64), (b":", 24), (b'"', 12))  # bytes of a file for each such character, at least
_FEW = 1000  # characters that need no such check
_LARGEST = 1e30


def recognises(head):
    """Return whether a file that begins with these bytes is a Kardia recording."""
    text = text_of_head(head)
    keys = _KEYS.intersection(_KEY.findall(text)) if text.lstrip().startswith("{") else set()
    return len(keys) > 1 and not _OWN.isdisjoint(keys)


def read(data):
    """Return the unfiltered leads of a Kardia recording.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        `data.raw`: one lead, or six. The signal that AliveCor filters, `data.enhanced`, is not read.

    Raises
    ------
    ValueError
        If the file is no JSON, is one of twelve leads, whose unit it does not state, leaves out the rate or the unit,
        or states a duration or a count that does not hold.
    """
    root = _parsed(data)
    if "data12L" in root:
        raise ValueError("a Kardia recording of twelve leads does not state the unit of its samples")
    raw = _member(_member(root, "data"), "raw")
    samples = _member(raw, "samples")
    signal = stacked([_numbers(name, values) for name, values in samples.items()])
    fs, resolution = _positive(raw, "frequency"), _positive(raw, "amplitudeResolution")
    _check(root, raw, *signal.shape, fs)
    signal *= resolution * 1e-6  # nV
    return Recording(signal, tuple(map(_lead, samples)), fs, FORMAT, **_patient(root))


def _parsed(data):
    """Return the outermost object of a document, whose parsed form must not take far more memory than the document."""
    for character, n_bytes in _DENSE:
        if data.count(character) > len(data) / n_bytes + _FEW:
            raise ValueError(f"it has too many characters {character.decode()!r} for a Kardia recording")
    try:
        root = json.loads(data, object_pairs_hook=_object, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the JSON is damaged or not allowed: {error}") from None
    if not isinstance(root, dict):
        raise ValueError("a Kardia recording must be an object")
    return root


def _object(pairs):
    """Return an object; json.loads would keep the last of several members of one name."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def _refused(name):
    raise ValueError(f"{name} is no number")


def _member(parent, name):
    found = parent.get(name)
    if not isinstance(found, dict):
        raise ValueError(f"a Kardia recording must have an object {name!r}")
    return found


def _number(name, value):
    """Return a number of JSON."""
    if type(value) not in (int, float) or not abs(value) <= _LARGEST:
        raise ValueError(f"{name} must be a number of at most {_LARGEST:g}, got {str(value)[:40]!r}")
    return float(value)


def _positive(raw, name):
    number = _number(name, raw.get(name))
    if number <= 0:
        raise ValueError(f"{name} must be positive, got {number:g}")
    return number


def _numbers(name, values):
    """Return the samples of a lead."""
    if not isinstance(values, list) or not values or not {*map(type, values)} <= {int, float}:
        raise ValueError(f"{name[:40]} must be a list of numbers")
    if not max(max(values), -min(values)) <= _LARGEST:
        raise ValueError(f"{name[:40]} must be numbers of at most {_LARGEST:g}")
    return np.array(values, dtype=float)


def _check(root, raw, n_leads, n_times, fs):
    """Compare the number of leads and the duration, in whole seconds, with what the file states."""
    if "numLeads" in raw and _number("numLeads", raw["numLeads"]) != n_leads:
        raise ValueError(f"the number of leads is {n_leads}, but the file states {raw['numLeads']}")
    if root.get("duration") is not None:
        stated = _number("duration", root["duration"]) / 1000
        if abs(stated - n_times / fs) > 1:
            raise ValueError(f"the samples last {n_times / fs:g} s at {fs:g} Hz, but the file states {stated:g} s")


def _lead(name):
    return usual_lead(name.removeprefix("lead"))


def _patient(root):
    """Return what the file states about the patient and the recording."""
    device, time, patient = root.get("deviceInfo"), root.get("recordedAt"), root.get("patientID")
    device = device.get("hardwareType") if isinstance(device, dict) else None
    return {
        "patient_id": text_or_none(patient) if isinstance(patient, str) else None,
        "device": text_or_none(device) if isinstance(device, str) else None,
        "time": time_of(time[:19], "%Y-%m-%dT%H:%M:%S") if isinstance(time, str) else None,  # by the clock on the wall
    }
