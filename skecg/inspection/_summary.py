"""Tables of the layers of a network."""

from torch import nn

from ..estimators.model import network_of
from ..networks._summary import LayerTable, list_layers


class NetworkSummary(LayerTable):
    """The layers of a network, shown as text, as a table or in a notebook.

    Parameters
    ----------
    name : str
        Class of the network.
    input_shape : tuple of int
        (n_leads, n_times) of one record.
    layers : list of Layer, default=[]
        Layers in the order of computation.

    Examples
    --------
    >>> from skecg.inspection import summary
    >>> from skecg.networks import ResNet
    >>> found = summary(ResNet(12, 5), (12, 1000))
    >>> found.n_parameters
    3851397
    >>> found.to_frame().columns.tolist()
    ['name', 'kind', 'output_shape', 'n_parameters', 'multiply_adds']
    """

    def to_frame(self):
        """Return the layers as a table.

        Returns
        -------
        frame : pandas.DataFrame
        """
        import pandas as pd

        return pd.DataFrame([vars(layer) for layer in self.layers])


def summary(network, shape=None):
    """List the layers of a network with their output shapes, numbers of weights and costs.

    Parameters
    ----------
    network : torch.nn.Module or estimator
        A network, or a fitted classifier of skecg, or a pipeline or search that ends in one.
    shape : tuple of (int, int), default=None
        (n_leads, n_times) of one record. For a fitted classifier, n_times is by default its window,
        or the length of its longest training record.

    Returns
    -------
    summary : NetworkSummary
        The summary prints as a table. A notebook shows one table for each part of the network.

    Raises
    ------
    ValueError
        If a `torch.nn.Module` comes without a shape, or the shape is not two positive numbers.
    TypeError
        If an estimator holds no classifier of skecg.

    Notes
    -----
    A multiply-add is one multiplication and one addition. `summary` counts convolutions, linear and
    recurrent layers, and the two products of an attention. `summary` does not count activations,
    normalisation, pooling and the Fourier transforms of S4, as is usual in the literature.

    Examples
    --------
    >>> from skecg.inspection import summary
    >>> from skecg.networks import ResNet
    >>> found = summary(ResNet(12, 5), (12, 1000))
    >>> found.layers[0]
    Layer(name='trunk.stem.0', kind='Conv2d', output_shape=(64, 500), n_parameters=5376, multiply_adds=2688000)
    >>> found.multiply_adds
    175197696
    """
    if not isinstance(network, nn.Module):
        classifier = network_of(network, "A summary")
        network = classifier.net_.module_
        shape = (classifier.n_leads_in_, classifier.window or classifier.length_) if shape is None else shape
    if shape is None or len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"shape must be (n_leads, n_times) of one record; got {shape!r}.")
    return NetworkSummary(type(network).__name__, tuple(shape), list_layers(network, shape))


def count_multiply_adds(network, shape):
    """Count the multiply-adds of a network for one record.

    Parameters
    ----------
    network : torch.nn.Module or estimator
        A network, or a fitted classifier of skecg, or a pipeline or search that ends in one.
    shape : tuple of (int, int)
        (n_leads, n_times) of one record.

    Returns
    -------
    multiply_adds : int
        The number that `summary` reports.

    Raises
    ------
    ValueError
        If the shape is not two positive numbers.

    Examples
    --------
    >>> from skecg.inspection import count_multiply_adds
    >>> from skecg.networks import EfficientECG
    >>> round(count_multiply_adds(EfficientECG(12, 5), (12, 1000)) / 1e6)
    131
    """
    return summary(network, shape).multiply_adds
