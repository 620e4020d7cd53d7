"""Forests and single trees of scikit-learn as plain arrays, and back.

The nodes of all trees stand in one array after the other. Impurities, weights and shares of classes repeat from node to
node: a file holds each different number once, in `numbers`, and its place in `numbers` at each node.
"""

import copy

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from .._scikit_learn import NODE_DTYPE, Tree
from ._nodes import check_columns, check_fields, check_links, is_array

_OF_SPLITS = {"columns": "feature", "thresholds": "threshold", "missing_left": "missing_go_to_left"}
_OF_NODES = {"left": "left_child", "right": "right_child", "counts": "n_node_samples"}
_PLACES = {"impurities": "impurity", "weights": "weighted_n_node_samples"}
_ARRAYS = (*_OF_SPLITS, *_OF_NODES, *_PLACES, "values", "numbers", "sizes", "seeds")
_LEAF = {"left_child": -1, "right_child": -1, "feature": -2, "threshold": -2.0}  # as scikit-learn marks a leaf


def plain_forest(model):
    """Return the fitted attributes of a forest or a single tree as plain data.

    Parameters
    ----------
    model : ExtraTreesClassifier, RandomForestClassifier or DecisionTreeClassifier
        Fitted.

    Returns
    -------
    fitted : dict of str to object
        `sizes`, the number of nodes of each tree; of a forest `seeds`, the `random_state` of each tree; of all nodes
        the children, 0 in leaves, and `counts`, their training records; of nodes with children `columns`, `thresholds`
        and `missing_left`; and `numbers`, with the places there of `impurities`, `weights` and `values`, the latter of
        shape (n_nodes, n_outputs, n_classes). Left out are out-of-bag predictions, and what training alone needs.

    Raises
    ------
    ValueError
        If `n_estimators` changed after `fit`: the number of threads in a prediction follows it.
    TypeError
        If scikit-learn has another kind of node than this module knows.
    """
    _check_version()
    parts = getattr(model, "estimators_", [model])
    if getattr(model, "n_estimators", 1) != len(parts):
        raise ValueError(
            f"{type(model).__name__}.n_estimators is {model.n_estimators}; expected {len(parts)}, the number of trees"
        )
    names = ("n_features_in_", "feature_names_in_", "classes_", "oob_score_")
    fitted = {name: getattr(model, name) for name in names if hasattr(model, name)}
    fitted["max_features_"] = parts[0].max_features_
    states = [part.tree_.__getstate__() for part in parts]
    nodes = np.concatenate([state["nodes"] for state in states])
    inner = nodes["left_child"] >= 0
    values = np.concatenate([state["values"] for state in states])
    numbers, places = _distinct([*(nodes[field] for field in _PLACES.values()), values])
    fitted |= {"numbers": numbers, **dict(zip((*_PLACES, "values"), places, strict=True))}
    fitted |= {name: np.maximum(nodes[field], 0) for name, field in _OF_NODES.items()}
    fitted |= {name: nodes[field][inner] for name, field in _OF_SPLITS.items()}
    fitted |= {name: _narrow(fitted[name]) for name in (*_OF_NODES, "columns")}
    fitted["sizes"] = np.array([len(state["nodes"]) for state in states], np.int64)
    if parts[0] is not model:
        fitted["seeds"] = np.array([part.random_state for part in parts], np.int64)
    return fitted


