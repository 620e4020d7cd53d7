import base64
import datetime
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets.formats._sierra import read, recognises
from skecg.datasets.formats._xli import decompress

SAMPLES = Path(__file__).parent / "samples"
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
DATE = 'date="2020-05-18" time="15:48:11"'
PATIENT = """<patient><generalpatientdata><patientid>0815</patientid><name><lastname>M\u00fcller</lastname></name>
<age><dateofbirth>1951-06-01</dateofbirth></age><sex>Female</sex></generalpatientdata></patient>"""


def packed(codes):
    bits = "".join(f"{code:010b}" for code in codes)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8))


def lzw(data):
    """Return the codes of LZW (Welch 1984) for bytes."""
    table = {bytes([value]): value for value in range(256)}
    codes, text = [], b""
    for value in data:
        longer = text + bytes([value])
        if longer not in table:
            codes.append(table[text])
            if len(table) < 1023:
                table[longer] = len(table)
            longer = bytes([value])
        text = longer
    return [*codes, table[text], 1023]


def chunk(codes, first=0):
    stored = packed(codes)
    return len(stored).to_bytes(4, "little") + b"\x01\x00" + first.to_bytes(2, "little", signed=True) + stored


def compress(row):
    """Return the XLI chunk of a lead."""
    row = np.asarray(row, np.int64)
    differences = 2 * row[1:-1] - row[:-2] - row[2:]
    stored = np.concatenate([row[:2], differences[1:] + 64, [0]]).astype(">i2").tobytes()
    return chunk(lzw(stored[::2] + stored[1::2]), int(differences[0]))


