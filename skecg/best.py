"""The best recipe of our benchmark: the pooled log-odds of a network and of boosted trees on two feature tables."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_union

from .ensemble import SoftVotingClassifier
from .features import BeatFeatures, MedianBeat

# benchmarks/recipe.py chose the parts (benchmarks/results/recipe_parts.csv). A network and trees err on different
# records. The network sees windows of 5 s of the whole record. Its signals are normalised by one factor for the whole
# set, which keeps the voltage.
_NETWORK = {
    "width": 32,
    "window": 500,
    "batch_size": 128,
    "max_epochs": 40,
    "learning_rate": 3e-3,
    "weight_decay": 1e-2,
}
# Without a penalty on the leaves, the trees of rare labels diverge: with 71 labels, the macro AUC of those on the
# measures alone falls from .940 to .843.
_TREES = {"max_iter": 100, "learning_rate": 0.1, "max_leaf_nodes": 15, "l2_regularization": 5.0}
_SHARES = {"measures": 0.3, "shape": 0.1}  # share of the columns of a table, drawn for each split
_NOT_FOUND = -1000.0  # replaces missing values of waves that were not found; no feature has this value


def make_best(make_pipeline, fs, memory, verbose, classifier_params):
    """Return the vote of a network and of boosted trees on two feature tables.

    Parameters
    ----------
    make_pipeline : callable
        `make_ecg_pipeline`, which builds the network.
    fs, memory, verbose
        As in `make_ecg_pipeline`.
    classifier_params : dict
        Parameters of the network; the trees take `random_state`.

    Returns
    -------
    model : SoftVotingClassifier
    """
    params = _NETWORK | classifier_params
    network = make_pipeline("resnet", fs=fs, memory=memory, verbose=verbose, **params)
    network.set_params(filter="passthrough", crop="passthrough", normalize__method="zscore", normalize__per="dataset")
    tables = {"measures": BeatFeatures(fs=fs), "shape": make_union(BeatFeatures(fs=fs), MedianBeat(fs=fs))}
    parts = [("network", network)]
    for name, table in tables.items():
        trees = _make_trees(_SHARES[name], classifier_params.get("random_state"))
        parts.append((name, Pipeline([("features", table), *trees], memory=memory, verbose=verbose)))
    return SoftVotingClassifier(parts, pooling="logarithmic")


def _make_trees(share, seed):
    """Return the steps after a table: imputation, and boosted trees that draw a share of the columns per split."""
    boosted = HistGradientBoostingClassifier(**_TREES, early_stopping=False, max_features=share, random_state=seed)
    filled = SimpleImputer(strategy="constant", fill_value=_NOT_FOUND, keep_empty_features=True)
    return [("impute", filled), ("classifier", OneVsRestClassifier(boosted))]
