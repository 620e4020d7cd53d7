"""A leaf class defines only its architecture; it inherits everything else from one class."""

import dataclasses
import inspect
import typing

import pytest
from numpydoc.docscrape import ClassDoc
from sklearn.base import clone

import skecg.classifiers
from skecg.classifiers._base import BaseECGClassifier
from skecg.classifiers._parameters import SharedParameters
from skecg.networks import ResNet

LEAVES = [getattr(skecg.classifiers, name) for name in skecg.classifiers.__all__]
SHARED = [field.name for field in dataclasses.fields(SharedParameters)]


def faults_of(leaf):
    """Return the faults of a leaf class: missing parameters in its signature, missing constraints, missing texts."""
    own = [name for name in inspect.get_annotations(leaf) if not name.startswith("_")]
    signature = inspect.signature(leaf).parameters
    documented = [entry.name for entry in ClassDoc(leaf)["Parameters"]]
    faults = []
    if "__init__" not in vars(leaf):
        faults.append(f"{leaf.__name__} is not decorated as a dataclass")
    faults += [f"{name} is no parameter" for name in own if name not in signature]
    faults += [f"{name} has no constraint" for name in own if name not in leaf._parameter_constraints]
    faults += [f"{name} has no type" for name, p in signature.items() if p.annotation is inspect.Parameter.empty]
    if documented != [*own, *SHARED]:
        faults.append(f"the docstring lists {documented}")
    return faults


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_is_whole(leaf):
    assert not faults_of(leaf)
    assert "**" not in leaf.__doc__.replace("`module(n_leads=..., n_outputs=..., **module_params)`", "")
    assert ClassDoc(leaf)["Attributes"][0].name == "classes_"


def test_a_leaf_without_its_decorator_is_found_out():
    class Forgotten(BaseECGClassifier):
        """A leaf class without the decorator.

        Parameters
        ----------
        depth : int, default=18
            Layers.
        **training
        """

        depth: int = 18
        _network = ResNet

    assert "Forgotten is not decorated as a dataclass" in faults_of(Forgotten)
    assert "depth is no parameter" in faults_of(Forgotten)


@pytest.mark.parametrize("leaf", LEAVES)
def test_own_parameters_come_first_in_the_signature(leaf):
    assert list(inspect.signature(leaf).parameters)[-len(SHARED) :] == SHARED


@pytest.mark.parametrize("leaf", LEAVES)
def test_the_types_hold_for_the_defaults(leaf):
    for name, kind in typing.get_type_hints(leaf).items():
        if not name.startswith("_") and hasattr(leaf, name):
            kinds = typing.get_args(kind) or (kind,)
            assert isinstance(getattr(leaf, name), tuple(typing.get_origin(k) or k for k in kinds)), name


def test_positional_arguments_are_refused_but_for_the_module():
    with pytest.raises(TypeError):
        skecg.classifiers.CRNNClassifier(18)
    clf = skecg.classifiers.ECGClassifier(ResNet, {"width": 4})
    assert clone(clf).get_params()["module_params"] == {"width": 4}


def test_a_state_of_an_earlier_version_loses_what_it_repeats():
    clf = skecg.classifiers.CRNNClassifier()
    clf.__setstate__({**clf.__getstate__(), "leads_": ("I",), "leads_in_": ("I",)})
    assert clf.leads_in_ == ("I",)
    assert not hasattr(clf, "leads_")
