"""The fingerprint of a training: two trainings have the same one only if they lead to the same weights."""

import hashlib
import pickle

import joblib
import numpy as np

from ..data.windows import lengths_of

# These parameters change no weight, or other parts of the fingerprint contain them: the seed stands for
# `random_state`, the initial weights for `pretrained`, the structure of the network for `module`, and the precision
# that "auto" selects for `precision`.
_IRRELEVANT = {
    "checkpoint",
    "checkpoint_every",
    "device",
    "module",
    "precision",
    "pretrained",
    "random_state",
    "verbose",
}
_PLAIN = bool | float | int | str | None


def fingerprint(network, dataset, validation, settings, seed, precision, fine_tune, n_processes=1):
    """Return a name for the training that is about to start.

    Parameters
    ----------
    network : torch.nn.Module
        With its initial weights.
    dataset, validation : Dataset or None
        Their method `identifying_arrays` yields every signal, target, weight and covariate.
    settings : BaseEstimator
        The classifier; the fingerprint covers the content of its parameters.
    seed : int
        Of windows, batches, dropout and augmentation.
    precision : {"float32", "bfloat16"}
    fine_tune : "all", "head" or int
        The part that learns, which stands for the parameter `fine_tune`.
    n_processes : int, default=1
        Dropout and augmentation differ with the number of processes.

    Returns
    -------
    name : str

    Raises
    ------
    ValueError
        If a parameter has no content that can be compared, such as a lambda in `net_params`.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(_content_of(settings, fine_tune).encode())
    digest.update(f"{seed} {precision} {network}".encode())
    if n_processes > 1:
        digest.update(f"{n_processes} processes".encode())
    for name, weights in network.named_parameters():
        digest.update(f"{name} {weights.requires_grad}".encode())
    for values in network.state_dict().values():
        _add(digest, values.detach().cpu().numpy())
    for part in (dataset, validation):
        digest.update(type(part).__name__.encode())
        for values in part.identifying_arrays() if part is not None else ():
            _add(digest, values)
    return digest.hexdigest()


def check_agreement(processes, settings, examples):
    """Raise unless the processes that share a fit have the same parameters, targets and lengths of records.

    Parameters
    ----------
    processes : Alone
    settings : BaseEstimator
        The classifier.
    examples : Examples
        The records of `fit`.
    """
    if processes.count == 1:
        return
    described = {"class": type(settings).__name__, "number of records": len(examples)}
    taught = None if np.array_equal(examples.labels, examples.target) else examples.target
    compared = {"labels": examples.labels, "lengths": lengths_of(examples.signals), "soft targets": taught}
    for what, values in compared.items():
        described[what] = (
            values is not None and hashlib.blake2b(np.ascontiguousarray(values), digest_size=8).hexdigest()
        )
    params = settings.get_params(deep=False).items()
    described |= {name: value for name, value in params if name not in _IRRELEVANT and isinstance(value, _PLAIN)}
    first, *others = processes.collect(described)
    for rank, other in enumerate(others, 1):
        if odd := [what for what, value in first.items() if other.get(what) != value]:
            raise ValueError(
                "Processes that share a fit need the same records, in the same order, and the same parameters, but "
                f"process {rank} differs from process 0 in {', '.join(odd)}. Give a random_state to whatever draws."
            )


def _add(digest, values):
    digest.update(f"{values.shape} {values.dtype}".encode())
    digest.update(np.ascontiguousarray(values).data)


def _content_of(settings, fine_tune):
    params = {name: value for name, value in settings.get_params(deep=False).items() if name not in _IRRELEVANT}
    if "fine_tune" in params:
        params["fine_tune"] = fine_tune
    hashes = [f"{type(settings).__module__}.{type(settings).__qualname__}"]
    for name, value in sorted(params.items()):
        try:
            hashes.append(f"{name} {joblib.hash(value)}")
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise ValueError(
                f"checkpoint compares the parameters of fits by their content, but {name} cannot be pickled: "
                f"{value!r}. Define its functions and classes at the top level of a module."
            ) from error
    return "\n".join(hashes)
