"""Train the networks that skecg ships: all 71 statements of PTB-XL at 100 Hz, from twelve leads or fewer.

    OMP_NUM_THREADS=1 python benchmarks/pretrain.py teach --train 1-7 --out taught.npy
    OMP_NUM_THREADS=1 python benchmarks/pretrain.py train --network resnet --taught taught.npy
    OMP_NUM_THREADS=1 python benchmarks/pretrain.py train --network crnn --set window=1000 --label "10 s"
    OMP_NUM_THREADS=1 python benchmarks/pretrain.py train --network resnet --train 1-8 --test 9 --out resnet.skecg
    python benchmarks/pretrain.py pack --network resnet --trained resnet.skecg

`teach` writes what the trees of "best" say of each record out of fold, and `train --taught` mixes it with the labels.
`train` trains on some folds and stores the scores on another: 1 to 7 against 8 to choose, then 1 to 8 against 9, once.
`pack` fits temperatures and thresholds to fold 9, scores them within fold 9 by cross-validation, and writes the file
and the card of the model to skecg/pretrained. A training that was interrupted resumes from its checkpoint. The settings
are in _pretraining.py.
"""

import argparse
import ast
import time
from pathlib import Path

import numpy as np
import torch
from _data import fold_range
from _packing import card_of, with_decisions
from _pretraining import DISTURBANCES, LEADS, NETWORKS, build, disturbed, load, scores_by_group
from _results import print_stored, store, surroundings
from _teaching import mixed, teach

import skecg
from skecg.preprocessing import SelectLeads

PRETRAINED = Path(skecg.__file__).parent / "pretrained"


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    {"teach": write_lesson, "train": train, "pack": pack}[args.what](args)


def write_lesson(args):
    """Write the probabilities of the trees of records that they have not seen."""
    np.save(args.out, teach(load(args.train, args.data), args.seed).astype(np.float32))


def train(args):
    """Train on some folds, store the scores on another fold, and save the pipeline if there is a place for it."""
    records = load(args.train, args.data)
    model = build(args.network, seed=args.seed, device=args.device, checkpoint=args.checkpoint, **dict(args.set))
    begin = time.process_time()
    taught = np.load(args.taught) if args.taught else records.target
    model.fit(records.data, records.target, classifier__soft_target=mixed(records.target, taught, args.soft_weight))
    seconds = time.process_time() - begin
    if args.out:
        skecg.save(model, args.out, target_names=list(records.target_names))
    store_scores(args, model, load(args.test, args.data), seconds)


def pack(args):
    """Fit temperatures and thresholds to fold 9, and write the model and its card."""
    train, ninth = load(range(1, 9), args.data), load([9], args.data)
    model = skecg.load(args.trained, on_mismatch=None)
    decided = with_decisions(model, ninth.data, ninth.target)
    folder = Path(args.out or PRETRAINED)
    folder.mkdir(exist_ok=True)
    path = folder / f"ptbxl-{args.network}.skecg"
    names = list(train.target_names)
    skecg.save(decided, path, X=train.data, y=train.target, target_names=names, weights="float16")
    path.with_suffix(".md").write_text(card_of(args.network, model, skecg.load(path), ninth), encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


def store_scores(args, model, test, seconds):
    """Store a row for each set of leads, and one for each disturbance of the twelve leads."""
    common = {"network": args.network, "label": args.label, "seed": args.seed}
    common |= {"train": " ".join(map(str, args.train)), "test": " ".join(map(str, args.test))}
    common |= {"fit_s": f"{seconds:.0f}", "precision": model[-1].precision_}
    common |= {"soft_weight": args.soft_weight if args.taught else ""}
    versions = {name: SelectLeads(leads).fit_transform(test.data) for name, leads in LEADS.items()}
    rows = [{"leads": name, "signals": "as recorded"} | _scores(model, X, test) for name, X in versions.items()]
    changed = ((change, disturbed(test.data, change)) for change in DISTURBANCES)
    rows += [{"leads": "12", "signals": change} | _scores(model, X, test) for change, X in changed]
    for row in rows:
        print_stored(store("pretrain", common | row | surroundings()), row)


def _scores(model, X, test):
    return scores_by_group(test.target, model.predict_proba(X), test.target_names)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["teach", "train", "pack"])
    parser.add_argument("--network", choices=NETWORKS, default="resnet")
    parser.add_argument("--set", nargs="+", type=setting, default=[], metavar="NAME=VALUE", help="other settings")
    parser.add_argument("--label", default="", help="what the settings are called in the table")
    parser.add_argument("--train", type=fold_range, default=fold_range("1-7"), help="folds, such as 1-7")
    parser.add_argument("--test", type=fold_range, default=fold_range("8"))
    parser.add_argument("--taught", help="what teach wrote of the same folds, for train")
    parser.add_argument("--soft-weight", type=float, default=0.5, help="share of what was taught in the target")
    parser.add_argument("--checkpoint", help="folder for the state of an interrupted training")
    parser.add_argument("--trained", help="what train --out wrote, for pack")
    parser.add_argument("--out", help="file of teach or train, or folder of pack")
    parser.add_argument("--data", help="PTB-XL folder (default: $SKECG_DATA/ptbxl)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quick", action="store_true", help="synthetic records and one epoch")
    return parser.parse_args()


def setting(text):
    """Return the name and the value of NAME=VALUE."""
    name, _, value = text.partition("=")
    return name, ast.literal_eval(value)


if __name__ == "__main__":
    main()
