"""Temperatures, thresholds and the card of a network that skecg ships."""

from itertools import pairwise
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from _results import stored
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold

import skecg
from skecg.datasets import describe_statements
from skecg.metrics import bootstrap_interval, expected_calibration_error, macro_auc_score
from skecg.model_selection import CalibratedLabels, TunedLabelThresholds

N_FOLDS, N_RESAMPLES = 5, 300
FEWEST = 10  # records of a statement, for a threshold of its own, and in a subgroup for its AUC to count
PROTOCOL = """The windows of the ResNet and the CRNN, the augmentation and the share of the trees were chosen on folds
1 to 7 against fold 8; the EfficientECG was not tuned. The network was trained on folds 1 to 8. {lesson} Fold 9 was
scored once for each training, by the probabilities of the network; two earlier ones of the ResNet had a macro AUC of
.929 and .934 on all statements. After that, a temperature and a threshold (highest F1) of each statement were fitted
to fold 9; a statement of fewer than ten records keeps the threshold 0.5. Their figures come from five parts of fold
9, split by {unit}: the temperatures and thresholds of each part were fitted to the other four. Intervals hold 95 % of
bootstrap samples of {unit}s. A superclass has the probability of at least one of its statements, as if they were
independent. Groups score the records that have a statement of the group."""
LESSON = """Its target was a mixture: {weight:.0%} are what boosted trees on tables of beats, those of
`make_ecg_pipeline("best")`, say of records that they have not seen, and the rest are the labels."""
LIMITS = """The statements are those of one institution, at ten seconds of rest, and the rare ones were learnt from a
  few dozen records. With fewer than twelve leads, statements about the missing leads are guesses."""
ATTRIBUTION = Path(skecg.__file__).parent / "pretrained" / "ATTRIBUTION.md"


def with_decisions(model, X, y):
    """Return a fitted model with a temperature and a threshold (highest F1) of each label, fitted to these records.

    The thresholds see the records that the temperatures were fitted to, but a temperature does not change which
    records a threshold can separate. The threshold of a rare label stays at 0.5: the best one of a few records may lie
    near zero, and the model would name the label in every other ECG.
    """
    calibrated = CalibratedLabels(FrozenEstimator(model)).fit(X, y)
    decided = TunedLabelThresholds(FrozenEstimator(calibrated), objective="f1").fit(X, y)
    decided.thresholds_[y.sum(axis=0) < FEWEST] = 0.5
    return decided


class Given(ClassifierMixin, BaseEstimator):
    """A fitted classifier of labels whose input are its probabilities."""

    def __init__(self, n_labels):
        self.n_labels = n_labels

    def fit(self, X, y):
        """Learn nothing."""
        return self

    @property
    def classes_(self):
        """Classes of each label."""
        return [np.array([0, 1])] * self.n_labels

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, X):
        """Return the input."""
        return X


def cross_fitted(p, y, patients):
    """Return probabilities and decisions whose temperatures and thresholds come from other patients."""
    calibrated, decided = np.empty_like(p, float), np.empty_like(y)
    for others, rows in GroupKFold(N_FOLDS).split(p, groups=patients):
        model = with_decisions(Given(p.shape[1]), p[others], y[others])
        calibrated[rows], decided[rows] = model.predict_proba(p[rows]), model.predict(p[rows])
    return calibrated, decided


# -- the card -------------------------------------------------------------------------------------


def card_of(network, model, file, test):
    """Return the card of a packed model, in Markdown.

    Parameters
    ----------
    network : str
        The name of the network.
    model : Pipeline
        The network with its steps, before calibration.
    file : estimator
        The packed model as `skecg.load` returns it.
    test : Bunch
        Fold 9 of PTB-XL.
    """
    patients, p = _patients(test.data), model.predict_proba(test.data)
    calibrated, decided = cross_fitted(p, test.target, patients)
    protocol = PROTOCOL.format(
        lesson=_lesson(network), unit="patient" if "patient_id" in test.data.metadata else "record"
    )
    text = skecg.model_card(file, title=f"ptbxl-{network}: 71 statements of PTB-XL", limits=LIMITS)
    start, rest = text.split("## Model", 1)
    sections = [
        "## Protocol\n\n" + fill(protocol, 120, break_on_hyphens=False) + "\n",
        "## Macro AUC on fold 9\n\n" + _table(_groups(network)),
        "## Calibration on fold 9\n\n" + _calibration(test.target, p, calibrated),
        "## Each statement on fold 9\n\n" + _table(_statements(test, p, decided, patients)),
        "## Subgroups of fold 9\n\n" + _table(_subgroups(test, p, patients)),
        "## Licence\n" + ATTRIBUTION.read_text(encoding="utf-8").removeprefix("# Attribution\n"),
    ]
    sections += ["## Model\n\n```\n" + repr(model) + "\n```\n", "## Limits" + rest.split("## Limits", 1)[1]]
    return start + "\n".join(sections)


def _patients(records):
    """Return the patient of each record; without patients in the table, each record is its own."""
    return records.metadata.get("patient_id", pd.Series(np.arange(len(records)))).to_numpy()


def _final(network):
    """Return the rows of results/pretrain.csv that score the network on fold 9."""
    return [row for row in stored("pretrain") if (row["network"], row["test"]) == (network, "9")]


def _lesson(network):
    """Return what the card says of the target, if trees have taught the network."""
    weight = _final(network)[-1].get("soft_weight")
    return LESSON.format(weight=float(weight)) if weight else ""


def _groups(network):
    """Return the latest macro AUC of fold 9: each set of leads and each disturbance, with all groups of statements."""
    rows = {(row["leads"], row["signals"]): row for row in _final(network)}
    groups = ("all", "diagnostic", "form", "rhythm", "superdiagnostic")
    return [{name: row[name] for name in ("leads", "signals", *groups)} for row in rows.values()]


def _calibration(y, p, calibrated):
    before, after = (expected_calibration_error(y, values) for values in (p, calibrated))
    return f"Mean expected calibration error of a statement: {before:.4f} before, {after:.4f} after temperatures.\n"


def _statements(test, p, decided, patients):
    """Yield a row for each statement: positives, AUC with its interval by patient, and cross-fitted decisions."""
    names = describe_statements()["name"]
    for column, code in enumerate(test.target_names):
        y, found = test.target[:, column], decided[:, column]
        row = {"code": code, "statement": names[code], "records": int(y.sum()), "AUC": "", "F1": ""}
        if 0 < y.sum() < len(y):
            row["AUC"] = _interval(roc_auc_score, y, p[:, column], patients)
            row["F1"] = f"{f1_score(y, found, zero_division=0):.2f}"
        yield row


def _subgroups(test, p, patients):
    """Yield the macro AUC over all statements in each group of age and sex."""
    age, sex = test.data.metadata["age"], test.data.metadata["sex"]
    groups = {name: (sex == name).to_numpy() for name in ("female", "male")}
    for low, high in pairwise((0, 50, 65, 80, 120)):
        groups[f"{low} to {high - 1} years"] = age.between(low, high, inclusive="left").to_numpy()
    for name, rows in groups.items():
        y = test.target[rows]
        common = y.sum(axis=0) >= FEWEST
        if not common.any():
            continue
        row = {"group": name, "records": int(rows.sum()), f"statements of {FEWEST} records": int(common.sum())}
        yield row | {"macro AUC": _interval(macro_auc_score, y[:, common], p[rows][:, common], patients[rows])}


def _interval(score, y, p, patients):
    return bootstrap_interval(score, y, p, groups=patients, n_resamples=N_RESAMPLES, random_state=0)


def _table(rows):
    rows = list(rows)
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"
