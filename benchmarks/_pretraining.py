"""The recipes of the networks that skecg ships, their scores on fewer leads, and what clinics do to signals."""

from types import SimpleNamespace

import numpy as np
from _results import QUICK
from _statements import by_task
from sklearn.pipeline import Pipeline

from skecg import classifiers
from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.metrics import macro_auc_score
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, SelectLeads
from skecg.records import STANDARD_LEADS, ECGRecords

FS = 100
GAIN = ("scale", {"low": 0.8, "high": 1.25, "probability": 0.5})  # recorders whose gain is off
FEWER_LEADS = ("lead_subset", {"probability": 0.25})
SHARED = {"learning_rate": 3e-3, "weight_decay": 1e-2, "augment": [GAIN, FEWER_LEADS]}
NETWORKS = {  # narrower than the defaults, so that each file has at most 3 MB
    "resnet": ("ResNetClassifier", {"width": 32, "window": 500, "batch_size": 128, "max_epochs": 50}),
    "crnn": (
        "CRNNClassifier",
        {"width": 32, "hidden_size": 128, "window": 100, "batch_size": 128, "max_epochs": 100, "precision": "bfloat16"},
    ),
    "efficientecg": (
        "EfficientECGClassifier",
        {"variant": "compact", "window": 500, "batch_size": 32, "max_epochs": 20},
    ),
}
LEADS = {
    "12": STANDARD_LEADS,
    "8": ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6"),
    "6": STANDARD_LEADS[:6],
    "2": ("II", "V5"),
    "1: I": ("I",),
    "1: II": ("II",),
}
"""Leads of the records that are scored; eight leads are twelve, because the others follow from them."""


def build(network, *, seed, device, verbose=1, **params):
    """Return the pipeline of a network, which takes records of any rate and of one lead or more."""
    name, own = NETWORKS[network]
    settings = SHARED | own | ({"max_epochs": 1} if QUICK else {}) | params
    classifier = getattr(classifiers, name)(**settings, random_state=seed, device=device, verbose=verbose)
    return Pipeline(
        [
            ("leads", SelectLeads(STANDARD_LEADS, missing="zeros")),
            ("filter", ECGFilter()),
            ("resample", ECGResample(FS)),
            ("crop", ECGCrop(1000)),
            ("normalize", Normalize("none")),
            ("classifier", classifier),
        ]
    )


def load(folds, home=None):
    """Return the records of some folds with all 71 statements; synthetic ones with `--quick`."""
    if QUICK:
        return _synthetic()
    return fetch_ptbxl(home, task="all", fs=FS, folds=list(folds))


def _synthetic():
    """Return records of five synthetic diagnoses under the names of statements of PTB-XL."""
    classes = {"NORM": "NORM", "LBBB": "CLBBB", "RBBB": "CRBBB", "PVC": "PVC", "AF": "AFIB"}
    made = make_ecg(60, classes=list(classes), multilabel=True, fs=FS, random_state=0)
    names = [classes[name] for name in made.target_names]
    return SimpleNamespace(data=made.data, target=made.target, target_names=names, fold=np.arange(60) % 3)


def scores_by_group(y, p, names):
    """Return the macro AUC of each task of PTB-XL, as text."""
    return {task: f"{macro_auc_score(*scored):.4f}" for task, *scored in by_task("all", y, p, names)}


# -- what clinics do ------------------------------------------------------------------------------


def _sine(amplitude, frequency):
    """Return a function that adds a sine, whose phase differs from lead to lead, to signals in mV."""

    def add(signals, rng):
        phase = rng.uniform(0, 2 * np.pi, (*signals.shape[:2], 1))
        return signals + amplitude * np.sin(2 * np.pi * frequency / FS * np.arange(signals.shape[-1]) + phase)

    return add


DISTURBANCES = {
    "gain 0.8": lambda signals, rng: 0.8 * signals,
    "gain 1.25": lambda signals, rng: 1.25 * signals,
    "mains, 0.1 mV at 49.9 Hz": _sine(0.1, 49.9),
    "baseline wander, 0.5 mV at 0.3 Hz": _sine(0.5, 0.3),
    "white noise, 0.05 mV": lambda signals, rng: signals + rng.normal(0, 0.05, signals.shape),
    "low-pass of 25 Hz": lambda signals, rng: ECGFilter("lowpass", high=25, fs=FS).fit_transform(signals),
    "high-pass of 0.5 Hz": lambda signals, rng: ECGFilter("highpass", low=0.5, fs=FS).fit_transform(signals),
    "250 Hz": lambda signals, rng: ECGResample(250, fs=FS).fit_transform(signals),
}
"""What other recorders, filters and electrodes do to the signals of a test fold."""


def disturbed(records, change, seed=0):
    """Return records after one of `DISTURBANCES`."""
    signals = DISTURBANCES[change](records.to_array(), np.random.default_rng(seed)).astype(np.float32)
    fs = 250 if change == "250 Hz" else FS
    return ECGRecords(signals, fs=fs, leads=records.leads, metadata=records.metadata)
