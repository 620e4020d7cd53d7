"""Pipelines by name."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

from skecg import make_ecg_pipeline
from skecg.datasets import make_ecg
from skecg.pipeline import PRESETS

STEPS = ["filter", "resample", "crop", "normalize", "classifier"]


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_steps_have_the_same_names_for_every_network(name):
    pipeline = make_ecg_pipeline(name, fs=500, max_epochs=3)
    assert list(pipeline.named_steps) == STEPS
    assert pipeline.get_params()["filter__fs"] == pipeline.get_params()["resample__fs"] == 500
    assert pipeline.get_params()["classifier__max_epochs"] == 3


def test_unknown_names_and_parameters():
    with pytest.raises(ValueError, match=r"no pipeline named 'lenet'; there are \['crnn', 'resnet'\]"):
        make_ecg_pipeline("lenet")
    with pytest.raises(ValueError, match="Invalid parameter 'epochs'"):
        make_ecg_pipeline("crnn", epochs=3)


def test_a_search_over_length_and_normalisation_by_patient():
    ecgs = make_ecg(48, classes=("NORM", "LBBB"), fs=250, duration=6, n_patients=24, difficulty=0, random_state=0)
    pipeline = make_ecg_pipeline("crnn", width=8, hidden_size=16, max_epochs=8, learning_rate=0.01, random_state=0)
    pipeline.set_params(classifier__batch_size=8)
    grid = {"normalize__method": ["zscore", "l2"], "crop__length": [250, 500]}
    search = GridSearchCV(pipeline, grid, cv=StratifiedGroupKFold(2), scoring="roc_auc", error_score="raise")
    search.fit(ecgs.data, ecgs.target, groups=ecgs.data.metadata["patient_id"])
    assert search.best_score_ > 0.7
    assert set(search.predict(ecgs.data)) <= {"NORM", "LBBB"}


def test_arrays_need_the_rate():
    X = np.random.default_rng(0).normal(size=(8, 2, 2600)).astype(np.float32)
    with pytest.raises(ValueError, match="fs"):
        make_ecg_pipeline("crnn").fit(X, np.arange(8) % 2)
