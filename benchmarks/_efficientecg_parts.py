"""Ablation of EfficientECG on PTB-XL: the gain and cost of each part, and the scores of other networks.

The networks learn superclasses at 100 Hz on folds 1 and 2, in windows of 2.5 s, and are evaluated on fold 3.
All use one recipe. Each row is compared, on the same records, with the backbone alone. All rows use the
same number of epochs; the networks are also trained for as many epochs as fit into the time of ResNet18.
Times are processor times of one thread, because other processes may use the machine.
"""

import statistics
import time

import numpy as np
import pandas as pd
import torch
from _data import load_ptbxl
from _efficientecg_data import CACHE, features, with_columns
from _results import store, stored, surroundings
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skecg.classifiers import CRNNClassifier, EfficientECGClassifier, ResNetClassifier
from skecg.features import AutoencoderFeatures
from skecg.inspection import count_multiply_adds
from skecg.preprocessing import ECGCrop, Normalize
from skecg.reporting import compare
from skecg.signal import average_beats, find_r_peaks_batch

TABLE = "efficientecg_ptbxl"
RECIPE = {"window": 250, "batch_size": 64, "learning_rate": 3e-3, "weight_decay": 1e-2, "device": "cpu"}
EPOCHS = 5
NETWORKS = {
    "compact": (EfficientECGClassifier, {"variant": "compact"}),
    "B0": (EfficientECGClassifier, {}),
    "ResNet18": (ResNetClassifier, {}),
    "CRNN": (CRNNClassifier, {}),
}
PERSON = ("age", "sex")
N_CODES = 16
CODES = tuple(f"code {i}" for i in range(N_CODES))
ATTENTION = "cross_attention"


def plans(measures):
    """Yield the plan of each training: its network, the part that is added, its covariates, and the budget."""
    parts = [
        ("backbone", (), None),
        ("+ age, sex: cross-attention", PERSON, ATTENTION),
        ("+ age, sex: concat", PERSON, "concat"),
        ("+ age, sex: FiLM", PERSON, "film"),
        ("+ beat features", measures, ATTENTION),
        ("+ autoencoder code", CODES, ATTENTION),
        ("+ all of these", (*measures, *CODES, *PERSON), ATTENTION),
    ]
    plain = {"part": "backbone", "covariates": (), "fusion": None}
    each = [
        {"network": "compact", "part": part, "covariates": names, "fusion": fusion} for part, names, fusion in parts
    ]
    yield from each[:2]
    yield from ({"network": network} | plain for network in ("ResNet18", "CRNN"))
    yield {"network": "compact", "budget": "time"} | plain
    yield from each[2:]
    yield from (plan | {"seed": seed} for seed in (1, 2) for plan in each[:2])
    yield {"network": "B0"} | plain
    yield from ({"network": network, "budget": "time"} | plain for network in ("B0", "CRNN"))


def run_parts(quick):
    """Train and compare the plans that are not in the table yet."""
    found = load_ptbxl(quick=quick)
    data, y, fold = found.data, found.target, found.fold
    train, test = np.isin(fold, [1, 2]), fold == 3
    table = features(data, None if quick else "ptbxl")
    measures = tuple(name for name in table if not any(name.endswith(f"_{lead}") for lead in data.leads))
    data = with_columns(data, table[list(measures)].join(codes(data, train, quick)))
    rows = [] if quick else stored(TABLE)
    for plan in plans(measures):
        plan = {"budget": "epochs", "seed": 0} | plan
        if _row_of(rows, **{key: plan[key] for key in ("network", "part", "budget", "seed")}):
            continue
        epochs = 1 if quick else _affordable(rows, plan)
        model, row = train_one(plan, epochs, data[train], y[train])
        p = model.predict_proba(data[test])
        row |= {"macro_auc": f"{roc_auc_score(y[test], p):.4f}"} | against_backbone(plan, y[test], p, quick)
        row |= cost(model[-1])
        rows.append({key: str(value) for key, value in row.items()})
        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
        if not quick:
            store(TABLE, row | surroundings())


def codes(data, train, quick):
    """Return the code of each record's average beat by an LSTM autoencoder that was trained without labels."""
    X = data.to_array()
    beats, _ = average_beats(X, 100, find_r_peaks_batch(X, 100))
    beats = Normalize(per="record").fit_transform(np.nan_to_num(beats))
    autoencoder = AutoencoderFeatures(N_CODES, max_epochs=1 if quick else 10, device="cpu", random_state=0)
    return pd.DataFrame(autoencoder.fit(beats[train]).transform(beats), columns=list(CODES))


def train_one(plan, epochs, X, y):
    """Return a fitted pipeline, and a row that describes its training."""
    cls, params = NETWORKS[plan["network"]]
    if plan["covariates"]:
        params = params | {"covariates": plan["covariates"], "fusion": plan["fusion"]}
    clf = cls(**params, **RECIPE, max_epochs=epochs, random_state=plan["seed"])
    model = make_pipeline(ECGCrop(1000), Normalize(per="dataset"), clf)
    begin = time.process_time()
    model.fit(X, y)
    seconds = time.process_time() - begin
    row = {key: plan[key] for key in ("network", "part", "budget", "seed")} | {"epochs": epochs}
    return model, row | {"fit_cpu_s": f"{seconds:.0f}", "train_per_s": f"{len(X) * epochs / seconds:.0f}"}


def against_backbone(plan, y, p, quick):
    """Return the paired difference in macro-AUC to the compact backbone with the same seed, and its interval."""
    path = CACHE / f"{'quick' if quick else 'ptbxl'}-backbone-{plan['seed']}.npy"
    if plan["network"] == "compact" and plan["part"] == "backbone" and plan["budget"] == "epochs":
        CACHE.mkdir(parents=True, exist_ok=True)
        np.save(path, p)
        return {"difference": "", "low": "", "high": ""}
    found = compare(y, p, np.load(path), n_resamples=100 if quick else 1000, random_state=0).loc[("macro", "auroc")]
    return {key: f"{found[key]:.4f}" for key in ("difference", "low", "high")}


def cost(clf):
    """Return the number of weights, multiply-adds, and milliseconds for one record of ten seconds, 12 leads and one."""
    row = {
        "parameters": sum(weights.numel() for weights in clf.net_.module_.parameters()),
        "multiply_adds_M": f"{count_multiply_adds(clf, (12, 1000)) / 1e6:.1f}",
    }
    for n_leads in (12, 1):
        network = clf._build(n_leads, len(clf.classes_), 1000).eval()
        inputs = [torch.randn(1, n_leads, 1000)]
        if clf.covariates_:
            inputs.append(torch.zeros(1, sum(network.head.covariates.sizes)))
        seconds = []
        with torch.inference_mode():
            for _ in range(40):
                begin = time.process_time()
                network(*inputs)
                seconds.append(time.process_time() - begin)
        row[f"ms_{n_leads}_leads"] = f"{1e3 * statistics.median(seconds):.1f}"
    return row


def _row_of(rows, **wanted):
    found = [row for row in rows if all(row[key] == str(value) for key, value in wanted.items())]
    return found[-1] if found else None


def _affordable(rows, plan):
    """Return `EPOCHS`, or for the time budget as many epochs as fit into the time that ResNet18 took for `EPOCHS`."""
    if plan["budget"] == "epochs":
        return EPOCHS
    same = {"part": "backbone", "budget": "epochs", "seed": 0}
    given, own = (float(_row_of(rows, network=name, **same)["fit_cpu_s"]) for name in ("ResNet18", plan["network"]))
    return max(1, round(EPOCHS * given / own))
