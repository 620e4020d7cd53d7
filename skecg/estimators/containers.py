"""The containers of tables that `set_output` of scikit-learn asks for."""

from .._scikit_learn import ADAPTERS_MANAGER, _get_output_config
from ..records import ECGRecords


class TakesContainer:
    """A transformer that takes `set_output`, as each step of a `Pipeline` must, whatever it returns.

    scikit-learn offers `set_output` only to what has `get_feature_names_out`, and so no pipeline with a step from
    signals to signals would take it.
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
        known = {"default", *ADAPTERS_MANAGER.supported_outputs}
        if transform is not None and transform not in known:
            raise ValueError(f"set_output takes {', '.join(sorted(known))} or None, got {transform!r}.")
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self


def numbered_table(values, X, estimator):
    """Return features in the container that is asked for, with the name of the class and numbers as column names.

    Parameters
    ----------
    values : ndarray of shape (n_records, n_features)
    X : ECGRecords or array-like
        The signals; a table of pandas takes the index of their metadata.
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
