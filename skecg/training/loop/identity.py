"""The fingerprint of a training: two trainings have the same one only if they lead to the same weights."""

import hashlib
import pickle

import joblib
import numpy as np

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


def fingerprint(network, dataset, validation, settings, seed, precision):
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

    Returns
    -------
    name : str

    Raises
    ------
    ValueError
        If a parameter has no content that can be compared, such as a lambda in `net_params`.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(_content_of(settings).encode())
    digest.update(f"{seed} {precision} {network}".encode())
    for name, weights in network.named_parameters():
        digest.update(f"{name} {weights.requires_grad}".encode())
    for values in network.state_dict().values():
        _add(digest, values.detach().cpu().numpy())
    for part in (dataset, validation):
        digest.update(type(part).__name__.encode())
        for values in part.identifying_arrays() if part is not None else ():
            _add(digest, values)
    return digest.hexdigest()


def _add(digest, values):
    digest.update(f"{values.shape} {values.dtype}".encode())
    digest.update(np.ascontiguousarray(values).data)


def _content_of(settings):
    params = {name: value for name, value in settings.get_params(deep=False).items() if name not in _IRRELEVANT}
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