def restore_forest(model, fitted):
    """Set what `fit` of a forest or a single tree sets.

    Parameters
    ----------
    model : ExtraTreesClassifier, RandomForestClassifier or DecisionTreeClassifier
        Not fitted.
    fitted : dict of str to object
        As `plain_forest` returned it.

    Raises
    ------
    ValueError
        If the arrays are no trees.
    """
    _check_version()
    plain = {name: fitted.pop(name, None) for name in _ARRAYS}
    max_features = fitted.pop("max_features_", None)
    for name, value in fitted.items():
        setattr(model, name, value)
    n_classes = _n_classes(fitted.get("n_features_in_"), fitted.get("classes_"))
    _check_form(plain, n_classes, len(plain["numbers"]) if is_array(plain["numbers"], "f", 1) else 0)
    _check_seeds(plain, isinstance(model, DecisionTreeClassifier))
    _check_nodes(plain, model.n_features_in_)
    values = plain["numbers"][plain["values"]]
    _check_values(values, n_classes)
    trees = _trees(_nodes(plain), values, plain["sizes"], (model.n_features_in_, n_classes))
    _set_outputs(model, n_classes)
    if isinstance(model, DecisionTreeClassifier):
        model.n_classes_ = np.asarray(model.n_classes_)[()]
        model.max_features_, model.tree_ = max_features, trees[0]
        return
    model._validate_estimator()
    part = model._make_estimator(append=False)
    part.n_features_in_, part.max_features_ = model.n_features_in_, max_features
    part.classes_ = [np.arange(float(n)) for n in n_classes]  # a forest numbers its classes for the trees
    part.classes_ = part.classes_ if len(n_classes) > 1 else part.classes_[0]
    _set_outputs(part, n_classes)
    part.n_classes_ = np.asarray(part.n_classes_)[()]
    model.estimators_ = [_fitted_part(part, *each) for each in zip(plain["seeds"].tolist(), trees, strict=True)]


def _set_outputs(model, n_classes):
    model.n_outputs_ = len(n_classes)
    model.n_classes_ = n_classes if len(n_classes) > 1 else n_classes[0]


def _fitted_part(part, seed, tree):
    part = copy.copy(part)
    part.random_state, part.tree_ = seed, tree
    return part


def _nodes(plain):
    """Return the checked nodes in the form of scikit-learn."""
    inner = plain["left"] > 0
    nodes = np.zeros(len(inner), NODE_DTYPE)
    for name, field in _OF_NODES.items():
        nodes[field] = plain[name]
    for name, field in _PLACES.items():
        nodes[field] = plain["numbers"][plain[name]]
    for name, field in _OF_SPLITS.items():
        nodes[field][inner] = plain[name]
    for field, mark in _LEAF.items():
        nodes[field][~inner] = mark
    return nodes


def _trees(nodes, values, sizes, form):
    """Return the compiled trees; `form` holds the number of columns, and the number of classes of each output."""
    n_columns, n_classes = form
    ends = np.cumsum(sizes)[:-1]
    trees = []
    for own, shares in zip(np.split(nodes, ends), np.split(values, ends), strict=True):
        tree = Tree(n_columns, np.array(n_classes, np.intp), len(n_classes))
        tree.__setstate__({"max_depth": 0, "node_count": len(own), "nodes": own, "values": shares})
        tree.max_depth = int(tree.compute_node_depths().max()) - 1  # the compiled code reserves memory by it
        trees.append(tree)
    return trees


def _n_classes(n_columns, classes):
    """Return the number of classes of each output, or raise ValueError if there are no columns or classes."""
    outputs = classes if isinstance(classes, list) else [classes]
    found = all(is_array(each, "biufUO", 1) and len(each) for each in outputs) and outputs
    if not (isinstance(n_columns, int) and n_columns > 0 and found):
        raise ValueError("a forest without columns or classes")
    return [len(each) for each in outputs]


