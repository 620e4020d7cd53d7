"""Export of pipelines to ONNX."""

import json
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from .._scikit_learn import Interval, StrOptions, validate_params
from .._warn import warn
from ..classifiers._base import BaseECGClassifier
from ..estimators.model import network_path
from ..preprocessing.form import Form, form_after, leads_of, length_kept, rate_before, takes_any_rate
from ..records import ECGRecords
from ._build import Builder
from ._graph import check_installed, forget_sources, graph_of, nodes_outside, with_int8_layers, with_int8_weights
from ._inputs import Inputs

_CALIBRATION = 1024  # records


@dataclass(frozen=True)
class OnnxExport:
    """A description of the file that `to_onnx` wrote, and of its difference to the pipeline.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    n_leads, n_times : int
        Size of the input, which has the shape (batch, n_leads, n_times).
    fs : float or None
        Rate of the input in Hz, if the pipeline depends on the rate.
    labels : list
        The classes, or the names of the labels, in the order of the output.
    difference : float
        The largest difference of a probability from `predict_proba`.
    auc, auc_exact : float or None, default=None
        With labels: the macro AUROC of the file, and that of the pipeline.

    Examples
    --------
    >>> from skecg.export import OnnxExport
    >>> OnnxExport("m.onnx", 12, 1000, 100.0, ["AF", "N"], 1e-6).n_times
    1000
    """

    path: Path
    n_leads: int
    n_times: int
    fs: float | None
    labels: list
    difference: float
    auc: float | None = None
    auc_exact: float | None = None


@validate_params(
    {
        "n_times": [Interval(Integral, 1, None, closed="left"), None],
        "fs": [Interval(Real, 0, None, closed="neither"), None],
        "int8": [StrOptions({"static", "weights"}), "boolean", None],
    },
    prefer_skip_nested_validation=True,
)
def to_onnx(pipeline, path, *, n_times=None, fs=None, X=None, y=None, target_names=None, int8=None):
    """Write a fitted classifier with its steps as an ONNX model: signals in, probabilities out.

    The number of records is free, the number of samples is fixed. The graph holds crop, normalisation, the
    windows and their mean. The graph also holds filters and resampling, as one exact matrix for signals of this
    length. The covariates of a network are a second input. The function runs the file once and compares the result
    with `predict_proba`.

    Parameters
    ----------
    pipeline : estimator
        A fitted classifier of skecg, or a pipeline or a search that ends in one.
    path : path-like
        Where to write.
    n_times : int, default=None
        Samples of a record. By default the number of X, or the number that the first crop keeps, or the number
        of the longest training record if no step changes the length.
    fs : float, default=None
        Rate of the input in Hz, for filters and resampling. By default the rate of X, the
        parameter `fs` of a step, or the rate at which the classifier was trained.
    X : ECGRecords or ndarray of shape (n_records, n_leads, n_times), default=None
        Records to compare with; by default noise.
    y : array-like of shape (n_records,) or (n_records, n_labels), default=None
        Labels of X, for the AUROC before and after.
    target_names : sequence of str, default=None
        Names of the columns of an indicator.
    int8 : {"static", "weights"}, default=None
        What to store as 8-bit integers, in a quarter of the size. "static" quantizes the layers of the network
        (QDQ) with ranges of activations from the first 1024 records of X: quick on processors with such instructions.
        "weights" quantizes weights only, and needs no X: it can make LSTMs quicker, and convolutions slower.
        True is a deprecated name of "weights".

    Returns
    -------
    export : OnnxExport
        Form of the input, largest difference, and the AUROC if there is y.

    Raises
    ------
    ValueError
        If ONNX cannot express a step (the message names the step and a solution); if a calibrator,
        a threshold or another wrapper around the network would be lost; if the length or the rate is
        unknown; if `int8="static"` has no X; or if, without `int8`, a probability differs by more than 1e-4.
    ImportError
        If onnx, onnxscript or onnxruntime is missing.

    Notes
    -----
    The metadata of the file hold, as JSON, `labels`, `multilabel`, `leads`, `unit`, `fs` and
    `n_times`. The input is named "signals". The input "covariates" has the shape (n_records, n_columns): the
    metadata `covariates` hold the name of each column and, if it is no number, its `categories`, of which the input
    takes the place, from 0. NaN means missing.
    S4 is exported with its impulse responses computed beforehand, as a convolution. The exporter needs about one
    minute per thousand samples for recurrent layers over raw samples.
    A model with a calibrator or a threshold around its network raises an error, because the graph would not
    hold them. Export the estimator inside, and apply the calibrator or the threshold to the probabilities yourself.

    Examples
    --------
    >>> import skecg
    >>> skecg.to_onnx(pipeline, "model.onnx", X=records, y=labels)  # doctest: +SKIP
    """
    int8 = _checked_int8(int8, X)
    check_installed()
    path = Path(path).expanduser()
    network = network_path(pipeline, "to_onnx", complete=True)
    steps, classifier = network.signal_steps, network.predictor
    fs = _find_rate(steps, fs, X)
    n_times = _find_length(steps, n_times, X)
    inputs = Inputs(tuple(leads_of(steps[0][1])), n_times, fs, classifier.covariates_)
    if X is not None:
        next(inputs.batches(X[:1]))  # raises if the covariates are missing, before the minutes of the exporter
    builder = Builder(inputs.leads, n_times, fs)
    for name, step in steps:
        builder.add(name, step)
    labels = _labels(network.contract, classifier) if target_names is None else list(target_names)
    metadata = {"labels": labels, "multilabel": isinstance(classifier.classes_, list), "leads": list(inputs.leads)}
    metadata |= {"unit": "mV", "fs": fs, "n_times": n_times} | inputs.described
    content = _content(builder, metadata, inputs, int8, X)
    difference, auc, auc_exact = _compare(pipeline, content, inputs, X, y)
    path.write_bytes(content)
    if not int8 and difference > 1e-4:
        raise ValueError(f"{path} was written, but its probabilities differ by {difference:.2g} from predict_proba.")
    return OnnxExport(path, len(inputs.leads), n_times, fs, labels, difference, auc, auc_exact)


