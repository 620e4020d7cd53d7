"""Shared documentation replaces the placeholders in docstrings."""

import inspect

import pytest

from skecg._placeholders import fill_placeholders, filler_of, sections_of


def test_a_placeholder_takes_the_indentation_of_its_line():
    filled = fill_placeholders("A.\n\n        **text\n    end", {"text": "x : int\n\n    Long."})
    assert filled == "A.\n\n        x : int\n\n            Long.\n    end"


def test_stars_within_a_line_are_no_placeholder():
    text = "Takes **params.\n    **params : dict"
    assert fill_placeholders(text, {}) == text


def test_an_unknown_placeholder_is_refused():
    with pytest.raises(KeyError, match=r"no text for the placeholder \*\*trainign; there are \['training'\]"):
        fill_placeholders("A.\n    **trainign", {"training": ""})


def test_no_docstring_stays_none():
    assert fill_placeholders(None, {}) is None


def test_a_function_gets_the_shared_entries():
    def add(x, y):
        """Add.

        Parameters
        ----------
        **y
        **x
        """

    fill = filler_of(
        """
        x : int
            One,

            two.
        y : int
        """
    )
    assert fill(add) is add
    section = ["y : int", "x : int", "    One,", "", "    two."]
    assert inspect.getdoc(add).split("\n")[4:9] == section


def test_sections():
    doc = "Do.\n\n    Parameters\n    ----------\n    x : int\n        One.\n\n    Returns\n    -------\n    y : int"
    assert sections_of(doc) == {"Parameters": "x : int\n    One.", "Returns": "y : int"}
