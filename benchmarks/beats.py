"""Classes of the beats of MIT-BIH: boosted trees on `beat_table`, and the rules of `classify_beats`.

    python benchmarks/beats.py DS1     # each recipe, leaving one record out
    python benchmarks/beats.py DS2     # the rules and the recipe that DS1 chose, once

The R peaks are those of `find_r_peaks` next to the annotations. Beats of the classes F and Q are part of the data, and
count as false wherever a model calls them N, S or V; no model has these classes. Scores have the 95 % interval of a
bootstrap over the records. The thresholds of the rules were chosen on DS1, so that the rules' scores on DS1 are too
good.

Some trees also learn from PTB-XL, whose statements tell which ectopic beats a record has, but not where (see
`weak_labels` in _beat_tables.py). The recipe with the highest macro F1 in DS1 was chosen before DS2 was scored. DS1 has
no atrial fibrillation, and one patient has 96 of its 118 S beats: recipes with close scores may differ much elsewhere.
Results go to results/beats.csv.
"""

import argparse

import numpy as np
from _beat_tables import CLASSES, TREES, features_of, mitdb_table, ptbxl_table
from _results import QUICK, print_stored, store, surroundings
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score, precision_score, recall_score

from skecg.metrics import bootstrap_interval

RECIPES = {
    "rules": [],
    "trees": [("DS1", False)],
    "trees with rules": [("DS1", True)],
    "trees, PTB-XL too": [("both", False)],
    "mean of trees": [("DS1", False), ("both", False)],
}
"""The trees of each recipe: the sets that train them, and whether the rules' classes are columns."""

CHOSEN = "mean of trees"
EVERY = 5, 3  # share of the N beats of MIT-BIH and PTB-XL that trees learn from: they resemble each other
USUAL = np.array([0.93, 0.02, 0.05])  # shares of the classes: about those of DS1, with more S, of which DS1 has 0.5 %
SHARE = 0.3  # of MIT-BIH in the sum of the weights, with PTB-XL
TOWARDS_USUAL = 0.25  # exponent of the usual shares in the decision; the weights of the classes favour rare classes
CODES = {name: code for code, name in enumerate("NSVFQ")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("subset", choices=["DS1", "DS2"])
    parser.add_argument("--quick", action="store_true", help="a little synthetic data")
    subset = parser.parse_args().subset
    train, weak = mitdb_table("DS1"), ptbxl_table()
    weak = weak[(weak["label"] != "N") | (np.arange(len(weak)) % EVERY[1] == 0)]
    table = train if subset == "DS1" else mitdb_table(subset)
    names = list(RECIPES) if subset == "DS1" else ["rules", CHOSEN]
    done = {}
    for name in names:
        for part in RECIPES[name]:
            if part not in done:
                done[part] = _left_out(train, weak, *part) if subset == "DS1" else _fitted(train, weak, *part)(table)
        note(subset, name, table, _decide([done[part] for part in RECIPES[name]]) if RECIPES[name] else None)
    note(subset, "rules at the annotations", mitdb_table(subset, annotated=True), None)


def _left_out(table, weak, sets, with_rules):
    """Return the probabilities of the beats of each record by trees of the other records."""
    p = np.zeros((len(table), 3))
    for record in table["record"].unique():
        test = (table["record"] == record).to_numpy()
        p[test] = _fitted(table[~test], weak, sets, with_rules)(table[test])
    return p


def _fitted(table, weak, sets, with_rules):
    """Return a function that gives the probabilities of the beats of a table."""
    table = table[table["label"].isin(CLASSES)]
    table = table[(table["label"] != "N") | (np.arange(len(table)) % EVERY[0] == 0)]
    X, y, weight = features_of(table, with_rules), table["label"].to_numpy(), _weights(table)
    if sets == "both":
        X, y = np.vstack([X, features_of(weak, with_rules)]), np.append(y, weak["label"])
        weight = np.append(SHARE * weight, (1 - SHARE) * _weights(weak))
    trees = HistGradientBoostingClassifier(**TREES).fit(X, y, sample_weight=weight * len(y) / weight.sum())

    def probabilities(other):
        p = np.zeros((len(other), len(CLASSES)))
        p[:, np.isin(CLASSES, trees.classes_)] = trees.predict_proba(features_of(other, with_rules))
        return p

    return probabilities


def _weights(table):
    """Return weights with the sum 1: classes by the root of their usual shares, records by the root of their beats."""
    weight = table.groupby(["record", "label"])["r_peak"].transform("size") ** -0.5
    weight /= weight.groupby(table["label"]).transform("sum")
    weight *= table["label"].map(dict(zip(CLASSES, USUAL**0.5, strict=True)))
    return (weight / weight.sum()).to_numpy()


def _decide(parts):
    """Return the class with the highest geometric mean of the probabilities, a little towards the usual shares."""
    mean = np.exp(np.mean([np.log(np.clip(p, 1e-4, 1)) for p in parts], axis=0))
    return CLASSES[(mean * USUAL**TOWARDS_USUAL).argmax(axis=1)]


def note(subset, name, table, found):
    """Store the scores of one recipe; those of the rules without classes."""
    found = table["rules"] if found is None else found
    y, predicted = (np.array([CODES[label] for label in labels]) for labels in (table["label"], found))
    among = {"labels": [0, 1, 2], "zero_division": 0}
    interval = bootstrap_interval(
        lambda true, guess: f1_score(true, guess, average="macro", **among),
        *(y, predicted),
        **{"groups": table["record"].to_numpy(), "n_resamples": 100 if QUICK else 1000, "random_state": 0},
    )
    row = {"subset": subset, "recipe": name, "records": table["record"].nunique(), "beats": len(y)}
    row["macro_f1"] = f"{f1_score(y, predicted, average='macro', **among):.3f}"
    row["interval"] = f"{interval.low:.3f} to {interval.high:.3f}"
    for score, function in (("f1", f1_score), ("sensitivity", recall_score), ("ppv", precision_score)):
        values = function(y, predicted, average=None, **among)
        row |= {f"{label}_{score}": f"{value:.3f}" for label, value in zip(CLASSES, values, strict=True)}
    print_stored(store("beats", row | surroundings()), row)


if __name__ == "__main__":
    main()
