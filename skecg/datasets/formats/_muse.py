"""Read the XML that GE MUSE exports."""

from __future__ import annotations

import zlib

import numpy as np

from ._base64 import bytes_of_each
from ._recording import Recording, age_at, age_in_years, sex_of, text_or_none, time_of, usual_lead
from ._xml import check_stated, number_at, number_of, parse_xml, require, root_tag, text_at, texts_of

FORMAT = "MUSE XML"
_MILLIVOLTS = {"MICROVOLTS": 1e-3, "MILLIVOLTS": 1.0}
_DATES = ("%m-%d-%Y", "%Y-%m-%d")
_RHYTHM, _MEDIAN = (b">%s</WaveformType>" % name for name in (b"Rhythm", b"Median"))
_UNREAD = (b"RestingECGMeasurements", b"OriginalRestingECGMeasurements", b"QRSTimesTypes", b"Diagnosis")
_UNREAD += (b"OriginalDiagnosis", b"IntervalMeasurements", b"Order")
_BEGIN, _END, _MARK = b"<WaveFormData>", b"</WaveFormData>", b"cut#"


def recognises(head):
    """Return whether a file that begins with these bytes is MUSE XML."""
    return root_tag(head) == "RestingECG"


def read(data):
    """Return the rhythm strip of a MUSE XML file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        As stored: most files hold eight leads. A lead that the file marks as off is NaN. The median beat is not read.

    Raises
    ------
    ValueError
        If the file is damaged, has no rhythm strip or several, leaves out the amplitude of a unit, or states a
        checksum, count, length or unit that does not hold.
    """
    short, cut = _without_samples(data)
    root = parse_xml(_without_unread(short))
    waveform = _rhythm(root)
    stored = [texts_of(lead) for lead in waveform.findall("LeadData")]
    check_stated("the number of leads", len(stored), text_at(waveform, "NumberofLeads"))
    _check_simultaneous(stored)
    leads = [usual_lead(lead.get("LeadID") or "") for lead in stored]
    samples = _samples(stored, leads, cut)
    sizes = sorted({len(values) for values in samples})
    if len(sizes) != 1 or sizes[0] % 2:
        raise ValueError(f"all leads must have one length, in whole samples of 2 bytes, got {sizes[:9]} bytes")
    scales = np.array([_scale(lead) for lead in stored])
    units = np.frombuffer(b"".join(samples), dtype="<i2").reshape(len(stored), -1)
    signal = (units + scales[:, :1] if scales[:, 0].any() else units) * scales[:, 1:]
    return Recording(signal, tuple(leads), _rate(waveform), FORMAT, **_patient(root))


def _without_unread(data):
    """Cut out the median beat and other parts that are not read, half of all elements, unless that is not safe.

    Damage within these parts is not noticed.
    """
    if data.find(b"!", data.find(b"<!DOCTYPE") + 2) >= 0:  # a tag in a comment or CDATA is none
        return data
    median = data.find(_MEDIAN)
    if median >= 0 and data.count(_RHYTHM) == 1:
        begin, end = data.rfind(b"<Waveform>", 0, median), data.find(b"</Waveform>", median)
        if 0 <= begin < end and not begin < data.find(_RHYTHM) < end:
            data = data[:begin] + data[end + len(b"</Waveform>") :]
    for tag in _UNREAD:
        before, _, rest = data.partition(b"<%s>" % tag)
        _, end, after = rest.partition(b"</%s>" % tag)
        data = before + after if end else data
    return data


def _without_samples(data):
    """Cut the samples out of a document: a parser of XML needs more time for them than for all the rest.

    Returns
    -------
    short : bytes
        The document, in which "cut#3" replaces the samples with the index 3.
    cut : list of bytes
        The samples in base64; empty if they are not safe to cut out.
    """
    kept, cut, place = [], [], 0
    while (begin := data.find(_BEGIN, place)) >= 0:
        begin += len(_BEGIN)
        end = data.find(b"<", begin)
        samples = data[begin:end]
        if b"&" in samples or not data.startswith(_END, end):
            return data, []
        kept += [data[place:begin], b"%s%d" % (_MARK, len(cut))]
        cut.append(samples)
        place = end
    short = b"".join([*kept, data[place:]])
    return (short, cut) if short.count(b"#") == len(cut) else (data, [])  # else another text may read like a mark


