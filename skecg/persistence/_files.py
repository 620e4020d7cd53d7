"""Estimators in a file, and back."""

from datetime import UTC, datetime

import sklearn
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

from .._scikit_learn import StrOptions, _is_fitted, validate_params
from .._warn import warn
from ..format import read_file, write_file
from ..pretrained import path_of
from ._chain import check_contract
from ._contract import SignalContract
from ._estimators import EstimatorDecoder, EstimatorEncoder
from ._seen import without_digests
from ._summary import check_training_data
from ._tuning import without_tuning


@validate_params({"weights": [StrOptions({"float32", "float16"})]}, prefer_skip_nested_validation=True)
def save(estimator, path, *, X=None, y=None, target_names=None, pos_label=None, digests=True, weights="float32"):
    """Save an estimator or a whole pipeline in one file, without pickle.

    Parameters
    ----------
    estimator : estimator
        Any estimator of skecg, fitted or not; or a pipeline of scikit-learn or imbalanced-learn with
        steps of these packages whose state is plain data (scalers, linear models, PCA, ...) or trees
        (`ExtraTreesClassifier`, `RandomForestClassifier`, `DecisionTreeClassifier`,
        `HistGradientBoostingClassifier`). `save` writes the `best_estimator_` of a fitted search, the `student_` of a
        fitted `DistilledClassifier`, and a `FixedThresholdClassifier` with the chosen threshold, around the frozen
        estimator, for a `TunedThresholdClassifierCV`.
    path : path-like
        Where to write, for example "model.skecg". An existing file is replaced.
    X : ECGRecords or ndarray, default=None
        The training records, of which the file keeps a summary: number, rates, ages, amplitudes.
    y : array-like of shape (n_records,) or (n_records, n_labels), default=None
        The training labels, of which the file keeps the counts.
    target_names : sequence of str, default=None
        Names of the columns of an indicator; classes have their own names.
    pos_label : int, float, bool or str, default=None
        The class to detect, for two classes, which plots, reports and the command line then score; by default
        the one that the model names, such as `TunedLabelThresholds(pos_label="AF")`.
    digests : bool, default=True
        Whether the file keeps digests of the signals of X and running numbers of their patients, so that cards and
        `skecg evaluate` warn if they score training records. Anybody who has a recording can then find out
        whether the model was trained on it. The file of a fine-tuned model also keeps the digests of its sources,
        with or without X. False leaves out all of them, those of a loaded model as well.
    weights : {"float32", "float16"}, default="float32"
        Numbers in which the file stores the weights of networks. "float16" halves the file and keeps 11 significant
        bits, which changes probabilities by less than .001 as a rule; `load` returns float32. BatchNorm's statistics,
        and everything outside of networks, keep their precision.

    Raises
    ------
    TypeError
        If a part of the estimator is not plain data; the message names the part.
    NotFittedError
        If a search or a tuned threshold is not fitted.
    ValueError
        If a search keeps no fitted estimator, if a weight is NaN or infinite, or beyond 65504 for "float16", or if
        X, y and the model do not fit together.
    OSError
        If the file cannot be written; no partial file remains.

    See Also
    --------
    load : Loads the file.

    Notes
    -----
    The file is a safetensors file, which other programs can read; the rest of the model is JSON in its
    metadata. Left out are the folders and files of this machine (`memory`, `checkpoint`, a path of
    `pretrained`: another `fit` of the loaded model starts without them), what training alone needs (optimizer,
    callbacks, the counts of a sampler, the out-of-bag predictions of a forest), and the code of the network of
    an `ECGClassifier`. The summary withholds counts and ages of few patients; `skecg inspect` prints what a
    file holds.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.pipeline import make_pipeline
    >>> import skecg
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> from skecg.preprocessing import ECGCrop, Normalize
    >>> ecgs = make_ecg(16, classes=["NORM", "LBBB"], fs=100, random_state=0)
    >>> model = make_pipeline(ECGCrop(length=500), Normalize(), EEGNetClassifier(max_epochs=1, random_state=0))
    >>> path = tempfile.mkdtemp() + "/model.skecg"
    >>> skecg.save(model.fit(ecgs.data, ecgs.target), path, X=ecgs.data, y=ecgs.target)
    >>> loaded = skecg.load(path)
    >>> bool((loaded.predict_proba(ecgs.data) == model.predict_proba(ecgs.data)).all())
    True
    """
    if not isinstance(estimator, BaseEstimator):
        raise TypeError(
            f"estimator must be an instance of an estimator, got {estimator!r:.100}, which is not an estimator."
        )
    estimator = without_tuning(estimator)
    check_training_data(estimator, X, y)
    contract, estimator = _take_apart(estimator)
    if is_classifier(estimator) and _is_fitted(estimator):
        contract = _contract_of(estimator, contract, X, y, target_names, pos_label, digests)
    contract = contract and clone(contract).set_params(on_mismatch="convert", quality="warn")
    if contract and not digests:
        contract.training = without_digests(contract.training)
    encoder = EstimatorEncoder(digests)
    document = {
        "kind": "model",
        "made_with": _versions(),
        "model": encoder.encode(estimator, "The estimator"),
        "contract": encoder.encode(contract, "The contract"),
    }
    half = encoder.learned if weights == "float16" else ()
    if half:
        document["weights"] = weights
    write_file(path, document, encoder.tensors, half=half, version=encoder.version)


