"""The pages of the documentation: their code runs, their links are well formed, and they name everything public."""

import ast
import doctest
import importlib.util
import re
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(
    r"^(?P<needs>\.\. needs: .*\n\n)?\.\. code-block:: python\n(?: +:.*\n)*\n(?P<code>(?:(?: {4}.*)?\n)+)", re.MULTILINE
)
MADE = {"_build", "api", "gallery", "sg_execution_times.rst"}  # by sphinx
PAGES = sorted(p for p in DOCS.rglob("*.rst") if p.relative_to(DOCS).parts[0] not in MADE)
WITH_CODE = [page for page in PAGES if BLOCK.search(page.read_text()) and page.name != "start.rst"]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _name(page):
    return str(page.relative_to(DOCS))


def _run_examples(code, names, page, line):
    """Run a block with prompts, and compare what it prints."""
    told = []
    test = doctest.DocTestParser().get_doctest(code, names, _name(page), str(page), line)
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=told.append, clear_globs=False)
    names.update(test.globs)
    assert not told, "".join(told)


def _check_imports(code):
    """Import what a block that cannot run here imports from this package."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "skecg":
            exec(ast.unparse(node), {})


@pytest.mark.learns
def test_the_start_page_shows_a_score_that_is_worth_showing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = _run_page(DOCS / "start.rst")
    assert names["interval"].low > 0.8


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, by wfdb
@pytest.mark.parametrize("page", WITH_CODE, ids=_name)
def test_the_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _run_page(page)


def _run_page(page):
    """Run the blocks of a page one after the other, and return their variables."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    text, names = page.read_text(), {}
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start("code"))
        code = textwrap.dedent(block["code"])
        if block["needs"]:
            _check_imports(code)
        elif ">>>" in code:
            _run_examples(code, names, page, line)
        else:
            exec(compile("\n" * line + code, str(page), "exec"), names)
    pyplot.close("all")
    return names


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=_name)
def test_the_blocks_of_notes_name_what_is_there(page):
    for code in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        _check_imports(code)


def test_no_block_is_overlooked():
    for page in PAGES:
        assert len(BLOCK.findall(page.read_text())) == page.read_text().count("code-block:: python"), _name(page)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_outside_links_are_well_formed(page):
    for link in re.findall(r"(?:https?:|www\.|doi\.org)[^\s`>\])]*", page.read_text()):
        parts = urlsplit(link.rstrip(".,;"))
        assert parts.scheme == "https", link
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc), link


def test_every_public_name_has_its_place_in_the_api(tmp_path):
    for name in ("sphinx", "numpydoc"):
        pytest.importorskip(name)
    spec = importlib.util.spec_from_file_location("conf", DOCS / "conf.py")
    conf = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conf)
    conf.write_api_pages(tmp_path)
    listed = {line.split()[-1] for page in tmp_path.glob("*.rst") for line in page.read_text().splitlines() if line}
    for module in conf.packages():
        assert (tmp_path / f"{module.__name__}.rst").exists()
        assert not set(module.__all__) - listed, module.__name__


def test_figures_come_from_results(tmp_path):
    pytest.importorskip("sphinx")
    spec = importlib.util.spec_from_file_location("benchmark_table", DOCS / "_extensions" / "benchmark_table.py")
    extension = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)
    (tmp_path / "a.csv").write_text("network,test,auc\ncrnn,3,0.8\ncrnn,3,0.9\nresnet,9,0.7\nvgg,9,0.75\n")
    assert extension.read_rows(tmp_path / "none.csv") == []
    rows = extension.read_rows(tmp_path / "a.csv", where="network != vgg", latest="network", sort="auc")
    assert [row["auc"] for row in rows] == ["0.9", "0.7"]
    assert [row["network"] for row in extension.read_rows(tmp_path / "a.csv", where="test = 9")] == ["resnet", "vgg"]
