import itertools
import re
import subprocess
import sys
import zlib

import matplotlib
import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecord, ECGRecords
from skecg.datasets import make_ecg
from skecg.plotting import plot_ecg

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.colors import to_rgba

EIGHT = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"]


def _record(n_leads=12, fs=500, duration=10.0):
    leads = {1: ["II"], 2: ["II", "V1"], 8: EIGHT}.get(n_leads)
    more = {} if leads is None else {"leads": leads}
    return make_ecg(1, classes=["NORM"], fs=fs, duration=duration, random_state=0, **more).data[0]


def _traces(ax):
    """Return the traces, which are the longest lines, without pulses, ticks and marks."""
    return [line for line in ax.lines if len(line.get_xdata()) > 12]


def _texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("fs", [100, 500])
@pytest.mark.parametrize(
    ("n_leads", "duration", "n_strips"),
    [(12, 10, 13), (12, 2.5, 12), (12, 60, 13), (8, 10, 8), (2, 10, 2), (1, 10, 1), (1, 30, 3), (1, 1, 1)],
)
def test_every_lead_is_drawn_and_named(fs, n_leads, duration, n_strips):
    record = _record(n_leads, fs, duration)
    ax = plot_ecg(record)
    assert len(_traces(ax)) == n_strips
    assert set(record.leads) <= set(_texts(ax))


@pytest.mark.parametrize(("speed", "gain"), [(25.0, 10.0), (50.0, 20.0)])
def test_a_millivolt_and_a_second_have_their_size_on_paper(speed, gain):
    fs = 500
    signal = np.zeros((1, 5 * fs))
    signal[0, 500], signal[0, 2000] = 1.0, 1.0  # spikes of 1 mV, 3 s apart
    ax = plot_ecg(ECGRecord(signal, fs, ("II",)), speed=speed, gain=gain)
    (trace,) = _traces(ax)
    x, y = trace.get_data()
    peaks = np.flatnonzero(y > y.min() + gain / 2)
    inches = ax.transData.transform(np.c_[x[peaks], y[peaks]]) / ax.figure.dpi
    foot = ax.transData.transform((x[0], y[0]))[1] / ax.figure.dpi
    assert np.diff(inches[:, 0])[0] * 25.4 == pytest.approx(3 * speed)
    assert (inches[0, 1] - foot) * 25.4 == pytest.approx(gain)


def test_the_pdf_keeps_the_scale(tmp_path):
    ax = plot_ecg(_record(2))
    ax.figure.savefig(tmp_path / "ecg.pdf")
    page = [float(v) for v in re.search(rb"/MediaBox \[([^\]]*)\]", (tmp_path / "ecg.pdf").read_bytes())[1].split()]
    grid = ax.get_xlim()[1] - ax.get_xlim()[0], ax.get_ylim()[1] - ax.get_ylim()[0]  # in mm
    np.testing.assert_allclose(np.array(page[2:]) / 72 * 25.4, grid, rtol=1e-4)


def test_ten_seconds_of_twelve_leads_fit_on_a4():
    record = _record()
    big = ECGRecord(5 * record.signal, record.fs, record.leads)
    for layout, rhythm in (("3x4", "II"), ("6x2", "II"), ("12x1", None)):
        for drawn in (record, big):
            ax = plot_ecg(drawn, layout=layout, rhythm=rhythm, truth="NORM")
            width, height = ax.figure.get_size_inches() * 25.4
            assert width <= 297 and height <= 210.01


def test_columns_follow_each_other_in_time():
    fs, n_times = 100, 1000
    signal = np.zeros((12, n_times), np.float32)
    signal[:, 600] = 1.0  # at 6 s: in the third column of a sheet of ten seconds
    ax = plot_ecg(signal, fs=fs)
    spiky = [line.get_ydata().max() - line.get_ydata().min() > 9 for line in _traces(ax)]
    assert spiky == [False] * 6 + [True] * 3 + [False] * 3 + [True]  # and in the rhythm strip
    x, y = _traces(ax)[6].get_data()
    assert x[y.argmax()] == pytest.approx(10 + 6.0 * 25)


def test_the_columns_of_a_short_record_all_show_the_whole():
    ax = plot_ecg(np.random.default_rng(0).normal(size=(12, 250)), fs=100)
    assert {len(line.get_xdata()) for line in _traces(ax)} == {250}


