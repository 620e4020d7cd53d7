"""Losses and their weighted mean.

A loss for classes returns one value per record; a loss for labels, one per record and label. Targets
are probabilities `(n_records, n_outputs)`, one-hot for classes. Every loss is linear in its target, so that mixup and
the probabilities of a teacher need no special case.
"""

import torch
from torch import nn
from torch.nn.functional import log_softmax, logsigmoid

FOR_CLASSES = ("cross_entropy", "focal", "asymmetric")
FOR_LABELS = ("bce", "focal", "asymmetric")
PARAMS = {
    "cross_entropy": {"label_smoothing": 0.0},
    "bce": {"label_smoothing": 0.0},
    "focal": {"gamma": 2.0, "alpha": None},
    "asymmetric": {"gamma_positive": 1.0, "gamma_negative": 4.0, "margin": 0.05},
}


class WeightedLoss(nn.Module):
    """Weighted mean of a loss over a batch.

    The weights of a batch are divided by their sum, so that a record of weight 2 counts
    exactly as much as two copies of the record with weight 1.

    Parameters
    ----------
    name : {"auto", "cross_entropy", "bce", "focal", "asymmetric"}
        "auto" is the cross-entropy for classes, the binary cross-entropy for labels.
    multilabel : bool
        Whether each output is a separate label.
    params : dict or None
        Parameters of the loss; the others keep their defaults in `PARAMS`.
    """

    def __init__(self, name, multilabel, params=None):
        super().__init__()
        allowed = FOR_LABELS if multilabel else FOR_CLASSES
        if name == "auto":
            name = allowed[0]
        kind = "labels" if multilabel else "classes"
        if name not in allowed:
            raise ValueError(f"loss={name!r} does not fit {kind}; choose one of {list(allowed)}.")
        unknown = set(params or {}) - set(PARAMS[name])
        if unknown:
            raise ValueError(f"loss={name!r} has no parameters {sorted(unknown)}; it has {sorted(PARAMS[name])}.")
        self.params = {**PARAMS[name], **(params or {})}
        self.losses = _LOSSES[name, kind]

    def forward(self, logits, target_and_weight):
        """Return the weighted mean of the losses of a batch."""
        target, weight = target_and_weight
        losses = self.losses(logits, target, **self.params)
        return (weight * losses).sum() / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)


def cross_entropy_of_classes(logits, target, label_smoothing):
    """Return the cross-entropy; `label_smoothing` is the share of the target spread evenly over all classes."""
    target = target * (1 - label_smoothing) + label_smoothing / target.shape[1]
    return -(target * log_softmax(logits, dim=1)).sum(dim=1)


def bce_of_labels(logits, target, label_smoothing):
    """Return the binary cross-entropy; `label_smoothing` moves the targets 0 and 1 towards 0.5."""
    target = target * (1 - label_smoothing) + label_smoothing / 2
    return -target * logsigmoid(logits) - (1 - target) * logsigmoid(-logits)


def focal_of_classes(logits, target, gamma, alpha):
    """Return the focal loss (Lin et al. 2017): records that are already classified well count little."""
    if alpha is not None:
        raise ValueError(f"alpha={alpha!r} weights the positives of labels; for classes, use class_weight.")
    log_p = log_softmax(logits, dim=1)
    return -(target * (1 - log_p.exp()) ** gamma * log_p).sum(dim=1)


def focal_of_labels(logits, target, gamma, alpha):
    """Return the sigmoid focal loss (Lin et al. 2017); `alpha` weights positives, `1 - alpha` negatives."""
    log_p, log_q = logsigmoid(logits), logsigmoid(-logits)
    positive = -target * log_q.exp() ** gamma * log_p
    negative = -(1 - target) * log_p.exp() ** gamma * log_q
    return positive + negative if alpha is None else alpha * positive + (1 - alpha) * negative


def asymmetric_of_classes(logits, target, gamma_positive, gamma_negative, margin):
    """Return the asymmetric loss, summed over the classes, each class against the rest."""
    p = torch.softmax(logits, dim=1)
    return _asymmetric(p, 1 - p, target, gamma_positive, gamma_negative, margin).sum(dim=1)


def asymmetric_of_labels(logits, target, gamma_positive, gamma_negative, margin):
    """Return the asymmetric loss (Ridnik et al. 2021).

    Easy negatives count least; negatives with a probability below `margin` do not count.
    """
    p, q = torch.sigmoid(logits), torch.sigmoid(-logits)
    return _asymmetric(p, q, target, gamma_positive, gamma_negative, margin)


def _asymmetric(p, q, target, gamma_positive, gamma_negative, margin):
    least = torch.finfo(p.dtype).eps
    q = (q + margin).clamp(max=1)
    positive = target * (1 - p) ** gamma_positive * p.clamp_min(least).log()
    negative = (1 - target) * (1 - q) ** gamma_negative * q.clamp_min(least).log()
    return -positive - negative


_LOSSES = {
    ("cross_entropy", "classes"): cross_entropy_of_classes,
    ("bce", "labels"): bce_of_labels,
    ("focal", "classes"): focal_of_classes,
    ("focal", "labels"): focal_of_labels,
    ("asymmetric", "classes"): asymmetric_of_classes,
    ("asymmetric", "labels"): asymmetric_of_labels,
}
