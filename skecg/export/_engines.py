"""Programs that run a compiled network: inputs in, logits out."""

import importlib
import threading
from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
import torch

from ..training.loop.processes import note_computation


class Engine(ABC):
    """A network in a program that computes its logits; the session is made at the first call of a process.

    Parameters
    ----------
    network : bytes or torch.nn.Module
        What the program runs: an ONNX model, or for torch the network itself.
    precision : {"float32", "bfloat16", "int8"}
        An ONNX model in int8 is quantized already.
    n_threads : int or None
        Number of threads; None leaves it to the program.

    Attributes
    ----------
    precisions : tuple of str
        The precisions that the program has.
    extra : str
        The extra of skecg that installs it.
    """

    precisions: tuple[str, ...]
    extra = "onnx"

    any_length = False  # whether signals may be longer than those that the network was converted for

    def __init__(self, network, precision, n_threads):
        self.network, self.precision, self.n_threads = network, precision, n_threads

    @abstractmethod
    def __call__(self, *inputs):
        """Return the logits, an array (n_windows, n_outputs), of signals and, if there are any, covariates."""

    def __repr__(self):
        return f"{type(self).__name__}({self.precision})"

    def __getstate__(self):
        return {key: self.__dict__[key] for key in ("network", "precision", "n_threads")}


class OnnxRuntime(Engine):
    """onnxruntime on the CPU."""

    precisions = ("float32", "int8")

    @cached_property
    def _session(self):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.n_threads or 0
        return onnxruntime.InferenceSession(self.network, options, providers=["CPUExecutionProvider"])

    def __call__(self, *inputs):
        names = [value.name for value in self._session.get_inputs()]
        return self._session.run(None, dict(zip(names, inputs, strict=True)))[0]


class OpenVINO(Engine):
    """OpenVINO on the CPU; each thread of the caller has requests of its own."""

    precisions = ("float32", "bfloat16", "int8")
    extra = "openvino"

    @cached_property
    def _requests(self):
        return threading.local()

    @cached_property
    def _any_batch(self):
        return self._session()

    @cached_property
    def _batch_of_one(self):
        return self._session(batch=1)  # a fixed shape takes a tenth less time

    def _session(self, batch=None):
        import openvino

        core, hint = openvino.Core(), "bf16" if self.precision == "bfloat16" else "f32"
        threads = {} if self.n_threads is None else {"INFERENCE_NUM_THREADS": self.n_threads}
        model = core.read_model(self.network)
        if batch is not None:
            model.reshape({each.any_name: [batch, *list(each.partial_shape)[1:]] for each in model.inputs})
        options = {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY", **threads}
        return core.compile_model(model, "CPU", options)

    def __call__(self, *inputs):
        if len(inputs[0]) == 1:
            return self._compute_one(inputs)
        if not hasattr(self._requests, "any"):
            self._requests.any = self._any_batch.create_infer_request()
        logits = self._requests.any.infer(list(inputs), share_inputs=True)[0]
        return logits.copy()  # the next call overwrites the output

    def _compute_one(self, inputs):
        """Return the logits of one window, which the tensors of the request take: a fifth less time than new ones."""
        if not hasattr(self._requests, "one"):
            request = self._batch_of_one.create_infer_request()
            self._requests.one = request, [tensor.data for tensor in request.input_tensors]
        request, places = self._requests.one
        for place, values in zip(places, inputs, strict=True):
            place[...] = values
        request.infer()
        return request.output_tensors[0].data.copy()


class Torch(Engine):
    """The network in torch, on the device where it is."""

    precisions = ("float32", "bfloat16")

    any_length = True

    def __call__(self, *inputs):
        note_computation()
        device = next(self.network.parameters()).device
        half = self.precision == "bfloat16"
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=half):
            return self.network(*(torch.from_numpy(values).to(device) for values in inputs)).float().cpu().numpy()


ENGINES = {"openvino": OpenVINO, "onnxruntime": OnnxRuntime, "torch": Torch}


def check_engine(engine, precision, n_threads):
    """Raise if an engine is not installed, or has no such precision or no number of threads of its own."""
    chosen = ENGINES[engine]
    if precision not in chosen.precisions:
        able = [name for name, other in ENGINES.items() if precision in other.precisions]
        raise ValueError(
            f"engine={engine!r} computes in {' or '.join(chosen.precisions)}, got precision={precision!r}; "
            f"{' and '.join(able)} can do so."
        )
    if engine == "torch" and n_threads is not None:
        raise ValueError(f"torch has one number of threads for all: torch.set_num_threads({n_threads}).")
    try:
        importlib.import_module(engine)
    except ImportError as error:
        raise ImportError(f"engine={engine!r} needs {engine}: pip install 'skecg[{chosen.extra}]'.") from error


def difference_on_noise(engine, network, shapes):
    """Return the largest difference of a logit of an engine from that of a network, for three noisy inputs."""
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(3, *shape)).astype(np.float32) for shape in shapes.values()]
    exact = Torch(network, "float32", None)(*inputs)
    return float(np.abs(engine(*inputs) - exact).max() / max(1, np.abs(exact).max()))
