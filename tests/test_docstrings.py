"""Docstrings and signatures say the same, for everything public."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import warnings

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc

import skecg


def _public_modules():
    """Yield skecg and its public subpackages and modules that have an `__all__`."""
    yield skecg
    for found in pkgutil.walk_packages(skecg.__path__, "skecg."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            module = importlib.import_module(found.name)
            if hasattr(module, "__all__"):
                yield module


def _public_objects():
    """Return {qualified name: class or function} of what the `__all__` list, each object once."""
    objects = {}
    for module in _public_modules():
        for name in module.__all__:
            value = getattr(module, name)
            if callable(value) and value not in objects.values():
                objects[f"{module.__name__}.{name}"] = value
    return objects


OBJECTS = _public_objects()
METHODS = {
    f"{home}.{name}": method
    for home, cls in OBJECTS.items()
    if inspect.isclass(cls)
    for name, method in inspect.getmembers(cls, inspect.isroutine)
    if not name.startswith("_") and getattr(method, "__module__", "").startswith("skecg")
    if not home.startswith("skecg.networks")  # typed, with shapes at the line ends
}


def _parse(value):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unknown section Shape")  # what a network takes and gives
        return ClassDoc(value) if inspect.isclass(value) else FunctionDoc(value)


def _documented(value):
    """Return [(name, type)] of the Parameters section, with "a, b : int" taken apart."""
    return [
        (name.strip().lstrip("*"), entry.type)
        for entry in _parse(value)["Parameters"]
        for name in entry.name.split(",")
    ]


def _parameters(value):
    parameters = [p for p in inspect.signature(value).parameters.values() if p.name not in {"self", "cls"}]
    if inspect.isclass(value) and dataclasses.is_dataclass(value):  # keyword-only: its own come first in the text
        inherited = {
            f.name for base in value.__mro__[1:] if dataclasses.is_dataclass(base) for f in dataclasses.fields(base)
        }
        parameters.sort(key=lambda parameter: parameter.name in inherited)
    return parameters


def _default(value, parameter):
    """Return the default of the signature, that of a dataclass's factory made."""
    if dataclasses.is_dataclass(value):
        factory = value.__dataclass_fields__[parameter.name].default_factory
        if factory is not dataclasses.MISSING:
            return factory()
    return parameter.default


def _check_default(value, parameter, kind):
    _, told, text = kind.partition("default=")
    has_default = parameter.default is not inspect.Parameter.empty
    assert bool(told) == has_default, f"{parameter}, documented as {kind!r}"
    if not has_default:
        return
    default = _default(value, parameter)
    try:
        documented = ast.literal_eval(text.strip())
    except (SyntaxError, ValueError):  # prose, such as "all ten", is for what is long to write only
        assert isinstance(default, (tuple, list, dict)) or callable(default), f"{parameter}, documented as {kind!r}"
        return
    assert documented == default, f"{parameter}, documented as {kind!r}"
    assert type(documented) is type(default) or {type(documented), type(default)} == {int, float}


@pytest.mark.parametrize("name", OBJECTS)
def test_parameters_are_those_of_the_signature(name):
    value, documented = OBJECTS[name], _documented(OBJECTS[name])
    parameters = _parameters(value)
    assert [known for known, _ in documented] == [p.name for p in parameters]
    for parameter, (_, kind) in zip(parameters, documented, strict=True):
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            assert kind, f"{parameter.name} has no type"
            _check_default(value, parameter, kind)


@pytest.mark.parametrize("name", METHODS)
def test_methods_document_their_parameters(name):
    method, documented = METHODS[name], _documented(METHODS[name])
    parameters = _parameters(method)
    assert [known for known, _ in documented] == [p.name for p in parameters]
    for parameter, (_, kind) in zip(parameters, documented, strict=True):
        if kind not in {"", "None"}:  # "fs, leads: as in the constructor"; "y : None, ignored"
            _check_default(method, parameter, kind)


@pytest.mark.parametrize("name", OBJECTS)
def test_there_is_a_summary_and_an_example(name):
    doc = _parse(OBJECTS[name])
    assert doc["Summary"][0].endswith((".", ":")) or len(doc["Summary"]) > 1, doc["Summary"]
    assert ">>>" in "\n".join(doc["Examples"]), "no Examples section that runs"


@pytest.mark.parametrize("name", [name for name, value in OBJECTS.items() if not inspect.isclass(value)])
def test_functions_tell_what_they_return(name):
    doc = _parse(OBJECTS[name])
    says_so = doc["Returns"] or doc["Yields"] or doc["Raises"]
    assert says_so, "no Returns section (nor Raises, for a check that returns nothing)"


@pytest.mark.parametrize("module", [m.__name__ for m in _public_modules()])
def test_modules_have_a_docstring_and_names_that_exist(module):
    module = importlib.import_module(module)
    assert module.__doc__
    assert len(set(module.__all__)) == len(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)
