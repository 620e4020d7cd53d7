"""Make the fitted models of `models/`, their inputs and their predictions, with the version of skecg that is imported.

    python tests/persistence/make_models.py FOLDER

The networks are narrow and train for two epochs, because the models only test loading.
Later versions only read the folder that is in the repository; new files would not test compatibility with old files.
"""

import json
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline

import skecg
from skecg import ECGRecords, make_ecg_pipeline, networks
from skecg.classifiers import (
    AlexNetClassifier,
    AttResNetClassifier,
    CRNNClassifier,
    ECGClassifier,
    EEGNetClassifier,
    EfficientECGClassifier,
    ResNetClassifier,
    ResTransformerClassifier,
    RNNClassifier,
    S4Classifier,
    TransformerClassifier,
    VGGClassifier,
    XResNetClassifier,
)
from skecg.ensemble import SoftVotingClassifier
from skecg.features import AutoencoderFeatures
from skecg.imbalance import RecordOverSampler
from skecg.model_selection import CalibratedLabels, TunedLabelThresholds
from skecg.preprocessing import Normalize

BRIEF = {"max_epochs": 2, "batch_size": 8, "random_state": 0, "device": "cpu"}
TINY = {"n_tokens": 2, "width": 4, **BRIEF}  # for EEGNet, the smallest network
BINARY = np.tile([3, 7], 6)
CLASSES = np.tile(["AF", "NORM", "OTHER"], 4)
LABELS = np.array([[row % 2, row % 3 == 0, row % 5 < 2] for row in range(12)], dtype=int)


def make_inputs():
    """Return the signals, ages and sexes of twelve records; one age and one sex are missing."""
    rng = np.random.default_rng(0)
    time = np.arange(200) / 100
    waves = np.sin(2 * np.pi * (1 + np.arange(12)[:, None, None] % 3) * time) + rng.normal(size=(12, 3, 200)) / 10
    return {
        "signals": waves.astype(np.float32),
        "ages": np.array([30.0, 41, 52, np.nan, 64, 75, 86, 37, 48, 59, 60, 71]),
        "sexes": np.array(["f", "m", "f", "f", "m", "", "m", "f", "m", "f", "m", "m"]),
    }


