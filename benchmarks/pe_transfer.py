"""Transfer to small, imbalanced targets: train from scratch, train only the head, or train all weights.

    OMP_NUM_THREADS=1 python benchmarks/pe_transfer.py run
    python benchmarks/pe_transfer.py summary

The sources are PTB-XL folds 1 and 2 (superclasses, without the records in atrial fibrillation), and
synthetic ECGs of eight classes, which replace MedalCare-XL. The targets are the synthetic cohort of
suspected embolism, halved by patient, and a real target: atrial fibrillation in records drawn from
PTB-XL folds 3 and 9. Each target is trained on one half and tested on the other, in both directions.

`run` resumes where it was stopped: trained sources and predictions are kept in a cache folder, and each
run is a row of results/pe_transfer.csv. `summary` compares the runs in pairs: results/pe_summary.csv.
"""

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
import torch
from _results import FOLDER, store, stored, surroundings
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline

import skecg
from skecg import classifiers
from skecg.datasets import fetch_ptbxl, make_ecg, make_pe_cohort
from skecg.imbalance import RecordOverSampler
from skecg.metrics import sensitivity_at_specificity
from skecg.metrics._resampled import SCORES, draw_weights, scores_of_draws
from skecg.preprocessing import ECGCrop, ECGResample, Normalize

NETWORKS = {"crnn": "CRNN", "resnet": "ResNet", "attresnet": "AttResNet", "restransformer": "ResTransformer"}
ATTENTION = {"attresnet", "restransformer"}
SOURCES = ("ptbxl", "synthetic")
MODES = ("scratch", "head", "all")
SEEDS = (0, 1, 2)  # of the draw; attention networks use only the first
BALANCES = ("none", "class_weight", "oversample", "balanced_batches")
SHARES = (0.25, 0.5)  # of the source, for its curve; the whole source is a run anyway

SHARED = {"window": 250, "batch_size": 64, "weight_decay": 1e-2, "device": "cpu", "random_state": 0}
SOURCE = {**SHARED, "max_epochs": 20, "learning_rate": 3e-3, "batch_size": 128}
TARGET = {**SHARED, "max_epochs": 20, "learning_rate": 1e-3}
HEAD_RATE = 1e-2  # a linear layer on fixed features takes larger steps

N_RECORDS, N_POSITIVE = 400, 60  # in each of the folds 3 and 9: 800 in total, 15 % in atrial fibrillation
N_SYNTHETIC = 2000
CLASSES = ("NORM", "AF", "1AVB", "LBBB", "RBBB", "PAC", "STE", "STD")
REPLICATES = 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["run", "summary"])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/skecg/pe_transfer").expanduser())
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    {"run": run, "summary": summary}[args.what](args)


# -- the runs -------------------------------------------------------------------------------------


def run(args):
    """Train the runs that are not in the table yet."""
    done = {row["run"] for row in stored("pe_transfer")}
    plans = [plan for plan in _plans(args.networks) if _name(plan) not in done]
    rhythm = fetch_ptbxl(args.data, task="rhythm", fs=100, unlabelled="keep")
    for i, plan in enumerate(plans):
        print(f"{i + 1} of {len(plans)}: {_name(plan)}", flush=True)
        train, test = _target(plan, rhythm)
        begin = time.perf_counter()
        model = _model(plan, args, rhythm).fit(*train[:2])
        seconds = time.perf_counter() - begin
        p = model.predict_proba(test[0])[:, 1]
        np.savez(args.cache / f"{_name(plan)}.npz", y=test[1], p=p, unit=test[2])
        row = {"run": _name(plan), **plan, "n_train": len(train[1]), "n_test": len(test[1]), "fit_s": f"{seconds:.0f}"}
        store("pe_transfer", row | _scores(test[1], p) | surroundings())


def _plans(networks):
    """Yield the plan of every run: network, source, its share, mode, target, direction, seed, balance."""
    whole = {"share": 1.0, "balance": "none"}
    for target, network in itertools.product(("afib", "pe"), networks):
        for seed, way in itertools.product(SEEDS[: 1 if network in ATTENTION or target == "pe" else 3], (0, 1)):
            place = {"network": network, "target": target, "seed": seed, "way": way}
            yield {**place, "source": "none", "mode": "scratch", **whole}
            for source, mode in itertools.product(SOURCES, MODES[1:]):
                yield {**place, "source": source, "mode": mode, **whole}
    if "crnn" in networks:
        for seed, way in itertools.product(SEEDS, (0, 1)):
            place = {"network": "crnn", "target": "afib", "seed": seed, "way": way}
            for share in SHARES if seed == 0 else ():
                yield {**place, "source": "ptbxl", "mode": "all", "share": share, "balance": "none"}
            for balance in BALANCES[1:]:
                yield {**place, "source": "none", "mode": "scratch", "share": 1.0, "balance": balance}


def _name(plan):
    keys = ("target", "network", "source", "share", "mode", "balance", "seed", "way")
    return "-".join(str(plan[key]) for key in keys)


def _target(plan, rhythm):
    """Return records, labels and units for training, and the same for testing; a unit is a record or a patient."""
    if plan["target"] == "pe":
        cohort = make_pe_cohort(random_state=plan["seed"])
        patients = cohort.data.metadata["patient_id"].to_numpy()
        first = np.isin(patients, np.unique(patients)[::2])
        halves = [(cohort.data[side], cohort.target[side], patients[side]) for side in (first, ~first)]
    else:
        rng = np.random.default_rng(plan["seed"])
        halves = [_draw_half(rhythm, fold, rng) for fold in (3, 9)]
    return halves if plan["way"] == 0 else halves[::-1]


