"""The containers of tables that `set_output` of scikit-learn asks for."""

from .._scikit_learn import ADAPTERS_MANAGER, _get_output_config
from ..records import ECGRecords


class TakesContainer:
    """A mixin for transformers that accept `set_output` even if they return signals.

    `set_output` of a `Pipeline` calls `set_output` of each step. scikit-learn gives the method only to transformers
    with `get_feature_names_out`, so a pipeline with a step from signals to signals would raise.
    """

    def set_output(self, *, transform=None):
        """Set the container of the tables that `transform` returns; signals stay arrays or `ECGRecords`.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            None changes nothing.

        Returns
        -------
        self : estimator
            The estimator itself.

        Raises
        ------
        ValueError
            If there is no such container.
        """
        supported = {"default", *ADAPTERS_MANAGER.supported_outputs}
        if transform is not None and transform not in supported:
            raise ValueError(f"set_output takes {', '.join(sorted(supported))} or None, got {transform!r}.")
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self


def numbered_table(values, X, estimator):
    """Return features in the container that `set_output` chose; class name and number make the column names.

    Parameters
    ----------
    values : ndarray of shape (n_records, n_features)
    X : ECGRecords or array-like
        The signals; a pandas table gets the index of their metadata.
    estimator : estimator

    Returns
    -------
    table : ndarray, pandas.DataFrame or polars.DataFrame
    """
    container = _get_output_config("transform", estimator)["dense"]
    if container == "default":
        return values
    names = [f"{type(estimator).__name__.lower()}{i}" for i in range(values.shape[1])]
    table = ADAPTERS_MANAGER.adapters[container].create_container(values, X, columns=names)
    if container == "pandas" and isinstance(X, ECGRecords):
        table.index = X.metadata.index
    return table
