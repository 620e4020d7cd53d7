"""The best recipe of our benchmark: the mean of two networks and of boosted trees on two feature tables."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_union

from .ensemble import SoftVotingClassifier
from .features import BeatFeatures, MedianBeat

# The parts of the best recipe, as benchmarks/recipe.py found them: two narrow ResNet18 with windows of 1 s and 2.5 s,
# and boosted trees on two tables. Networks and trees err on different records, and each table improves the result;
# leaving out either network costs at most .0006 of macro AUC (benchmarks/results/recipe_parts.csv). The signals are
# normalised by one factor for the whole set, which keeps the voltage.
_NETWORKS = {
    "second": {"width": 16, "window": 100, "max_epochs": 60},
    "beats": {"width": 32, "window": 250, "max_epochs": 24},
}
_TRAINING = {"batch_size": 32, "learning_rate": 3e-3, "weight_decay": 1e-2}
_SHARE = 0.2  # share of the columns of the large table, drawn for each split of its trees
_NOT_FOUND = -1000.0  # replaces missing values of waves that were not found; no feature has this value


def make_best(make_pipeline, fs, memory, verbose, classifier_params):
    """Return the mean of two networks and of boosted trees on two feature tables.

    Parameters
    ----------
    make_pipeline : callable
        `make_ecg_pipeline`, which builds the networks.
    fs, memory, verbose
        As in `make_ecg_pipeline`.
    classifier_params : dict
        Parameters of each network.

    Returns
    -------
    model : SoftVotingClassifier
    """
    parts = []
    for name, params in _NETWORKS.items():
        params = _TRAINING | params | classifier_params
        network = make_pipeline("resnet", fs=fs, memory=memory, verbose=verbose, **params)
        network.set_params(filter="passthrough", normalize__method="zscore", normalize__per="dataset")
        parts.append((name, network))
    measures, shape = BeatFeatures(fs=fs), make_union(BeatFeatures(fs=fs), MedianBeat(fs=fs))
    for name, table, share in (("measures", measures, 1.0), ("shape", shape, _SHARE)):
        trees = _make_trees(share, classifier_params.get("random_state"))
        parts.append((name, Pipeline([("features", table), *trees], memory=memory, verbose=verbose)))
    return SoftVotingClassifier(parts)


def _make_trees(share, seed):
    """Return the steps after a table: imputation, and boosted trees that draw a share of the columns per split."""
    params = {"learning_rate": 0.05, "max_iter": 250, "early_stopping": False}
    boosted = HistGradientBoostingClassifier(max_features=share, random_state=seed, **params)
    filled = SimpleImputer(strategy="constant", fill_value=_NOT_FOUND, keep_empty_features=True)
    return [("impute", filled), ("classifier", OneVsRestClassifier(boosted))]
