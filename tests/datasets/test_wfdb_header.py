import time
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.datasets import read_wfdb


@pytest.mark.parametrize(
    "line",
    [
        "16",
        "16 200",
        "16 0",
        "16 200/mV",
        "16 200 12",
        "16 200 12 100",
        "16 1e3(-7)/mV 12 3",
        "16x1 200.5(7)/mV 12 0 5",
        "16 (3) 12",
        "16 200 12 0 0 0 0",
    ],
)
def test_optional_fields(tmp_path, write, expected, line):
    path = write(tmp_path, n_leads=1, line=line, leads=[""])
    records = read_wfdb(path)
    assert_array_equal(records[0].signal, expected(path))
    assert records.leads == ("lead 0",)


def test_record_lines_as_they_come(tmp_path, write):
    path = write(tmp_path, "E00009", fs="360/360(0)")
    header = path.with_suffix(".hea")
    wanted = read_wfdb(path)[0]
    assert wanted.fs == 360
    text = header.read_text()
    for first in (
        "E00009.mat 2 360 50",
        "E00009 2 360.0 50 05-Feb-2020 11:39:16",
        "E00009 2 360 50 01:02:03 1/2/2000 ",
    ):
        header.write_text("# a remark\r\n\r\n" + text.replace(text.split("\n")[0], first).replace("\n", "\r\n"))
        for suffix in ("", ".hea", ".mat"):
            assert_array_equal(read_wfdb(f"{path}{suffix}")[0].signal, wanted.signal)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("µV", 1e-3), ("V", 1e3), ("mv", 1), ("nV", 1e-6)])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_voltages_become_millivolts(tmp_path, write, expected, unit, factor, encoding):
    path = write(tmp_path, n_leads=1, line="16 200/mV 16 0 0 0 0")
    wanted = expected(path)
    header = path.with_suffix(".hea")
    header.write_bytes(header.read_text().replace("mV", unit).encode(encoding))
    assert_allclose(read_wfdb(path)[0].signal, wanted * factor, rtol=1e-6)


def test_other_units_stay_with_a_warning(tmp_path, write, expected):
    path = write(tmp_path)
    header = path.with_suffix(".hea")
    header.write_text(header.read_text().replace("mV 16 0 0 0 0 II", "mmHg 16 0 0 0 0 ABP"))
    with pytest.warns(UserWarning, match="no voltages and keep their unit: ABP in mmHg"):
        records = read_wfdb(path)
    assert_array_equal(records[0].signal, expected(path))
    assert read_wfdb(path, leads=["I"]).leads == ("I",)  # and no warning


def test_leads_are_matched_by_name(tmp_path, write, expected):
    a = write(tmp_path, "a", leads=["I", "AVR"])
    b = write(tmp_path, "b", leads=["avr", "i"], seed=1)
    records = read_wfdb([a, b])
    assert records.leads == ("I", "aVR")
    assert_array_equal(records[1].signal, expected(b)[::-1])
    twice = write(tmp_path, "c", n_leads=3, leads=["ECG", "ECG", "ECG"])
    assert read_wfdb(twice).leads == ("ECG", "ECG 2", "ECG 3")


def test_leads_that_are_not_there(tmp_path, write):
    a, b = write(tmp_path, "a", leads=["I", "II"]), write(tmp_path, "b", leads=["I", "V5"])
    with pytest.raises(ValueError, match=r"b\.hea: there is no lead II; the leads are I, V5"):
        read_wfdb([a, b])
    with pytest.raises(ValueError, match=r"a\.hea: there is no lead V9"):
        read_wfdb(a, leads=["V9"])
    with pytest.raises(ValueError, match="leads must be different names"):
        read_wfdb(a, leads=["AVR", "aVR"])
    more = write(tmp_path, "c", n_leads=3)
    with pytest.raises(ValueError, match=r"c\.hea: the leads are I, II, III, but the first record has I, II"):
        read_wfdb([a, more])


