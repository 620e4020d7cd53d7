"""Fill documentation that several classes or functions share into the placeholders of their docstrings.

A placeholder is a line of a docstring that holds two stars and a name, such as `**training`. Sphinx and `help`
show the text and not the placeholder.
"""

import inspect
import re

_PLACEHOLDER = re.compile(r"^(?P<indent> *)\*\*(?P<name>\w+)$", re.MULTILINE)
_SECTION = re.compile(r"^(?P<name>[A-Z]\w+)\n-+\n", re.MULTILINE)
_ENTRY = re.compile(r"^(?=\w+ : )", re.MULTILINE)


def sections_of(docstring):
    r"""Return the sections of a numpydoc docstring.

    Parameters
    ----------
    docstring : str

    Returns
    -------
    sections : dict of str to str
        The text of each section, without its heading and without indentation.

    Examples
    --------
    >>> from skecg._placeholders import sections_of
    >>> sections_of('''Do nothing.
    ...
    ...     Parameters
    ...     ----------
    ...     x : int
    ...         A number.
    ...     ''')
    {'Parameters': 'x : int\n    A number.'}
    """
    _, *parts = _SECTION.split(inspect.cleandoc(docstring))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def filler_of(text):
    r"""Return a decorator that fills shared entries into the docstring of a function.

    Parameters
    ----------
    text : str
        Entries of a section of parameters. In a docstring, the line `**x` is the placeholder of the entry of `x`.

    Returns
    -------
    fill : callable
        Takes a function, and returns the same function.

    Examples
    --------
    >>> from skecg._placeholders import filler_of
    >>> fill = filler_of("x : int\n    A number.")
    >>> @fill
    ... def double(x):
    ...     '''Double a number.
    ...
    ...     Parameters
    ...     ----------
    ...     **x
    ...     '''
    >>> double.__doc__.splitlines()[4:6]
    ['    x : int', '        A number.']
    """
    entries = {entry.partition(" : ")[0]: entry.strip() for entry in _ENTRY.split(inspect.cleandoc(text))}

    def fill(function):
        function.__doc__ = fill_placeholders(function.__doc__, entries)
        return function

    return fill


def fill_placeholders(docstring, texts):
    r"""Replace each placeholder of a docstring by its text.

    Parameters
    ----------
    docstring : str or None
        None, as under `python -OO`, is returned as None.
    texts : dict of str to str
        Texts by the name of the placeholder, without indentation.

    Returns
    -------
    docstring : str or None
        The docstring with the texts, each indented like its placeholder.

    Raises
    ------
    KeyError
        If there is no text for a placeholder.

    Examples
    --------
    >>> from skecg._placeholders import fill_placeholders
    >>> print(fill_placeholders("Scale.\n    **axis", {"axis": "axis : int\n    Of time."}))
    Scale.
        axis : int
            Of time.
    """

    def fill(placeholder):
        name, indent = placeholder["name"], placeholder["indent"]
        if name not in texts:
            raise KeyError(f"There is no text for the placeholder **{name}; there are {sorted(texts)}.")
        return "\n".join(indent + line if line else "" for line in texts[name].split("\n"))

    return docstring and _PLACEHOLDER.sub(fill, docstring)
