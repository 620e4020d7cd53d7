"""`.. benchmark-table:: name` shows columns of `benchmarks/results/<name>.csv`: no figure is typed by hand.

Options: `columns` (names, each optionally `name as Heading`, separated by commas), `where` (`column = value`
or `column != value`, several separated by `;`), `latest` (columns that identify a measurement: of several only the
last row stays), `sort` (a column, largest first; `-` before it: smallest first). A table without rows becomes a
note that nothing has been measured.
"""

import csv
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


class BenchmarkTable(SphinxDirective):
    """Rows and columns of a table of results."""

    required_arguments = 1
    option_spec = dict.fromkeys(("columns", "where", "latest", "sort"), directives.unchanged_required)

    def run(self):
        path = RESULTS / f"{self.arguments[0]}.csv"
        self.env.note_dependency(str(path))
        rows = read_rows(path, **{key: self.options.get(key, "") for key in ("where", "latest", "sort")})
        if not rows:
            return [nodes.note("", nodes.paragraph(text="Not measured yet."))]
        headings = _headings(self.options.get("columns", ", ".join(rows[0])))
        unknown = set(headings) - set(rows[0])
        if unknown:
            raise self.error(f"{path.name} has no columns {sorted(unknown)}; there are {list(rows[0])}.")
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto", "   :class: benchmark", ""]
        lines += _row(headings.values())
        for row in rows:
            lines += _row(row[name] for name in headings)
        container = nodes.container()
        self.state.nested_parse(StringList(lines, str(path)), self.content_offset, container)
        return container.children


def read_rows(path, *, where="", latest="", sort=""):
    """Return the chosen rows as dicts; none where there is no such table.

    Parameters
    ----------
    path : pathlib.Path
        The table.
    where, latest, sort : str, default=""
        As in the directive.

    Returns
    -------
    rows : list of dict
    """
    if not path.exists():
        return []
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for condition in filter(None, map(str.strip, where.split(";"))):
        wanted = "!=" not in condition
        name, value = (part.strip() for part in condition.split("=" if wanted else "!="))
        rows = [row for row in rows if (row[name] == value) == wanted]
    if latest:
        keys = [key.strip() for key in latest.split(",")]
        rows = list({tuple(row[key] for key in keys): row for row in rows}.values())
    if sort:
        sign, name = (1, sort[1:]) if sort.startswith("-") else (-1, sort)
        rows.sort(key=lambda row: sign * float(row[name]))
    return rows


def _headings(columns):
    pairs = (column.partition(" as ") for column in columns.split(","))
    return {name.strip(): (heading or name).strip() for name, _, heading in pairs}


def _row(cells):
    return [f"   {'* -' if i == 0 else '  -'} {cell}".rstrip() for i, cell in enumerate(cells)]


def setup(app):
    app.add_directive("benchmark-table", BenchmarkTable)
    return {"parallel_read_safe": True}