def test_comments_become_metadata(tmp_path, write):
    all_comments = [["Age: 74", "Sex: Male", "Dx: RBBB,AF"], ["Age: NaN", "Sex: F"], []]
    paths = []
    for i, comments in enumerate(all_comments):
        paths.append(write(tmp_path, f"r{i}"))
        with paths[-1].with_suffix(".hea").open("a") as file:
            file.writelines(f"#{comment}\n" for comment in comments)
    metadata = read_wfdb(paths).metadata
    assert metadata["age"].tolist()[0] == 74.0
    assert metadata["age"].isna().tolist() == [False, True, True]
    assert metadata["sex"].tolist()[:2] == ["male", "female"]
    assert metadata["dx"].tolist()[0] == "RBBB,AF"
    assert metadata["sex"].isna().tolist() == [False, False, True]


def read_or_none(path):
    try:
        return read_wfdb(path)[0].signal
    except ValueError:
        return None


def test_broken_bytes_never_give_a_wrong_shape(tmp_path, write):
    """Reading a record with random bytes in its header returns at most the samples of its file, or raises."""
    rng = np.random.default_rng(0)
    path = write(tmp_path, n_leads=2, n_times=50)
    header = path.with_suffix(".hea")
    intact = bytearray(header.read_bytes())
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        broken = intact.copy()
        for _ in range(rng.integers(1, 4)):
            broken[rng.integers(len(broken))] = rng.choice(list(b"0123456789 /x:+()\n#-.~mVI\xb5"))
        header.write_bytes(bytes(broken))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            signal = read_or_none(path)
        outcomes["refused" if signal is None else "read"] += 1
        assert signal is None or (signal.ndim == 2 and 0 < signal.size <= 100)
    assert min(outcomes.values()) > 20


FIELDS = "16 1000/mV 16 0 0 0 0 I"
ABSURD = {
    "start": ("x 1 250 100\na.dat 16+1" + "0" * 30 + FIELDS[2:], "the start of a signal must be at most"),
    "skew": ("x 1 250 100\na.dat 16:999999999" + FIELDS[2:], "the skew of a signal must be at most"),
    "baseline": ("x 1 250 100\na.dat 16 1000(99999999999)/mV", "the baseline of a signal must be at most"),
    "zero": ("x 1 250 100\na.dat 16 1000/mV 16 99999999999", "the baseline of a signal must be at most"),
    "rate of 400 digits": (f"x 1 {'9' * 400} 100\na.dat {FIELDS}", "the sampling rate must be a positive number"),
    "rate 1e-9": (f"x 1 0.000000001 100\na.dat {FIELDS}", "the sampling rate must be a positive number"),
    "rate of 5 Hz, 1000 wanted": (f"x 1 5 100\na.dat {FIELDS}", "from 5 to 1000 Hz is too far"),
    "samples of 5,000 digits": (f"x 1 250 {'9' * 5000}\na.dat {FIELDS}", "is no WFDB header"),
    "samples of 50 digits": (f"x 1 250 {'9' * 50}\na.dat {FIELDS}", "number of samples must be a whole number"),
    "samples -5": (f"x 1 250 -5\na.dat {FIELDS}", "the number of samples must be a whole number, got '-5'"),
    "samples 1e3": (f"x 1 250 1e3\na.dat {FIELDS}", "the number of samples must be a whole number, got '1e3'"),
    "signals": (f"x 100000 250 100\na.dat {FIELDS}", "promises '100000' signals; skecg reads at most"),
    "signal lines": ("x 100000 250 100\n" + f"a.dat {FIELDS}\n" * 100_000, "at most 2,097,152"),
    "samples of 1,000 signals": (
        "x 1000 250 4000000\n" + "".join(f"a.dat {FIELDS}{i}\n" for i in range(999)) + f"a.dat {FIELDS}",
        r"a\.dat: the signal file of record x is cut short",
    ),
    "format": (f"x 1 250 100\na.dat {'1' * 4000} 1000", "cannot read this record"),
    "no format": ("x 1 250 100\na.dat 16xx2 1000", "the format of a signal must be like 16"),
    "absolute name": (f"x 1 250 100\n/etc/passwd {FIELDS}", "'/etc/passwd', which leads out of its folder"),
    "name above": (f"x 1 250 100\n../../../../etc/passwd {FIELDS}", "which leads out of its folder"),
} | {
    f"gain {gain[:20]}": (f"x 1 250 100\na.dat 16 {gain} 16 0 0 0 0 I", "the gain")
    for gain in ("1e400", "1e308", "1e-308", "-1e-9", "nan", "inf", "-", "1000x", "1" * 3000, "0." + "0" * 3000 + "1")
}


