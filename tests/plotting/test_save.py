"""Sheets in files."""

import re

import matplotlib
import pytest

from skecg import ECGRecords
from skecg.datasets import make_ecg
from skecg.plotting import save_sheets

matplotlib.use("Agg")
import matplotlib.pyplot as plt

STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def _made(n_records=1, **how):
    return make_ecg(n_records, fs=100, random_state=0, **how).data


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".PDF"])
def test_one_record_is_one_sheet(tmp_path, suffix):
    path = tmp_path / f"ecg{suffix}"
    assert save_sheets(_made()[0], path, measurements=True) == [(None, 0.0, 10.0)]
    assert path.read_bytes().startswith(STARTS[suffix.lower()])
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("how", "options", "ends"),
    [
        ({"duration": 60}, {}, [10, 20, 30, 40, 50, 60]),
        ({"duration": 90}, {}, [10, 20, 30, 40, 50, 60]),
        ({"duration": 90}, {"duration": 75, "start": 10}, [20, 30, 40, 50, 60, 70, 80, 85]),
        ({"duration": 10.4}, {}, [10]),
        ({"duration": 10.4}, {"duration": 20}, [10, 10.4]),
        ({"duration": 70, "leads": ["II", "V1"]}, {}, [30, 60]),
        ({"duration": 90, "leads": ["II"]}, {}, [60]),
        ({"duration": 90, "leads": ["II"]}, {"duration": 90}, [60, 90]),
        ({"duration": 90}, {"leads": ["II"], "duration": 90}, [60, 90]),
        ({"duration": 10}, {"speed": 50}, [5, 10]),
    ],
)
def test_a_long_record_has_several_pages(tmp_path, how, options, ends):
    path = tmp_path / "ecg.pdf"
    drawn = save_sheets(_made(**how), path, **options)
    assert [end for *_, end in drawn] == pytest.approx(ends)
    pages = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+)", path.read_bytes())
    assert len(pages) == len(ends)
    assert max(map(float, pages)) / 72 * 25.4 <= 297


def test_records_of_other_leads_are_drawn_while_they_are_read(tmp_path):
    def read():
        yield _made(2)
        yield _made(leads=["I"])[0]
        assert not (tmp_path / "ecg.pdf").exists()

    assert len(save_sheets(read(), tmp_path / "ecg.pdf")) == 3


def test_a_picture_shows_the_first_page_only_if_no_more_is_asked_for(tmp_path):
    long = _made(duration=60)[0]
    assert save_sheets(long, tmp_path / "ecg.png") == [(None, 0.0, 10.0)]
    for records, options in ((_made(2), {}), (long, {"duration": 20})):
        with pytest.raises(ValueError, match=r"one sheet, and there are several: write a PDF"):
            save_sheets(records, tmp_path / "more.png", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["ecg.png"]


@pytest.mark.parametrize("name", ["ecg", "ecg.jpg", "ecg.pdf.txt"])
def test_another_suffix_is_refused_before_anything_is_read(tmp_path, name):
    with pytest.raises(ValueError, match=r"written as \.pdf, \.png or \.svg"):
        save_sheets(iter(lambda: pytest.fail("read"), None), tmp_path / name)


def test_matplotlib_is_asked_for_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"skecg\[plot\]"):
        save_sheets(iter(lambda: pytest.fail("read"), None), tmp_path / "ecg.pdf")


def test_an_array_is_no_record(tmp_path):
    with pytest.raises(TypeError, match="which have a rate and leads"):
        save_sheets(_made()[0].signal, tmp_path / "ecg.pdf")


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "ecg.pdf"
    path.write_bytes(b"old")
    for records, options, message in (
        (_made(2), {"leads": ["V9"]}, "V9"),
        (_made(), {"start": 10.0}, "lies outside"),
        ([], {}, "nothing to draw"),
        (_made(), {"leads": []}, "at least one lead"),
        (_made(), {"duration": 0}, "duration must be positive"),
        (ECGRecords(_made()[0].signal[None], 100), {"layout": "1x1"}, "room for 1"),
    ):
        with pytest.raises(ValueError, match=message):
            save_sheets(records, path, **options)
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["ecg.pdf"]
    assert plt.get_fignums() == []
