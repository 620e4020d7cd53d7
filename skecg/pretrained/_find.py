"""Find the file of a packaged model by its name."""

import hashlib
import os
from pathlib import Path

from .._near import hint
from ._table import ALIASES, MODELS, file_of


def path_of(model):
    """Return the path of a model that is given as a path, or as the name of a packaged model.

    An existing file wins over a name. A folder does not: a folder `ptbxl` of records hides no model. Nothing is
    downloaded.

    Parameters
    ----------
    model : path-like
        A path, or a name that `list_models` lists. Text with a separator of folders or a suffix is a path.

    Returns
    -------
    path : path-like
        What was given, if it is a path; the file may be missing then.

    Raises
    ------
    FileNotFoundError
        If there is neither a file nor a packaged model of this name.
    ValueError
        If the file of the packaged model is not the one that skecg was built with.

    Examples
    --------
    >>> from skecg.pretrained import path_of
    >>> path_of("results/model.skecg")
    'results/model.skecg'
    """
    path, text = Path(model).expanduser(), os.fspath(model)
    name = ALIASES.get(text, text)
    is_packaged = name in MODELS
    if path.suffix or path.name != text or (path.exists() and not (is_packaged and path.is_dir())):
        return model
    if not is_packaged:
        raise FileNotFoundError(_unknown(text))
    return _checked(name)


def _checked(name):
    """Return the path of a packaged model, after comparing its checksum."""
    path = file_of(name)
    if not path.is_file():
        raise FileNotFoundError(f"The file of {name}, {path}, is missing: install skecg again.")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != MODELS[name].sha256:
        raise ValueError(
            f"{path} is not the {name} of this version of skecg: its SHA-256 is {found}, expected "
            f"{MODELS[name].sha256}. Install skecg again."
        )
    return path


def _unknown(text):
    names = sorted([*MODELS, *ALIASES])
    there = f"skecg comes with {', '.join(names)}" if names else "this version of skecg comes with no models"
    return (
        f"There is no file {text!r}, and no model of this name: {there}{hint(text, names) or '.'} "
        'skecg.from_hub("owner/name") loads a model from the Hugging Face Hub.'
    )