@pytest.mark.parametrize("kind", ABSURD)
def test_a_header_with_absurd_numbers_is_left_out(tmp_path, kind):
    text, message = ABSURD[kind]
    np.arange(-1000, 1000, dtype="<i2").tofile(tmp_path / "a.dat")
    (tmp_path / "x.hea").write_text(text + "\n")
    (tmp_path / "good.hea").write_text(f"good 1 250 1000\na.dat {FIELDS}\n")
    start = time.monotonic()
    with pytest.raises(ValueError, match=message):
        read_wfdb(tmp_path / "x", fs=1000 if "wanted" in kind else None)
    for leads in (None, ["I"]):
        with pytest.warns(UserWarning, match=f"Skipped 1 of 2 records.*{message}"):
            records = read_wfdb([tmp_path / "x", tmp_path / "good"], leads=leads, fs=1000, on_error="warn")
        assert records.leads == ("I",)
        assert records.lengths.tolist() == [4000]
        assert np.isfinite(records[0].signal).all()
    assert time.monotonic() - start < 5


def test_a_header_of_thousands_of_signals_is_read_in_linear_time(tmp_path):
    (tmp_path / "a.dat").write_bytes(bytes(10**6))
    start = time.monotonic()
    for name in ("ECG", "L{}"):
        lines = [f"a.dat 16 1000/mV 16 0 0 0 0 {name.format(i)}" for i in range(8000)]
        (tmp_path / "a.hea").write_text("\n".join(["a 8000 250 10", *lines]))
        assert read_wfdb(tmp_path / "a").lengths.tolist() == [10]
    assert time.monotonic() - start < 5


def test_a_bad_first_record_says_nothing_of_leads(tmp_path, write):
    bad, good = write(tmp_path, "bad"), write(tmp_path, "good", n_leads=3)
    bad.with_suffix(".dat").write_bytes(b"")
    with pytest.raises(ValueError, match=r"bad\.dat: .* cut short[^\n]*there are 0\.$"):
        read_wfdb([bad, good])


def test_a_bad_first_record_does_not_choose_the_leads(tmp_path, write):
    good, bad = write(tmp_path, "good"), write(tmp_path, "bad", leads=["V8", "V9"])
    bad.with_suffix(".dat").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"Skipped 1 of 2 records.*bad\.dat"):
        assert read_wfdb([bad, good], on_error="warn").leads == ("I", "II")


@pytest.mark.parametrize(
    "comments", [["<age>: 65 <sex>: F <diagnoses> none"], ["<age>: 65", "<sex>: F"], ["Age: 65", "Sex: F"]]
)
def test_age_and_sex_in_brackets(tmp_path, write, comments):
    path = write(tmp_path)
    with path.with_suffix(".hea").open("a") as file:
        file.writelines(f"#{comment}\n" for comment in comments)
    metadata = read_wfdb(path).metadata
    assert metadata["age"].tolist() == [65.0]
    assert metadata["sex"].tolist() == ["female"]


@pytest.mark.parametrize("age", ["9" * 400, "1000", "-3", "1e3", "inf"])
def test_ages_that_nobody_has(tmp_path, write, age):
    path = write(tmp_path)
    with path.with_suffix(".hea").open("a") as file:
        file.write(f"#Age: {age}\n")
    with pytest.warns(UserWarning, match=r"the headers: 1 of 1 values of age became missing: '.{1,60} of record 0 "):
        assert read_wfdb(path).metadata["age"].isna().all()
