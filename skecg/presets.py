"""The settings that suit each network, by its name."""

from . import classifiers

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
