"""Complete pipelines by name."""

from sklearn.pipeline import Pipeline

from .best import make_best
from .preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize
from .presets import PRESETS

__all__ = ["PRESETS", "make_ecg_pipeline"]


def make_ecg_pipeline(
    name=None, *, fs=None, pretrained=None, sampler=None, memory=None, verbose=False, **classifier_params
):
    """Return a Pipeline of filter, resampling, crop, normalisation and a classifier.

    Parameters
    ----------
    name : str, default=None
        The network: "alexnet", "attresnet", "crnn", "eegnet", "efficientecg", "resnet",
        "restransformer", "rnn", "s4", "transformer", "vgg" or "xresnet". Or "best": the vote of a
        ResNet18 and of boosted trees on `BeatFeatures` and `MedianBeat`, our best recipe
        on PTB-XL. None takes the network of `pretrained`.
    fs : float, default=None
        Sampling rate in Hz of plain arrays; `ECGRecords` contain their sampling rate.
    pretrained : path-like or FrozenEstimator, default=None
        The source of the first weights: a file saved by `skecg.save`, the name of a packaged model
        (`skecg.pretrained.list_models`), or a fitted model in `sklearn.frozen.FrozenEstimator`; not for "best". The
        architecture of the network, the window and the steps are then those of the source, not those of the preset,
        with its rate and the statistics of its normalisation. `fit` warns if the weights were trained on some of its
        records (`skecg.persistence.OverlapCheck`).
    sampler : sampler of `skecg.imbalance`, default=None
        Resamples only the training records, before the classifier; not for "best".
    memory : str or object with the joblib.Memory interface, default=None
        Caches the steps before the classifier, as in `sklearn.pipeline.Pipeline`.
    verbose : bool, default=False
        Whether the pipeline prints how long each step took.
    **classifier_params
        Parameters of the classifier, such as `max_epochs` or `random_state`. With "best", they apply
        to its network, and `random_state` also to its trees. To set `verbose` of the
        classifier, use `set_params(classifier__verbose=1)` on the pipeline.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        The steps are `filter`, `resample`, `crop`, `normalize` and `classifier`. With a sampler, the
        pipeline is imbalanced-learn's `Pipeline`, with the step `sampler` before the classifier. With `pretrained`,
        the steps before `classifier` are those of the source, by their names; the step `overlap` comes first if
        the source recognises its training records, and `resample` if the source has a rate and does not resample.
        "best" returns a `SoftVotingClassifier` of three pipelines: the network `network`, and
        the trees `measures` and `shape`. It pools their log-odds.

    Raises
    ------
    ValueError
        If there is no pipeline of this name, if "best" gets a sampler or `pretrained`, or if `pretrained` holds
        another network.
    OSError
        If `pretrained` is neither a file nor the name of a packaged model.
    TypeError
        If the sampler is not an object with `fit_resample`, or a model in `pretrained` is not frozen.

    Notes
    -----
    The pipeline filters from 0.5 to 40 Hz, resamples to 100 Hz and crops to 10 s. The windows were the best of our
    benchmark over PTB-XL and CinC 2017, on folds that were not used for testing: 1 s for "crnn" and 2.5 s for the
    other networks, of which only "resnet" and "efficientecg" were compared. The normalisations were the best on
    PTB-XL: one factor for the whole set, or none, rather than one factor per record. A short window needs more
    epochs; if there is time for only a few epochs, use a longer window. If the classes are only rhythms, a window of
    4 or 5 s is better. `fine_tune`, which only has an effect with `pretrained`, is "auto": fewer than 400
    training records train only the head, and more train all weights. In our runs "all" was better than "head" with 400
    and 464 records for every network that we tried, with and without attention, although Marques & Oliveira 2025 advise
    "head" for networks without attention; with 100 records "head" was better.

    The network of "best" has neither a band-pass filter nor a crop ("passthrough" is in their places), windows of 5 s,
    and one z-score for the whole set; the feature tables of the trees include a high-pass filter. The trees accept
    sample weights only through scikit-learn's metadata routing. With fewer than about 300 records, scikit-learn's
    `ExtraTreesClassifier` on `BeatFeatures` is better than "best" (benchmarks/results/cohorts_means.csv).

    Examples
    --------
    >>> from skecg import make_ecg_pipeline
    >>> from skecg.imbalance import RecordOverSampler
    >>> pipeline = make_ecg_pipeline("crnn", fs=500, sampler=RecordOverSampler(random_state=0), max_epochs=5)
    >>> list(pipeline.named_steps)
    ['filter', 'resample', 'crop', 'normalize', 'sampler', 'classifier']
    """
    if name == "best":
        if sampler is not None or pretrained is not None:
            given = "sampler" if sampler is not None else "pretrained"
            raise ValueError(f'"best" accepts no {given}; the pipelines of single networks do.')
        return make_best(make_ecg_pipeline, fs, memory, verbose, classifier_params)
    if not (name is None and pretrained is not None) and (not isinstance(name, str) or name not in PRESETS):
        raise ValueError(f"There is no pipeline named {name!r}; choose from {sorted([*PRESETS, 'best'])}.")
    steps, params = _steps(name, fs, pretrained)
    kind = Pipeline
    if sampler is not None:
        if isinstance(sampler, type) or not hasattr(sampler, "fit_resample"):
            raise TypeError(f"sampler must have fit_resample, like the samplers of skecg.imbalance; got {sampler!r}.")
        from imblearn.pipeline import Pipeline as kind  # noqa: N813 - slow to import, and rarely needed

        steps.insert(-1, ("sampler", sampler))
    pipeline = kind(steps, memory=memory, verbose=verbose).set_params(**params)
    pipeline.set_params(**{f"classifier__{key}": value for key, value in classifier_params.items()})
    return pipeline


def _steps(name, fs, pretrained):
    """Return the steps of a pipeline, and parameters to set: those of the preset, or of the source of the weights."""
    taken = None if pretrained is None else _taken_over(name, fs, pretrained)
    if taken is not None:
        return taken
    if name is None:
        raise ValueError(
            f"pretrained={str(pretrained)!r} holds weights alone and names no network; choose one of {sorted(PRESETS)}."
        )
    classifier, params = PRESETS[name]
    steps = [
        ("filter", ECGFilter(fs=fs)),
        ("resample", ECGResample(fs=fs)),
        ("crop", ECGCrop()),
        ("normalize", Normalize()),
        ("classifier", classifier(pretrained=pretrained)),
    ]
    return steps, params


def _taken_over(name, fs, pretrained):
    """Return the steps of the source of the weights, and parameters to set; None if the source has weights alone."""
    from .persistence._take_over import steps_to_take_over  # slow to import, and rarely needed

    steps = steps_to_take_over(pretrained, fs)
    if steps is None:
        return None
    network = type(steps[-1][1])
    names = [each for each, (classifier, _) in PRESETS.items() if classifier is network]
    if not names:
        raise ValueError(f"pretrained holds a {network.__name__}, which has no pipeline; {sorted(PRESETS)} have one.")
    if name not in (None, *names):
        raise ValueError(f"pretrained holds a {network.__name__}: pass {names[0]!r} in place of {name!r}, or no name.")
    return steps, {"classifier__fine_tune": PRESETS[names[0]][1]["classifier__fine_tune"]}
