"""Checks of the nodes of trees, which boosted trees and forests share.

scikit-learn predicts with trees in compiled code, which follows the numbers of nodes and columns without a check.
"""

import numpy as np


def check_fields(dtype, known, name):
    """Raise TypeError if the nodes of this scikit-learn have other fields than those that skecg knows.

    Parameters
    ----------
    dtype : dtype
        Of one node.
    known : set of str
    name : str
        What the message calls the trees.
    """
    if set(dtype.names) != known:
        raise TypeError(
            f"{name} of this scikit-learn has nodes with the fields {dtype.names}, which skecg does not know: "
            "update skecg, or use an earlier scikit-learn."
        )


def check_links(left, right, inner, sizes):
    """Raise ValueError unless each tree reaches each of its nodes from its root, once, and never goes back.

    Parameters
    ----------
    left, right : ndarray of shape (n_nodes,), of integers
        Children of the nodes of all trees, one tree after the other. Each tree numbers its nodes from 0, its root.
    inner : ndarray of shape (n_nodes,), of bool
        Which nodes have children; those of other nodes are not read.
    sizes : ndarray of shape (n_trees,)
        Number of nodes of each tree, 1 or more; their sum is `n_nodes`.
    """
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)  # the root of the tree of each node
    own = np.arange(len(first)) - first
    children = np.stack([side[inner].astype(np.int64) for side in (left, right)])
    within = (children > own[inner]) & (children < np.repeat(sizes, sizes)[inner])
    if not within.all():
        raise ValueError("a tree whose node has a child before it, or outside the tree")
    reached = np.bincount((children + first[inner]).ravel(), minlength=len(first))
    if not np.array_equal(reached, (own > 0).astype(reached.dtype)):
        raise ValueError("a tree with a node of no parent, or of two")


def check_columns(columns, n_columns):
    """Raise ValueError if the numbers of the columns by which nodes split are not those of a table."""
    columns = columns.astype(np.int64)
    if ((columns < 0) | (columns >= n_columns)).any():
        raise ValueError(f"a tree that splits by another column than the {n_columns} of the table")


def is_array(values, kinds, n_axes):
    """Return whether a value is an array of these kinds of numbers, with this number of axes."""
    return isinstance(values, np.ndarray) and values.dtype.kind in kinds and values.ndim == n_axes
