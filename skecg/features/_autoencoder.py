"""Features learned without labels: the code of an autoencoder."""

from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._scikit_learn import Interval
from ..estimators.checked import CheckedTransformer
from ..records import ECGRecords
from ..training.data.batches import ShuffledBatches
from ..training.data.windows import FixedWindows, longest_of, signals_of
from ..training.device import resolve_device
from ..training.loop.isolation import is_foreign, isolated
from ..training.loop.memory import memory_advice
from ..training.loop.net import train
from ..training.loop.predict import average_over_windows, trained_network
from ..training.precision import resolve_precision
from ..training.weights.plan import Plan
from ._base import with_index
from ._lstm import LSTMAutoencoder, ReconstructionLoss, WindowsAsTargets, squared_error


class AutoencoderFeatures(ClassNamePrefixFeaturesOutMixin, CheckedTransformer):
    """Learn a short code of signals without labels, with an LSTM autoencoder.

    One LSTM encodes a signal as `n_components` numbers, the code; another LSTM reconstructs the signal from
    the code. The code serves as features. The reconstruction error measures how far a signal differs from the
    training signals. Use beats cut around their R peaks; whole records need a larger code and more training.

    Parameters
    ----------
    n_components : int, default=16
        Size of the code.
    hidden_size : int, default=128
        Size of the state of each LSTM.
    n_layers : int, default=1
        Recurrent layers of each LSTM.
    frame : int, default=10
        Samples that an LSTM reads or writes in one step.
    window : int, default=None
        Samples of the random window that each epoch draws from each record; code and score are means over
        half-overlapping windows. By default whole records, zero-padded at the end to the longest.
    augment : None, str, tuple or list, default=None
        As in the classifiers, but for the input only: "noise" gives a denoising autoencoder.
    max_epochs : int, default=30
        Passes over the records.
    batch_size : int, default=64
        Records in a step of the optimizer, and windows in a batch of `transform`.
    learning_rate : float, default=0.01
        Highest learning rate of the one-cycle schedule, for AdamW without weight decay.
    device : str, default="auto"
        "cpu", "cuda" or "mps"; "auto" takes the best available one.
    random_state : int, RandomState or None, default=None
        Seed of weights, order and windows.
    verbose : int, default=0
        Whether to show a progress bar.
    net_params : dict, default=None
        More parameters of the `skorch.NeuralNet`.

    Attributes
    ----------
    net_ : skorch.NeuralNet
        The trained network.
    history_ : list of dict
        Losses and seconds of each epoch.
    length_ : int
        Samples of the input of the network.
    fs_ : float or None
        Sampling rate of the training records in Hz; None for arrays.
    n_features_in_ : int
        Number of leads of the training data; number of samples if it was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads of the training data, if it was `ECGRecords`.

    Raises
    ------
    ValueError
        If the records of `fit` have different rates.
    KeyboardInterrupt
        If the user interrupts `fit`; the autoencoder is then unfitted.

    Notes
    -----
    The defaults were chosen for skecg, on beats of one half (DS1) of the MIT-BIH Arrhythmia Database. Training and
    score treat padding as signal: crop records of different lengths, or set `window`.

    References
    ----------
    N. Srivastava, E. Mansimov and R. Salakhutdinov, "Unsupervised learning of video
    representations using LSTMs", arXiv:1502.04681, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.features import AutoencoderFeatures
    >>> phase = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    >>> X = np.sin(phase[:, None] + np.linspace(0, 6, 40))
    >>> autoencoder = AutoencoderFeatures(2, hidden_size=16, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape, autoencoder.inverse_transform(autoencoder.transform(X)).shape
    ((200, 2), (200, 40))
    """

    _parameter_constraints: dict = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "n_layers": [Interval(Integral, 1, None, closed="left")],
        "frame": [Interval(Integral, 1, None, closed="left")],
        "window": [None, Interval(Integral, 1, None, closed="left")],
        "augment": [None, str, tuple, list],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "net_params": [None, dict],
    }

    lr_schedule, gradient_clip, weight_decay, ema_decay, checkpoint = "onecycle", 1.0, 0.0, None, None  # for `train`

    def __init__(
        self,
        n_components=16,
        *,
        hidden_size=128,
        n_layers=1,
        frame=10,
        window=None,
        augment=None,
        max_epochs=30,
        batch_size=64,
        learning_rate=1e-2,
        device="auto",
        random_state=None,
        verbose=0,
        net_params=None,
    ):
        self.n_components = n_components
        self.hidden_size = hidden_size
        self.n_layers = n_layers
        self.frame = frame
        self.window = window
        self.augment = augment
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.net_params = net_params

    def transform(self, X):
        """Return the code of each record.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, prepared like the training signals.

        Returns
        -------
        code : ndarray of shape (n_records, n_components), float32
            The mean over the windows of a record.
        """
        check_is_fitted(self)
        return self._apply(self._check(X, reset=False))

    def inverse_transform(self, X):
        """Reconstruct signals from their codes.

        Parameters
        ----------
        X : array-like of shape (n_records, n_components)
            Codes.

        Returns
        -------
        signals : ndarray of shape (n_records, n_leads, length_) or (n_records, length_), float32
            The signals; a 2-D array if `fit` got one.
        """
        check_is_fitted(self)
        code = check_array(X, dtype=np.float32, input_name="X")
        if code.shape[1] != self._n_features_out:
            raise ValueError(f"X has {code.shape[1]} columns, but a code has {self._n_features_out}.")
        module = trained_network(self)
        device = next(module.parameters()).device
        with torch.inference_mode():
            parts = [module.decode(part.to(device)).cpu() for part in torch.tensor(code).split(self.batch_size)]
        signals = torch.cat(parts).numpy()
        return signals[:, 0] if self._flat else signals

    def score_samples(self, X):
        """Return the negative reconstruction error of each record; it is low for unusual records.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, prepared like the training signals.

        Returns
        -------
        scores : ndarray of shape (n_records,), float32
            The negative mean squared error over leads and samples.
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        return -self._average(X, lambda network, x: squared_error(network(x), x).double()[:, None])[:, 0]

    def score(self, X, y=None):
        """Return the mean of `score_samples`, which a parameter search can maximise.

        Parameters
        ----------
        X : ECGRecords or array-like of shape (n_records, n_leads, n_times) or (n_records, n_times)
            Signals, prepared like the training signals.
        y : None
            Ignored.

        Returns
        -------
        score : float
        """
        return float(self.score_samples(X).mean())

    def _check(self, X, *, reset):
        if reset:
            self.__dict__.pop("net_", None)  # an interrupted fit leaves no half-trained network
        X = super()._check(X, reset=reset)
        rate = _rate(X)
        if reset:
            self.fs_ = rate
        elif None not in (rate, self.fs_) and rate != self.fs_:
            raise ValueError(f"AutoencoderFeatures was fitted at {self.fs_:g} Hz, got {rate:g} Hz; use ECGResample.")
        return X

    def _learn(self, X):
        self._flat = not isinstance(X, ECGRecords) and X.ndim == 2
        signals = signals_of(X)
        longest = longest_of(signals, self.window)
        self.length_ = self.window or longest
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        self.net_, self.history_ = self._train(signals, seed)
        self._n_features_out = self.n_components

    def _apply(self, X):
        return with_index(self._average(X, lambda network, x: network.encode(x).double()), X, self)

    def _train(self, signals, seed):
        device = resolve_device(self.device)
        rngs = (np.random.default_rng(seed) for _ in "ab")
        weight = np.ones(len(signals), np.float32)
        dataset = WindowsAsTargets(signals, weight, weight, length=self.length_, rng=next(rngs))
        sampler = ShuffledBatches(len(signals), self.batch_size, next(rngs))
        with isolated(seed, device, foreign=is_foreign(self)) as build, memory_advice(self, self.length_):
            return train(
                build(lambda: self._build(len(signals[0]))),
                dataset,
                validation=None,
                settings=self,
                sampler=sampler,
                loss=ReconstructionLoss(),
                device=device,
                precision=resolve_precision("auto", device),
                seed=seed,
                plan=Plan(),
            )

    def _build(self, n_leads):
        """Return the untrained network."""
        sizes = self.length_, self.n_components, self.hidden_size, self.n_layers, self.frame
        return LSTMAutoencoder(n_leads, *sizes)

    def _average(self, X, compute):
        windows = FixedWindows(signals_of(X), length=self.length_, window=self.length_, n_windows="auto")
        with memory_advice(self, self.length_):
            return average_over_windows(compute, trained_network(self), windows, self.batch_size)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # always float32
        tags.requires_fit = True
        return tags


def _rate(X):
    """Return the rate that all records share, None for arrays."""
    rates = np.unique(X.fs) if isinstance(X, ECGRecords) else [None]
    if len(rates) > 1:
        raise ValueError(f"The records have different rates, {rates.tolist()} Hz; resample them with ECGResample.")
    return rates[0]
