"""Prediction in another engine or precision."""

import copy
from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import Interval, StrOptions, validate_params
from ..estimators.delegates import predictor_of
from ..estimators.errors import UnsuitableModelError
from ..estimators.model import NetworkClassifier, unwrap
from ..metrics import macro_auc_score
from ..model_selection._folds import positive_probabilities
from ..networks._folding import fold_batch_norm
from ..training.data.covariates import sizes_of
from ..training.loop.predict import trained_network
from ._compiled import CompiledModel, CompiledNetwork
from ._engines import ENGINES, Torch, check_engine, difference_on_noise
from ._graph import check_installed, forget_sources, graph_of, with_int8_layers
from ._modules import without_transforms

_CALIBRATION = 1024  # windows; the ranges of activations hardly change with more
_ROUNDING = 1e-4  # of logits in float32


@validate_params(
    {
        "engine": [StrOptions(set(ENGINES))],
        "precision": [StrOptions({"float32", "bfloat16", "int8"})],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "tolerance": [Interval(Real, 0, 1, closed="both")],
        "auc_tolerance": [Interval(Real, 0, 1, closed="both")],
    },
    prefer_skip_nested_validation=True,
)
def compile(
    model,
    engine="openvino",
    precision="float32",
    *,
    X=None,
    y=None,
    n_threads=None,
    tolerance=0.1,
    auc_tolerance=0.003,
):
    """Return a copy of a fitted model whose networks run in a faster engine or precision.

    Steps, windows, thresholds, votes and all checks of the input stay as they are, in Python. Only the networks are
    converted, so that every model works that ends in networks of skecg.

    Parameters
    ----------
    model : estimator
        A fitted classifier of skecg, or a pipeline, a search, a vote or another model around such classifiers. Of a
        search, the best estimator is compiled; of a distilled classifier, the student. Other classifiers in a vote
        stay as they are.
    engine : {"openvino", "onnxruntime", "torch"}, default="openvino"
        The program that runs the networks, on the CPU; torch on the device of the network. The first two see
        signals of the training length, or windows; torch sees any length.
    precision : {"float32", "bfloat16", "int8"}, default="float32"
        OpenVINO has all three, onnxruntime float32 and int8, torch float32 and bfloat16. A processor without
        instructions for bfloat16 or int8 computes the same, more slowly.
    X : ECGRecords or array-like of shape (n_records, n_leads, n_times), default=None
        Records to compare the probabilities on. int8 needs a few hundred, as the model will meet them: their first
        1024 windows set the ranges of the activations.
    y : array-like of shape (n_records,) or (n_records, n_labels), default=None
        Labels of X, to compare the AUROC.
    n_threads : int, default=None
        Number of threads of OpenVINO or onnxruntime; None leaves it to them. torch has one number for all,
        `torch.set_num_threads`.
    tolerance : float, default=0.1
        The largest change of a probability that is accepted.
    auc_tolerance : float, default=0.003
        The largest loss of macro AUROC that is accepted.

    Returns
    -------
    compiled : CompiledModel
        Predicts as the model does, and cannot be fitted. `difference_`, `auc_` and `auc_exact_` hold what X and y
        showed.

    Raises
    ------
    UnsuitableModelError
        If the model ends in no network of skecg.
    NotFittedError
        If the model is not fitted.
    ValueError
        If the engine has no such precision; if int8 or y comes without X; if the probabilities or the AUROC change by
        more than the tolerances allow.
    ImportError
        If a package is missing.

    See Also
    --------
    skecg.to_onnx : Writes network and steps as one file, for programs without Python.

    Notes
    -----
    The session of an engine is made at the first prediction of a process, and is no part of a pickle. OpenVINO cannot
    make a session in a process that was forked after another session had run: start such processes with "spawn", or
    by joblib.

    Examples
    --------
    >>> import numpy as np
    >>> import skecg
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> ecgs = make_ecg(24, classes=["NORM", "LBBB"], fs=100, random_state=0)
    >>> model = EEGNetClassifier(max_epochs=5, random_state=0).fit(ecgs.data, ecgs.target)
    >>> compiled = skecg.compile(model, engine="torch")
    >>> np.allclose(compiled.predict_proba(ecgs.data), model.predict_proba(ecgs.data), atol=1e-5)
    True
    """
    check_engine(engine, precision, n_threads)
    if precision == "int8" and X is None:
        raise ValueError("int8 needs X: a few hundred records, which set the ranges of the activations.")
    if y is not None and X is None:
        raise ValueError("y needs X, the records that it labels; without them no AUROC is compared.")
    model = predictor_of(model)
    networks = _networks_of(model)
    batches = _seen_batches(model, networks, X) if precision == "int8" else dict.fromkeys(networks)
    compiled = _exchanged(
        model,
        {
            key: CompiledNetwork.of(part, _engine_for(part, engine, precision, n_threads, batches[key]))
            for key, part in networks.items()
        },
    )
    compiled.engine_, compiled.precision_ = engine, precision
    _measure(compiled, model, X, y)
    _refuse_beyond(compiled, tolerance, auc_tolerance)
    return compiled


