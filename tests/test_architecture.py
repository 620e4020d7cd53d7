"""Modules import only from lower floors of the package, and few modules import each library."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skecg

ROOT = Path(__file__).parents[1] / "skecg"

FLOORS = {
    "_drafts": 0,
    "_moved": 0,
    "_placeholders": 0,
    "_scikit_learn": 0,
    "_near": -1,  # `pretrained` names what is near an unknown name
    "_warn": -1,  # `signal` warns too
    "signal": 0,
    "pretrained": 2,  # the packaged models, by name
    "records": 1,
    "metrics": 1,
    "estimators": 2,
    "networks": 2,
    "preprocessing": 3,
    "features": 5,
    "features._reversal": 2,  # `describe` uses it; the other features stand on what learns
    "datasets": 3,
    "storage": 2,
    "format": 3,
    "training": 4,
    "imbalance": 4,
    "model_selection": 4,
    "classifiers": 5,
    "ensemble": 5,
    "foundation": 6,
    "presets": 6,
    "best": 6,
    "pipeline": 7,
    "plotting": 6,
    "inspection": 6,
    "persistence": 6,
    "export": 6,
    "reporting": 7,
    "testing": 8,
    "cli": 8,
}
IMPORTERS = {
    "skorch": {"training"},
    "wfdb": {"datasets"},
    "imblearn": {"imbalance", "pipeline"},
    "jinja2": {"reporting"},
    "onnxruntime": {"export"},
    "openvino": {"export"},
    "torch": {"networks", "features", "training", "classifiers", "inspection", "format", "export", "testing"},
}
ONLY = {"signal": {"numpy", "scipy", "pywt"}, "networks": {"torch"}}
HEAVY = {"pandas", "matplotlib", "wfdb", "pywt", "jinja2"}  # imported only inside the functions that need them
FORBIDDEN_NAMES = {"n_samples", "sfreq", "sampling_rate", "channels", "n_channels_in"}


def _module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {_module_name(path): path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"}


def _imports(path, tree):
    """Yield (absolute module name, line, whether importing the file runs it) for every import in a file."""
    package = ["skecg", *path.relative_to(ROOT).parent.parts]
    inside = {id(node) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for node in ast.walk(f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            home = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*home, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((name, node.lineno, id(node) not in inside) for name in names)


def _floor(module):
    """Return the floor of the longest prefix in FLOORS of a module name without the leading skecg."""
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        if ".".join(parts[:end]) in FLOORS:
            return FLOORS[".".join(parts[:end])]
    raise AssertionError(f"skecg.{module} has no floor; add it to FLOORS.")


TREES = {module: ast.parse(path.read_text()) for module, path in MODULES.items()}
IMPORTS = [(module, *found) for module, path in MODULES.items() for found in _imports(path, TREES[module])]


def _is_below(module, name):
    other = name.removeprefix("skecg.")
    other = skecg._HOMES.get(other, other)  # a public name of `skecg` is defined in one of its modules
    if not name.startswith("skecg") or other.split(".")[0] in {module.split(".")[0], "skecg", "__version__"}:
        return True
    return _floor(other) < _floor(module)


def test_a_module_imports_from_floors_below_only():
    wrong = [f"{module}:{line} imports {name}" for module, name, line, _ in IMPORTS if not _is_below(module, name)]
    assert not wrong


def test_libraries_have_few_importers():
    wrong = []
    for module, name, line, at_import in IMPORTS:
        package, library, where = module.split(".")[0], name.split(".")[0], f"{module}:{line} imports {name}"
        if package not in IMPORTERS.get(library, {package}):
            wrong.append(f"{where}; only {IMPORTERS[library]} may import it")
        if library in HEAVY and at_import:
            wrong.append(f"{where} on import; import it inside the function that needs it")
        allowed = ONLY.get(package, {library}) | sys.stdlib_module_names | {"skecg"}
        if library not in allowed:
            wrong.append(f"{where}; {package} may import only {ONLY[package]}")
    assert not wrong


def test_private_names_of_scikit_learn_have_one_importer():
    wrong = [
        f"{module}:{line} imports {name}; skecg._scikit_learn offers it"
        for module, name, line, _ in IMPORTS
        if module != "_scikit_learn" and name.startswith("sklearn.") and "._" in name
    ]
    assert not wrong


def test_private_names_of_others_are_on_the_page_of_stability():
    page = (ROOT.parent / "docs" / "stability.rst").read_text()
    wrong = [
        f"{module}:{line} imports {name}"
        for module, name, line, _ in IMPORTS
        if "._" in name and name.split(".")[0] not in {"skecg", "sklearn"} and f"`{name.split('.')[-1]}`" not in page
    ]
    assert not wrong


def test_private_names_of_scikit_learn_have_a_reason():
    module = importlib.import_module("skecg._scikit_learn")
    assert set(re.findall(r"`(\w+)`", module.__doc__)) >= set(module.__all__)


def test_one_word_per_idea():
    wrong = [
        f"{module}:{node.lineno} {node.arg}"
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.arg in FORBIDDEN_NAMES
    ]
    wrong += [module for module in MODULES if set(module.split(".")) & {"utils", "helpers", "misc", "common"}]
    assert not wrong


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("skecg", {"torch", "pandas", "sklearn", "scipy", "matplotlib", "skorch"}),
        ("skecg.signal", {"torch", "pandas", "sklearn", "matplotlib"}),
        ("skecg.records", {"torch", "pandas", "sklearn", "matplotlib"}),
        ("skecg.metrics", {"torch", "matplotlib"}),  # scikit-learn imports pandas if pandas is installed
        ("skecg.preprocessing", {"torch", "matplotlib", "wfdb", "pywt"}),
        ("skecg.datasets", {"torch", "matplotlib", "wfdb"}),
        ("skecg.networks", {"sklearn", "pandas", "skorch", "matplotlib"}),
    ],
)
def test_an_import_is_light(module, unwanted):
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "skecg" in loaded
    assert not set(loaded) & unwanted


def test_public_names_are_loaded_on_first_use():
    code = "import sys, skecg; skecg.ECGRecords; print('torch' in sys.modules, sorted(skecg.__all__) == skecg.__all__)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert out == ["False", "True"]


def test_an_unknown_name_is_an_attribute_error():
    import skecg

    assert set(skecg.__all__) <= set(dir(skecg))
    with pytest.raises(AttributeError, match="'skecg' has no attribute 'ECGRecord5'"):
        skecg.ECGRecord5  # noqa: B018
