"""Stratified folds for targets with several labels for each record."""

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import type_of_target

from .._scikit_learn import GroupsConsumerMixin, _BaseKFold
from .._warn import warn
from ._groups import groups_of, patients_of, resolve_groups
from ._stratify import assign, check_rare, units_of


class _MultilabelFolds(_BaseKFold):
    """Folds by iterative stratification; a subclass chooses the groups."""

    def __init__(self, n_splits=5, *, shuffle=False, random_state=None, on_rare="raise"):
        super().__init__(n_splits=n_splits, shuffle=shuffle, random_state=random_state)
        if on_rare not in {"raise", "warn"}:
            raise ValueError(f'on_rare must be "raise" or "warn", got {on_rare!r}.')
        self.on_rare = on_rare

    def _iter_test_masks(self, X, y, groups):
        Y = _labels(y, type(self).__name__)
        unit, counts, sizes = units_of(Y, groups)
        if len(sizes) < self.n_splits:
            raise ValueError(f"Cannot have {self.n_splits} folds of {len(sizes)} groups.")
        message = check_rare(Y, groups, self.n_splits)
        if message and self.on_rare == "raise":
            raise ValueError(message)
        if message:
            warn(message)
        rng = check_random_state(self.random_state) if self.shuffle else None
        fold = assign(counts, sizes, np.full(self.n_splits, 1 / self.n_splits), rng)[unit]
        for k in range(self.n_splits):
            yield fold == k


class MultilabelStratifiedKFold(_MultilabelFolds):
    """Folds in which every label is about equally frequent.

    Iterative stratification [1]_ assigns the records of the rarest label first, then the records of
    the next label, and so on. Each record goes to the fold that lacks most records of the label.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether to shuffle the records and break ties at random.
    random_state : int, RandomState instance or None, default=None
        Seed, used with `shuffle`.
    on_rare : {"raise", "warn"}, default="raise"
        What to do if a label has fewer positive records than there are folds.

    See Also
    --------
    MultilabelStratifiedGroupKFold : Keeps all records of a patient together.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the stratification of multi-label data",
       ECML PKDD 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.model_selection import MultilabelStratifiedKFold
    >>> Y = np.array([[1, 0], [1, 0], [1, 1], [1, 1], [0, 0], [0, 0]])
    >>> for train, test in MultilabelStratifiedKFold(n_splits=2).split(np.zeros((6, 12, 100)), Y):
    ...     print(Y[test].sum(axis=0))
    [2 1]
    [2 1]
    """

    def split(self, X, y, groups=None):
        """Yield the records to train on and those to test on.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            If several records have the same patient id, `split` warns.
        y : array-like of shape (n_records, n_labels)
            0/1 indicator of the labels.
        groups : None
            Ignored, for compatibility.

        Yields
        ------
        train, test : ndarray of int

        Raises
        ------
        ValueError
            If y is not an indicator, or a label has fewer positive records than there are
            folds and `on_rare` is "raise".
        """
        patients = patients_of(X)
        if patients is not None and (n := len(np.unique(patients))) < len(patients):
            warn(
                f"The {len(patients)} records come from {n} patients, and these folds put records of one patient on "
                "both sides of a split; use MultilabelStratifiedGroupKFold.",
            )
        yield from super().split(X, y, None)


class MultilabelStratifiedGroupKFold(GroupsConsumerMixin, _MultilabelFolds):
    """Folds in which every label is about equally frequent and no patient is on both sides.

    Iterative stratification [1]_ of whole patients. To assign the patients with most records first is our choice.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether to shuffle the patients and break ties at random.
    random_state : int, RandomState instance or None, default=None
        Seed, used with `shuffle`.
    on_rare : {"raise", "warn"}, default="raise"
        What to do if a label has fewer positive patients than there are folds.

    See Also
    --------
    MultilabelStratifiedKFold : For data in which every record comes from a different patient.

    References
    ----------
    .. [1] K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the stratification of multi-label data",
       ECML PKDD 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.model_selection import MultilabelStratifiedGroupKFold
    >>> Y = np.array([[1, 0], [1, 0], [1, 1], [1, 1], [0, 0], [0, 0]])
    >>> patients = ["a", "a", "b", "c", "d", "d"]
    >>> for train, test in MultilabelStratifiedGroupKFold(n_splits=2).split(np.zeros((6, 12, 100)), Y, patients):
    ...     print([patients[i] for i in test])
    ['a', 'a', 'b']
    ['c', 'd', 'd']
    """

    def split(self, X, y, groups=None):
        """Yield the records to train on and those to test on.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, ...)
            The records.
        y : array-like of shape (n_records, n_labels)
            0/1 indicator of the labels.
        groups : array-like of shape (n_records,), default=None
            The patient of each record; by default `groups_of(X)`.

        Yields
        ------
        train, test : ndarray of int

        Raises
        ------
        ValueError
            If y is not an indicator, there are no groups or fewer groups than folds, or a label has
            fewer positive patients than there are folds and `on_rare` is "raise".
        """
        groups = groups_of(X) if groups is None else resolve_groups(X, groups)
        if groups is None:
            raise ValueError(
                "MultilabelStratifiedGroupKFold needs groups: pass groups, or ECGRecords with patient_id in the "
                "metadata."
            )
        yield from super().split(X, y, groups)


def _labels(y, name):
    kind = type_of_target(y, input_name="y")
    if kind != "multilabel-indicator":
        raise ValueError(
            f"{name} needs a 0/1 indicator of labels, got y of the type {kind}; for classes use "
            "StratifiedKFold or StratifiedGroupKFold of scikit-learn."
        )
    return np.asarray(y).astype(bool)