def _networks_of(model):
    """Return {id: classifier}, the fitted classifiers of skecg that predict in a model."""
    predictors = [path.predictor for path in unwrap(model)]
    networks = {id(part): part for part in predictors if isinstance(part, NetworkClassifier)}
    if not networks:
        names = ", ".join(sorted({type(part).__name__ for part in predictors}))
        raise UnsuitableModelError(
            f"compile needs a fitted classifier of skecg, or a model that ends in some; got {names}."
        )
    for part in networks.values():
        check_is_fitted(part)
    return networks


def _exchanged(model, networks):
    """Return a copy of a model with other objects in place of its networks, by their id."""
    return CompiledModel(copy.deepcopy(model, dict(networks)))


def _engine_for(classifier, engine, precision, n_threads, batches):
    """Return the engine of a classifier's network; raise if its float32 differs from that of torch."""
    network = fold_batch_norm(trained_network(classifier))
    if engine == "torch":
        return Torch(network, precision, n_threads)
    check_installed()
    length = classifier.window or classifier.length_
    shapes = {"signals": (classifier.n_leads_in_, length)}
    if classifier.covariates_ is not None:
        shapes["covariates"] = (sum(sizes_of(classifier.covariates_)),)
    network = without_transforms(network.cpu(), length)
    program = graph_of(network, shapes, "logits")
    forget_sources(program.model)
    model = program.model_proto
    if precision == "int8":
        model = with_int8_layers(model, (dict(zip(shapes, batch, strict=True)) for batch in batches))
    made = ENGINES[engine](model.SerializeToString(), precision, n_threads)
    if precision == "float32" and (difference := difference_on_noise(made, network, shapes)) > _ROUNDING:
        raise ValueError(f"The outputs of {type(network).__name__} in {engine} differ by {difference:.2g} from torch.")
    return made


class _Recorder(Torch):
    """An engine that keeps its inputs, up to a number of windows."""

    any_length = False

    def __init__(self, network):
        super().__init__(network, "float32", None)
        self.batches = []

    def __call__(self, *inputs):
        """Compute, and keep the inputs."""
        if sum(len(batch[0]) for batch in self.batches) < _CALIBRATION:
            self.batches.append(inputs)
        return super().__call__(*inputs)


def _seen_batches(model, networks, X):
    """Return {id: batches}, what each network of a model sees of records."""
    recorders = {key: _Recorder(trained_network(part)) for key, part in networks.items()}
    watched = {key: CompiledNetwork.of(part, recorders[key]) for key, part in networks.items()}
    _exchanged(model, watched).predict_proba(X)
    return {key: recorder.batches for key, recorder in recorders.items()}


def _measure(compiled, model, X, y):
    """Compare a compiled model with the model on records, if there are any."""
    compiled.difference_ = compiled.auc_ = compiled.auc_exact_ = None
    if X is None:
        return
    p, exact = (positive_probabilities(each, X) for each in (compiled, model))
    compiled.difference_ = float(np.abs(p - exact).max())
    if y is not None:
        labels = None if isinstance(model.classes_, list) else model.classes_
        compiled.auc_, compiled.auc_exact_ = (float(macro_auc_score(y, q, labels=labels)) for q in (p, exact))


def _refuse_beyond(compiled, tolerance, auc_tolerance):
    """Raise if a compiled model differs by more than it may."""
    what = f"In {compiled.precision_} with {compiled.engine_}"
    advice = "use a higher precision, or calibrate with more records like those that the model will meet."
    if compiled.difference_ is not None and compiled.difference_ > tolerance:
        raise ValueError(
            f"{what}, a probability changes by {compiled.difference_:.3g}, more than tolerance={tolerance:g}: {advice}"
        )
    if compiled.auc_ is not None and compiled.auc_exact_ - compiled.auc_ > auc_tolerance:
        raise ValueError(
            f"{what}, the AUROC falls from {compiled.auc_exact_:.4f} to {compiled.auc_:.4f}, "
            f"more than auc_tolerance={auc_tolerance:g}: {advice}"
        )
