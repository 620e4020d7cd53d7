"""What a sheet says."""

from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecord, ECGRecords
from skecg.datasets import make_ecg
from skecg.features import BeatFeatures
from skecg.plotting import plot_ecg
from skecg.records import STANDARD_LEADS
from skecg.signal import apply_filter, design_filter

matplotlib.use("Agg")
import matplotlib.pyplot as plt

NORMAL = make_ecg(1, classes=["NORM"], fs=250, random_state=0).data[0]


def _traces(ax):
    return [line for line in ax.lines if len(line.get_xdata()) > 12]


def _texts(ax):
    return [text.get_text() for text in ax.texts]


def test_two_leads_of_half_a_minute_are_wrapped():
    record = make_ecg(1, leads=["II", "V1"], fs=100, duration=40, random_state=0).data[0]
    ax = plot_ecg(record, start=5, duration=30)
    assert [text for text in _texts(ax) if text in ("II", "V1")] == ["II", "V1"] * 3
    assert {"5 s", "15 s", "25 s"} <= set(_texts(ax))
    assert len(_traces(ax)) == 6
    assert ax.figure.get_size_inches()[0] * 25.4 <= 297


def test_the_header_has_what_is_known():
    times = pd.DataFrame(
        {"age": [63.0], "sex": ["female"], "time": pd.to_datetime(["2024-05-06 07:08"])}, index=["A0001"]
    )
    record = ECGRecords(NORMAL.signal[None], 250, metadata=times)[0]
    texts = _texts(plot_ecg(record, measurements=True))
    assert texts.count("A0001, 63 years, female") == 1
    (line,) = [text for text in texts if text.startswith("2024-05-06 07:08   HR ")]
    measured = BeatFeatures().set_output(transform="pandas").fit_transform(ECGRecords(NORMAL.signal[None], 250)).iloc[0]
    for name, value in (
        ("HR", f"{measured['heart_rate']:.0f}/min"),
        ("PR", f"{1000 * measured['pr_interval']:.0f} ms"),
        ("QRS", f"{1000 * measured['qrs_duration']:.0f} ms"),
        ("QT", f"{1000 * measured['qt_interval']:.0f} ms"),
        ("QTcF", f"{1000 * measured['qtc_fridericia']:.0f} ms"),
        ("QRS axis", f"{measured['qrs_axis']:.0f}°"),
    ):
        assert f"   {name} {value}" in line
    assert "HR" not in " ".join(_texts(plot_ecg(record)))


@pytest.mark.parametrize(
    "metadata", [{}, {"age": np.nan, "sex": None, "time": pd.NaT}, {"age": "?", "sex": "", "time": None}]
)
def test_what_is_unknown_is_left_out(metadata):
    texts = _texts(plot_ecg(ECGRecord(NORMAL.signal, 250.0, NORMAL.leads, metadata)))
    assert sorted(set(texts) - set(STANDARD_LEADS)) == ["25 mm/s   10 mm/mV   250 Hz   as recorded"]


@pytest.mark.parametrize(
    "signal", [np.zeros((12, 2500)), NORMAL.signal[:, :200], np.full((12, 2500), np.nan), NORMAL.signal[:, :1]]
)
def test_what_cannot_be_measured_is_named(signal):
    texts = _texts(plot_ecg(ECGRecord(signal, 250.0, NORMAL.leads), measurements=True))
    assert "rate and intervals not measurable" in texts


def test_leads_without_signal_are_named_and_not_measured():
    signal = np.array(NORMAL.signal)
    signal[6:] = np.nan
    ax = plot_ecg(replace(NORMAL, signal=signal), measurements=True)
    assert _texts(ax).count("no signal") == 6
    assert any("HR " in text for text in _texts(ax))


def test_what_the_model_did_not_see_is_grey():
    attribution = np.ones(NORMAL.signal.shape)
    seen = np.ones(NORMAL.signal.shape, bool)
    seen[1, :500], seen[6] = False, False
    label = "integrated gradients, log-odds per sample"
    ways = ({"seen": seen}, {}, {})
    for given, way in zip(
        (attribution, np.where(seen, 1, np.nan), np.ma.masked_where(~seen, attribution)), ways, strict=True
    ):
        ax = plot_ecg(NORMAL, leads=["II", "V1", "V2"], duration=10, attribution=given, attribution_label=label, **way)
        bars = [path.get_extents() for c in ax.collections[2:] for path in c.get_paths()]
        spans = sorted((bar.x0, bar.x1) for bar in bars)
        np.testing.assert_allclose(spans, [(10, 60), (10, 260)], atol=0.2)
        assert {"not seen by the model", label} <= set(_texts(ax))
        assert not ax.images[1].get_array()[..., 3].any()
        assert ax.images[2].get_array()[..., 3].all()
    assert "not seen by the model" not in _texts(plot_ecg(NORMAL, attribution=attribution))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"seen": np.ones((12, 2500), bool)}, "pass attribution as well"),
        ({"attribution": NORMAL.signal, "seen": np.ones((12, 2500))}, "bool array"),
        ({"attribution": NORMAL.signal, "seen": np.ones(12, bool)}, "bool array"),
        ({"leads": "cabrer"}, '"cabrera"'),
        ({"leads": []}, "at least one lead"),
        ({"leads": ["II", "ii"]}, "no lead twice"),
        ({"band": 40}, "two frequencies"),
        ({"duration": -1}, "duration must be positive"),
        ({"band": (None, None)}, "two frequencies"),
        ({"band": (0.5, 200)}, "half the rate"),
    ],
)
def test_what_is_wrong_is_named(params, message):
    with pytest.raises(ValueError, match=message):
        plot_ecg(NORMAL, **params)


