"""The Python blocks of the README run unchanged, one after the other."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.learns
@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_the_blocks_run_and_their_scores_are_worth_showing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = README.read_text()
    names = {}
    blocks = list(re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert blocks
    for block in blocks:
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block[1], str(README), "exec"), names)
    assert names["scores"].min() > 0.8
    assert names["search"].best_score_ > 0.8


def test_both_commands_stand_on_the_first_screen():
    first_screen = README.read_text().split("\n")[:40]
    assert "make demo" in " ".join(first_screen)
    assert "make test" in " ".join(first_screen)
