"""Sphinx: the pages, the gallery, and API pages made from the `__all__` of each package."""

import importlib
import inspect
import pkgutil
import re
import sys
from pathlib import Path

from numpydoc.docscrape import NumpyDocString

import skecg

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_extensions"), str(HERE / "papers")]  # `papers` holds the pictures of all pages

project = "skecg"
author = "the skecg developers"
copyright = author
version = release = skecg.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "benchmark_table",
    "extras_table",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "examples", "sg_execution_times.rst", "gallery/sg_execution_times.rst"]
default_role = "code"
smartquotes = False  # {"lstm", "gru"} is code
toc_object_entries_show_parents = "hide"
nitpicky = True
nitpick_ignore_regex = [("py:obj", r"(sklearn|imblearn|skorch|torch)\..*")]  # their pages are not read in the build

autodoc_default_options = {"member-order": "bysource"}
autodoc_typehints = "none"
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_use_plots = False

plot_formats = [("png", 160)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_include_source = False
plot_rcparams = {"figure.facecolor": "white"}  # ECG paper is paper, in the dark too

copybutton_exclude = ".linenos, .gp, .go"
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "backreferences_dir": "api/backreferences",
    "doc_module": ("skecg",),
    "filename_pattern": r"plot_",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 0,
    "matplotlib_animations": False,
    "abort_on_example_error": True,
    "default_thumb_file": str(HERE / "gallery" / "thumbnail.png"),
}
suppress_warnings = ["config.cache"]  # doc_module and the sort key are not plain data

html_theme = "pydata_sphinx_theme"
html_title = "skecg"
html_static_path = ["_static"]
html_css_files = ["skecg.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
_ALONE = ("index", "install", "start", "evaluation", "glossary", "stability", "changelog", "contributing")
html_sidebars = {page: [] for page in _ALONE}  # pages without siblings


def packages():
    """Yield skecg and its public packages and modules that have an `__all__`."""
    yield skecg
    for found in pkgutil.iter_modules(skecg.__path__, "skecg."):
        if not found.name.rpartition(".")[2].startswith("_"):
            module = importlib.import_module(found.name)
            if hasattr(module, "__all__"):
                yield module


def write_api_pages(folder):
    """Write a page for each package, before sphinx looks for its sources: a new name is there by itself."""
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    modules = {module.__name__: module for module in packages()}
    summaries = {name: inspect.getdoc(module).splitlines()[0] for name, module in modules.items()}
    rows = [line for name in modules for line in (f"   * - :doc:`{name} <{name}>`", f"     - {summaries[name]}")]
    index = ["API", "===", "", "All public names, by package. What starts with an underscore is private.", ""]
    index += [".. list-table::", "   :widths: 1 3", "", *rows, ""]
    index += [".. toctree::", "   :hidden:", "", *(f"   {name}" for name in modules), ""]
    _write(folder / "index.rst", index)
    seen = {}
    for name, module in modules.items():
        _write(folder / f"{name}.rst", _api_page(module, summaries[name], seen))


def _api_page(module, summary, seen):
    """Return the lines of a page: a table of classes and functions, those that stand elsewhere, the constants."""
    objects = {name: getattr(module, name) for name in module.__all__}
    names = [name for name, value in objects.items() if callable(value) and id(value) not in seen]
    elsewhere = [seen[id(value)] for value in objects.values() if id(value) in seen]
    seen |= {id(objects[name]): f"{module.__name__}.{name}" for name in names}
    lines = [module.__name__, "=" * len(module.__name__), "", f".. module:: {module.__name__}", "", summary, ""]
    if names:
        lines += [".. autosummary::", "   :toctree: generated", "   :nosignatures:", ""]
        lines += [*(f"   {name}" for name in names), ""]
    if elsewhere:
        lines += ["Here too: " + ", ".join(f":py:obj:`{name}`" for name in elsewhere) + ".", ""]
    for name in (name for name, value in objects.items() if not callable(value)):
        lines += [f".. py:data:: {name}", "", "   " + ", ".join(f"`{entry}`" for entry in objects[name]) + ".", ""]
    return lines


def _write(page, lines):
    text = "\n".join(lines)
    if not page.exists() or page.read_text() != text:  # an untouched page is not read again
        page.write_text(text)


def _draw_thumbnail(path):
    """Draw a few beats, for the examples that have no picture of their own."""
    import matplotlib.pyplot as plt

    from skecg.datasets import make_ecg
    from skecg.plotting import plot_ecg

    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        records = make_ecg(1, classes=["NORM"], leads=["II"], duration=3, difficulty=0.2, random_state=0).data
        figure = plot_ecg(records[0], calibration=False).figure
        figure.savefig(path, dpi=100)
        plt.close(figure)  # else the first example would show it


def _shape_before_parameters(app, what, name, obj, options, lines):
    """Move the Shape section of a network, which numpydoc would drop, into the text above its parameters."""
    if "Shape" in lines and "Parameters" in lines:
        start = lines.index("Shape")
        end = next((i for i in range(start + 2, len(lines)) if not lines[i]), len(lines))
        shape = lines[start + 2 : end]
        del lines[start:end]
        parameters = lines.index("Parameters")
        lines[parameters:parameters] = [".. rubric:: Shape", "", *shape, ""]


def _escape_attributes(app, what, name, obj, options, lines):
    """Take `length_` in the type of a parameter for what it is: reST would look for a link of that name."""
    for i, line in enumerate(lines):
        name, colon, kind = line.partition(" : ")
        if colon:
            lines[i] = name + colon + re.sub(r"(?<=\w)_(?=[,)\s]|$)", r"\\_", kind)


def _skip_inherited_from_elsewhere(app, what, name, obj, skip, options):
    """Leave out what each estimator has from scikit-learn, and each network from torch."""
    home = getattr(obj, "__module__", None) or ""
    return True if home.startswith(("sklearn", "torch")) else None


def setup(app):
    NumpyDocString.sections["Shape"] = []
    write_api_pages(Path(app.srcdir) / "api")
    _draw_thumbnail(Path(sphinx_gallery_conf["default_thumb_file"]))
    app.connect("autodoc-process-docstring", _shape_before_parameters, priority=100)
    app.connect("autodoc-process-docstring", _escape_attributes, priority=100)
    app.connect("autodoc-skip-member", _skip_inherited_from_elsewhere)
