import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import roc_auc_score

from skecg.metrics import macro_auc_score


def test_agrees_with_scikit_learn_where_that_is_defined():
    rng = np.random.default_rng(0)
    Y = (rng.random((200, 4)) < 0.3).astype(int)
    P = Y + rng.normal(size=Y.shape)
    assert macro_auc_score(Y, P) == pytest.approx(roc_auc_score(Y, P))
    assert macro_auc_score(Y[:, 0], P[:, 0]) == pytest.approx(roc_auc_score(Y[:, 0], P[:, 0]))
    classes = rng.integers(0, 3, 200)
    scores = rng.dirichlet([1, 1, 1], 200)
    assert macro_auc_score(classes, scores) == pytest.approx(roc_auc_score(classes, scores, multi_class="ovr"))


def test_leaves_out_labels_that_nobody_or_everybody_has():
    Y = np.array([[0, 0, 1], [1, 0, 1], [0, 0, 1]])
    P = np.array([[0.1, 0.5, 0.5], [0.9, 0.5, 0.5], [0.2, 0.5, 0.5]])
    assert macro_auc_score(Y, P) == 1
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(macro_auc_score(Y[:, 1:], P[:, 1:]))


def test_a_fold_that_lacks_a_class_is_told_the_classes():
    y, P = np.array(["AF", "N", "N"]), np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.2, 0.4, 0.4]])
    with pytest.raises(ValueError, match="name all classes in labels"):
        macro_auc_score(y, P)
    assert macro_auc_score(y, P, labels=["AF", "N", "other"]) == 1
    with pytest.raises(ValueError, match=r"holds \['AF'\], which labels="):
        macro_auc_score(y, P, labels=["N", "O", "other"])