def test_start_and_duration_choose_what_is_shown():
    signal = np.zeros((1, 6000), np.float32)
    signal[0, 3100] = 1.0
    ax = plot_ecg(signal, fs=100, start=30.0, duration=5.0)
    (trace,) = _traces(ax)
    assert trace.get_xdata()[trace.get_ydata().argmax()] == pytest.approx(10 + 25)
    with pytest.raises(ValueError, match="60 s"):
        plot_ecg(signal, fs=100, start=60.0)


def test_a_record_between_rates_is_drawn_like_the_other():
    signal = np.zeros((2, 500), np.float32)
    signal[:, 250] = 1.0
    slow = ECGRecord(signal[:, ::5], 100.0, ("I", "II"))
    ax = plot_ecg([ECGRecord(signal, 500.0, ("I", "II")), slow], labels=["fast", "slow"])
    tops = [line.get_xdata()[line.get_ydata().argmax()] for line in _traces(ax)]
    assert tops[0] == pytest.approx(tops[2]) and {"fast", "slow"} <= set(_texts(ax))
    colours = [to_rgba(line.get_color()) for line in _traces(ax)]
    assert colours[0] == colours[1] != colours[2]


def test_leads_are_chosen_by_name():
    record = _record()
    ax = plot_ecg(record, leads=["V5", "II"])
    assert _texts(ax)[:2] == ["V5", "II"]
    y = _traces(ax)[0].get_ydata()
    np.testing.assert_allclose(np.diff(y) / 10, np.diff(record.signal[record.leads.index("V5")]), atol=1e-5)


def test_beats_waves_and_intervals_stand_where_they_are():
    record = _record(1)
    ax = plot_ecg(record, beats={1000: "V"}, waves={"QRS": [(950, 1050)]}, intervals=[(950, 1050, "QRS 200 ms")])
    (mark,) = [line for line in ax.lines if line.get_marker() == "v"]
    assert mark.get_xdata().tolist() == [10 + 2 * 25]
    assert {"V", "QRS", "QRS 200 ms"} <= set(_texts(ax))
    shade = ax.collections[-1].get_paths()[0].get_extents()
    assert (shade.x0, shade.x1) == pytest.approx((10 + 1.9 * 25, 10 + 2.1 * 25))


def test_waves_are_pairs_or_one_label_a_sample():
    labels = np.full(5000, "", object)
    labels[100:201] = "P"
    extents = [
        plot_ecg(_record(1), waves=waves).collections[-1].get_paths()[0].get_extents().bounds
        for waves in (labels, {"P": [(100, 200)]})
    ]
    np.testing.assert_allclose(*extents)


def test_an_attribution_tints_the_right_lead_and_time():
    record = _record()
    attribution = np.zeros(record.signal.shape)
    attribution[6, 2600:2700] = 2.0  # V1, in the third column
    attribution[0, :10] = -1.0
    ax = plot_ecg(record, attribution=attribution)
    tints = [image.get_array() for image in ax.images[:-1]]
    assert [bool(tint[..., 3].any()) for tint in tints] == [i in (0, 6) for i in range(13)]
    assert tints[6][0, 100:200, 0].min() > tints[6][0, 100:200, 2].max()  # red supports the decision
    assert tints[0][0, 0, 2] > tints[0][0, 0, 0]  # blue opposes the decision
    assert {"-2", "2"} <= set(_texts(ax))


def test_tints_of_neighbouring_rows_do_not_overlap():
    record = _record()
    tall = ECGRecord(6 * record.signal, record.fs, record.leads)
    ax = plot_ecg(tall, layout="12x1", attribution=np.ones(record.signal.shape))
    ends = [image.get_extent()[2:] for image in ax.images[:12]]
    assert all(upper[0] >= lower[1] for upper, lower in itertools.pairwise(ends))


def test_a_single_strong_sample_does_not_hide_the_others():
    record = _record()
    attribution = np.zeros(record.signal.shape)
    attribution[6], attribution[6, 3000] = 1.0, 1000.0
    ax = plot_ecg(record, attribution=attribution)
    assert ax.images[6].get_array()[0, 50:300, 3].min() > 0.1
    assert not plot_ecg(record, attribution=0 * attribution).images[0].get_array()[..., 3].any()


def test_an_attribution_follows_the_choice_of_leads():
    record = _record()
    attribution = np.zeros(record.signal.shape)
    attribution[6] = 1.0
    ax = plot_ecg(record, leads=["I", "V1"], attribution=attribution)
    assert [bool(image.get_array()[..., 3].any()) for image in ax.images[:2]] == [False, True]


