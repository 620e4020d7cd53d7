"""`.. extras-table::` lists the optional dependencies of pyproject.toml."""

import tomllib
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


class ExtrasTable(SphinxDirective):
    """One row an extra: its name and what it brings."""

    def run(self):
        self.env.note_dependency(str(PROJECT))
        extras = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto", "", "   * - Extra", "     - Brings"]
        for name, packages in extras.items():
            if name in {"docs", "dev"}:
                continue  # for contributors: `make` installs them
            lines += [f"   * - `{name}`", f"     - {', '.join(f'`{package}`' for package in packages)}"]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, str(PROJECT)), self.content_offset, container)
        return container.children


def setup(app):
    app.add_directive("extras-table", ExtrasTable)
    return {"parallel_read_safe": True}
