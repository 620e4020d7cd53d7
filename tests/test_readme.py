"""The README's Python runs as it stands, one block after the other."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_blocks_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = README.read_text()
    names = {}
    blocks = list(re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert blocks
    for block in blocks:
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block[1], str(README), "exec"), names)


def test_both_commands_stand_on_the_first_screen():
    first_screen = README.read_text().split("\n")[:40]
    assert "make demo" in " ".join(first_screen)
    assert "make test" in " ".join(first_screen)
