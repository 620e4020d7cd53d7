"""The published networks: architecture, input and training, each with its source."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..networks import ECGCPC, Net1D
from ..preprocessing import ECGFilter, Normalize, RemoveBaseline
from ..records import STANDARD_LEADS
from . import _ecgcpc, _net1d


@dataclass(frozen=True)
class FoundationModel:
    """A network that others have published with its weights, and the signals that it expects.

    Parameters
    ----------
    title : str
        Name of the network.
    module : callable
        The network, one of `skecg.networks`.
    params : dict
        Arguments of `module`, besides the numbers of leads and outputs.
    leads : tuple of str
        Leads in the order of the input.
    fs : float
        Sampling rate of the input in Hz.
    length : int
        Samples of the input.
    layout : callable
        `layout(n_leads, **params)` returns {name: shape} of the weights in the published checkpoint.
    convert : callable
        `convert(arrays)` returns the weights of `module` from those of the checkpoint.
    unused : str
        Regular expression of other names in the checkpoint.
    prefix : str, default=""
        May precede all names in the checkpoint.
    any_lead : bool, default=False
        Whether the weights suit every lead in place of `leads`.
    steps : tuple, default=()
        Names and steps after the choice of leads and the resampling. A network without them takes millivolts.
    training : dict, default={}
        Parameters of the classifier, as in the fine-tuning of the authors.
    licence : str, default=""
        Licences of code and weights, as far as we know.
    source : str, default=""
        Where the weights are.

    Examples
    --------
    >>> from skecg.foundation import FOUNDATION_MODELS
    >>> model = FOUNDATION_MODELS["ecgfounder"]
    >>> model.fs, model.length, len(model.leads)
    (500.0, 5000, 12)
    """

    title: str
    module: Callable
    params: dict
    leads: tuple[str, ...]
    fs: float
    length: int
    layout: Callable
    convert: Callable
    unused: str
    prefix: str = ""
    any_lead: bool = False
    steps: tuple = ()
    training: dict = field(default_factory=dict)
    licence: str = ""
    source: str = ""


_NET1D = {"module": Net1D, "layout": _net1d.layout, "convert": _net1d.convert, "unused": _net1d.UNUSED}

# Li et al. 2024, arXiv 2410.04133; sizes and leads from finetune_model.py and dataset.py of the repository, learning
# rate and weight decay from MIMIC_finetune_template.py. Filters from the later util.py, as public copies hold it: a
# notch of quality 30 at 50 Hz, a band of order 4, a median of 0.4 s. The paper names other filters: 0.5 to 50 Hz.
_ECGFOUNDER = _NET1D | {
    "title": "ECGFounder",
    "params": {
        "widths": (64, 160, 160, 400, 400, 1024, 1024),
        "depths": (2, 2, 2, 3, 3, 4, 4),
        "ratio": 1.0,
        "kernel": 16,
        "group_width": 16,
    },
    "fs": 500.0,
    "length": 5000,
    "steps": (
        ("notch", ECGFilter("notch", low=50 - 50 / 60, high=50 + 50 / 60, order=1, fs=500.0)),
        ("filter", ECGFilter(low=0.67, high=40.0, order=4, fs=500.0)),
        ("baseline", RemoveBaseline("median", durations=(0.4,), fs=500.0)),
        ("normalize", Normalize(per="record")),
    ),
    "training": {"learning_rate": 5e-5, "weight_decay": 1e-5},
    "licence": "code: MIT; weights: not known",
    "source": "https://huggingface.co/PKUDigitalHealth/ECGFounder",
}

# Shu et al. 2025, arXiv 2512.02180; sizes from CLEF.py of the repository, filter and normalisation from
# contrastive_dataloader.py, training from ptbxl_downstream.yaml.
_CLEF = _NET1D | {
    "title": "CLEF-small",
    "params": {
        "widths": (32, 64, 64, 128, 128, 256),
        "depths": (1, 1, 2, 2, 2, 2),
        "ratio": 0.5,
        "kernel": 16,
        "group_width": 8,
    },
    "leads": ("I",),
    "any_lead": True,
    "fs": 500.0,
    "length": 5000,
    "prefix": "backbone.",
    "steps": (
        ("filter", ECGFilter(low=0.67, high=40.0, order=5, fs=500.0)),
        ("normalize", Normalize(per="record")),
    ),
    "training": {"learning_rate": 1e-3, "weight_decay": 1e-5},
    "licence": "code: BSD 3-Clause; weights: not known",
    "source": "https://github.com/Nokia-Bell-Labs/ecg-foundation-model",
}

# Al-Masud et al. 2025, arXiv 2509.25095; sizes and signals from the configuration of the checkpoint, the learning rate
# from run.sh of the repository. There the blocks learn at a tenth of the rate of the head and the convolutions at a
# hundredth; with a factor of 0.4 a stage, the blocks have a tenth in the geometric mean.
_ECG_CPC = {
    "title": "ECG-CPC",
    "module": ECGCPC,
    "layout": _ecgcpc.layout,
    "convert": _ecgcpc.convert,
    "unused": _ecgcpc.UNUSED,
    "params": {"width": 512, "n_layers": 4, "n_states": 8},
    "leads": STANDARD_LEADS,
    "fs": 240.0,
    "length": 600,
    "training": {"learning_rate": 1e-3, "layer_decay": 0.4},
    "licence": "code: not known; weights: CC BY 4.0",
    "source": "https://figshare.com/articles/dataset/ECG-CPC_Checkpoint_zip/30192604",
}

FOUNDATION_MODELS = {
    "clef-small": FoundationModel(**_CLEF),
    "ecg-cpc": FoundationModel(**_ECG_CPC),
    "ecgfounder": FoundationModel(**_ECGFOUNDER, leads=STANDARD_LEADS),
    "ecgfounder-1lead": FoundationModel(**_ECGFOUNDER, leads=("I",)),
}
"""The published networks by name."""


def model_named(model):
    """Return a published network by its name, or the `FoundationModel` itself; raise ValueError for other names."""
    if isinstance(model, FoundationModel):
        return model
    if not isinstance(model, str) or model not in FOUNDATION_MODELS:
        raise ValueError(f"There is no published network named {model!r}; choose from {sorted(FOUNDATION_MODELS)}.")
    return FOUNDATION_MODELS[model]
