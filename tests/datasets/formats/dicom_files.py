"""Write DICOM files of waveforms."""

import io

import numpy as np
import pytest

pytest.importorskip("pydicom", reason="needs pydicom, the extra `dicom`")
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage

NUMBERS = (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8)
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def code(value, scheme, meaning=""):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def scp(number):
    return code(f"5.6.3-9-{number}", "SCPECG", f"Lead {number}")


def channel(source, sensitivity="2.5", unit="uV", correction="1", baseline="0"):
    item = Dataset()
    item.ChannelSourceSequence = source
    if unit is not None:
        item.ChannelSensitivityUnitsSequence = code(unit, "UCUM")
    item.ChannelSensitivity, item.ChannelSensitivityCorrectionFactor = sensitivity, correction
    item.ChannelBaseline = baseline
    item.WaveformBitsStored = 16
    return item


def group(samples, channels=None, *, kind="<i2", interpretation="SS", originality="ORIGINAL", **fields):
    item = Dataset()
    item.WaveformOriginality, item.SamplingFrequency = originality, "500"
    item.NumberOfWaveformChannels, item.NumberOfWaveformSamples = samples.shape
    item.WaveformBitsAllocated, item.WaveformSampleInterpretation = np.dtype(kind).itemsize * 8, interpretation
    item.ChannelDefinitionSequence = Sequence(channels or [channel(scp(number)) for number in NUMBERS[: len(samples)]])
    data = samples.T.astype(kind).tobytes()
    item.WaveformData = data + bytes(len(data) % 2)
    for keyword, value in fields.items():
        setattr(item, keyword, value)
    return item


def write(*groups, syntax=ExplicitVRLittleEndian, **fields):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = TwelveLeadECGWaveformStorage, "1.2.3"
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = TwelveLeadECGWaveformStorage, "1.2.3"
    fields = {"PatientID": "P1", "PatientSex": "F", "PatientAge": "006M", "Manufacturer": "Make"} | fields
    for keyword, value in ({"AcquisitionDateTime": "20200304050607.25+0100"} | fields).items():
        setattr(dataset, keyword, value)
    dataset.WaveformSequence = Sequence(groups)
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()
