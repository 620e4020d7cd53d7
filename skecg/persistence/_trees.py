"""Boosted trees of scikit-learn as plain arrays, and back.

The nodes are checked in the form that the compiled code reads: every node but the root is the child of one node before
it, and every column exists.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from .._scikit_learn import PREDICTOR_RECORD_DTYPE, TreePredictor, _BinMapper
from ._nodes import check_columns, check_fields, check_links, is_array

# {name in files: field of a node}; the other fields serve the training alone, or columns of categories
_FIELDS = {
    "values": "value",
    "counts": "count",
    "columns": "feature_idx",
    "thresholds": "num_threshold",
    "missing_left": "missing_go_to_left",
    "left": "left",
    "right": "right",
    "leaves": "is_leaf",
}
_SMALL = {"columns": np.uint32}  # a node numbers its column with 64 bits
_FOR_TRAINING = {"gain", "depth", "bin_threshold", "is_categorical", "bitset_idx"}


def plain_trees(model):
    """Return the fitted attributes of boosted trees as plain data.

    Parameters
    ----------
    model : HistGradientBoostingClassifier
        Fitted.

    Returns
    -------
    fitted : dict of str to object
        `sizes`, the nodes of each tree of shape (n_iterations, n_trees_per_iteration), the fields of all nodes, and
        what the trees add to, `baseline`.

    Raises
    ------
    TypeError
        If columns are categories, or scikit-learn has another kind of node than this module knows.
    """
    if model.is_categorical_ is not None:
        raise TypeError("HistGradientBoostingClassifier with columns of categories cannot be saved; encode them first.")
    _check_version()
    names = ("n_features_in_", "feature_names_in_", "classes_")
    fitted = {name: getattr(model, name) for name in names if hasattr(model, name)}
    trees = [tree.nodes for of_iteration in model._predictors for tree in of_iteration]
    nodes = np.concatenate(trees)
    fields = {name: np.ascontiguousarray(nodes[field]) for name, field in _FIELDS.items()}
    fields |= {name: fields[name].astype(dtype) for name, dtype in _SMALL.items()}
    sizes = np.array([len(tree) for tree in trees]).reshape(len(model._predictors), -1)
    return fitted | fields | {"sizes": sizes, "baseline": model._baseline_prediction}


def restore_trees(model, fitted):
    """Set what `fit` of boosted trees sets.

    Parameters
    ----------
    model : HistGradientBoostingClassifier
        Not fitted.
    fitted : dict of str to object
        As `plain_trees` returned it.

    Raises
    ------
    ValueError
        If the arrays are no trees.
    """
    _check_version()
    plain = {name: fitted.pop(name, None) for name in (*_FIELDS, "sizes", "baseline")}
    for name, value in fitted.items():
        setattr(model, name, value)
    _check_form(plain, fitted.get("n_features_in_"), fitted.get("classes_"))
    nodes = np.zeros(len(plain["values"]), PREDICTOR_RECORD_DTYPE)
    for name, field in _FIELDS.items():
        nodes[field] = plain[name]  # a number that is too large wraps around
    _check_nodes(nodes, plain["sizes"].ravel(), model.n_features_in_)
    trees = np.split(nodes, np.cumsum(plain["sizes"])[:-1])
    no_categories = np.zeros((0, 8), np.uint32)
    trees = [TreePredictor(tree, no_categories, no_categories) for tree in trees]
    model.n_trees_per_iteration_ = plain["sizes"].shape[1]
    model._predictors = [
        trees[first : first + model.n_trees_per_iteration_]
        for first in range(0, len(trees), model.n_trees_per_iteration_)
    ]
    model._baseline_prediction = plain["baseline"]
    model._n_features = model.n_features_in_
    model._loss = model._get_loss(sample_weight=None)
    model._bin_mapper = _BinMapper()
    model._bin_mapper.is_categorical_ = np.zeros(model.n_features_in_, np.uint8)
    model._bin_mapper.bin_thresholds_ = []  # which hold the known categories
    model.is_categorical_ = model._is_categorical_remapped = model._preprocessor = None


def _check_form(plain, n_columns, classes):
    """Raise ValueError unless the fields of the nodes, `sizes` and `baseline` have types and shapes that agree."""
    if not (isinstance(n_columns, int) and n_columns > 0 and isinstance(classes, np.ndarray) and len(classes) > 1):
        raise ValueError("boosted trees without columns or classes")
    n_trees = 1 if len(classes) == 2 else len(classes)
    sizes, baseline = plain["sizes"], plain["baseline"]
    counts = is_array(sizes, "iu", 2) and sizes.size and sizes.min() >= 1 and sizes.max() < 2**32  # sums stay exact
    if not counts or sizes.shape[1] != n_trees:
        raise ValueError(f"boosted trees whose sizes are not positive numbers for {n_trees} tree(s) an iteration")
    if not is_array(baseline, "f", 2) or baseline.shape != (1, n_trees) or not np.isfinite(baseline).all():
        raise ValueError("boosted trees without a finite baseline")
    for name, field in _FIELDS.items():
        kind = "f" if PREDICTOR_RECORD_DTYPE[field].kind == "f" else "iu"
        if not is_array(plain[name], kind, 1) or len(plain[name]) != sizes.sum():
            raise ValueError(f"boosted trees whose {name} are no list of {sizes.sum()} numbers")


def _check_nodes(nodes, sizes, n_columns):
    """Raise ValueError unless the nodes form trees that split by columns that exist, and end in finite values."""
    inner = nodes["is_leaf"] == 0
    check_links(nodes["left"], nodes["right"], inner, sizes)
    check_columns(nodes["feature_idx"][inner], n_columns)
    if np.isnan(nodes["num_threshold"][inner]).any() or not np.isfinite(nodes["value"]).all():
        raise ValueError("a tree with NaN as a threshold, or without a finite value")


def _check_version():
    """Raise TypeError if the nodes of this scikit-learn have other fields than those that are known."""
    known = {*_FIELDS.values(), *_FOR_TRAINING}
    check_fields(PREDICTOR_RECORD_DTYPE, known, HistGradientBoostingClassifier.__name__)