def test_the_time_is_below_a_sheet_that_does_not_start_at_zero():
    record = make_ecg(1, fs=100, duration=30, random_state=0).data[0]
    ax = plot_ecg(record, start=12)
    ticks = {text.get_text(): text.get_position()[0] for text in ax.texts if text.get_position()[1] < 0}
    assert [f"{second} s" for second in range(12, 23)] == list(ticks)[:11]
    assert ticks["15 s"] == pytest.approx(10 + 3 * 25)
    assert "25 mm/s   10 mm/mV   100 Hz   as recorded   12 s to 22 s of 30 s" in ticks
    assert "12 s" not in _texts(plot_ecg(record))


def test_columns_of_other_times_than_the_rhythm_strip_have_their_time():
    ax = plot_ecg(NORMAL, start=4.5)
    assert _texts(ax).count("4.5 s") == 9  # all columns but the first, above the strip of 5.5 s


def test_the_order_of_cabrera():
    ax = plot_ecg(NORMAL, leads="cabrera", layout="6x2", rhythm=None)
    assert [text for text in _texts(ax) if text.strip("-") in STANDARD_LEADS] == [
        *("aVL", "I", "-aVR", "II", "aVF", "III"),
        *STANDARD_LEADS[6:],
    ]
    turned, plain = _traces(ax)[2].get_ydata(), NORMAL.signal[3, :1251]
    np.testing.assert_allclose((turned - turned[0]) / 10, plain[0] - plain, atol=1e-5)


def test_leads_are_derived():
    record = replace(NORMAL, signal=NORMAL.signal[[0, 1, 6]], leads=("i", "ii", "V1"))
    ax = plot_ecg(record, leads=["III", "-avr"], rhythm="avf", layout="2x1")
    assert [text for text in _texts(ax) if text.strip("-") in STANDARD_LEADS] == ["III", "-aVR", "aVF"]
    third = _traces(ax)[0].get_ydata()
    np.testing.assert_allclose(np.diff(third) / 10, np.diff(record.signal[1] - record.signal[0]), atol=1e-5)
    array = plot_ecg(NORMAL.signal, fs=250, leads="cabrera")
    assert "-aVR" in _texts(array)


def test_twelve_leads_are_in_the_standard_order():
    order = [0, 1, *range(6, 12), 2, 3, 4, 5]  # as in aECG and SCP-ECG
    record = replace(NORMAL, signal=NORMAL.signal[order], leads=tuple(STANDARD_LEADS[i] for i in order))
    for one, other in zip(plot_ecg(record).lines, plot_ecg(NORMAL).lines, strict=True):
        np.testing.assert_array_equal(one.get_ydata(), other.get_ydata())


@pytest.mark.parametrize(
    ("band", "text"), [((0.5, 40), "0.5 to 40 Hz"), ((None, 20), "up to 20 Hz"), ((1, None), "from 1 Hz")]
)
def test_the_band_is_applied_and_named(band, text):
    signal = np.array(NORMAL.signal)
    signal[3, 1000:1100] = np.nan
    ax = plot_ecg(replace(NORMAL, signal=signal), leads=["II", "aVR"], band=band)
    kind = "lowpass" if band[0] is None else "highpass" if band[1] is None else "bandpass"
    wanted = apply_filter(signal[1], design_filter(kind, 250, low=band[0], high=band[1]))
    np.testing.assert_allclose(np.diff(_traces(ax)[0].get_ydata()) / 10, np.diff(wanted), atol=1e-4)
    np.testing.assert_array_equal(np.isnan(_traces(ax)[1].get_ydata()), np.isnan(signal[3]))
    assert any(found.endswith(text) for found in _texts(ax))


def test_microvolts_are_drawn_as_millivolts():
    micro = replace(NORMAL, signal=1000 * NORMAL.signal, name="A7")
    with pytest.warns(UserWarning, match="A7 spans .* mV, which no heart does") as caught:
        ax = plot_ecg(micro, measurements=True)
    assert caught[0].filename == __file__
    for one, other in zip(_traces(ax), _traces(plot_ecg(NORMAL)), strict=True):
        np.testing.assert_allclose(one.get_ydata(), other.get_ydata(), atol=1e-4)
    assert any("taken as microvolts, divided by 1000" in text for text in _texts(ax))


def test_traces_end_at_the_edge_of_the_paper():
    ax = plot_ecg(replace(NORMAL, signal=np.array(NORMAL.signal) * np.where(np.arange(2500) == 1200, 60, 1)))
    paper = ax.patches[0].get_window_extent()
    ends = [ax.transData.transform(np.c_[line.get_xdata(), line.get_ydata()])[:, 1] for line in _traces(ax)]
    assert max(y.max() for y in ends) > paper.y1  # the artefact would reach into the header
    for line in _traces(ax):
        assert line.get_clip_box().bounds == pytest.approx(paper.bounds)


def test_overlays_have_a_title_each():
    records = make_ecg(2, fs=250, random_state=0).data
    records = records.with_metadata(records.metadata.set_index(pd.Index(["one", "two"])))
    ax = plot_ecg(records, leads=["II"], measurements=True, title="Before and after")
    titles = [text for text in ax.texts if text.get_text().startswith(("one, ", "two, "))]
    assert [title.get_color() for title in titles] == [line.get_color() for line in _traces(ax)]
    assert sum("HR " in text for text in _texts(ax)) == 2
    assert "Before and after" in _texts(ax)


def test_the_sheet_does_not_depend_on_the_style_of_the_user():
    with plt.style.context("dark_background"):
        ax = plot_ecg(NORMAL)
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)
    assert {text.get_color() for text in ax.texts} == {"#111111"}
