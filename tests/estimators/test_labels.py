"""Classifiers of classes and of labels."""

from types import SimpleNamespace

import numpy as np
import pytest

from skecg.estimators.labels import LabelClasses, check_classes

CLASSES = np.array(["a", "b", "c"])


def fitted(classes):
    return SimpleNamespace(classes_=classes)


@pytest.mark.parametrize(
    ("known", "classes"),
    [
        (CLASSES, CLASSES),
        (CLASSES[::-1], CLASSES),
        (LabelClasses(3), LabelClasses(3)),
        (np.arange(3), LabelClasses(3)),  # OneVsRestClassifier numbers the labels
        (np.arange(2), LabelClasses(3)),  # the boosted trees of other packages have the classes of one label
    ],
)
def test_the_classes_of_y(known, classes):
    check_classes(fitted(known), classes, "trees")
    check_classes(SimpleNamespace(), classes, "trees")


@pytest.mark.parametrize(
    ("known", "classes", "message"),
    [
        (CLASSES[:2], CLASSES, r"the classes \['a', 'b'\], but y has the classes \['a', 'b', 'c'\]"),
        (CLASSES, CLASSES[:2], r"the classes \['a', 'b', 'c'\], but y has the classes \['a', 'b'\]"),
        (np.arange(3), CLASSES, r"the classes \[0, 1, 2\], but y has the classes \['a', 'b', 'c'\]"),
        (LabelClasses(3), CLASSES, r"3 labels, but y has the classes \['a', 'b', 'c'\]"),
        (CLASSES, LabelClasses(3), r"the classes \['a', 'b', 'c'\], but y has 3 labels"),
        (np.arange(4), LabelClasses(3), r"the classes \[0, 1, 2, 3\], but y has 3 labels"),
        (LabelClasses(2), LabelClasses(3), "2 labels, but y has 3 labels"),
    ],
)
def test_other_classes(known, classes, message):
    with pytest.raises(ValueError, match=f"^trees was fitted to {message}.$"):
        check_classes(fitted(known), classes, "trees")


def test_a_part_of_y_may_lack_classes():
    check_classes(fitted(CLASSES[1:]), CLASSES, "trees", may_lack=True)
    with pytest.raises(ValueError, match="trees was fitted to"):
        check_classes(fitted(np.array(["a", "d"])), CLASSES, "trees", may_lack=True)
