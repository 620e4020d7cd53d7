"""The tags of an estimator around several others."""

from dataclasses import fields

from sklearn.utils import get_tags


def combine_tags(tags, parts):
    """Set the tags of the input, and of labels, to what all parts of a meta-estimator accept.

    Parameters
    ----------
    tags : sklearn.utils.Tags
        Of the meta-estimator; changed in place.
    parts : list
        The estimators inside. Other objects are passed over: `fit` rejects them with a message.
    """
    estimators = [part for part in parts if hasattr(part, "__sklearn_tags__") and not isinstance(part, type)]
    inner = [get_tags(part) for part in estimators]
    if not inner:
        return
    for field in fields(tags.input_tags):
        together = any if field.name in ("positive_only", "pairwise") else all
        setattr(tags.input_tags, field.name, together(getattr(each.input_tags, field.name) for each in inner))
    kinds = [each.classifier_tags for each in inner]
    tags.classifier_tags.multi_label = all(kind is not None and kind.multi_label for kind in kinds)
