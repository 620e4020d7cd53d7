"""Digests of the records that weights have seen before a fit, by the leads from which they were computed."""

import numpy as np


def merge_digests(parts):
    """Merge digests, so that there is one array for each set of leads.

    Parameters
    ----------
    parts : iterable of dict
        Each with `leads`, the names of the leads that count, or None for all; and `digests`, an ndarray of uint64.

    Returns
    -------
    merged : list of dict or None
        Parts of the same form, whose digests are sorted and distinct; None if there are none.
    """
    found = {}
    for part in parts:
        leads = None if part["leads"] is None else tuple(part["leads"])
        found.setdefault(leads, []).append(part["digests"])
    return [
        {"leads": None if leads is None else list(leads), "digests": np.unique(np.concatenate(digests))}
        for leads, digests in found.items()
    ] or None


def digests_in(training, leads, sources):
    """Return all digests that a model knows: those of its training records and those of its sources.

    Parameters
    ----------
    training : dict or None
        The summary of the training records in a signal contract.
    leads : sequence of str or None
        The leads from which the digests of the summary were computed.
    sources : list of dict or None
        The attribute `source_digests_` of the classifier.

    Returns
    -------
    merged : list of dict or None

    Raises
    ------
    ValueError
        If the digests have another form, as in a file that was tampered with.
    """
    own = training if isinstance(training, dict) else {}
    parts = [{"leads": leads, "digests": own["digests"]}] if "digests" in own else []
    parts += [] if sources is None else sources
    if not are_parts(parts):
        raise ValueError("its digests of training records are none")
    return merge_digests(parts)


def are_digests(value):
    """Return whether a value is a vector of digests."""
    return isinstance(value, np.ndarray) and value.dtype == np.uint64 and value.ndim == 1


def are_parts(value):
    """Return whether a value is a list of digests with their leads."""
    return isinstance(value, list) and all(
        isinstance(part, dict)
        and part.keys() == {"leads", "digests"}
        and are_digests(part["digests"])
        and (part["leads"] is None or _are_names(part["leads"]))
        for part in value
    )


def _are_names(value):
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)
