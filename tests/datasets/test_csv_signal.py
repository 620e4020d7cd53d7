"""Signals from tables of text, however a spreadsheet writes them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.datasets import read_ecg

X = np.random.default_rng(0).normal(0, 0.5, (50, 3)).round(3)
LEADS, NAMELESS = ("I", "V2", "V1"), ("lead 0", "lead 1", "lead 2")


def rows(separator, decimal=".", end=""):
    return [separator.join(f"{value:.3f}".replace(".", decimal) for value in row) + end for row in X]


def timed(times, separator=",", decimal="."):
    return [f"{time}{separator}{row}" for time, row in zip(times, rows(separator, decimal), strict=True)]


GOOD = {
    "commas": (rows(","), NAMELESS),
    "semicolons and decimal commas": (rows(";", ","), NAMELESS),
    "tabs and decimal commas": (rows("\t", ","), NAMELESS),
    "blanks": (rows("  "), NAMELESS),
    "a separator at the end": (rows(";", ",", ";"), NAMELESS),
    "and none at the end of the names": (["I;V2;V1", *rows(";", ",", ";")], LEADS),
    "names": (["ECG I,Lead v2,V1", *rows(",")], LEADS),
    "quoted names": (['"I";"V2";"V1"', *rows(";", ",")], LEADS),
    "empty lines": (["", "I,V2,V1", "", *rows(","), ""], LEADS),
    "milliseconds": (["t [ms];I;V2;V1", *timed(range(0, 100, 2), ";", ",")], LEADS),
    "seconds": (["time,I,V2,V1", *timed([f"{i / 500:.3f}" for i in range(50)])], LEADS),
    "clocks": (
        ["'time','I','V2','V1'", "'hh:mm:ss','mV','mV','mV'", *timed([f"'0:00.{2 * i:03}'" for i in range(50)])],
        LEADS,
    ),
    "times without a name": (timed([f"{i / 500:.3f}" for i in range(50)]), NAMELESS),
    "what pandas writes": ([",0,1,2", *timed(range(50))], NAMELESS),
    "numbers of columns": (["0,1,2", *rows(",")], NAMELESS),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_how_tables_are_written(tmp_path, name, encoding):
    lines, leads = GOOD[name]
    (tmp_path / "a").write_text("\r\n".join(lines), encoding=encoding)
    records = read_ecg(tmp_path / "a", file_fs=500)
    assert records.leads == leads
    assert_allclose(records[0].signal, X.T, atol=1e-6)


def test_twelve_columns_without_names_are_the_twelve_leads(tmp_path):
    np.savetxt(tmp_path / "a", np.random.default_rng(0).normal(size=(20, 12)))
    assert read_ecg(tmp_path / "a", file_fs=500).leads[:4] == ("I", "II", "III", "aVR")


def test_missing_samples(tmp_path):
    (tmp_path / "a").write_text("I,V2\n0.1,\n,0.2\nnan,NaN\n")
    assert_allclose(read_ecg(tmp_path / "a", file_fs=500)[0].signal, [[0.1, np.nan, np.nan], [np.nan, 0.2, np.nan]])


BAD = {
    "means 250 Hz": (["t [ms],I,V2,V1", *timed(range(0, 200, 4))], r"times or a rate of 250 Hz, but file_fs is 500 Hz"),
    "a sample is lost": (["t [ms],I,V2,V1", *timed([i * 2 + 2 * (i > 20) for i in range(50)])], "40 is followed by 44"),
    "a cell is lost": ([*rows(","), "0.1,0.2"], "line 51 must have 3 cells, got '0.1,0.2'"),
    "a cell too many": ([*rows(","), "0.1,0.2,0.3,0.4"], "saw 4"),
    "text": ([*rows(","), "0.1,x,0.3"], "column 2 must hold numbers, got 'x'"),
    "an unclear comma": ([f"{abs(value):.3f}".replace(".", ",") for value in X[:, 0]], "two columns or be a decimal"),
    "two units": (["I [uV],V2 [mV]", "1,2", "3,4"], "one unit of voltage, got mv, uv"),
    "a lead twice": (["I,I", "0.1,0.2", "0.3,0.4"], "twice"),
}


@pytest.mark.parametrize("name", BAD)
def test_tables_that_are_refused(tmp_path, name):
    lines, message = BAD[name]
    (tmp_path / "a").write_text("\n".join(lines))
    with pytest.raises(ValueError, match=f"a: .*{message}"):
        read_ecg(tmp_path / "a", file_fs=500)


def test_units(tmp_path):
    microvolts = np.round(X * 1000)
    np.savetxt(tmp_path / "a", microvolts, fmt="%d")
    with pytest.raises(ValueError, match=r"whole numbers, -\d+ to \d+, and their unit is not stated: pass it as units"):
        read_ecg(tmp_path / "a", file_fs=500)
    assert_allclose(read_ecg(tmp_path / "a", file_fs=500, units="uV")[0].signal, microvolts.T / 1000, atol=1e-6)
    np.savetxt(tmp_path / "a", microvolts, fmt="%d", header="I[µV] V2[µV] V1[µV]", comments="", encoding="utf-8")
    records = read_ecg(tmp_path / "a", file_fs=500)
    assert records.leads == LEADS
    assert_allclose(records[0].signal, microvolts.T / 1000, atol=1e-6)
    with pytest.raises(ValueError, match="states its values in µv, but units is mV"):
        read_ecg(tmp_path / "a", file_fs=500, units="mV")
