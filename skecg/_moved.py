"""Find moved modules under their old names, because pickles of earlier versions refer to these names.

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
    "skecg.training._augment": "skecg.training.data.augment",
    "skecg.training._callbacks": "skecg.training.loop.callbacks",
    "skecg.training._checkpoint": "skecg.training.loop.checkpoint",
    "skecg.training._covariates": "skecg.training.data.covariates",
    "skecg.training._embedded": "skecg.training.data.embedded",
    "skecg.training._fit": "skecg.training.loop.fit",
    "skecg.training._leads": "skecg.signal.leads",
    "skecg.training._losses": "skecg.training.targets.losses",
    "skecg.training._memory": "skecg.training.loop.memory",
    "skecg.training._net": "skecg.training.loop.net",
    "skecg.training._plan": "skecg.training.weights.plan",
    "skecg.training._predict": "skecg.training.loop.predict",
    "skecg.training._progress": "skecg.training.loop.progress",
    "skecg.training._targets": "skecg.training.targets.encoding",
    "skecg.training._transfer": "skecg.training.weights.transfer",
    "skecg.training._windows": "skecg.training.data.windows",
    "skecg.weights": "skecg.format",
    "skecg.weights._codec": "skecg.format.codec",
    "skecg.weights._file": "skecg.format.file",
    "skecg.weights._network": "skecg.format.network",
}
"""New name by old name. The modules inside a package move with it."""


def new_name(name):
    """Return the new name of a module, or None if the module has not moved."""
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
    """Install the finder in first place; otherwise a moved package would load its modules a second time."""
    sys.meta_path.insert(0, MovedModules())
