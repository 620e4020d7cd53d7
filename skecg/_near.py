"""Name what was probably meant."""

from difflib import SequenceMatcher

_LEAST, _AS_NEAR = 0.65, 0.05  # likeness of a guess, and how far a second guess may be behind the first


def hint(text, names):
    """Return a question that names what is near a text, to stand behind a message; an empty text if nothing is.

    Parameters
    ----------
    text : str
        What was given.
    names : iterable of str
        What there is.
    """
    likeness = {str(name): SequenceMatcher(None, str(text).casefold(), str(name).casefold()).ratio() for name in names}
    best = max(likeness.values(), default=0)
    found = [name for name, ratio in likeness.items() if ratio >= max(_LEAST, best - _AS_NEAR)]
    return f"; did you mean {' or '.join(found)}?" if found else ""
