"""Whole pipelines by name, with the settings that suit each network."""

from sklearn.pipeline import Pipeline

from .classifiers import CRNNClassifier, ResNetClassifier
from .preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize

__all__ = ["PRESETS", "make_ecg_pipeline"]

# Ten seconds at 100 Hz, seen in windows of 2.5 s, normalised by one factor a record.
# A first guess, until the benchmark of lengths and normalisations decides: the window is
# that of Strodthoff 2021; one factor a record keeps the proportions of the leads.
_FIRST_GUESS = {
    "crop__length": 1000,
    "normalize__method": "zscore",
    "normalize__per": "record",
    "classifier__window": 250,
}

PRESETS = {
    "crnn": (CRNNClassifier, _FIRST_GUESS),
    "resnet": (ResNetClassifier, _FIRST_GUESS),
}
"""Classifier and step parameters by the name of the network."""


def make_ecg_pipeline(name, *, fs=None, memory=None, verbose=False, **classifier_params):
    """Return filter, resampling, crop, normalisation and a classifier as a Pipeline.

    Parameters
    ----------
    name : {"crnn", "resnet"}
        The network.
    fs : float, default=None
        Sampling rate in Hz of plain arrays; `ECGRecords` know theirs.
    memory : str or object with the joblib.Memory interface, default=None
        Caches the steps before the classifier, as in `sklearn.pipeline.Pipeline`.
    verbose : bool, default=False
        Whether the pipeline tells how long each step took.
    **classifier_params
        Parameters of the classifier, such as `max_epochs` or `random_state`.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        With the steps `filter`, `resample`, `crop`, `normalize` and `classifier`.

    Raises
    ------
    ValueError
        If the name is unknown.

    Notes
    -----
    Band 0.5 to 40 Hz, 100 Hz, 10 s, windows of 2.5 s, z-scores per record: first guesses for
    both networks, until our benchmark of lengths and normalisations has decided.

    Examples
    --------
    >>> from skecg import make_ecg_pipeline
    >>> pipeline = make_ecg_pipeline("crnn", fs=500, max_epochs=5, random_state=0)
    >>> list(pipeline.named_steps)
    ['filter', 'resample', 'crop', 'normalize', 'classifier']
    """
    if name not in PRESETS:
        raise ValueError(f"There is no pipeline named {name!r}; there are {sorted(PRESETS)}.")
    classifier, params = PRESETS[name]
    steps = [
        ("filter", ECGFilter(fs=fs)),
        ("resample", ECGResample(fs=fs)),
        ("crop", ECGCrop()),
        ("normalize", Normalize()),
        ("classifier", classifier()),
    ]
    pipeline = Pipeline(steps, memory=memory, verbose=verbose).set_params(**params)
    pipeline.set_params(**{f"classifier__{key}": value for key, value in classifier_params.items()})
    return pipeline
