"""The page is complete, alone, accessible and right."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from skecg.classifiers import EEGNetClassifier
from skecg.datasets import make_ecg
from skecg.reporting import report, to_html
from skecg.reporting._worst import most_wrong

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """The elements of a page, its text, its tables by caption, and tags that do not match."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text, self.tables, self.unmatched = [], [], {}, []
        self._open, self._caption = [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr" and self._caption is not None:
            self.tables[self._caption].append([])
        if tag in ("td", "th") and self._caption is not None:
            self.tables[self._caption][-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.unmatched.append(tag)
        if tag == "table":
            self._caption = None

    def handle_data(self, data):
        if self._open and self._open[-1] not in ("style", "title"):
            self.text.append(data)
        if "caption" in self._open:
            self._caption = data
            self.tables[data] = []
        elif self._caption is not None and self.tables[self._caption] and {"td", "th"} & set(self._open):
            self.tables[self._caption][-1][-1] += data

    def attributes(self, *names):
        return [value for _, given in self.elements for name, value in given.items() if name in names]

    def row(self, caption, name):
        """Return the cells of a row, each split into words."""
        (row,) = [row for row in self.tables[caption] if row and row[0] == name]
        return [cell.split() for cell in row[1:]]


@pytest.fixture(scope="module")
def read(page):
    return Page(page)


def test_every_element_is_closed_and_every_id_is_there_once(read):
    assert not read.unmatched
    ids = read.attributes("id")
    assert len(set(ids)) == len(ids)
    targets = [ref.removeprefix("#") for ref in read.attributes("href", "xlink:href") if ref.startswith("#")]
    assert set(targets) <= set(ids)
    used = re.findall(r"url\(#([^)]+)\)", " ".join(map(str, read.attributes("clip-path", "style"))))
    assert set(used) <= set(ids)


def test_the_page_needs_nothing_from_elsewhere(page, read):
    for address in read.attributes("src", "href", "xlink:href", "srcset", "action", "data"):
        assert address.startswith(("#", "data:image/png;base64,"))
    assert "@import" not in page
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in read.elements}
    policy = [given["content"] for tag, given in read.elements if given.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_the_page_is_accessible(read):
    ids = set(read.attributes("id"))
    figures = [given for tag, given in read.elements if tag == "svg"]
    assert len(figures) == 6
    for given in figures:
        assert given["role"] == "img" and given["aria-labelledby"] in ids
    assert ("html", {"lang": "en"}) in read.elements
    for tag, given in read.elements:
        if tag == "th":
            assert given["scope"] in ("row", "col")
        if given.get("class") == "scroll":
            assert given["tabindex"] == "0" and given["aria-label"]
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_texts_have_contrast_in_light_and_dark(page):
    schemes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in re.findall(r":root {(.*?)}", page, re.S)
    ]
    for colours in schemes[:2]:
        for ink in ("text", "soft", "link"):
            for paper in ("page", "band"):
                low, high = sorted(luminance(colours[name]) for name in (ink, paper))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, paper)
        low, high = sorted(luminance(colours[name]) for name in ("text", "warn"))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_numbers_are_those_of_report(read, model, ecgs):
    X, y = ecgs.data[30:], ecgs.target[30:]
    table = report(
        y,
        model.predict_proba(X),
        groups=X.metadata["patient_id"],
        subgroups=X.metadata[["age", "sex"]],
        pos_label="LBBB",
        n_resamples=20,
        random_state=0,
    )
    header, *rows = read.tables["Scores of LBBB"]
    assert header[0] == "Group"
    assert [row[0] for row in rows] == table.index.get_level_values("subgroup").unique().tolist()
    names = ["auroc", "average_precision", "sensitivity", "specificity", "ppv", "npv", "brier"]
    for row in rows:
        of = table.loc[row[0]].loc["LBBB"]
        assert [int(cell) for cell in row[1:3]] == of.loc["auroc", ["n_records", "n_positive"]].tolist()
        for cell, name in zip(row[3:], names, strict=True):
            numbers = [float(word) for word in cell.split() if word not in ("to", "\N{EN DASH}")]
            np.testing.assert_allclose(numbers or [np.nan] * 3, of.loc[name][["estimate", "low", "high"]], atol=5.1e-4)
    auroc = table.loc[("all", "LBBB", "auroc")]
    assert f"area under the curve {auroc['estimate']:.3f} ({auroc['low']:.3f} to {auroc['high']:.3f})" in "".join(
        read.text
    )
    found = read.row("Decisions of each label", "LBBB")[0]
    assert int(found[0]) / (y == "LBBB").sum() == table.loc[("all", "LBBB", "sensitivity"), "estimate"]


def test_the_page_names_the_class_and_what_was_left_out(read):
    text = "".join(read.text)
    assert "class to detect: LBBB" in text
    assert "notes.txt: no recording" in text
    assert "The model was trained on" not in text


def test_the_same_input_gives_the_same_page(page, model, ecgs, quick):
    again = to_html(model, ecgs.data[30:], ecgs.target[30:], left_out=["notes.txt: no recording"], **quick)
    assert again == page