def form_of(inputs, form):
    """Return the inputs as a 3-D array, as a 2-D array of one lead, or as records with metadata."""
    if form != "records":
        return inputs["signals"] if form == "leads" else inputs["signals"][:, 0]
    sexes = [sex or None for sex in inputs["sexes"].tolist()]
    metadata = {"age": inputs["ages"], "sex": sexes, "patient_id": np.arange(12) // 2}
    return ECGRecords(inputs["signals"], 100, leads=["I", "II", "V1"], metadata=metadata)


# name: (unfitted model, form of X, y)
SAVED = {
    "alexnet": (AlexNetClassifier(width=2, hidden_size=8, **BRIEF), "leads", BINARY),
    "attresnet": (AttResNetClassifier(width=2, n_heads=2, pooling="flatten", n_tokens=2, **BRIEF), "records", CLASSES),
    "crnn": (
        CRNNClassifier(width=2, hidden_size=4, covariates=("age", "sex"), fusion="film", **BRIEF),
        "records",
        LABELS,
    ),
    "eegnet": (EEGNetClassifier(**TINY), "lead", CLASSES),
    "efficientecg": (EfficientECGClassifier(variant="compact", width=8, window=150, **BRIEF), "leads", LABELS),
    "resnet": (ResNetClassifier(width=2, class_weight="balanced", **BRIEF), "records", BINARY),
    "restransformer": (
        ResTransformerClassifier(
            width=2, n_layers=1, n_heads=2, covariates=["age"], fusion="cross_attention", augment="flip", **BRIEF
        ),
        "records",
        CLASSES,
    ),
    "rnn": (RNNClassifier(cell="gru", hidden_size=4, window=100, loss="focal", **BRIEF), "records", LABELS),
    "s4": (S4Classifier(width=4, n_layers=1, n_states=4, **BRIEF), "lead", BINARY),
    "transformer": (TransformerClassifier(width=8, n_layers=1, n_heads=2, **BRIEF), "leads", LABELS),
    "vgg": (VGGClassifier(width=2, hidden_size=8, **BRIEF), "records", BINARY == 7),
    "xresnet": (XResNetClassifier(depth=50, width=2, hidden_size=4, **BRIEF), "leads", CLASSES),
    "ecg": (ECGClassifier(networks.EEGNet, {"width": 4, "n_tokens": 2}, **BRIEF), "records", BINARY),
    "pipeline": (make_ecg_pipeline("crnn", width=2, hidden_size=4, **BRIEF), "records", CLASSES),
    "pipeline_with_sampler": (
        make_ecg_pipeline("eegnet", fs=100, sampler=RecordOverSampler(random_state=0), **TINY),
        "leads",
        BINARY,
    ),
    "thresholds": (TunedLabelThresholds(EEGNetClassifier(**TINY), cv=2), "leads", LABELS),
    "calibrated": (CalibratedLabels(EEGNetClassifier(**TINY), cv=2), "leads", LABELS),
    "threshold": (FixedThresholdClassifier(EEGNetClassifier(**TINY), threshold=0.4, pos_label=7), "records", BINARY),
    "voting": (
        SoftVotingClassifier([("eegnet", EEGNetClassifier(**TINY)), ("rnn", RNNClassifier(hidden_size=4, **BRIEF))]),
        "records",
        CLASSES,
    ),
    "autoencoder": (
        make_pipeline(AutoencoderFeatures(n_components=2, hidden_size=4, **BRIEF), LogisticRegression()),
        "records",
        CLASSES,
    ),
}
EARLY_STOPPING = {"early_stopping": True, "validation_fraction": 0.3, "ema_decay": None}
PICKLED = {name: SAVED[name] for name in ("eegnet", "ecg")}
WITH_JOBLIB = {
    **{name: SAVED[name] for name in ("crnn", "transformer", "pipeline", "calibrated", "voting")},
    "early_stopping": (
        EEGNetClassifier(**TINY, early_stopping=True, validation_fraction=0.3),
        "records",
        BINARY,
    ),
    "search": (GridSearchCV(EEGNetClassifier(**TINY), {"learning_rate": [1e-3, 1e-2]}, cv=2), "leads", CLASSES),
}


def embedding(inputs):
    """Return a pipeline over the embedding of a frozen network."""
    network = make_pipeline(Normalize(), EEGNetClassifier(**TINY)).fit(form_of(inputs, "records"), BINARY)
    return make_pipeline(FrozenEstimator(network), LogisticRegression())


def write(name, model, X, y, path):
    """Fit a model, write it to `path`, and return its predictions."""
    model.fit(X, y)
    if path.suffix == ".skecg":
        skecg.save(model, path)
    elif path.suffix == ".joblib":
        joblib.dump(model, path, compress=3)
    else:
        path.write_bytes(pickle.dumps(model))
    return {"predict_proba": model.predict_proba(X).tolist(), "predict": np.asarray(model.predict(X)).tolist()}


def main(folder):
    """Write inputs, models and predictions to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = make_inputs()
    np.savez_compressed(folder / "inputs.npz", **inputs)
    frozen = {"frozen": (embedding(inputs), "records", BINARY)}
    kinds = {".skecg": {**SAVED, **frozen}, ".pickle": {**PICKLED, **frozen}, ".joblib": WITH_JOBLIB}
    expected = {
        f"{name}{suffix}": {"form": form, **write(name, model, form_of(inputs, form), y, folder / f"{name}{suffix}")}
        for suffix, models in kinds.items()
        for name, (model, form, y) in models.items()
    }
    lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(expected.items())]
    (folder / "predictions.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
