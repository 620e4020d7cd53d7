"""`skecg report`: from a folder of records and a table to a page."""

import pytest

import skecg
from skecg.classifiers import EEGNetClassifier
from skecg.cli import main
from skecg.datasets import read_ecg


@pytest.fixture
def table(folder):
    return [str(folder / "labels.csv"), "--records", str(folder / "records"), "--group", "patient"]


def test_a_page_with_what_was_left_out_and_trained_on(ecgs, table, folder, tmp_path, capsys):
    model, out = tmp_path / "m.skecg", tmp_path / "report.html"
    records = read_ecg(sorted((folder / "records").glob("*.hea")))
    fitted = EEGNetClassifier(max_epochs=1, random_state=0).fit(records, ecgs.target)
    skecg.save(fitted, model, X=records[:7], y=ecgs.target[:7])
    note = folder / "records" / "notes.xml"
    note.write_text("<nothing/>")
    try:
        code = main(["report", str(model), *table, "--positive", "LBBB", "--sheets", "1", "--out", str(out)])
    finally:
        note.unlink()
    printed = capsys.readouterr()
    assert code == 3
    assert "notes.xml" in printed.err
    assert f"{out}: report on 30 records, " in printed.out
    page = out.read_text(encoding="utf-8")
    assert "notes.xml" in page.partition('<h2 id="left-out">')[2]
    assert "class to detect: <strong>LBBB</strong>" in page
    assert page.count('<figure class="sheet">') == 1
    for text in (printed.err, page):
        assert "The model was trained on 7 of these 30 records" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--positive", "lbbb"], "--positive 'lbbb' is not one of the classes, 'LBBB' and 'NORM'"),
        (["--positive", "LBBB", "--subgroups", "gender"], "--subgroups names the columns ['gender']"),
        (["--positive", "LBBB", "--target", "NORM", "LBBB"], "name the one column of them with --target"),
        (["--positive", "LBBB", "--target", "diagnosis"], "diagnosis"),
        (["--positive", "LBBB", "--out", "report.pdf"], "report.pdf must end in .html"),
        (["--positive", "LBBB", "--out", "nowhere/report.html"], "There is no folder nowhere"),
        (["--positive", "LBBB", "--group", "ward"], "ward"),
        (["--positive", "LBBB", "--leads", "X,Y,Z"], "X"),
    ],
)
def test_wrong_options_get_a_clear_message(options, message, model, table, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = main(["report", str(model), *table, "--out", "report.html", *options])
    assert code == 1
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", [["--sheets", "-1"], ["--sheets", "all"], ["--on-mismatch", "ask"]])
def test_invalid_arguments_end_with_2(option, model, table):
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(model), *table, "--out", "report.html", *option])
    assert stopped.value.code == 2


def test_a_model_that_is_none(table, folder, tmp_path, capsys):
    out = ["--out", str(tmp_path / "report.html")]
    assert main(["report", str(folder), *table, *out]) == 1
    assert "is a folder; the first argument is a model" in capsys.readouterr().err
    assert main(["report", str(folder / "labels.csv"), *table, *out]) == 1
    assert "labels.csv" in capsys.readouterr().err
