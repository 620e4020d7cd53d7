"""Options of the commands in a TOML file."""

import tomllib
from pathlib import Path

from .._near import hint


def arguments_of(path, command, actions):
    """Return the options in a TOML file as arguments, to stand before those of the command line.

    A key outside of a table holds for each command that has an option of this name; a table with the name of a command
    holds for this command only.

    Parameters
    ----------
    path : str
    command : str
    actions : dict of dict
        The actions of each command, by their names. Positional arguments that the file gives get optional.

    Returns
    -------
    arguments : list of str

    Raises
    ------
    ValueError
        If the file is no TOML, or holds an unknown name or a value that no option takes.
    OSError
        If the file cannot be read.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:  # no TOML, or no UTF-8
        raise ValueError(f"{path} is no TOML: {error}") from error
    document = {key.replace("_", "-"): value for key, value in document.items()}
    sections = {name: document.pop(name) for name in actions if isinstance(document.get(name), dict)}
    for key in document:
        _check(path, key, set().union(*actions.values()), actions, "")
    found = {key: value for key, value in document.items() if key in actions[command]}
    for name, options in sections.items():
        options = {key.replace("_", "-"): value for key, value in options.items()}
        for key in options:
            _check(path, key, actions[name], (), f" of {name}")
        found |= options if name == command else {}
    arguments = [_arguments(path, name, actions[command][name], value) for name, value in found.items()]
    return [*(text for texts in arguments for text in texts), f"--config={path}"]  # which ends a list of values


def _check(path, key, options, tables, where):
    if key not in options:
        raise ValueError(f"{path}: there is no option {key!r}{where}{hint(key, [*options, *tables])}")


def _arguments(path, name, action, value):
    """Return the arguments that give an action a value of a file."""
    if isinstance(value, bool) and action.const is not None:
        return action.option_strings[-1:] if value else []
    if action.nargs == 0:
        raise ValueError(f"{path}: {name} must be true or false, got {value!r}")
    texts = _texts(path, name, value, pairs=action.metavar == "NAME=VALUE")
    if not action.option_strings:
        several = action.nargs == "+"
        action.nargs, action.default = ("*", [Path(text) for text in texts]) if several else ("?", " ".join(texts))
        return []
    option = action.option_strings[-1]
    if action.nargs == "+":
        return [option, *texts]
    return [f"{option}={text}" for text in (texts if action.metavar == "NAME=VALUE" else [",".join(texts)])]


def _texts(path, name, value, *, pairs):
    """Return a value as texts of the command line."""
    if pairs and isinstance(value, dict):
        return [f"{key}={of_key!r}" for key, of_key in value.items()]
    values = value if isinstance(value, list) else [value]
    wrong = [each for each in values if isinstance(each, bool | dict | list)]
    if wrong:
        raise ValueError(f"{path}: {name} must be a text, a number or a list of them, got {wrong[0]!r}")
    return [str(each) for each in values]
