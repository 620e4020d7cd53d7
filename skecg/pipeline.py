"""Whole pipelines by name, with the settings that suit each network."""

from sklearn.pipeline import Pipeline

from . import classifiers
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

# What learns where there are `pretrained` weights. Marques & Oliveira 2025 (arXiv 2503.08960) advise
# the head alone for networks without attention. Ours contradicts: all weights were better than the
# head for CRNN, ResNet, AttResNet and ResTransformer, on each target and from each source
# (benchmarks/results/pe_summary.csv). The networks that were not tried follow them.
_SHARED = {**_FIRST_GUESS, "classifier__fine_tune": "all"}

PRESETS = {
    "alexnet": (classifiers.AlexNetClassifier, _SHARED),
    "attresnet": (classifiers.AttResNetClassifier, _SHARED),
    "crnn": (classifiers.CRNNClassifier, _SHARED),
    "eegnet": (classifiers.EEGNetClassifier, _SHARED),
    "efficientecg": (classifiers.EfficientECGClassifier, _SHARED),
    "resnet": (classifiers.ResNetClassifier, _SHARED),
    "restransformer": (classifiers.ResTransformerClassifier, _SHARED),
    "rnn": (classifiers.RNNClassifier, _SHARED),
    "s4": (classifiers.S4Classifier, _SHARED),
    "transformer": (classifiers.TransformerClassifier, _SHARED),
    "vgg": (classifiers.VGGClassifier, _SHARED),
    "xresnet": (classifiers.XResNetClassifier, _SHARED),
}
"""Classifier and step parameters by the name of the network."""


def make_ecg_pipeline(name, *, fs=None, sampler=None, memory=None, verbose=False, **classifier_params):
    """Return filter, resampling, crop, normalisation and a classifier as a Pipeline.

    Parameters
    ----------
    name : str
        The network: "alexnet", "attresnet", "crnn", "eegnet", "efficientecg", "resnet",
        "restransformer", "rnn", "s4", "transformer", "vgg" or "xresnet".
    fs : float, default=None
        Sampling rate in Hz of plain arrays; `ECGRecords` know theirs.
    sampler : sampler of `skecg.imbalance`, default=None
        Resamples the training records, and them alone, before the classifier.
    memory : str or object with the joblib.Memory interface, default=None
        Caches the steps before the classifier, as in `sklearn.pipeline.Pipeline`.
    verbose : bool, default=False
        Whether the pipeline tells how long each step took.
    **classifier_params
        Parameters of the classifier, such as `max_epochs` or `random_state`.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        With the steps `filter`, `resample`, `crop`, `normalize` and `classifier`. With a
        sampler, imbalanced-learn's `Pipeline` with `sampler` before the last.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If the sampler has no `fit_resample`.

    Notes
    -----
    Band 0.5 to 40 Hz, 100 Hz, 10 s, windows of 2.5 s, z-scores per record: first guesses for
    all networks, until our benchmark of lengths and normalisations has decided. `fine_tune`,
    which acts with `pretrained` only, is "all": in our runs that was better than "head" for every
    network tried, with and without attention, where Marques & Oliveira 2025 advise the head for
    those without.

    Examples
    --------
    >>> from skecg import make_ecg_pipeline
    >>> from skecg.imbalance import RecordOverSampler
    >>> pipeline = make_ecg_pipeline("crnn", fs=500, sampler=RecordOverSampler(random_state=0), max_epochs=5)
    >>> list(pipeline.named_steps)
    ['filter', 'resample', 'crop', 'normalize', 'sampler', 'classifier']
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
    kind = Pipeline
    if sampler is not None:
        if not hasattr(sampler, "fit_resample"):
            raise TypeError(f"sampler must have fit_resample, as those of skecg.imbalance; got {sampler!r}.")
        from imblearn.pipeline import Pipeline as kind  # noqa: N813 - slow to import, and needed by few

        steps.insert(-1, ("sampler", sampler))
    pipeline = kind(steps, memory=memory, verbose=verbose).set_params(**params)
    pipeline.set_params(**{f"classifier__{key}": value for key, value in classifier_params.items()})
    return pipeline
