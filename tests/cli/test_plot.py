"""Sheets on the command line."""

import re
from pathlib import Path

import numpy as np
import pytest

from skecg.cli import main
from skecg.datasets import make_ecg, write_ecg

pytest.importorskip("matplotlib")
SAMPLES = Path(__file__).parents[1] / "datasets" / "formats" / "samples"


@pytest.fixture
def texts(monkeypatch):
    """Return a list of what is written on the sheets that are drawn."""
    from matplotlib.axes import Axes

    written, text = [], Axes.text
    monkeypatch.setattr(Axes, "text", lambda *args, **kwargs: written.append(args[3]) or text(*args, **kwargs))
    return written


def _pages(path):
    return len(re.findall(rb"/MediaBox", path.read_bytes()))


def test_files_of_any_formats_are_pages(tmp_path, texts, capsys):
    one = make_ecg(1, leads=["I"], fs=100, duration=30, random_state=0).data
    (wearable,) = write_ecg(one, tmp_path / "wfdb")
    out = tmp_path / "all.pdf"
    names = ("Example.scp", "v1_03_129DYPRG.xml")
    assert main(["plot", *(str(SAMPLES / name) for name in names), str(wearable), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 3 of 3 records, 3 pages\n"
    assert _pages(out) == 3
    assert any(text.startswith("Example, 49 years, male") for text in texts)
    assert sum("(measured by skecg)" in text for text in texts) == 3
    assert {"10 s", "20 s"} <= set(texts)


def test_the_options_reach_the_sheet(tmp_path, texts):
    out, scp = tmp_path / "ecg.svg", str(SAMPLES / "Example.scp")
    options = ["--leads", "cabrera", "--layout", "6x2", "--rhythm", "none", "--start", "2", "--duration", "8"]
    options += ["--speed", "12.5", "--gain", "5", "--band", "0.5,40", "--title", "A title", "--no-measurements"]
    assert main(["plot", scp, "--out", str(out), *options]) == 0
    assert texts[:12] == ["aVL", "I", "-aVR", "II", "aVF", "III", *(f"V{i}" for i in range(1, 7))]
    assert {"A title", "12.5 mm/s   5 mm/mV   500 Hz   0.5 to 40 Hz   2 s to 10 s of 10 s"} <= set(texts)
    assert not any("HR" in text for text in texts)
    texts.clear()
    assert main(["plot", scp, "--out", str(out), "--leads=-aVR,v5", "--rhythm", "II,V1", "--band", ",30"]) == 0
    assert texts[:4] == ["-aVR", "V5", "II", "V1"]
    assert any("up to 30 Hz" in text for text in texts)


def test_a_long_record_has_pages_or_a_first_sheet(tmp_path, capsys):
    (path,) = write_ecg(make_ecg(1, fs=100, duration=90, random_state=0).data, tmp_path / "wfdb")
    for name, more, pages in (("a.pdf", [], 6), ("b.pdf", ["--duration", "90"], 9), ("c.png", [], 1)):
        assert main(["plot", str(path), "--out", str(tmp_path / name), *more]) == 0
        assert f"1 of 1 records, {pages} page" in capsys.readouterr().out


def test_a_folder_with_damaged_files(tmp_path, capsys):
    folder, out = tmp_path / "export", tmp_path / "ecg.pdf"
    write_ecg(make_ecg(2, fs=100, random_state=0).data, folder)
    (folder / "letter.txt").write_text("Dear colleague")
    (folder / "cut.scp").write_bytes((SAMPLES / "Example.scp").read_bytes()[:900])
    assert main(["plot", str(folder), "--out", str(out)]) == 1
    assert not out.exists()
    assert main(["plot", str(folder), "--out", str(out), "--on-error", "warn"]) == 3
    printed = capsys.readouterr()
    assert "2 of 3 records, 2 pages" in printed.out
    assert "cut.scp" in printed.err and "letter.txt" in printed.err


def test_microvolts_are_named(tmp_path, capsys):
    signal = 1000 * make_ecg(1, fs=100, random_state=0).data[0].signal
    np.savetxt(tmp_path / "a.csv", signal.T + 0.1, delimiter=",", fmt="%.3f")
    assert main(["plot", str(tmp_path / "a.csv"), "--file-fs", "100", "--out", str(tmp_path / "a.png")]) == 0
    assert "a spans" in capsys.readouterr().err


def test_what_cannot_be_drawn_is_one_line(tmp_path, capsys, monkeypatch):
    scp = str(SAMPLES / "Example.scp")
    cases = (
        ([scp, "--out", "ecg.jpg"], "written as .pdf, .png or .svg"),
        ([scp, "--out", "nowhere/ecg.pdf"], "There is no folder"),
        ([scp, "--out", "ecg.pdf", "--leads", "V9"], "Unknown lead 'V9'"),
        ([scp, "--out", "ecg.pdf", "--start", "10"], "outside the record"),
        ([scp, "--out", "ecg.pdf", "--layout", "paper"], "rows x columns"),
        ([scp, "--out", "ecg.pdf", "--band", "40,0.5"], "low must be below high"),
        (["none.xml", "--out", "ecg.pdf"], "there is no such file"),
    )
    monkeypatch.chdir(tmp_path)
    for arguments, message in cases:
        assert main(["plot", *arguments]) == 1
        err = capsys.readouterr().err
        assert message in err and err.startswith("skecg plot: ") and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    assert main(["plot", scp, "--out", "ecg.pdf"]) == 1
    assert "pip install skecg[plot]" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--band 40", "--band a,b", "--band ,", "--speed 0", "--gain x"])
def test_wrong_options_end_with_2(tmp_path, option):
    with pytest.raises(SystemExit) as stop:
        main(["plot", "a.xml", "--out", str(tmp_path / "ecg.pdf"), *option.split()])
    assert stop.value.code == 2