def _draw_half(rhythm, fold, rng):
    positive = _in_fibrillation(rhythm)
    ill, well = (np.flatnonzero((rhythm.fold == fold) & side) for side in (positive, ~positive))
    rows = np.r_[rng.choice(ill, N_POSITIVE, False), rng.choice(well, N_RECORDS - N_POSITIVE, False)]
    return rhythm.data[rows], positive[rows].astype(int), rows


def _in_fibrillation(rhythm):
    return rhythm.target[:, list(rhythm.target_names).index("AFIB")] == 1


def _model(plan, args, rhythm):
    params = dict(TARGET)
    if plan["mode"] != "scratch":
        params |= {"pretrained": str(_source(plan, args, rhythm)), "fine_tune": plan["mode"]}
    if plan["mode"] == "head":
        params["learning_rate"] = HEAD_RATE
    if plan["balance"] == "class_weight":
        params["class_weight"] = "balanced"
    if plan["balance"] == "balanced_batches":
        params["balanced_batches"] = True
    steps = [*_steps(), _classifier(plan["network"], params)]
    if plan["balance"] == "oversample":
        from imblearn.pipeline import make_pipeline as make_resampling_pipeline

        return make_resampling_pipeline(*steps[:-1], RecordOverSampler(random_state=0), steps[-1])
    return make_pipeline(*steps)


def _steps():
    return ECGResample(100), ECGCrop(1000), Normalize(per="record")


def _classifier(network, params):
    return getattr(classifiers, f"{NETWORKS[network]}Classifier")(**params)


def _source(plan, args, rhythm):
    """Return the file of a trained source; train the source if there is no file."""
    path = args.cache / f"source-{plan['network']}-{plan['source']}-{plan['share']}.skecg"
    if not path.exists():
        if plan["source"] == "ptbxl":
            data = fetch_ptbxl(args.data, task="superdiagnostic", fs=100, folds=[1, 2], unlabelled="keep")
            ill = _in_fibrillation(rhythm)[np.isin(rhythm.fold, [1, 2])]
            rows = np.flatnonzero(data.target.any(axis=1) & ~ill)
        else:
            data = make_ecg(N_SYNTHETIC, classes=CLASSES, fs=100, random_state=1)
            rows = np.arange(N_SYNTHETIC)
        rows = np.random.default_rng(0).permutation(rows)[: round(plan["share"] * len(rows))]
        model = make_pipeline(*_steps(), _classifier(plan["network"], SOURCE))
        skecg.save(model.fit(data.data[rows], data.target[rows]), path)
    return path


def _scores(y, p):
    return {
        "auroc": f"{roc_auc_score(y, p):.4f}",
        "ap": f"{average_precision_score(y, p):.4f}",
        "sensitivity_at_90": f"{sensitivity_at_specificity(y, p, specificity=0.9):.4f}",
    }


# -- the comparison -------------------------------------------------------------------------------


def summary(args):
    """Compare pairs of settings; all runs of a target use the same bootstrap draws of records."""
    (FOLDER / "pe_summary.csv").unlink(missing_ok=True)
    settings = ("target", "network", "source", "share", "mode", "balance")
    groups = {}
    for row in stored("pe_transfer"):
        groups.setdefault(tuple(row[key] for key in settings), []).append(row)
    for setting, runs in groups.items():
        target, network = setting[:2]
        baseline = groups.get((target, network, "none", "1.0", "scratch", "none"), [])
        for other, label in ((baseline, "scratch"), (groups.get((*setting[:4], "head", "none"), []), "head")):
            same = [(a, b) for a in runs for b in other if (a["seed"], a["way"]) == (b["seed"], b["way"])]
            if not same or (label == "head" and setting[4] != "all"):
                continue
            drawn, drawn_of_other = (_drawn([pair[i] for pair in same], args.cache) for i in (0, 1))
            row = dict(zip(settings, setting, strict=True)) | {"runs": len(same)} | _intervals("", drawn)
            if runs is not other:
                row |= {"minus": label} | _intervals("_difference", drawn - drawn_of_other)
            store("pe_summary", row)
            print("  ".join(map(str, row.values())))


def _drawn(rows, cache):
    """Return the scores of every draw of records or patients, averaged over the runs, (n_draws, 2)."""
    runs = [np.load(cache / f"{row['run']}.npz") for row in rows]
    units = np.unique(np.concatenate([run["unit"] for run in runs]))
    weights = draw_weights(None, len(units), REPLICATES, 0)
    return np.mean([_drawn_scores(run, weights[:, np.searchsorted(units, run["unit"])]) for run in runs], axis=0)


def _intervals(suffix, drawn):
    """Return each score of the original records, with its 95 % interval."""
    low, high = np.percentile(drawn[1:], [2.5, 97.5], axis=0)
    row = {}
    for i, name in enumerate(("auroc", "sensitivity")):
        values = {"": drawn[0, i], "_low": low[i], "_high": high[i]}
        row |= {f"{name}{suffix}{end}": f"{value:.4f}" for end, value in values.items()}
    return row


def _drawn_scores(run, weights):
    """Return AUROC and sensitivity at 90 % specificity of every draw, (n_draws, 2)."""
    Y, P = run["y"][:, None] == 1, run["p"][:, None]
    scores, _ = scores_of_draws(Y, P, P >= 0.5, weights, specificity=0.9, prevalence=None)
    return scores[:, 0, [SCORES.index("auroc"), SCORES.index("sensitivity_at_specificity")]]


if __name__ == "__main__":
    main()
