"""Reader of DICOM waveforms (DICOM PS3.3, A.34 and C.10.9)."""

from __future__ import annotations

import math
import re
import struct

import numpy as np

from ._dicom_elements import read_elements
from ._recording import (
    Recording,
    age_at,
    age_in_years,
    sex_of,
    text_or_none,
    time_of,
    usual_lead,
)
from ._scp_leads import LEADS

FORMAT = "DICOM"
_TYPES = {(8, "SB"): "i1", (8, "UB"): "u1", (16, "SS"): "i2", (16, "US"): "u2", (32, "SL"): "i4", (32, "UL"): "u4"}
_MILLIVOLTS = {"nV": 1e-6, "uV": 1e-3, "µV": 1e-3, "mV": 1.0, "V": 1e3}


def recognises(head):
    """Return whether bytes begin a DICOM file."""
    return head[128:132] == b"DICM"


def read(data):
    """Return the `Recording` of the original waveforms of a DICOM file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    ValueError
        If the file is damaged, has no original ECG or several, or its sizes or units do not fit.
    """
    try:
        dataset, order = read_elements(data)
    except struct.error:
        raise ValueError("the DICOM data are cut short: an element ends behind the end of the file") from None
    group = _original_group(dataset.get("WaveformSequence") or [])
    raw, padding = _samples(group, order)
    channels = group.get("ChannelDefinitionSequence") or []
    if len(channels) != len(raw):
        raise ValueError(f"{len(raw)} channels are stated, but {len(channels)} are defined")
    signal = np.where(raw == padding, np.nan, raw) if padding is not None else raw.astype(float, order="C")
    for values, channel in zip(signal, channels, strict=True):
        scale, offset = _calibration(channel)
        values *= scale
        values += offset
    time = _time(dataset)
    return Recording(
        signal,
        tuple(_lead(channel) for channel in channels),
        _number(group, "SamplingFrequency"),
        FORMAT,
        age=_age(dataset, time),
        sex=sex_of(dataset.get("PatientSex")),
        patient_id=_text(dataset, "PatientID"),
        time=time,
        device=" ".join(filter(None, [_text(dataset, "Manufacturer"), _text(dataset, "ManufacturerModelName")]))
        or None,
    )


def _original_group(groups):
    """Return the one multiplex group that holds the rhythm. Medians are DERIVED."""
    originals = [group for group in groups if group.get("WaveformOriginality") == "ORIGINAL"]
    if len(originals) > 1:
        originals = [group for group in originals if group.get("MultiplexGroupLabel") == "RHYTHM"] or originals
    if len(originals) != 1:
        raise ValueError(
            f"a DICOM file must hold one original group of waveforms, got {len(originals)} among {len(groups)} groups"
        )
    return originals[0]


def _samples(group, order):
    """Return samples of shape (n_leads, n_times), and the sample that marks a missing value or None."""
    bits, interpretation = group.get("WaveformBitsAllocated"), group.get("WaveformSampleInterpretation")
    if (bits, interpretation) not in _TYPES:
        raise ValueError(f"samples must be whole numbers of 8, 16 or 32 bits, got {interpretation!r} of {bits!r} bits")
    kind = np.dtype(order + _TYPES[bits, interpretation])
    n_leads, n_times = group.get("NumberOfWaveformChannels") or 0, group.get("NumberOfWaveformSamples") or 0
    if bits == 8 and order == ">":
        raise ValueError("the order of samples of 8 bits is uncertain in a DICOM file with the highest byte first")
    data, needed = group.get("WaveformData") or b"", n_leads * n_times * kind.itemsize
    if not needed or len(data) != needed + needed % 2:  # DICOM pads to an even number of bytes
        raise ValueError(
            f"{n_leads} channels of {n_times} samples of {bits} bits need {needed} bytes, got {len(data)} bytes"
        )
    padding = group.get("WaveformPaddingValue") or b""
    raw = np.frombuffer(data, kind, count=n_leads * n_times).reshape(n_times, n_leads).T
    return raw, np.frombuffer(padding, kind, count=1)[0] if len(padding) >= kind.itemsize else None


def _calibration(channel):
    """Return by what to multiply the samples of a channel and what to add, for mV."""
    units = channel.get("ChannelSensitivityUnitsSequence") or [{}]
    unit = str(units[0].get("CodeValue"))
    if unit not in _MILLIVOLTS:
        raise ValueError(
            f"the sensitivity of {_lead(channel)} must be in one of {', '.join(_MILLIVOLTS)}, got {unit!r}"
        )
    scale = _number(channel, "ChannelSensitivity") * _number(channel, "ChannelSensitivityCorrectionFactor", 1.0)
    if not scale:
        raise ValueError(f"the sensitivity of {_lead(channel)} must not be 0")
    return scale * _MILLIVOLTS[unit], _number(channel, "ChannelBaseline", 0.0) * _MILLIVOLTS[unit]


def _lead(channel):
    """Return the lead that the code names (SCP-ECG "5.6.3-9-1", MDC "2:1"), else the lead in the text."""
    sources = channel.get("ChannelSourceSequence") or [{}]
    scheme, code = str(sources[0].get("CodingSchemeDesignator")), str(sources[0].get("CodeValue"))
    number = re.fullmatch({"SCPECG": r"5\.6\.3-9-(\d+)", "MDC": r"2:(\d+)"}.get(scheme, "(?!)"), code)
    if number and int(number[1]) in LEADS:
        return LEADS[int(number[1])]
    text = str(sources[0].get("CodeMeaning") or sources[0].get("CodeValue") or "").strip()
    name = re.fullmatch(r"(?:MDC_ECG_LEAD_|lead )?(.+?)(?: *\(.*\))?", text, re.I)
    if not name:
        raise ValueError(f"each channel must name its lead, got {text!r}")
    return usual_lead(name[1])


def _number(dataset, keyword, default=None):
    value = dataset.get(keyword)
    value = default if value is None or value == "" else float(value)
    if value is None or not math.isfinite(value):
        raise ValueError(f"{keyword} must be a number, got {value!r}")
    return value


def _text(dataset, keyword):
    return text_or_none(str(dataset.get(keyword) or ""))


def _time(dataset):
    text = _text(dataset, "AcquisitionDateTime")
    text = text or str(dataset.get("ContentDate") or "") + str(dataset.get("ContentTime") or "")
    return time_of(re.split(r"[.+-]", text)[0], "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d")


def _age(dataset, time):
    stated = re.fullmatch(r"(\d{3})([YMWD])", str(dataset.get("PatientAge") or "").strip())
    if stated:
        return age_in_years(stated[1], stated[2])
    return age_at(time_of(str(dataset.get("PatientBirthDate") or ""), "%Y%m%d"), time)
