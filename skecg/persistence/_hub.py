"""Models on the Hugging Face Hub, or any store that speaks its interface."""

import tempfile
from pathlib import Path

from ._card import model_card
from ._files import load, save

_MODEL, _CARD = "model.skecg", "README.md"


def push_to_hub(estimator, repo_id, *, card=None, private=True, token=None, revision=None, api=None):
    """Put a model and its card into a repository of the Hugging Face Hub.

    Parameters
    ----------
    estimator : estimator
        What `skecg.save` takes.
    repo_id : str
        "owner/name"; the repository is created where it does not exist.
    card : str, default=None
        The model card; by default `skecg.model_card(estimator)`.
    private : bool, default=True
        Whether a new repository is private. Weights can tell of the patients they were trained on.
    token : str, default=None
        Of the user; by default the one that `hf auth login` keeps.
    revision : str, default=None
        The branch; by default the main one.
    api : object, default=None
        What has the methods `create_repo` and `upload_folder` of `huggingface_hub.HfApi`; by
        default that.

    Returns
    -------
    url : str
        Where the commit is to be seen.

    Raises
    ------
    ImportError
        If huggingface_hub is not installed.

    Examples
    --------
    >>> import skecg
    >>> skecg.push_to_hub(model, "me/af-detector")  # doctest: +SKIP
    """
    api = api or _hub().HfApi(token=token)
    with tempfile.TemporaryDirectory() as folder:
        save(estimator, Path(folder) / _MODEL)
        text = model_card(estimator) if card is None else card
        (Path(folder) / _CARD).write_text(f"---\nlibrary_name: skecg\ntags: [ecg]\n---\n{text}", encoding="utf-8")
        api.create_repo(repo_id, private=private, exist_ok=True)
        told = api.upload_folder(
            repo_id=repo_id, folder_path=folder, revision=revision, commit_message="A model saved by skecg"
        )
    return str(getattr(told, "commit_url", told))


def from_hub(repo_id, *, revision=None, token=None, on_mismatch="convert", module=None, download=None):
    """Load a model from a repository of the Hugging Face Hub.

    Nothing of what is downloaded is run, as with `skecg.load`.

    Parameters
    ----------
    repo_id : str
        "owner/name".
    revision : str, default=None
        A branch, a tag or, best, the hash of a commit; by default the main branch.
    token : str, default=None
        For a private repository.
    on_mismatch : {"convert", "raise"} or None, default="convert"
        As in `skecg.load`.
    module : callable, default=None
        As in `skecg.load`.
    download : callable, default=None
        Takes `repo_id`, `filename`, `revision` and `token` by name and returns a path; by
        default `huggingface_hub.hf_hub_download`.

    Returns
    -------
    estimator : estimator
        As `skecg.load` returns it.

    Raises
    ------
    ImportError
        If huggingface_hub is not installed.
    ValueError
        If what is there is no model of skecg.

    Examples
    --------
    >>> import skecg
    >>> model = skecg.from_hub("me/af-detector", revision="1f3c2a9")  # doctest: +SKIP
    """
    download = download or _hub().hf_hub_download
    path = download(repo_id=repo_id, filename=_MODEL, revision=revision, token=token)
    return load(path, on_mismatch=on_mismatch, module=module)


def _hub():
    try:
        import huggingface_hub
    except ImportError as error:
        raise ImportError("The Hub needs huggingface_hub: pip install 'skecg[hub]'.") from error
    return huggingface_hub
