"""Time reading files of each format against ecgdatakit, and against pydicom alone for DICOM.

    OMP_NUM_THREADS=1 python benchmarks/formats.py [--copies 200] [--repeats 5] [--files FILE ...]

`read_ecg` reads copies of one file in one process, and the others read the same copies in a loop; the sides run in
turn. The files are the samples of the tests, and 12 leads of 10 s at 500 Hz that this script writes: MUSE XML in
the form of MUSE 9, and DICOM, EDF and WFDB with `write_ecg`. `--files` adds others. ecgdatakit (`pip install
ecgdatakit`) is left out if it is missing or cannot read a file; its values are compared with ours, where both have a
lead. Milliseconds for a file and medians of the ratios go to results/formats.csv.
"""

import argparse
import base64
import gzip
import shutil
import statistics
import tempfile
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
from _results import store, surroundings

from skecg.datasets import make_ecg, read_ecg, write_ecg

SAMPLES = Path(__file__).parents[1] / "tests" / "datasets" / "formats" / "samples"
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
MUSE = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE RestingECG SYSTEM "restecg.dtd">
<RestingECG><PatientDemographics><PatientID>1</PatientID><PatientAge>60</PatientAge><AgeUnits>YEARS</AgeUnits>
<Gender>MALE</Gender></PatientDemographics><TestDemographics><AcquisitionDate>01-02-2020</AcquisitionDate>
<AcquisitionTime>10:11:12</AcquisitionTime></TestDemographics>
{}</RestingECG>"""
WAVEFORM = """<Waveform><WaveformType>{}</WaveformType><NumberofLeads>8</NumberofLeads>
<SampleType>CONTINUOUS_SAMPLES</SampleType><SampleBase>500</SampleBase><SampleExponent>0</SampleExponent>
{}</Waveform>"""
LEAD = """<LeadData><LeadByteCountTotal>{n_bytes}</LeadByteCountTotal><LeadTimeOffset>0</LeadTimeOffset>
<LeadSampleCountTotal>{n_times}</LeadSampleCountTotal><LeadAmplitudeUnitsPerBit>4.88</LeadAmplitudeUnitsPerBit>
<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits><LeadID>{lead}</LeadID><FirstSampleBaseline>0</FirstSampleBaseline>
<LeadSampleSize>2</LeadSampleSize><LeadDataCRC32>{crc}</LeadDataCRC32><WaveFormData>{data}</WaveFormData></LeadData>"""


def write_muse(path, record):
    """Write a rhythm strip of eight leads, and a median beat."""
    waveforms = [_waveform("Median", record, 600), _waveform("Rhythm", record, record.signal.shape[1])]
    path.write_text(MUSE.format("".join(waveforms)))


def _waveform(kind, record, n_times):
    leads = []
    for lead in EIGHT:
        data = np.rint(record.signal[record.leads.index(lead), :n_times] / 0.00488).astype("<i2").tobytes()
        text = base64.encodebytes(data).decode()
        leads.append(LEAD.format(n_bytes=len(data), n_times=n_times, lead=lead, crc=zlib.crc32(data), data=text))
    return WAVEFORM.format(kind, "".join(leads))


def write_files(folder):
    """Write one file of each format; return their paths."""
    records = make_ecg(1, fs=500, duration=10, random_state=0).data
    paths = [path for form in ("wfdb", "edf", "dicom") for path in write_ecg(records, folder / form, format=form)]
    write_muse(folder / "muse.xml", records[0])
    for path in SAMPLES.iterdir():
        if path.suffix in (".scp", ".xml"):
            paths.append(path)
        elif path.name.endswith(".xml.gz"):
            (folder / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
            paths.append(folder / path.stem)
    return [folder / "muse.xml", *paths]


def copies_of(path, folder, n):
    """Copy a file, and the signal file of a WFDB header; return the paths of the copies."""
    folder.mkdir()
    for i in range(n):
        shutil.copy(path, folder / f"{i:05}{path.suffix}")
        if path.suffix == ".hea":
            text = path.read_text().replace(f"{path.stem}.dat", f"{i:05}.dat").replace(f"{path.stem} ", f"{i:05} ", 1)
            (folder / f"{i:05}.hea").write_text(text)
            shutil.copy(path.with_suffix(".dat"), folder / f"{i:05}.dat")
    return sorted(folder.glob(f"*{path.suffix}"))


def by_ecgdatakit(paths):
    from ecgdatakit import FileParser

    return [FileParser().parse(path) for path in paths]


def by_pydicom(paths):
    import pydicom

    return [pydicom.dcmread(path).waveform_array(0) for path in paths]


def rivals_of(path, form):
    """Return {name: function} of the other readers that read a file."""
    rivals = {"ecgdatakit": by_ecgdatakit} | ({"pydicom": by_pydicom} if form == "DICOM" else {})
    return {name: read for name, read in rivals.items() if _works(read, path)}


def _works(read, path):
    try:
        read([path])
    except Exception as error:  # whatever another library raises
        print(f"  {read.__name__}: {error!r}"[:200])
        return False
    return True


def seconds(function, *args, **options):
    begin = time.perf_counter()
    function(*args, **options)
    return time.perf_counter() - begin


def compare(path, folder, n_copies, repeats):
    """Time all readers of a file in turn, and store a row for each of them."""
    records = read_ecg(path)
    form = records.metadata["format"].iloc[0]
    paths = copies_of(path, folder, n_copies)
    rivals = rivals_of(path, form)
    took = {name: [] for name in ("skecg", *rivals)}
    for _ in range(repeats):
        took["skecg"].append(seconds(read_ecg, paths, verbose=0) / n_copies)
        for name, read in rivals.items():
            took[name].append(seconds(read, paths) / n_copies)
    ours = took.pop("skecg")
    row = {"format": form, "kilobytes": path.stat().st_size // 1024, "files": n_copies, "repeats": repeats}
    row |= {"skecg_ms": f"{1000 * statistics.median(ours):.3f}"}
    for name, theirs in took.items():
        ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
        row |= {f"{name}_ms": f"{1000 * statistics.median(theirs):.3f}", f"{name}_ratio": f"{ratio:.2f}"}
    print(row)
    store("formats", row | surroundings())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--files", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for i, path in enumerate([*write_files(Path(folder)), *options.files]):
            compare(path, Path(folder) / f"copies-{i}", options.copies, options.repeats)


if __name__ == "__main__":
    main()
