import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from skecg import ECGRecord, ECGRecords


def _record(n_leads=12, n_times=5000, fs=500.0, leads=None):
    signal = np.random.default_rng(0).normal(scale=0.1, size=(n_leads, n_times)).astype(np.float32)
    return ECGRecord(signal, fs, leads or tuple(f"lead {i}" for i in range(n_leads)))


def _svg(record):
    return ET.fromstring(re.search("<svg.*</svg>", record._repr_html_())[0])


def _points(line):
    return np.array([pair.split(",") for pair in line.get("points").split()], float)


@pytest.mark.parametrize(("n_leads", "drawn"), [(1, 1), (2, 2), (8, 8), (12, 12), (15, 12)])
@pytest.mark.parametrize("fs", [100.0, 500.0])
def test_each_lead_is_drawn_and_named_inside_the_paper(n_leads, drawn, fs):
    svg = _svg(_record(n_leads, int(10 * fs), fs))
    _, _, width, height = map(float, svg.get("viewBox").split())
    lines = svg.findall("polyline")
    assert len(lines) == drawn
    assert [text.text for text in svg.findall("text")] == [f"lead {i}" for i in range(drawn)]
    for line in lines:
        points = _points(line)
        assert (points >= 0).all() and (points <= [width, height]).all()
    assert len(ET.tostring(svg)) < 50_000


def test_the_scale_is_that_of_paper_and_no_peak_is_lost():
    signal = np.zeros((1, 5000), np.float32)
    signal[0, 2500] = 1.0  # one sample of 1 mV, at 5 s
    (line,) = _svg(ECGRecord(signal, 500.0, ("II",))).findall("polyline")
    points = _points(line)
    peak = points[points[:, 1].argmin()]
    assert peak[0] == pytest.approx(5 * 25, abs=0.2)
    assert np.median(points[:, 1]) - peak[1] == pytest.approx(10, abs=0.1)


def test_columns_follow_each_other_in_time():
    signal = np.zeros((12, 1000), np.float32)
    signal[:, 600] = 1.0  # at 6 s, in the third column of four
    heights = [
        np.ptp(_points(line)[:, 1]) > 5
        for line in _svg(ECGRecord(signal, 100.0, tuple("abcdefghijkl"))).findall("polyline")
    ]
    assert heights == [False] * 6 + [True] * 3 + [False] * 3


def test_tall_signals_are_made_smaller_and_odd_ones_do_no_harm():
    tall = ECGRecord(100 * _record(2).signal, 500.0, ("I", "II"))
    assert max(np.ptp(_points(line)[:, 1]) for line in _svg(tall).findall("polyline")) < 30
    broken = np.array(_record(2).signal)
    broken[0, :10], broken[1] = np.inf, np.nan
    assert len(_svg(ECGRecord(broken, 500.0, ("I", "II"))).findall("polyline")) == 2
    assert len(_svg(_record(2, 1)).findall("polyline")) == 2
    assert "<svg" not in _record(2, 0)._repr_html_()


def test_names_are_escaped():
    page = _record(1, leads=("<b>",))._repr_html_()
    assert "<b>" not in page and "&lt;b&gt;" in page


def test_the_container_shows_its_table_and_the_first_record():
    records = ECGRecords(_record(2).signal[None], 500, leads=["I", "II"], metadata={"age": [63]})
    page = records._repr_html_()
    assert "<table" in page and "63" in page and page.count("<svg") == 1