@validate_params(
    {"on_mismatch": [StrOptions({"convert", "raise"}), None], "quality": [StrOptions({"warn", "raise", "ignore"})]},
    prefer_skip_nested_validation=True,
)
def load(path, *, on_mismatch="convert", quality="warn", module=None):
    """Load an estimator that `save` wrote, or a model that comes with skecg.

    `load` only reads the file. Whatever the file holds, `load` runs no code from it, imports nothing that it
    names, and takes no more memory than its size justifies.

    Parameters
    ----------
    path : path-like
        The file; or the name of a packaged model, which `skecg.pretrained.list_models` lists. An existing file
        wins over a name. Nothing is downloaded.
    on_mismatch : {"convert", "raise"} or None, default="convert"
        A fitted classifier gets a first step, `contract` (a `SignalContract`), that compares
        records with the training records: "convert" converts rate, leads and units where possible,
        "raise" raises an error with the reason. None returns the estimator as it was saved.
    quality : {"warn", "raise", "ignore"}, default="warn"
        What the contract does with recordings of doubtful quality, whose predictions may mean nothing: flat,
        disconnected or clipped leads, less than a second, or a voltage that no heart has.
    module : callable, default=None
        The network of an `ECGClassifier`, whose code is not in the file. Networks of `skecg.networks` need no `module`.

    Returns
    -------
    estimator : estimator
        With `on_mismatch`, a fitted classifier is a pipeline with the contract in front.
        The network is on the device of the parameter `device` if this machine has the device, else on
        the CPU.

    Raises
    ------
    ValueError
        If skecg did not write the file, or the file is damaged, was made by a later version, or needs `module`.
    OSError
        If there is neither such a file nor a packaged model of this name.

    Warns
    -----
    InconsistentVersionWarning
        If fitted estimators of scikit-learn come from another version of scikit-learn.

    See Also
    --------
    save : Writes the file, with an example.

    Examples
    --------
    >>> import skecg
    >>> model = skecg.load("model.skecg", on_mismatch="raise")  # doctest: +SKIP
    """
    path = path_of(path)
    document, tensors = read_file(path)
    try:
        if document["kind"] != "model":
            raise ValueError(f"it holds {document['kind']!s:.20}, no model")
        decoder = EstimatorDecoder(tensors, module)
        estimator = decoder.decode(document["model"])
        contract = decoder.decode(document["contract"])
        if not hasattr(estimator, "get_params") or not isinstance(contract, SignalContract | None):
            raise ValueError("it holds no estimator")
        if contract is not None:
            check_contract(contract, estimator)
    except Exception as error:  # any error means that the file is not valid
        raise ValueError(f"{path} cannot be loaded: {str(error).rstrip('.') or type(error).__name__}.") from error
    _compare_versions(document)
    if contract is None or on_mismatch is None:
        return estimator
    return _put_together(contract.set_params(on_mismatch=on_mismatch, quality=quality), estimator)


def _contract_of(estimator, contract, X, y, target_names, pos_label, digests):
    """Return the contract of a fitted classifier: a new one if there is none, or if its model was fitted again."""
    if contract is not None and pos_label is None:
        pos_label = contract.pos_label
    if contract is not None and X is None and pos_label == contract.pos_label:
        try:
            check_contract(contract, estimator)
            return contract
        except ValueError:
            if contract.multilabel and len(contract.labels or []) == len(estimator.classes_):
                target_names = contract.labels
    contract = SignalContract.of(estimator, X, y, target_names=target_names, pos_label=pos_label, digests=digests)
    check_contract(contract, estimator)
    return contract


def _take_apart(estimator):
    """Return the contract in front of a pipeline, or None, and the rest of the pipeline."""
    if not isinstance(estimator, Pipeline) or not isinstance(estimator.steps[0][1], SignalContract):
        return None, estimator
    (_, contract), *rest = estimator.steps
    return contract, rest[0][1] if len(rest) == 1 else estimator[1:]


def _put_together(contract, estimator):
    if not isinstance(estimator, Pipeline):
        return Pipeline([("contract", contract), ("classifier", estimator)])
    params = estimator.get_params(deep=False)
    return type(estimator)(**{**params, "steps": [("contract", contract), *estimator.steps]})


def _versions():
    from .. import __version__

    date = datetime.now(UTC).date().isoformat()
    return {"skecg": __version__, "scikit-learn": sklearn.__version__, "date": date}


def _compare_versions(document):
    """Warn if fitted estimators of scikit-learn come from another version, as scikit-learn's pickles do."""
    made_with = document.get("made_with")
    made_with = made_with.get("scikit-learn") if isinstance(made_with, dict) else None
    for name in _fitted_elsewhere(document["model"]):
        if made_with != sklearn.__version__:
            warn(
                InconsistentVersionWarning(
                    estimator_name=name,
                    current_sklearn_version=sklearn.__version__,
                    original_sklearn_version=str(made_with),
                ),
            )


def _fitted_elsewhere(tree):
    """Yield the names of the fitted estimators of other packages."""
    if isinstance(tree, dict):
        if isinstance(tree.get("class"), str) and tree.get("fitted") and not tree["class"].startswith("skecg."):
            yield tree["class"]
        tree = tree.values()
    if not isinstance(tree, str | int | float | None):
        for item in tree:
            yield from _fitted_elsewhere(item)
