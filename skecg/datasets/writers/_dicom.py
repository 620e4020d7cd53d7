"""Write DICOM waveforms with the pydicom package."""

from __future__ import annotations

import io

import numpy as np

from ..formats._scp_leads import LEADS
from ._digital import MISSING, to_digital

_TWELVE_LEAD = "1.2.840.10008.5.1.4.1.1.9.1.1"
_GENERAL = "1.2.840.10008.5.1.4.1.1.9.1.2"
_AMBULATORY = "1.2.840.10008.5.1.4.1.1.9.1.3"
_MOST_TIMES, _RATES = 16384, (200, 1000)  # of the first two classes
_CODES = {lead: number for number, lead in LEADS.items()}


def write(folder, name, record):
    """Write one record; return the files as {path: bytes}.

    Raises
    ------
    ImportError
        If pydicom is not installed.
    """
    try:
        import pydicom
        from pydicom.uid import ExplicitVRLittleEndian, generate_uid
    except ImportError as error:
        raise ImportError("Writing DICOM files needs pydicom: pip install 'skecg[dicom]'.") from error
    digital, gain = to_digital(record, name)
    made = pydicom.Dataset()
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = _class_of(record)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID = generate_uid(), generate_uid()
    made.SpecificCharacterSet, made.Modality = "ISO_IR 192", "ECG"
    _describe(made, record)
    made.WaveformSequence = [_waveform(pydicom.Dataset, record, digital, gain)]
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return {folder / f"{name}.dcm": buffer.getvalue()}


def _class_of(record):
    """Return the class of objects whose limits a record keeps."""
    n_leads, n_times = record.signal.shape
    if n_times > _MOST_TIMES or not _RATES[0] <= record.fs <= _RATES[1]:
        return _AMBULATORY
    return _TWELVE_LEAD if n_leads == 12 and set(record.leads) <= set(_CODES) else _GENERAL


def _describe(made, record):
    """State what is known of the patient and the recording; attributes that a file must have stay empty."""
    said = {key: value for key, value in record.metadata.items() if value is not None and value == value}
    made.PatientName = made.PatientBirthDate = made.StudyID = made.AccessionNumber = made.ReferringPhysicianName = ""
    made.PatientID = str(said.get("patient_id", ""))
    made.PatientSex = {"male": "M", "female": "F"}.get(said.get("sex"), "")
    if "age" in said:
        made.PatientAge = _age(said["age"])
    time = said.get("time")
    made.StudyDate = made.ContentDate = "" if time is None else f"{time:%Y%m%d}"
    made.StudyTime = made.ContentTime = "" if time is None else f"{time:%H%M%S}"
    if time is not None:
        made.AcquisitionDateTime = f"{time:%Y%m%d%H%M%S}"
    made.Manufacturer, made.ManufacturerModelName = "", str(said.get("device", ""))
    made.InstanceNumber = made.SeriesNumber = 1


def _age(years):
    """Return an age as DICOM writes it, such as 042Y or 003M."""
    return f"{int(years):03}Y" if years >= 1 else f"{int(12 * years):03}M"


def _waveform(dataset, record, digital, gain):
    """Return the group of simultaneous channels."""
    group = dataset()
    group.WaveformOriginality, group.MultiplexGroupLabel = "ORIGINAL", "RHYTHM"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = digital.shape
    group.SamplingFrequency = np.format_float_positional(record.fs, precision=12, trim="-")
    group.ChannelDefinitionSequence = [_channel(dataset, lead, gain) for lead in record.leads]
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.WaveformPaddingValue = np.array(MISSING, "<i2").tobytes()
    group.WaveformData = digital.T.astype("<i2").tobytes()
    return group


def _channel(dataset, lead, gain):
    """Return the definition of a channel, with the lead as a code of ISO/IEEE 11073 where there is one."""
    channel = dataset()
    known = lead in _CODES
    code, scheme = (f"2:{_CODES[lead]}", "MDC") if known else (lead[:16], "99SKECG")
    channel.ChannelSourceSequence = [_code(dataset, code, scheme, f"Lead {lead}" if known else lead)]
    channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = f"{1000 / gain:.10g}", "1"
    channel.ChannelSensitivityUnitsSequence = [_code(dataset, "uV", "UCUM", "microvolt")]
    channel.ChannelBaseline, channel.ChannelSampleSkew, channel.WaveformBitsStored = "0", "0", 16
    return channel


def _code(dataset, value, scheme, meaning):
    item = dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning[:64]
    return item
