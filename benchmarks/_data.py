"""The data of the studies: PTB-XL where it is at hand, and a small synthetic stand-in for `--quick`."""

from types import SimpleNamespace

import numpy as np

from skecg.datasets import fetch_ptbxl, make_ecg
from skecg.preprocessing import ECGFilter

QUICK_RECORDS = 270  # 90 a fold
QUICK_CLASSES = ("NORM", "LBBB", "RBBB", "PVC", "STD")


def load_ptbxl(home=None, *, task="superdiagnostic", folds=(1, 2, 3), quick=False):
    """Return signals at 100 Hz, target, names of the labels and folds, or the synthetic stand-in of all these."""
    if quick:
        made = make_ecg(QUICK_RECORDS, classes=QUICK_CLASSES, multilabel=True, fs=100, random_state=0)
        patients = made.data.metadata["patient_id"].to_numpy()
        fold = np.asarray(folds)[patients % len(folds)]
        return SimpleNamespace(data=made.data, target=made.target, target_names=list(made.target_names), fold=fold)
    found = fetch_ptbxl(home, task=task, fs=100, folds=list(folds))
    return SimpleNamespace(
        data=found.data, target=found.target, target_names=list(found.target_names), fold=np.asarray(found.fold)
    )


def filtered(records):
    """Return the signals behind the filter of `make_ecg_pipeline`, (n_records, n_leads, n_times)."""
    return ECGFilter().fit_transform(records).to_array()
