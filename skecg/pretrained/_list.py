"""A table of the packaged models."""

from ._table import ALIASES, MODELS, file_of


def list_models():
    """List the models that come with skecg.

    Returns
    -------
    models : DataFrame
        One row for each model, by name: `alias`, a second name, or an empty text; `megabytes`, the size of its file;
        `n_leads`; `leads`; one column for each score; `title`. Without any packaged model, a table without rows.

    See Also
    --------
    skecg.load : Loads a model by its name.

    Examples
    --------
    >>> from skecg.pretrained import list_models
    >>> list_models().index.name
    'name'
    """
    import pandas as pd

    aliases = {name: alias for alias, name in ALIASES.items()}
    rows = [
        {
            "name": name,
            "alias": aliases.get(name, ""),
            "megabytes": round(file_of(name).stat().st_size / 1e6, 2),
            "n_leads": len(model.leads),
            "leads": ", ".join(model.leads),
            **model.scores,
            "title": model.title,
        }
        for name, model in MODELS.items()
    ]
    columns = dict.fromkeys(["name", "alias", "megabytes", "n_leads", "leads"])
    columns |= dict.fromkeys(score for model in MODELS.values() for score in model.scores)
    return pd.DataFrame(rows, columns=[*columns, "title"]).set_index("name")
