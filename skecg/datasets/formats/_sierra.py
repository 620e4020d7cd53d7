"""Read the XML that Philips machines write: SierraECG and PhilipsECG."""

from __future__ import annotations

import numpy as np

from skecg.records import STANDARD_LEADS

from ._base64 import bytes_of_base64
from ._recording import Recording, age_at, age_in_years, sex_of, text_or_none, time_of, usual_lead
from ._xli import decompress
from ._xml import check_stated, number_of, parse_xml, require, root_tag, text_at

FORMAT = "Philips SierraECG XML"
_VERSIONS = ("1.03", "1.04", "1.04.01", "1.04.02")
_LIMB = STANDARD_LEADS[:6]
_MOST_LEADS, _MOST_TIMES = 32, 100_000  # far more than any file holds; they bound the memory
_CODING = {"bitspersample": "16", "nbitspersample": "16", "signaloffset": "0", "signalsigned": "True"}
_PULSE = 0.5  # mV: half the calibration pulse, and far more than the rounding of leads


def recognises(head):
    """Return whether a file that begins with these bytes is Philips XML."""
    return root_tag(head) == "restingecgdata"


def read(data):
    """Return the rhythm strip of a Philips file of the versions 1.03 to 1.04.02.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Recording
        A strip of 11 s whose last second does not obey Einthoven's law is cut to 10 s: the machine appends a
        calibration pulse of 1 mV to every lead. The representative beats are not read.

    Raises
    ------
    ValueError
        If the file is damaged, of another version, or states a count, length, rate or resolution that does not hold.
    """
    root = parse_xml(data)
    version = text_at(root, "documentinfo/documentversion")
    if version not in _VERSIONS:
        raise ValueError(f"documentversion must be one of {', '.join(_VERSIONS)}, got {(version or 'none')[:40]}")
    found = root.findall("waveforms/parsedwaveforms")
    if len(found) != 1:
        raise ValueError(f"the file must have one element parsedwaveforms, got {len(found)}")
    waveforms, machine = found[0], root.find("dataacquisition/signalcharacteristics")
    leads = _leads(waveforms, machine)
    fs = _stated(waveforms, machine, ("samplespersecond",), ("samplingrate",))
    gain = _stated(waveforms, machine, ("resolution",), ("resolution", "signalresolution"))
    signal = _without_pulse(leads, _signal(waveforms, machine, leads, fs), fs, _PULSE * 1000 / gain) * (gain / 1000)
    return Recording(signal, tuple(leads), fs, FORMAT, **_patient(root))


def _stated(waveforms, machine, attributes, elements):
    """Return a positive number that the waveforms or the machine's characteristics state; both must agree."""
    texts = [waveforms.get(name) for name in attributes]
    texts += [text_at(machine, name) for name in elements] if machine is not None else []
    numbers = [number_of(elements[-1], text) for text in texts if text]
    if not numbers or min(numbers) <= 0 or min(numbers) != max(numbers):
        raise ValueError(f"{elements[0]} must be one positive number, got {', '.join(map(str, numbers)) or 'none'}")
    return numbers[0]


def _leads(waveforms, machine):
    """Return the names of the leads. Version 1.03 has no names, but the name of the set of leads."""
    count = waveforms.get("numberofleads")
    labels = waveforms.get("leadlabels")
    if not (labels or "").strip():
        kind = None if machine is None else (text_at(machine, "acquisitiontype") or text_at(machine, "leadset"))
        if kind not in ("STD-12", "10-WIRE"):
            raise ValueError(f"the file names no leads, and its set of leads is no STD-12: {(kind or 'none')[:40]}")
        labels, count = " ".join(STANDARD_LEADS), count or text_at(machine, "numberchannelsallocated")
    leads = [usual_lead(label) for label in labels.split()]
    check_stated("the number of leads", len(leads), count)
    if len(leads) > _MOST_LEADS:
        raise ValueError(f"at most {_MOST_LEADS} leads are read, got {len(leads)}")
    return leads


