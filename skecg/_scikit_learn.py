"""The private names of scikit-learn that skecg imports.

Private names may move or change in any version of scikit-learn. All other modules import these names
from here, so that such a change affects one file.

- `_fit_context` validates the parameters of an estimator before its `fit`.
- `validate_params`, `Interval`, `Options`, `StrOptions` and `HasMethods` declare and validate the
  parameters of functions and estimators.
- `_check_sample_weight` validates weights, with the messages of scikit-learn.
- `_is_fitted` returns whether an estimator is fitted, and raises no error.
- `_safe_indexing` takes rows of arrays, tables, lists and `ECGRecords`.
- `_get_output_config` reads the setting of `set_output`, and `ADAPTERS_MANAGER` makes its table.
- `_BaseScorer`, `_PassthroughScorer` and `_MultimetricScorer` recognise scorers that look at predictions only.
- `_BaseKFold` and `GroupsConsumerMixin` are the bases of the splitters, which route groups.
- `_BaseComposition` gives a list of named estimators `get_params` and `set_params`.
- `BaseSearchCV` recognises a search of any kind, for an error message.
- `PREDICTOR_RECORD_DTYPE`, `TreePredictor` and `_BinMapper` are the parts of boosted trees, which files hold as arrays.
- `NODE_DTYPE` and `Tree` are the parts of single trees and of forests, which files hold as arrays too.
"""

import functools
import re

from sklearn.base import _fit_context
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.metrics._scorer import _BaseScorer, _MultimetricScorer, _PassthroughScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._split import GroupsConsumerMixin, _BaseKFold
from sklearn.tree._tree import NODE_DTYPE, Tree
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, InvalidParameterError, Options, StrOptions
from sklearn.utils._param_validation import validate_params as _validate_params
from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import _check_sample_weight, _is_fitted

__all__ = [
    "ADAPTERS_MANAGER",
    "NODE_DTYPE",
    "PREDICTOR_RECORD_DTYPE",
    "BaseSearchCV",
    "GroupsConsumerMixin",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "Tree",
    "TreePredictor",
    "_BaseComposition",
    "_BaseKFold",
    "_BaseScorer",
    "_BinMapper",
    "_MultimetricScorer",
    "_PassthroughScorer",
    "_check_sample_weight",
    "_fit_context",
    "_get_output_config",
    "_is_fitted",
    "_safe_indexing",
    "validate_params",
]


def validate_params(parameter_constraints, *, prefer_skip_nested_validation):
    """Validate the parameters of a function, as the decorator of scikit-learn does.

    scikit-learn puts the name of the function into the errors of all estimators that the function fits. Here such an
    error keeps the name of the estimator whose parameter is wrong.
    """
    decorate = _validate_params(parameter_constraints, prefer_skip_nested_validation=prefer_skip_nested_validation)

    def decorated(function):
        validated = decorate(function)

        @functools.wraps(validated)
        def checked(*args, **kwargs):
            try:
                return validated(*args, **kwargs)
            except InvalidParameterError as error:
                if re.search(r"parameter of [A-Z]", str(error.__cause__)):  # a class, not a function
                    raise error.__cause__ from None
                raise

        return checked

    return decorated
