"""A pipeline that gives a published network the signals that it expects."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from ..classifiers import ECGClassifier
from ..preprocessing import ECGResample, SelectLeads
from ._models import model_named


def make_foundation_pipeline(model, pretrained, *, fs=None, memory=None, verbose=False, **classifier_params):
    """Return a Pipeline of the steps of a published network and a classifier that starts from its weights.

    Parameters
    ----------
    model : str or FoundationModel
        A name in `FOUNDATION_MODELS`: "clef-small", "ecg-cpc", "ecgfounder" or "ecgfounder-1lead".
    pretrained : path-like or None
        The file that `convert_checkpoint` wrote; None starts from random weights.
    fs : float, default=None
        Sampling rate in Hz of plain arrays; `ECGRecords` contain their sampling rate.
    memory : str or object with the joblib.Memory interface, default=None
        Caches the steps before the classifier, as in `sklearn.pipeline.Pipeline`.
    verbose : bool, default=False
        Whether the pipeline prints how long each step took.
    **classifier_params
        Parameters of the classifier, such as `fine_tune`, `max_epochs` or `random_state`. They replace the window and
        the settings of the authors' fine-tuning.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        The steps are `leads`, `resample`, those of the network, such as `filter` and `normalize`, and `classifier`, an
        `ECGClassifier`.

    Raises
    ------
    ValueError
        If there is no such network.

    Notes
    -----
    The classifier sees windows of the length with which the network was trained, and zero-pads shorter records. A
    record is normalised as a whole, so it should not be much longer than this length.

    `fit` gives the network a new last layer. `fine_tune="head"` trains this layer only, with a larger learning rate.

    Examples
    --------
    >>> from skecg.foundation import make_foundation_pipeline
    >>> pipeline = make_foundation_pipeline("ecgfounder", "ecgfounder.skecg", fine_tune="head", learning_rate=1e-3)
    >>> list(pipeline.named_steps)
    ['leads', 'resample', 'notch', 'filter', 'baseline', 'normalize', 'classifier']
    """
    found = model_named(model)
    steps = [("leads", SelectLeads(list(found.leads))), ("resample", ECGResample(found.fs, fs=fs))]
    steps += [(name, clone(step)) for name, step in found.steps]
    params = {"window": found.length, **found.training, **classifier_params}
    classifier = ECGClassifier(found.module, dict(found.params), pretrained=pretrained, **params)
    return Pipeline([*steps, ("classifier", classifier)], memory=memory, verbose=verbose)
