"""Find modules under the names that they had in earlier versions, which pickles of that time hold.

A pickle refers to a class by the module that defines it, private modules included. When a module or a package moves,
add its old and new name to `MOVED`.
"""

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

MOVED = {
    "skecg.preprocessing._base": "skecg.preprocessing.base",
    "skecg.preprocessing._blocks": "skecg.records.blocks",
    "skecg.preprocessing._labels": "skecg.estimators.labels",
    "skecg.preprocessing._validation": "skecg.records.checks",
    "skecg.records._buffer": "skecg.records.buffer",
    "skecg.records._record": "skecg.records.record",
    "skecg.records._records": "skecg.records.records",
}
"""New name by old name. The modules inside a package move with it."""


def new_name(name):
    """Return where the module of an old name is now, or None if it has not moved."""
    old, rest = name, ""
    while old:
        if old in MOVED:
            return MOVED[old] + rest
        old, _, last = old.rpartition(".")
        rest = f".{last}{rest}"
    return None


class MovedModules(MetaPathFinder, Loader):
    """Import the moved module itself under its old name, so that each class exists once."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.startswith("skecg.") and new_name(fullname):
            return ModuleSpec(fullname, self)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        sys.modules[module.__name__] = importlib.import_module(new_name(module.__name__))


def install():
    """Ask for moved modules first: the folder of a moved package would load its modules a second time."""
    sys.meta_path.insert(0, MovedModules())
