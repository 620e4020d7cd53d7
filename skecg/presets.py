"""Settings of each network, by its name."""

from . import classifiers

# Window in samples at 100 Hz (of records of ten seconds), and normalisation: method, per.
# The sources are in benchmarks/results. Windows have the best mean rank on superclasses and rhythms of PTB-XL and on
# CinC 2017 (length_normalisation_summary.csv, length_rhythm.csv, length_cinc2017.csv), for CRNN, ResNet and compact
# EfficientECG; the other networks use the best window over these three. Normalisations are the best on superclasses,
# trained on folds 1 and 2 of PTB-XL and evaluated on fold 3, with three seeds (length_normalisation_summary.csv).
# "none" keeps millivolts: with BatchNorm after the first layer, one factor for the whole set gives the same network as
# no factor, and a z-score per record loses the information in the voltage. For the networks that are not named, the
# z-score for the set is within the spread of the best.
_WINDOWS = {"crnn": 100}  # 250 for the others
_NORMALISATIONS = {"crnn": ("none", "record"), "resnet": ("robust", "dataset")}  # for the others, a z-score for the set

# The part that learns with `pretrained` weights: the head for fewer than 400 records, else all weights. Marques &
# Oliveira 2025 (arXiv 2503.08960) advise to train only the head of networks without attention. With 400 and 464
# records, our results contradict: all weights were better for CRNN, ResNet, AttResNet and ResTransformer, on each
# target and from each source (benchmarks/results/pe_summary.csv). With 100 records of CinC 2017, the head of the
# packaged ResNet was better (transfer_means.csv). Untested networks use the same setting.
_FINE_TUNE = "auto"


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
