"""Sphinx: the user guide, and an API page made from the `__all__` of each package."""

import importlib
import inspect
import pkgutil
from pathlib import Path

from numpydoc.docscrape import NumpyDocString

import skecg

project = "skecg"
author = "the skecg developers"
copyright = author
version = release = skecg.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc"]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
default_role = "code"
nitpicky = False

autodoc_default_options = {"member-order": "bysource"}
autodoc_typehints = "none"
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_use_plots = False

html_theme = "alabaster"
html_theme_options = {"description": "scikit-learn for electrocardiograms", "fixed_sidebar": True}


def _packages():
    """Yield skecg and its public packages and modules that have an `__all__`."""
    yield skecg
    for found in pkgutil.iter_modules(skecg.__path__, "skecg."):
        module = importlib.import_module(found.name)
        if hasattr(module, "__all__") and not found.name.rpartition(".")[2].startswith("_"):
            yield module


def _write_api_page(folder):
    """Write api.rst, before sphinx looks for its sources: a new public name is on the page by itself."""
    lines = ["API", "===", ""]
    seen = set()
    for module in _packages():
        objects = {name: getattr(module, name) for name in module.__all__}
        names = [name for name, value in objects.items() if callable(value) and id(value) not in seen]
        seen |= {id(objects[name]) for name in names}
        if not names:
            continue
        summary = inspect.getdoc(module).splitlines()[0]
        lines += [module.__name__, "-" * len(module.__name__), "", summary, "", f".. currentmodule:: {module.__name__}"]
        lines += ["", ".. autosummary::", "   :toctree: generated", "", *(f"   {name}" for name in names), ""]
    page = Path(folder) / "api.rst"
    text = "\n".join(lines)
    if not page.exists() or page.read_text() != text:
        page.write_text(text)


def _shape_before_parameters(app, what, name, obj, options, lines):
    """Move the Shape section of a network, which numpydoc would drop, into the text above its parameters."""
    if "Shape" in lines and "Parameters" in lines:
        start = lines.index("Shape")
        end = next((i for i in range(start + 2, len(lines)) if not lines[i]), len(lines))
        shape = lines[start + 2 : end]
        del lines[start:end]
        parameters = lines.index("Parameters")
        lines[parameters:parameters] = [".. rubric:: Shape", "", *shape, ""]


def _skip_inherited_from_elsewhere(app, what, name, obj, skip, options):
    """Leave out what each estimator has from scikit-learn, and each network from torch."""
    home = getattr(obj, "__module__", None) or ""
    return True if home.startswith(("sklearn", "torch")) else None


def setup(app):
    NumpyDocString.sections["Shape"] = []
    _write_api_page(app.srcdir)
    app.connect("autodoc-process-docstring", _shape_before_parameters, priority=100)
    app.connect("autodoc-skip-member", _skip_inherited_from_elsewhere)
