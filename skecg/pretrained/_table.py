"""The models that come with skecg: the one table to edit when a file of weights is added."""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class PackagedModel:
    """What is known of a packaged model without reading its file.

    Parameters
    ----------
    sha256 : str
        SHA-256 of the whole file, in hexadecimal.
    title : str
        What the model predicts, and from which data it learnt.
    leads : tuple of str
        The leads that the model takes.
    scores : dict of str to float
        Scores on records that were held out, by name.
    """

    sha256: str
    title: str
    leads: tuple
    scores: dict = field(default_factory=dict)


MODELS: dict[str, PackagedModel] = {}  # by name
ALIASES: dict[str, str] = {}  # name: name of the model


def file_of(name):
    """Return the path of the file of a packaged model."""
    return FOLDER / f"{name}.skecg"