def _checked_int8(int8, X):
    """Return how to quantize; raise if the records are missing that "static" needs."""
    if int8 is True:
        warn('int8=True is deprecated, pass int8="weights".', FutureWarning)
        return "weights"
    if int8 == "static" and X is None:
        raise ValueError('int8="static" needs X: a few hundred records, which set the ranges of the activations.')
    return int8 or None


def _labels(contract, classifier):
    """Return the classes, or the names of the labels in the contract of a loaded model, or their numbers."""
    if not isinstance(classifier.classes_, list):
        return classifier.classes_.tolist()
    return list(getattr(contract, "labels", None) or map(str, range(len(classifier.classes_))))


def _find_rate(steps, fs, X):
    """Return the rate of the input in Hz, on which `fs`, X and the steps must agree, or None."""
    rates = [] if fs is None else [float(fs)]
    rates += np.unique(X.fs).tolist() if isinstance(X, ECGRecords) else []
    before = []
    for _, step in steps:
        of_step = getattr(step, "fs_" if isinstance(step, BaseECGClassifier) else "fs", None)
        if of_step is not None:
            rates.append(rate_before(before, float(of_step)))
        if takes_any_rate(step):
            break
        before.append(step)
    if len(set(rates)) > 1:
        raise ValueError(f"The rate of the input is not clear: {sorted(set(rates))} Hz.")
    return rates[0] if rates else None


def _find_length(steps, n_times, X):
    """Return the number of samples of the input: the first number that a step or the classifier fixes."""
    if n_times is not None:
        return int(n_times)
    if X is not None:
        return (X.to_array() if isinstance(X, ECGRecords) else np.asarray(X)).shape[-1]
    before = []
    for _, step in steps:
        length = step.length_ if isinstance(step, BaseECGClassifier) else length_kept(step)
        if length is not None and _keep_length(before, length):
            return length
        if length is not None or takes_any_rate(step):
            break
        before.append(step)
    raise ValueError("The number of samples of the input is not clear: pass n_times.")


def _keep_length(steps, n_times):
    """Return whether some steps keep the length of signals of this length."""
    return all(form_after(step, Form(leads_of(step), n_times)).n_times == n_times for step in steps)


def _content(builder, metadata, inputs, int8, X):
    """Return the bytes of an ONNX model of all steps with metadata."""
    module = builder.build()
    program = graph_of(module, inputs.shapes, "probabilities")
    steps = nodes_outside(program.model, f"{len(module) - 1}.network")  # a filter in 8 bits would spoil the signals
    forget_sources(program.model)
    program.model.metadata_props.update({key: json.dumps(value) for key, value in metadata.items()})
    model = program.model_proto
    if int8 == "weights":
        model = with_int8_weights(model)
    elif int8 == "static":
        model = with_int8_layers(model, inputs.batches(X[:_CALIBRATION]), keep=steps)
    return model.SerializeToString()


def _compare(pipeline, content, inputs, X, y):
    """Return the largest difference, and the AUROC of model and pipeline if there are labels."""
    import onnxruntime

    if X is None:
        X = inputs.noise(named=hasattr(pipeline, "leads_in_"))
    exact = pipeline.predict_proba(X)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    p = np.concatenate([session.run(None, batch)[0] for batch in inputs.batches(X)])
    difference = float(np.abs(p - exact).max())
    if y is None:
        return difference, None, None
    y = np.asarray(y)
    truth = y if y.ndim == 2 else (y[:, None] == pipeline.classes_).astype(int)
    return difference, *(float(roc_auc_score(truth, q, average="macro")) for q in (p, exact))