def _rhythm(root):
    """Return the waveform that the file names rhythm, wherever it stands."""
    named = [(text_at(waveform, "WaveformType") or "", waveform) for waveform in root.findall("Waveform")]
    rhythms = [waveform for name, waveform in named if name.casefold() == "rhythm"]
    if len(rhythms) != 1:
        names = ", ".join(name for name, _ in named[:9]) or "none"
        raise ValueError(f"the file must have one Waveform of the type Rhythm, got {names}")
    require("SampleType", "CONTINUOUS_SAMPLES", text_at(rhythms[0], "SampleType"))
    return rhythms[0]


def _rate(waveform):
    exponent = number_at(waveform, "SampleExponent", 0.0)
    if not -9 <= exponent <= 9:
        raise ValueError(f"SampleExponent must lie between -9 and 9, got {exponent:g}")
    return number_at(waveform, "SampleBase") * 10.0**exponent


def _check_simultaneous(stored):
    """Refuse leads that do not begin together."""
    for name in ("LeadTimeOffset", "LeadOffsetFirstSample"):
        starts = {number_of(name, lead.get(name), 0.0) for lead in stored}
        if len(starts) > 1:
            raise ValueError(f"all leads must begin at one {name}, got {sorted(starts)[:9]}")


def _samples(stored, leads, cut):
    """Return the bytes of the samples of each lead, once they agree with what the file states."""
    texts, mark = [lead.get("WaveFormData") for lead in stored], _MARK.decode()
    if cut:
        texts = [cut[int(text[len(mark) :])] if text and text.startswith(mark) else text for text in texts]
    found = bytes_of_each([f"lead {name}: WaveFormData" for name in leads], texts)
    for lead, name, values in zip(stored, leads, found, strict=True):
        require("LeadSampleSize", "2", lead.get("LeadSampleSize"))
        check_stated(f"lead {name}: the number of bytes", len(values), lead.get("LeadByteCountTotal"))
        check_stated(f"lead {name}: the number of samples", len(values) / 2, lead.get("LeadSampleCountTotal"))
        check_stated(f"lead {name}: the CRC-32", zlib.crc32(values), lead.get("LeadDataCRC32"))
    return found


def _scale(lead):
    """Return what is added to the samples of a lead and the mV of a unit, which is NaN if the lead is marked as off."""
    unit = (lead.get("LeadAmplitudeUnits") or "MICROVOLTS").upper()
    if unit not in _MILLIVOLTS:
        raise ValueError(f"LeadAmplitudeUnits must be one of {', '.join(_MILLIVOLTS)}, got {unit[:40]!r}")
    if lead.get("LeadAmplitudeUnitsPerBit") is None:
        raise ValueError("the file leaves out LeadAmplitudeUnitsPerBit (usually 4.88 uV): its values have no unit")
    gain = number_of("LeadAmplitudeUnitsPerBit", lead["LeadAmplitudeUnitsPerBit"])
    if gain <= 0:
        raise ValueError(f"LeadAmplitudeUnitsPerBit must be positive, got {gain:g}")
    scale = np.nan if (lead.get("LeadOff") or "").upper() == "TRUE" else gain * _MILLIVOLTS[unit]
    return number_of("FirstSampleBaseline", lead.get("FirstSampleBaseline"), 0.0), scale


def _patient(root):
    """Return what the file states about the patient and the recording."""
    patient, test = (texts_of(root.find(f"{of}Demographics")) for of in ("Patient", "Test"))
    date, clock = test.get("AcquisitionDate"), test.get("AcquisitionTime")
    unit = patient.get("AgeUnits")
    age = age_in_years(patient.get("PatientAge"), unit) if unit else None
    if age is None:
        age = age_at(time_of(patient.get("DateofBirth"), *_DATES), time_of(date, *_DATES))
    return {
        "age": age,
        "sex": sex_of(patient.get("Gender")),
        "patient_id": text_or_none(patient.get("PatientID")),
        "device": text_or_none(test.get("AcquisitionDevice")),
        "time": time_of(f"{date} {clock}", *(f"{form} %H:%M:%S" for form in _DATES)) if date and clock else None,
    }