def _signal(waveforms, machine, leads, fs):
    """Return the leads in units of the resolution."""
    _check_coding(waveforms, machine)
    exact = number_of("durationperchannel", waveforms.get("durationperchannel")) * fs / 1000
    n_times = round(exact) if abs(exact) < 2 * _MOST_TIMES else 0
    if not 2 < n_times <= _MOST_TIMES or abs(n_times - exact) > 1e-6:
        raise ValueError(f"durationperchannel must mean 3 to {_MOST_TIMES} samples a lead, got {exact:g}")
    stored = bytes_of_base64("parsedwaveforms", waveforms.text)
    compression = (waveforms.get("compressmethod") or waveforms.get("compression") or "none").casefold()
    if compression == "xli":
        return _whole(leads, decompress(stored, len(leads), n_times))
    if compression not in ("none", "uncompressed"):
        raise ValueError(f"the compression must be XLI or none, got {compression[:40]!r}")
    check_stated("the number of bytes of a lead", len(stored) / len(leads), str(2 * n_times))
    signal = np.frombuffer(stored, "<i2").reshape(len(leads), n_times)
    if {"I", "II", "III"} <= set(leads) and np.median(np.abs(_broken(leads, signal))) > 2:
        raise ValueError("the uncompressed leads I, II and III do not obey Einthoven's law, II = I + III")
    return signal


def _check_coding(waveforms, machine):
    """Refuse samples that are not signed 16-bit numbers without an offset, in base64."""
    require("dataencoding", "Base64", waveforms.get("dataencoding"))
    for name, due in (
        ("bitspersample", "16"),
        ("nbitspersample", "16"),
        ("signaloffset", "0"),
        ("signalsigned", "True"),
    ):
        require(name, due, waveforms.get(name))
        require(name, due, None if machine is None else text_at(machine, name))


def _whole(leads, stored):
    """Return all leads where III, aVR, aVL and aVF are stored as what is missing from their formulas."""
    rest = [lead for lead in leads if lead in _LIMB[2:]]
    if not rest:
        return stored
    if not set(_LIMB) <= set(leads):
        raise ValueError(f"XLI stores {', '.join(rest)} by I, II and III, which must all be there")
    at = {lead: leads.index(lead) for lead in _LIMB}
    one, two = stored[at["I"]], stored[at["II"]]
    three = stored[at["III"]] = two - one - stored[at["III"]]
    stored[at["aVR"]] = -stored[at["aVR"]] - (one + two) // 2
    stored[at["aVL"]] = (one - three) // 2 - stored[at["aVL"]]
    stored[at["aVF"]] = (two + three) // 2 - stored[at["aVF"]]
    return stored


def _broken(leads, signal):
    """Return by how much each sample breaks Einthoven's law."""
    one, two, three = (signal[leads.index(lead)].astype(np.int64) for lead in ("I", "II", "III"))
    return one + three - two


def _without_pulse(leads, signal, fs, pulse):
    """Cut a strip of 11 s to 10 s, unless I, II and III show that its last second holds no calibration pulse."""
    end = round(10 * fs)
    if signal.shape[1] != round(11 * fs):
        return signal
    if {"I", "II", "III"} <= set(leads) and np.abs(_broken(leads, signal[:, end:])).max() < pulse:
        return signal
    return signal[:, :end]


def _patient(root):
    """Return what the file states about the patient and the recording."""
    acquired = root.find("dataacquisition")
    date, clock = (None, None) if acquired is None else (acquired.get("date"), acquired.get("time"))
    age = age_in_years(text_at(root, "patient/generalpatientdata/age/years"))
    if age is None:
        born = time_of(text_at(root, "patient/generalpatientdata/age/dateofbirth"), "%Y-%m-%d")
        age = age_at(born, time_of(date, "%Y-%m-%d"))
    return {
        "age": age,
        "sex": sex_of(text_at(root, "patient/generalpatientdata/sex")),
        "patient_id": text_or_none(text_at(root, "patient/generalpatientdata/patientid")),
        "time": time_of(f"{date} {clock}", "%Y-%m-%d %H:%M:%S") if date and clock else None,
        "device": text_or_none(text_at(root, "dataacquisition/machine")),
    }
