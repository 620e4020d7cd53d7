"""Name what was probably meant."""

import difflib


def hint(text, names):
    """Return a question that names what is near a text, to stand behind a message; an empty text if nothing is.

    Parameters
    ----------
    text : str
        What was given.
    names : iterable of str
        What there is.
    """
    spelt = {str(name).casefold(): str(name) for name in names}
    found = difflib.get_close_matches(str(text).casefold(), spelt, n=2)
    return f"; did you mean {' or '.join(spelt[name] for name in found)}?" if found else ""
