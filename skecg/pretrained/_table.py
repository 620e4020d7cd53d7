"""The models that come with skecg: the one table to edit when a file of weights is added."""

from dataclasses import dataclass, field
from pathlib import Path

from ..records import STANDARD_LEADS

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


# Scores: macro AUC on fold 9 of PTB-XL with twelve leads (benchmarks/results/pretrain.csv).
MODELS = {
    "ptbxl-resnet": PackagedModel(
        sha256="fa2c4f85c32e00f9ccd790e5606d5f92aab8821fd2be00e1fb578acf73c40a38",
        title="71 statements of PTB-XL, by a ResNet18 of width 32",
        leads=STANDARD_LEADS,
        scores={"all": 0.94, "rhythm": 0.973, "superclasses": 0.938},
    ),
    "ptbxl-crnn": PackagedModel(
        sha256="16cbe32b6a2de4a200e3be67f6775e56ac5be02b536dca3c3019eb52c4b595a9",
        title="71 statements of PTB-XL, by a CRNN of width 32",
        leads=STANDARD_LEADS,
        scores={"all": 0.919, "rhythm": 0.947, "superclasses": 0.935},
    ),
    "ptbxl-efficientecg": PackagedModel(
        sha256="cafc06171d07b379d2a662775ea09dcd274359c42e77ab28f12ccdecb8842218",
        title="71 statements of PTB-XL, by a compact EfficientECG",
        leads=STANDARD_LEADS,
        scores={"all": 0.924, "rhythm": 0.977, "superclasses": 0.934},
    ),
}
ALIASES = {"ptbxl": "ptbxl-resnet"}  # name: name of the model


def file_of(name):
    """Return the path of the file of a packaged model."""
    return FOLDER / f"{name}.skecg"
