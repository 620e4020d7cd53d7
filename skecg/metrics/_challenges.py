"""The scores of the challenges of PhysioNet/Computing in Cardiology 2017 and CPSC 2018."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import f1_score
from sklearn.utils import check_array, check_consistent_length

from .._scikit_learn import StrOptions, validate_params


@validate_params(
    {"y_true": ["array-like"], "y_pred": ["array-like"], "sample_weight": ["array-like", None]},
    prefer_skip_nested_validation=True,
)
def cinc2017_score(y_true, y_pred, *, sample_weight=None):
    """Compute the score of the PhysioNet/CinC Challenge 2017.

    It is the mean of the F1 scores of normal rhythm "N", atrial fibrillation "A" and other
    rhythms "O" [1]_. A noisy record, "~", counts as a false positive if one of these classes is predicted for it.

    Parameters
    ----------
    y_true : array-like of shape (n_records,)
        True labels, of "N", "A", "O" and "~".
    y_pred : array-like of shape (n_records,)
        Predicted labels.
    sample_weight : array-like of shape (n_records,), default=None
        Weights of the records.

    Returns
    -------
    score : float
        Between 0 and 1; a class that is neither present nor predicted scores 0.

    Raises
    ------
    ValueError
        If there are other labels.

    References
    ----------
    .. [1] G. D. Clifford et al., "AF classification from a short single lead ECG recording:
       the PhysioNet/Computing in Cardiology Challenge 2017", CinC 2017.

    Examples
    --------
    >>> from skecg.metrics import cinc2017_score
    >>> cinc2017_score(["N", "N", "A", "O", "~"], ["N", "N", "A", "O", "N"])
    0.933...
    """
    unknown = sorted({str(label) for y in (y_true, y_pred) for label in np.ravel(y)} - {"N", "A", "O", "~"})
    if unknown:
        raise ValueError(f'The labels of the challenge are "N", "A", "O" and "~"; got also {unknown}.')
    f1 = f1_score(y_true, y_pred, labels=["N", "A", "O"], average="macro", sample_weight=sample_weight, zero_division=0)
    return float(f1)


@validate_params(
    {"y_true": ["array-like"], "y_pred": ["array-like"], "average": [StrOptions({"macro", "groups"}), None]},
    prefer_skip_nested_validation=True,
)
def cpsc2018_score(y_true, y_pred, *, average="macro"):
    """Compute the score of the China Physiological Signal Challenge 2018.

    It is the mean of the F1 scores of the nine classes [1]_. A record may have up to three true
    labels and gets one predicted label. The prediction is correct if it is any of the true labels; a
    wrong prediction counts as a miss of the record's first label.

    Parameters
    ----------
    y_true : array-like of shape (n_records, 9)
        Indicator of the true labels, in the order of `fetch_cpsc2018`: SNR, AF, IAVB, LBBB, RBBB,
        PAC, PVC, STD, STE. Records without any label are skipped.
    y_pred : array-like of shape (n_records, 9)
        Probabilities, the highest of which is the predicted label; or an indicator with one label for each record.
    average : {"macro", "groups"} or None, default="macro"
        "macro" is the score of the challenge; "groups" gives the challenge's four further scores: of AF, of the
        blocks (IAVB, LBBB, RBBB), of premature beats (PAC, PVC) and of ST changes (STD, STE); None
        gives the F1 of each class.

    Returns
    -------
    score : float, or ndarray of shape (4,) or (9,)
        Between 0 and 1; a class that is neither present nor predicted scores 0.

    Raises
    ------
    ValueError
        If the shapes are not (n_records, 9), or no record has a label.

    Notes
    -----
    In the challenge, the missed label is the label that the reference file lists first. An indicator does not
    keep that order; here the missed label is the first column that is true.

    References
    ----------
    .. [1] F. Liu et al., "An open access database for evaluating the algorithms of electrocardiogram
       rhythm and morphology abnormality detection", J. Med. Imaging Health Inform. 8, 2018, and the
       scoring code of the challenge.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.metrics import cpsc2018_score
    >>> Y = np.eye(9, dtype=int)
    >>> Y[1, 4] = 1  # AF with RBBB
    >>> answers = np.eye(9)[[0, 4, 2, 3, 4, 5, 6, 7, 8]]  # RBBB is predicted for it
    >>> cpsc2018_score(Y, answers)
    0.888...
    """
    truth = check_array(y_true, dtype=np.float64, input_name="y_true") > 0
    answers = check_array(y_pred, dtype=np.float64, input_name="y_pred")
    check_consistent_length(truth, answers)
    if truth.shape[1] != 9 or answers.shape[1] != 9:
        raise ValueError(f"The challenge has 9 classes; got {truth.shape[1]} and {answers.shape[1]} columns.")
    labelled = truth.any(axis=1)
    if not labelled.any():
        raise ValueError("No record has a label.")
    truth, answer = truth[labelled], answers[labelled].argmax(axis=1)
    right = truth[np.arange(len(truth)), answer]
    table = np.zeros((9, 9))
    np.add.at(table, (np.where(right, answer, truth.argmax(axis=1)), answer), 1)
    parts = [[1], [2, 3, 4], [5, 6], [7, 8]] if average == "groups" else [[k] for k in range(9)]
    hits = np.array([2 * table[part, part].sum() for part in parts])
    whole = np.array([table[part].sum() + table[:, part].sum() for part in parts])
    scores = np.divide(hits, whole, out=np.zeros(len(parts)), where=whole > 0)
    return float(scores.mean()) if average == "macro" else scores