def residuals(samples):
    """Return leads as Philips stores them: limb leads as what is missing from their formulas."""
    one, two, three, avr, avl, avf = samples[:6]
    limbs = [two - one - three, -avr - (one + two) // 2, (one - three) // 2 - avl, (two + three) // 2 - avf]
    return np.vstack([[one, two], limbs, samples[6:]])


def write(stored, n_times, *, version="1.04.01", encoding="utf-16", edits=()):
    """Return a Philips file of stored bytes, in which texts are replaced."""
    attributes = f"""dataencoding="Base64" compression="XLI" numberofleads="12" leadlabels="{" ".join(TWELVE)}"
durationperchannel="{n_times * 2}" samplespersecond="500" resolution="5" signaloffset="0" signalsigned="True"
bitspersample="16" """
    resolution = "resolution"
    if version == "1.03":
        resolution = "signalresolution"
        attributes = f"""compressflag="True" compressmethod="XLI" dataencoding="Base64"
durationperchannel="{n_times * 2}" nbitspersample="16" """
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<restingecgdata xmlns="http://www3.medical.philips.com"><documentinfo><documentversion>{version}</documentversion>
</documentinfo><dataacquisition {DATE}><machine machineid="1">PageWriter</machine><signalcharacteristics>
<samplingrate>500</samplingrate><{resolution}>5</{resolution}>
<acquisitiontype>STD-12</acquisitiontype><numberchannelsallocated>12</numberchannelsallocated>
</signalcharacteristics></dataacquisition>{PATIENT}<waveforms><parsedwaveforms {attributes}>
{base64.encodebytes(stored).decode()}</parsedwaveforms><repbeats samplespersec="1000"/></waveforms></restingecgdata>"""
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode(encoding)


def write_leads(samples, **options):
    stored = b"".join(map(compress, [*residuals(samples), *np.zeros((4, samples.shape[1]), int)]))
    return write(stored, samples.shape[1], **options)


@pytest.mark.parametrize("name", ["v1_03_129DYPRG", "v1_04_ZZDEMO", "v1_04_01_2020-5-18"])
def test_samples(find_sample, name):
    data = find_sample(f"sierra_xml/{name}.xml").read_bytes()
    expected = json.loads(find_sample(f"sierra_xml/{name}.expected.json").read_text())
    values = np.load(find_sample(f"sierra_xml/{name}.expected.npy"))
    recording = read(data)
    assert recognises(data[:4096])
    assert (recording.leads, recording.fs) == (tuple(expected["leads"]), expected["fs"])
    assert recording.signal.shape == (12, 5000)  # the pulse is in the last second
    assert_allclose(recording.signal, values[:, :5000], rtol=0, atol=1e-6)


def test_sample_of_the_project(find_sample):
    recording = read(find_sample("sierra_xml/v1_03_129DYPRG.xml").read_bytes())
    with np.load(SAMPLES / "v1_03_129DYPRG.npz") as stored:
        units = np.cumsum(stored["differences"], axis=1)
    assert_allclose(recording.signal, units[:, :5000] * 0.005, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.age, recording.sex) == (TWELVE, 500, 50, "male")


@pytest.mark.parametrize(("version", "encoding"), [("1.03", "utf-8"), ("1.04", "utf-16"), ("1.04.02", "iso-8859-1")])
def test_what_a_file_holds(ecg, version, encoding):
    data = write_leads(ecg, version=version, encoding=encoding)
    recording = read(data)
    assert recognises(data[:4096])
    assert_allclose(recording.signal, ecg * 0.005, rtol=0, atol=1e-12)
    assert (recording.leads, recording.fs, recording.format) == (TWELVE, 500, "Philips SierraECG XML")
    assert (recording.age, recording.sex, recording.patient_id) == (68, "female", "0815")
    assert (recording.device, recording.time) == ("PageWriter", datetime.datetime(2020, 5, 18, 15, 48, 11))


def test_stated_age_and_missing_metadata(ecg):
    data = write_leads(ecg, edits=[("<dateofbirth>1951-06-01</dateofbirth>", "<years>50</years>")])
    assert read(data).age == 50
    bare = read(write_leads(ecg, edits=[(PATIENT, ""), (DATE, ""), ('<machine machineid="1">PageWriter', "<machine>")]))
    assert (bare.age, bare.sex, bare.patient_id, bare.device, bare.time) == (None,) * 5


@pytest.mark.parametrize(("pulse", "n_times"), [(200, 5000), (0, 5500), (10, 5500)])
def test_pulse(pulse, n_times):
    limb = np.random.default_rng(0).integers(-100, 100, (2, 5500))
    samples = np.vstack([limb, limb[1] - limb[0], np.zeros((9, 5500), int)])
    samples[:, 5350:5450] += pulse
    assert_allclose(read(write_leads(samples)).signal, samples[:, :n_times] * 0.005, rtol=0, atol=1e-12)


def test_uncompressed(ecg):
    ecg[2] = ecg[1] - ecg[0]
    edits = [('compression="XLI"', 'compression="None"')]
    data = write(ecg.astype("<i2").tobytes(), 400, edits=edits)
    assert_allclose(read(data).signal, ecg * 0.005, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="the uncompressed leads I, II and III do not obey Einthoven's law"):
        read(write(residuals(ecg).astype("<i2").tobytes(), 400, edits=edits))
    with pytest.raises(ValueError, match=r"the number of bytes of a lead is 733\.3+, but the file states 800"):
        read(write(ecg[:-1].astype("<i2").tobytes(), 400, edits=edits))


REFUSED = [
    ("1.04.01", "1.05", "documentversion must be one of 1.03, .*, got 1.05"),
    ("<parsedwaveforms", "<parsedwaveforms/><parsedwaveforms", "one element parsedwaveforms, got 2"),
    ('"Base64"', '"Hex"', "dataencoding must be Base64, got 'Hex'"),
    ('"XLI"', '"zip"', "the compression must be XLI or none, got 'zip'"),
    ('bitspersample="16"', 'bitspersample="12"', "bitspersample must be 16, got '12'"),
    ('signaloffset="0"', 'signaloffset="2048"', "signaloffset must be 0, got '2048'"),
    ('signalsigned="True"', 'signalsigned="False"', "signalsigned must be True, got 'False'"),
    ('numberofleads="12"', 'numberofleads="11"', "the number of leads is 12, but the file states 11"),
    (
        'durationperchannel="800"',
        'durationperchannel="802"',
        "the lead with the index 0 is damaged: it holds 800 bytes",
    ),
    ('durationperchannel="800"', 'durationperchannel="798"', "is damaged: it holds more than 798 bytes"),
    ('durationperchannel="800"', 'durationperchannel="801"', "must mean 3 to 100000 samples a lead, got 400.5"),
    ('durationperchannel="800"', 'durationperchannel="1e9"', "must mean 3 to 100000 samples a lead, got 5e"),
    ('durationperchannel="800"', "", "durationperchannel must be a number, got None"),
    ('samplespersecond="500"', 'samplespersecond="250"', "samplingrate must be one positive number, got 250.0, 500.0"),
    ('resolution="5"', 'resolution="2.5"', "resolution must be one positive number, got 2.5, 5.0"),
    ('resolution="5"', 'resolution="x"', "resolution must be a number, got 'x'"),
    ("I II III", "I II X", "XLI stores aVR, aVL, aVF by I, II and III, which must all be there"),
    ("I II III", "I II II", "XLI stores aVR"),
    ("V5 V6", "V5 V5", "twice"),
    ('leadlabels="', 'leadlabels=""  labels="', "the number of leads|STD-12"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_refused(ecg, old, new, message):
    edits = [(old, new)]
    if "STD-12" in message:
        edits.append((">STD-12<", ">15-LEAD<"))
    with pytest.raises(ValueError, match=message):
        read(write_leads(ecg, edits=edits))


def test_decompress(ecg):
    rows = np.vstack([ecg, np.arange(400) * 80 - 16000, np.zeros((1, 400), int), [[-32768, 32767] * 200]])
    assert_array_equal(decompress(b"".join(map(compress, rows[:-1])), 14, 400), rows[:-1])
    wide = np.full((1, 4), -32768)
    assert_array_equal(decompress(compress(wide[0]), 1, 4), wide)
    long = (
        np.cumsum(np.random.default_rng(0).integers(-90, 91, (1, 9000)), axis=1) // 9
    )  # the table of strings fills up
    assert_array_equal(decompress(compress(long[0]), 1, 9000), long)


DAMAGED = {
    "2 leads are expected, got 1": chunk([0] * 6 + [1023]) * 1,
    "a lead ends at byte 10": b"\x02\x00\x00\x00\x01\x00\x00\x00",
    "is damaged: code 257 comes when 256 strings are defined": chunk([0, 257]) * 2,
    "is damaged: code 256 comes when 256 strings are defined": chunk([256, 0]) * 2,
    "is damaged: the code that ends it is missing": chunk([0] * 6) * 2,
    "is damaged: it holds 5 bytes, expected 6": chunk([0] * 5 + [1023]) * 2,
    "is damaged: it holds more than 6 bytes": chunk([0] * 7 + [1023]) * 2,
    "is damaged: its samples leave the range of 16 bits": chunk([127, 127, 0, 255, 255, 0, 1023], -1) * 2,
    "is damaged: 70 bytes are too many for 6": chunk([0] * 56) * 2,
}


@pytest.mark.parametrize("message", DAMAGED)
def test_damaged_xli(message):
    with pytest.raises(ValueError, match=f"XLI: .*{message}"):
        decompress(DAMAGED[message], 2, 3)


def test_memory():
    flat = compress(np.zeros(100_000, int))
    labels = " ".join([*TWELVE, *(f"C{k}" for k in range(20))])
    edits = [(" ".join(TWELVE), labels), ('numberofleads="12"', 'numberofleads="32"')]
    tracemalloc.start()
    assert read(write(flat * 32, 100_000, edits=edits)).signal.shape == (32, 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64e6
    edits = [(" ".join(TWELVE), f"{labels} C20"), ('numberofleads="12"', 'numberofleads="33"')]
    with pytest.raises(ValueError, match="at most 32 leads are read, got 33"):
        read(write(flat * 33, 100_000, edits=edits))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_damage(ecg, damage, encoding):
    data = write_leads(ecg[:, :120], encoding=encoding)
    borders = [data.find(part.encode(encoding)[-8:]) for part in ("<patient>", "<parsedwave", "</waveforms>")]
    assert damage(read, data, borders, n_flips=0) == 0
    damage(read, data)


def test_damaged_xli_at_random(ecg, damage):
    def expand(data):
        samples = decompress(data, 12, 120)
        assert samples.shape == (12, 120)
        return read(small)

    small = write_leads(ecg[:, :40])
    damage(expand, b"".join(map(compress, ecg[:, :120])))
