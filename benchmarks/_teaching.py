"""What the trees of the best recipe say of records that they have not seen, for networks to learn."""

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from skecg import make_ecg_pipeline
from skecg.ensemble._pooling import logarithmic_pool

N_PARTS = 3


def teach(records, seed=0):
    """Return probabilities of shape (n_records, n_labels), out of fold; each part holds whole folds of PTB-XL.

    The tables are computed once for all parts; otherwise this is the vote of the trees of `make_ecg_pipeline("best")`.
    """
    y, each = records.target, []
    for name, part in make_ecg_pipeline("best", random_state=seed).estimators[1:]:
        table, p = part[0].fit_transform(records.data), np.empty(y.shape)
        for rows, others in GroupKFold(N_PARTS).split(y, groups=records.fold):
            p[others] = clone(part[1:]).fit(table[rows], y[rows]).predict_proba(table[others])
        print(f"{name} has taught", flush=True)
        each.append(p)
    return logarithmic_pool(each, None, of_labels=True)


def mixed(y, taught, soft_weight):
    """Return the target of a network: labels, with a share of what the trees say."""
    return (1 - soft_weight) * y + soft_weight * taught