def test_the_header_tells_patient_truth_and_prediction():
    record = _record()
    ax = plot_ecg(record, truth=["AF", "PVC"], prediction={"NORM": 0.05, "AF": 0.912})
    header = "\n".join(_texts(ax))
    assert f"{record.metadata['age']:.0f} years, {record.metadata['sex']}" in header
    assert "Truth: AF, PVC" in header and "Predicted: AF 0.91, NORM 0.05" in header
    assert "25 mm/s   10 mm/mV   500 Hz" in header


def test_missing_samples_are_gaps():
    signal = np.array(_record(2).signal)
    signal[0, 100:200] = np.nan
    signal[1] = np.nan
    assert len(_traces(plot_ecg(signal, fs=500))) == 2


def test_axes_of_the_caller_keep_the_squares_square():
    _, ax = plt.subplots()
    assert plot_ecg(_record(2), ax=ax) is ax
    assert ax.get_aspect() == 1.0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"layout": "3x3"}, "room for 9"),
        ({"layout": "paper"}, "rows x columns"),
        ({"rhythm": "V9"}, "V9"),
        ({"leads": ["II", "V9"]}, "V9"),
        ({"fs": 100}, "disagrees"),
        ({"gain": 0}, "positive"),
        ({"attribution": np.zeros((12, 10))}, r"\(12, 5000\)"),
        ({"waves": np.zeros(10)}, "5000"),
        ({"intervals": [(1, 2)]}, "onset, offset, text"),
        ({"labels": ["a", "b"]}, "1 records"),
    ],
)
def test_bad_input_is_told(params, message):
    with pytest.raises(ValueError, match=message):
        plot_ecg(_record(), **params)


@pytest.mark.parametrize("p", [np.array([0.5, 0.5], np.float32), [0.93, 0.07], np.array([[0.5, 0.5]])], ids=str)
def test_probabilities_need_their_classes(p):
    with pytest.raises(ValueError, match=r"prediction must be names, or \{class: probability\}"):
        plot_ecg(_record(), prediction=p)
    assert "Predicted: 1, 0" in _texts(plot_ecg(_record(), prediction=np.array([1, 0])))


def test_names_of_leads_know_no_case():
    record = _record()
    for ax in (plot_ecg(record, leads=["ii", "avr"]), plot_ecg(record, leads=["II", "aVR"])):
        assert [text for text in _texts(ax) if text.casefold() in ("ii", "avr")] == ["II", "aVR"]
    shouted = ECGRecord(record.signal, record.fs, tuple(lead.upper() for lead in record.leads))
    assert len(_traces(plot_ecg([record, shouted], rhythm="v1"))) == 26
    lower = ECGRecord(record.signal, record.fs, tuple(lead.lower() for lead in record.leads))
    assert _texts(plot_ecg(lower)).count("ii") == 2  # once in the layout and once as the rhythm strip


def test_masked_samples_are_gaps():
    signal = np.array(_record(2).signal)
    lines = [
        plot_ecg(given, fs=500).lines for given in (np.ma.masked_less(signal, 0), np.where(signal < 0, np.nan, signal))
    ]
    for one, other in zip(*lines, strict=True):
        np.testing.assert_array_equal(one.get_ydata(), other.get_ydata())


def test_an_array_needs_its_rate():
    with pytest.raises(ValueError, match="Hz"):
        plot_ecg(np.zeros((2, 100)))
    with pytest.raises(ValueError, match="one record"):
        plot_ecg(np.zeros((2, 2, 100)), fs=100)


def test_matplotlib_is_loaded_when_something_is_drawn():
    code = "import sys, skecg.plotting; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"skecg\[plot\]"):
        plot_ecg(_record())


def test_a_drawing_is_deterministic(tmp_path):
    sums = []
    for i in range(2):
        plot_ecg(_record(2)).figure.savefig(tmp_path / f"{i}.png")
        sums.append(zlib.crc32((tmp_path / f"{i}.png").read_bytes()))
    assert sums[0] == sums[1]


def test_the_heading_and_the_legend_have_the_names_of_the_records():
    table = pd.DataFrame({"age": [63.0, 41.0], "sex": ["male", "female"]}, index=["A0001", "A0002"])
    records = ECGRecords(np.zeros((2, 1, 500)), 100, metadata=table)
    assert "A0001, 63 years, male" in _texts(plot_ecg(records["A0001"]))
    texts = _texts(plot_ecg(records))  # of several, each has its own
    assert {"A0001, 63 years, male", "A0002, 41 years, female"} <= set(texts)
