"""Whole pipelines by name, with the settings that suit each network."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_union

from . import classifiers
from .ensemble import SoftVotingClassifier
from .features import BeatFeatures, MedianBeat
from .preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize

__all__ = ["PRESETS", "make_ecg_pipeline"]

# What a network sees at once of ten seconds at 100 Hz, and how it is normalised: window, method, per.
# The sources are in benchmarks/results. Windows: those of the best mean place on superclasses and rhythms of PTB-XL and
# on CinC 2017 (length_normalisation_summary.csv, length_rhythm.csv, length_cinc2017.csv), for CRNN, ResNet and compact
# EfficientECG; the other networks have what won over these three. Normalisations: superclasses, folds 1 and 2 of PTB-XL
# against 3, three seeds (length_normalisation_summary.csv). "none" says that millivolts do: BatchNorm after the first
# layer makes one factor for the whole set and none the same network, and a z-score a record loses what the voltage
# tells. The z-score for the set is within the spread of the best for those that are not named.
_WINDOWS = {"crnn": 100}  # the others 250
_NORMALISATIONS = {"crnn": ("none", "record"), "resnet": ("robust", "dataset")}  # the others a z-score for the set

# What learns where there are `pretrained` weights. Marques & Oliveira 2025 (arXiv 2503.08960) advise
# the head alone for networks without attention. Ours contradicts: all weights were better than the
# head for CRNN, ResNet, AttResNet and ResTransformer, on each target and from each source
# (benchmarks/results/pe_summary.csv). The networks that were not tried follow them.
_FINE_TUNE = "all"


def _settings(name):
    """Return the step parameters of a network."""
    method, per = _NORMALISATIONS.get(name, ("zscore", "dataset"))
    return {
        "crop__length": 1000,
        "normalize__method": method,
        "normalize__per": per,
        "classifier__window": _WINDOWS.get(name, 250),
        "classifier__fine_tune": _FINE_TUNE,
    }


_CLASSIFIERS = {
    "alexnet": classifiers.AlexNetClassifier,
    "attresnet": classifiers.AttResNetClassifier,
    "crnn": classifiers.CRNNClassifier,
    "eegnet": classifiers.EEGNetClassifier,
    "efficientecg": classifiers.EfficientECGClassifier,
    "resnet": classifiers.ResNetClassifier,
    "restransformer": classifiers.ResTransformerClassifier,
    "rnn": classifiers.RNNClassifier,
    "s4": classifiers.S4Classifier,
    "transformer": classifiers.TransformerClassifier,
    "vgg": classifiers.VGGClassifier,
    "xresnet": classifiers.XResNetClassifier,
}
PRESETS = {name: (classifier, _settings(name)) for name, classifier in _CLASSIFIERS.items()}
"""Classifier and step parameters by the name of the network."""


# The parts of the best recipe, as benchmarks/recipe.py found them: two narrow ResNet18 that see a second of a
# record, or two and a half, and boosted trees on two tables. Networks and trees err on different records, and each
# table adds something; either network could be left out, which costs at most .0006 of macro AUC
# (benchmarks/results/recipe_parts.csv). One factor for the whole set, which keeps the voltage.
_BEST_NETWORKS = {
    "second": {"width": 16, "window": 100, "max_epochs": 60},
    "beats": {"width": 32, "window": 250, "max_epochs": 24},
}
_BEST_TRAINING = {"batch_size": 32, "learning_rate": 3e-3, "weight_decay": 1e-2}
_SHARE = 0.2  # of the columns of the large table, drawn for each split of its trees
_NOT_FOUND = -1000.0  # a value no feature takes, for waves that were not found


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
        return _make_best(fs, memory, verbose, classifier_params)
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


def _make_best(fs, memory, verbose, classifier_params):
    """Return the mean of two networks and of boosted trees on two tables."""
    known = {"fs": fs, "memory": memory, "verbose": verbose}
    parts = []
    for name, params in _BEST_NETWORKS.items():
        network = make_ecg_pipeline("resnet", **known, **(_BEST_TRAINING | params | classifier_params))
        network.set_params(filter="passthrough", normalize__method="zscore", normalize__per="dataset")
        parts.append((name, network))
    measures, shape = BeatFeatures(fs=fs), make_union(BeatFeatures(fs=fs), MedianBeat(fs=fs))
    for name, table, share in (("measures", measures, 1.0), ("shape", shape, _SHARE)):
        trees = _make_trees(share, classifier_params.get("random_state"))
        parts.append((name, Pipeline([("features", table), *trees], memory=memory, verbose=verbose)))
    return SoftVotingClassifier(parts)


def _make_trees(share, seed):
    """Return the steps behind a table: boosted trees, of which each split sees a share of the columns."""
    params = {"learning_rate": 0.05, "max_iter": 250, "early_stopping": False}
    boosted = HistGradientBoostingClassifier(max_features=share, random_state=seed, **params)
    filled = SimpleImputer(strategy="constant", fill_value=_NOT_FOUND, keep_empty_features=True)
    return [("impute", filled), ("classifier", OneVsRestClassifier(boosted))]
