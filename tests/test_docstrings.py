"""The docstrings of all public objects agree with the signatures."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import warnings

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
    """Return {qualified name: class or function} for every object in an `__all__`, each object once."""
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
    if not home.startswith("skecg.networks")  # these have type hints, and shapes at the line ends
}


def _parse(value):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unknown section Shape")  # the shapes of inputs and outputs of a network
        return ClassDoc(value) if inspect.isclass(value) else FunctionDoc(value)


def _documented(value):
    """Return [(name, type)] of the Parameters section; split "a, b : int" into two."""
    return [
        (name.strip().lstrip("*"), entry.type)
        for entry in _parse(value)["Parameters"]
        for name in entry.name.split(",")
    ]


def _parameters(value):
    return [p for p in inspect.signature(value).parameters.values() if p.name not in {"self", "cls"}]


def _default(value, parameter):
    """Return the default in the signature; for the factory of a dataclass, the object that it makes."""
    if dataclasses.is_dataclass(value):
        factory = value.__dataclass_fields__[parameter.name].default_factory
        if factory is not dataclasses.MISSING:
            return factory()
    return parameter.default


def _default_faults(value, parameter, kind):
    """Yield the faults of a parameter's default in the docstring."""
    _, given, text = kind.partition("default=")
    has_default = parameter.default is not inspect.Parameter.empty
    if bool(given) != has_default:
        yield f"{parameter}, documented as {kind!r}"
    if not (given and has_default):
        return
    default = _default(value, parameter)
    try:
        documented = ast.literal_eval(text.strip())
    except (SyntaxError, ValueError):  # prose, such as "all ten", may replace only a long default
        if not (isinstance(default, (tuple, list, dict)) or callable(default)):
            yield f"{parameter}, documented as {kind!r}"
        return
    numbers = {type(documented), type(default)} == {int, float}
    if documented != default or not (numbers or type(documented) is type(default)):
        yield f"{parameter}, documented as {kind!r}"


def _name_faults(value):
    """Return the faults of the names, the order and the defaults of the parameters in a docstring."""
    documented, parameters = _documented(value), _parameters(value)
    names = [name for name, _ in documented]
    if names != [parameter.name for parameter in parameters]:
        return [f"documents {names}, takes {[parameter.name for parameter in parameters]}"]
    faults = []
    for parameter, (_, kind) in zip(parameters, documented, strict=True):
        if inspect.isroutine(value) and kind in {"", "None"} and value in METHODS.values():
            continue  # "fs, leads: as in the constructor"; "y : None, ignored"
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        if not kind:
            faults.append(f"{parameter.name} has no type")
        faults += _default_faults(value, parameter, kind)
    return faults


def _all_faults(objects, faults_of):
    """Return the faults of all objects, each with the name of its object in front."""
    return [f"{name}: {fault}" for name, value in objects.items() for fault in faults_of(value)]


def test_parameters_are_those_of_the_signature():
    assert not _all_faults(OBJECTS, _name_faults)


def test_methods_document_their_parameters():
    assert not _all_faults(METHODS, _name_faults)


def _text_faults(value):
    doc = _parse(value)
    if not (doc["Summary"][0].endswith((".", ":")) or len(doc["Summary"]) > 1):
        yield f"the summary {doc['Summary']} is no sentence"
    if ">>>" not in "\n".join(doc["Examples"]):
        yield "no Examples section that runs"
    if not (inspect.isclass(value) or doc["Returns"] or doc["Yields"] or doc["Raises"]):
        yield "no Returns section (nor Raises, for a check that returns nothing)"


def test_there_is_a_summary_an_example_and_what_a_function_returns():
    assert not _all_faults(OBJECTS, _text_faults)


def test_modules_have_a_docstring_and_names_that_exist():
    for module in _public_modules():
        assert module.__doc__, module.__name__
        assert len(set(module.__all__)) == len(module.__all__), module.__name__
        missing = [name for name in module.__all__ if not hasattr(module, name)]
        assert not missing, module.__name__


def test_faults_are_found():
    def wrong(x, y=1):
        """Return something

        Parameters
        ----------
        x
            A number.
        y : int, default=2
            Another.
        """

    assert _name_faults(wrong) == ["x has no type", "y=1, documented as 'int, default=2'"]
    assert len(list(_text_faults(wrong))) == 3
