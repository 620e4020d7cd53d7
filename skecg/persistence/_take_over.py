"""Take the network and the steps before it from a trained model, for a new fit that starts from its weights."""

from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from ..estimators.model import network_path
from ..format import read_file
from ..preprocessing import ECGResample, Normalize
from ..pretrained import path_of
from ..training.weights.source import check_frozen
from ._files import load
from ._overlap import OverlapCheck


def steps_to_take_over(pretrained, fs):
    """Return the steps of a new pipeline that starts from trained weights, none of them fitted.

    Parameters
    ----------
    pretrained : path-like or FrozenEstimator
        A file, the name of a packaged model, or a frozen fitted model.
    fs : float or None
        Sampling rate in Hz of plain arrays.

    Returns
    -------
    steps : list of (str, estimator) or None
        The steps of the source before its classifier, and the classifier, with the architecture, the window and the
        default training parameters. If the source knows its rate and does not resample, a resampling comes first. If
        the source keeps digests of its training records, an `OverlapCheck` comes first. None if a file holds weights
        alone.

    Raises
    ------
    NotFittedError, TypeError, ValueError
        If the source is not frozen, or does not end in one fitted classifier of skecg.
    """
    check_frozen(pretrained)
    frozen = isinstance(pretrained, FrozenEstimator)
    if not frozen and _holds_weights_alone(path_of(pretrained)):
        return None
    path = network_path(pretrained if frozen else load(pretrained), "pretrained")
    source = path.predictor
    steps = [(name, step) for name, step in path.signal_steps[:-1] if not isinstance(step, OverlapCheck)]
    if source.fs_ is not None and not any(isinstance(step, ECGResample) for _, step in steps):
        steps.insert(0, ("resample", ECGResample(target_fs=source.fs_)))
    steps = [(name, _unfitted(step)) for name, step in steps]
    _set_rates([step for _, step in steps], fs)
    training = path.contract.training if path.contract is not None else None
    if "digests" in (training or {}) or getattr(source, "source_digests_", None):
        steps.insert(0, ("overlap", OverlapCheck(pretrained)))
    architecture = {name: clone(value, safe=False) for name, value in source._architecture().items()}
    return [*steps, ("classifier", type(source)(**architecture, window=source.window, pretrained=pretrained))]


def _holds_weights_alone(path):
    document, _ = read_file(path)
    return isinstance(document, dict) and document.get("kind") == "weights"


def _unfitted(step):
    """Return an unfitted copy of a step, which keeps the statistics of a data set."""
    new = clone(step)
    if isinstance(step, Normalize) and step._uses_dataset():
        location, scale = step.location_.tolist(), step.scale_.tolist()
        new.set_params(statistics=(tuple(location), tuple(scale)) if len(scale) > 1 else (location[0], scale[0]))
    return new


def _set_rates(steps, fs):
    """Set the rate of plain arrays in each step that needs it; `ECGRecords` contain their rate."""
    for step in steps:
        if "fs" in step.get_params():
            step.set_params(fs=fs)
        if isinstance(step, ECGResample) and fs is not None:
            fs = float(step.target_fs)
