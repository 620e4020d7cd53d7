import numpy as np
import pytest

from skecg.datasets.formats import FORMATS, find_format
from skecg.datasets.formats._recording import HEAD, Recording

SAMPLES = {
    "MUSE XML": ["muse_xml/braveheart_example1.xml", "muse_xml/braveheart_example2.xml", "muse_xml/egm_muse-sinus.xml"],
    "Philips SierraECG XML": [
        "sierra_xml/v1_03_129DYPRG.xml",
        "sierra_xml/v1_04_ZZDEMO.xml",
        "sierra_xml/v1_04_01_2020-5-18.xml",
    ],
    "HL7 aECG": ["aecg/fda_subject1_0.xml", "aecg/hl7_example.xml"],
    "CardioSoft XML": ["cardiosoft_xml/ecgprocess_example-XML1.xml"],
    "DICOM": ["dicom/dicom-ecg-plot_anonymous.dcm", "dicom/example-DICOM1.dcm"],
    "ISHNE Holter": ["ishne/made_per_lead.ecg", "ishne/made_total.ecg"],
    "Contec ECG": ["contec/0000050.ECG"],
    "SCP-ECG": ["scp/Example.scp", "scp/contec_0000050.scp", "scp/62.SCP"],
}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in SAMPLES.items() for path in paths])
def test_each_sample_is_recognised_by_one_format(find_sample, name, path):
    head = find_sample(path).read_bytes()[:HEAD]
    found = [module for module in FORMATS if module.recognises(head)]
    assert [module.FORMAT for module in found] == [name]
    assert find_format(head) is found[0]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<?xml version='1.0'?><html>",
        b"{}",
        b"[1, 2]",
        b"age;sex\n5;male\n",
        b"0       \xffBIOSEMI",
        b"A0001 12 500 5000\n",
        b"MATLAB 5.0 MAT-file, Platform: GLNXA64",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
        b"\x89HDF\r\n\x1a\n",
        bytes(HEAD),
        b"\xff" * HEAD,
        np.random.default_rng(0).bytes(HEAD),
    ],
)
def test_other_files_are_recognised_by_none(head):
    assert find_format(head) is None
    assert find_format(head[:20]) is None


def test_names_of_formats_differ():
    names = [module.FORMAT for module in FORMATS]
    assert len(set(names)) == len(names)
    assert Recording(np.zeros((1, 2)), ("I",), 500, names[0]).format == names[0]