def _check_form(plain, n_classes, n_numbers):
    """Raise ValueError unless the arrays have types and shapes that agree, and places in `numbers` that exist."""
    sizes = plain["sizes"]
    wide = is_array(sizes, "i", 1) and sizes.dtype.itemsize == 8  # so that many trees need a large file
    if not (wide and sizes.size and sizes.min() >= 1 and sizes.max() < 2**32):
        raise ValueError("a forest whose sizes are not positive integers of 64 bits")
    n_nodes = sizes.sum()
    for name in (*_OF_NODES, *_PLACES):
        if not _is_list(plain[name], "iu", n_nodes):
            raise ValueError(f"a forest whose {name} are no list of {n_nodes} integers")
    n_splits = np.count_nonzero(plain["left"])
    for name in _OF_SPLITS:
        if not _is_list(plain[name], "f" if name == "thresholds" else "iu", n_splits):
            raise ValueError(f"a forest whose {name} are no list of {n_splits} numbers")
    shape = (n_nodes, len(n_classes), max(n_classes))
    if not is_array(plain["values"], "iu", 3) or plain["values"].shape != shape:
        raise ValueError(f"a forest whose values are no integers of shape {shape}")
    if not n_numbers or plain["numbers"].dtype != np.float64 or not np.isfinite(plain["numbers"]).all():
        raise ValueError("a forest without finite numbers of 64 bits")
    for name in (*_PLACES, "values"):
        if plain[name].min() < 0 or plain[name].max() >= n_numbers:
            raise ValueError(f"a forest whose {name} are not among its {n_numbers} numbers")


def _check_seeds(plain, single):
    """Raise ValueError unless a forest has a seed for each tree, and a single tree none."""
    sizes, seeds = plain["sizes"], plain["seeds"]
    if single and (len(sizes) != 1 or seeds is not None):
        raise ValueError(f"a single tree with seeds, or with the nodes of {len(sizes)} trees")
    if not single and not (_is_list(seeds, "i", len(sizes)) and seeds.min() >= 0 and seeds.max() < 2**32):
        raise ValueError(f"a forest without a seed for each of {len(sizes)} trees")


def _check_nodes(plain, n_columns):
    """Raise ValueError unless the nodes form trees that split by columns that exist, and share out their records."""
    left, right, counts = (plain[name].astype(np.int64) for name in _OF_NODES)
    inner = left != 0
    if ((right != 0) != inner).any():
        raise ValueError("a tree whose node has one child")
    check_links(left, right, inner, plain["sizes"])
    check_columns(plain["columns"], n_columns)
    if np.isnan(plain["thresholds"]).any() or not np.isin(plain["missing_left"], (0, 1)).all():
        raise ValueError("a tree with NaN as a threshold, or with another side for missing values than 0 or 1")
    first = np.repeat(np.cumsum(plain["sizes"]) - plain["sizes"], plain["sizes"])[inner]
    shared = counts[left[inner] + first] + counts[right[inner] + first]
    if (counts < 1).any() or not np.array_equal(counts[inner], shared):
        raise ValueError("a tree whose node has no records, or others than its children")
    if (plain["numbers"][plain["weights"]] <= 0).any():
        raise ValueError("a tree whose node has no weight")


def _check_values(values, n_classes):
    """Raise ValueError unless the values of each node are the shares of the classes of each output."""
    beyond = np.arange(max(n_classes)) >= np.array(n_classes)[:, None]  # the outputs may have fewer classes
    if (values < 0).any() or values[:, beyond].any() or not np.allclose(values.sum(axis=2), 1, rtol=0, atol=1e-6):
        raise ValueError("a tree whose node has values that are no shares of classes")


def _is_list(values, kinds, n_values):
    return is_array(values, kinds, 1) and len(values) == n_values


def _distinct(arrays):
    """Return the different numbers of arrays of float64, bit by bit, and the places of each array in them."""
    bits = [np.ascontiguousarray(values).view(np.int64) for values in arrays]
    numbers, places = np.unique(np.concatenate([each.ravel() for each in bits]), return_inverse=True)
    ends = np.cumsum([each.size for each in bits])[:-1]
    places = np.split(_narrow(places.ravel()), ends)
    return numbers.view(np.float64), [own.reshape(each.shape) for own, each in zip(places, bits, strict=True)]


def _narrow(values):
    """Return integers of 0 or more in the smallest type that holds all of them."""
    return values.astype(np.min_scalar_type(int(values.max())) if values.size else np.uint8)


def _check_version():
    """Raise TypeError if the nodes of this scikit-learn have other fields than those that are known."""
    known = {*_OF_SPLITS.values(), *_OF_NODES.values(), *_PLACES.values()}
    check_fields(NODE_DTYPE, known, DecisionTreeClassifier.__name__)
