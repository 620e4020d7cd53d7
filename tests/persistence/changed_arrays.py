"""Files of a sound model with one array changed."""

import numpy as np
import pytest

import skecg
from skecg.format import read_file, write_file


def saved_form(model, path):
    """Return the document and the arrays of a fitted model."""
    skecg.save(model, path)
    return read_file(path)


def load_changed(form, path, name, change):
    """Load the model after a change of one array, given by its name: in place, or what `change` returns."""
    document, tensors = form
    key = document["model"]["estimator"]["fitted"][name]["array"]
    values = tensors[key].copy()
    other = change(values)
    write_file(path, document, {**tensors, key: values if other is None else other})
    return skecg.load(path, on_mismatch=None)


def try_numbers(form, path, name, X, n_tries=15):
    """Replace single numbers of an array; return how many files were refused. All others give probabilities."""
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(n_tries):
        wild = rng.choice([0, 1, 2, 3, 5, 250, 2**31])

        def change(values, wild=wild):
            most = np.iinfo(values.dtype).max if values.dtype.kind in "iu" else 256
            values.flat[rng.integers(values.size)] = wild % most

        try:
            model = load_changed(form, path, name, change)
        except ValueError as error:
            if path.name not in str(error):
                pytest.fail(f"a message without the file: {error}")
            refused += 1
            continue
        p = model.predict_proba(X)
        if hasattr(model, "decision_path"):
            model.decision_path(X)
        if not (np.isfinite(p).all() and np.allclose(p.sum(axis=1), 1)):
            pytest.fail(f"{name} of {wild} gives {p}")
    return refused
