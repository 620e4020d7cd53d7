"""Whole pipelines by name."""

from sklearn.pipeline import Pipeline

from .best import make_best
from .preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize
from .presets import PRESETS

__all__ = ["PRESETS", "make_ecg_pipeline"]


def make_ecg_pipeline(name, *, fs=None, sampler=None, memory=None, verbose=False, **classifier_params):
    """Return filter, resampling, crop, normalisation and a classifier as a Pipeline.

    Parameters
    ----------
    name : str
        The network: "alexnet", "attresnet", "crnn", "eegnet", "efficientecg", "resnet",
        "restransformer", "rnn", "s4", "transformer", "vgg" or "xresnet". Or "best": the mean of
        two narrow ResNet18 and of boosted trees on `BeatFeatures` and `MedianBeat`, our best recipe
        on PTB-XL.
    fs : float, default=None
        Sampling rate in Hz of plain arrays; `ECGRecords` know theirs.
    sampler : sampler of `skecg.imbalance`, default=None
        Resamples the training records, and them alone, before the classifier; not for "best".
    memory : str or object with the joblib.Memory interface, default=None
        Caches the steps before the classifier, as in `sklearn.pipeline.Pipeline`.
    verbose : bool, default=False
        Whether the pipeline tells how long each step took.
    **classifier_params
        Parameters of the classifier, such as `max_epochs` or `random_state`; of "best", those of
        each of its networks, and `random_state` of its trees too. The classifier's own `verbose`
        is set afterwards: `set_params(classifier__verbose=1)`.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        With the steps `filter`, `resample`, `crop`, `normalize` and `classifier`. With a
        sampler, imbalanced-learn's `Pipeline` with `sampler` before the last. "best" is a
        `SoftVotingClassifier` of four pipelines: the networks `second` and `beats`, the trees
        `measures` and `shape`.

    Raises
    ------
    ValueError
        If the name is unknown, or "best" is given a sampler.
    TypeError
        If the sampler is no object with `fit_resample`.

    Notes
    -----
    Band 0.5 to 40 Hz, 100 Hz, 10 s. Windows are what our benchmark found best over PTB-XL and CinC 2017, on folds
    that were not tested on: 1 s for "crnn", 2.5 s for the others, of which "resnet" and "efficientecg" were compared.
    Normalisations are those that it found best on PTB-XL: one factor for the whole set, or none, rather than one a
    record. A short window wants more epochs: where few fit into the time, lengthen it; for rhythms alone 4 or 5 s
    are better. `fine_tune`, which acts with
    `pretrained` only, is "all": in our runs that was better than "head" for every network tried,
    with and without attention, where Marques & Oliveira 2025 advise the head for those without.

    The networks of "best" get no band-pass ("passthrough" stands in its place), and one z-score for the set;
    its trees have a high-pass of their own. They are scikit-learn's, whose state is no plain data:
    `skecg.save` refuses them, joblib keeps them; they take weights of records by scikit-learn's metadata
    routing only.

    Examples
    --------
    >>> from skecg import make_ecg_pipeline
    >>> from skecg.imbalance import RecordOverSampler
    >>> pipeline = make_ecg_pipeline("crnn", fs=500, sampler=RecordOverSampler(random_state=0), max_epochs=5)
    >>> list(pipeline.named_steps)
    ['filter', 'resample', 'crop', 'normalize', 'sampler', 'classifier']
    """
    if name == "best":
        if sampler is not None:
            raise ValueError('"best" takes no sampler; the pipelines of single networks do.')
        return make_best(make_ecg_pipeline, fs, memory, verbose, classifier_params)
    if not isinstance(name, str) or name not in PRESETS:
        raise ValueError(f"There is no pipeline named {name!r}; there are {sorted([*PRESETS, 'best'])}.")
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
        if isinstance(sampler, type) or not hasattr(sampler, "fit_resample"):
            raise TypeError(f"sampler must have fit_resample, as those of skecg.imbalance; got {sampler!r}.")
        from imblearn.pipeline import Pipeline as kind  # noqa: N813 - slow to import, and needed by few

        steps.insert(-1, ("sampler", sampler))
    pipeline = kind(steps, memory=memory, verbose=verbose).set_params(**params)
    pipeline.set_params(**{f"classifier__{key}": value for key, value in classifier_params.items()})
    return pipeline