def test_the_settings_of_matplotlib_do_not_matter(page, model, ecgs, quick):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.facecolor": "black"}):
        again = to_html(model, ecgs.data[30:], ecgs.target[30:], left_out=["notes.txt: no recording"], **quick)
    assert again == page


def test_training_records_are_found(model, ecgs, quick):
    with pytest.warns(UserWarning, match="The model was trained on 10 of these 30 records"):
        read = Page(to_html(model, ecgs.data[20:50], ecgs.target[20:50], **quick))
    assert "The model was trained on 10 of these 30 records" in "".join(read.text)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "$\\frac{1}$",
    "-->]]></svg><b>",
    "_under & score",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name, quick):
    ecgs = make_ecg(30, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)
    y = np.where(ecgs.target == "LBBB", name, "other")
    table = ecgs.data.metadata.assign(device=name)
    table.index = [f"{name} {i}" for i in range(30)]
    records = ecgs.data.with_metadata(table)
    model = EEGNetClassifier(max_epochs=1, random_state=0).fit(records, y)
    page = Page(to_html(model, records, y, pos_label=name, title=name, left_out=[name], **quick))
    assert not page.unmatched
    assert not {"script", "img", "b"} & {tag for tag, _ in page.elements}
    assert not [key for _, given in page.elements for key in given if key.startswith("on")]
    assert "".join(page.text).count(name) > 10


def test_several_labels(labels, quick):
    X, Y, model = labels
    read = Page(to_html(model, X, Y, target_names=["LBBB", "third"], **quick))
    assert not read.unmatched
    assert len([tag for tag, _ in read.elements if tag == "svg"]) == 11
    assert {"Scores, mean of the labels", "Thresholds of LBBB", "Thresholds of third"} <= set(read.tables)
    assert ", decided from 0.500." in "".join(read.text)


def test_several_classes(quick):
    ecgs = make_ecg(45, classes=["AF", "LBBB", "NORM"], fs=100, duration=4, random_state=0)
    model = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data, ecgs.target)
    read = Page(to_html(model, ecgs.data, ecgs.target, **quick))
    (_, *rows) = read.tables["True classes (rows) against predicted classes"]
    predicted = model.predict(ecgs.data)
    for row in rows:
        counts = [((ecgs.target == row[0]) & (predicted == name)).sum() for name in ("AF", "LBBB", "NORM")]
        assert [int(cell.split()[0]) for cell in row[1:]] == counts
    assert read.tables["Thresholds of AF"][1][0] == "sensitivity 0.99"
    assert " was taken for " in "".join(read.text)


def test_a_model_without_a_network_has_no_explanation(quick):
    from sklearn.pipeline import make_pipeline

    from skecg.features import BeatFeatures

    ecgs = make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=8, random_state=0)
    y = np.where(np.arange(40) % 5, ecgs.target, "NORM")
    model = make_pipeline(BeatFeatures(), HistGradientBoostingClassifier(max_iter=2)).fit(ecgs.data, y)
    text = "".join(Page(to_html(model, ecgs.data, y, pos_label="LBBB", **quick)).text)
    assert "class to detect: LBBB" in text
    assert "There is no explanation" in text


def test_the_most_certain_errors_of_each_kind_come_first():
    truth = np.array([[1, 0], [1, 0], [0, 0], [0, 1], [1, 1]], bool)
    proba = np.array([[0.1, 0.1], [0.2, 0.1], [0.6, 0.1], [0.1, 0.4], [0.9, 0.9]])
    evaluation = SimpleNamespace(truth=truth, proba=proba, decided=proba >= 0.5)
    rows, labels = most_wrong(evaluation, 9)
    assert rows.tolist() == [0, 2, 3, 1]  # the second miss of the first label comes last
    assert labels.tolist() == [0, 0, 1, 0]
    assert most_wrong(evaluation, 2)[0].tolist() == [0, 2]


def test_an_array_has_no_patients_and_no_sheets(model, ecgs, quick):
    text = "".join(Page(to_html(model, ecgs.data[30:].to_array(), ecgs.target[30:], **quick)).text)
    assert "The patients are not known" in text
    assert "no sheet can be drawn" in text


def test_a_label_that_no_record_has_is_named(labels, quick):
    X, Y, model = labels
    read = Page(to_html(model, X, Y * [1, 0], target_names=["LBBB", "never"], **quick))
    assert "they have no curves: never" in "".join(read.text)
    assert "Thresholds of never" not in read.tables


def test_doubtful_signals_are_counted(model, ecgs, quick):
    signals = np.array(ecgs.data[30:])
    signals[0, 3] = 0
    signals[1] = signals[2]
    read = Page(to_html(model, ecgs.data[30:].with_signals(signals), ecgs.target[30:], **quick))
    assert "No record has such faults that a prediction would mean nothing." in read.text
    signals[4] = 0
    read = Page(to_html(model, ecgs.data[30:].with_signals(signals), ecgs.target[30:], **quick))
    assert read.row("Doubtful signals", "flat") == [["2", "(7", "%)"], ["1"]]
    assert any("gives no prediction for 1\N{NO-BREAK SPACE}(3" in text for text in read.text)
    assert read.row("Doubtful signals", "duplicate") == [["1", "(3", "%)"], ["0"]]
