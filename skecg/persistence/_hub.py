"""Models on the Hugging Face Hub, or in a store with the same interface."""

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
        Any model that `skecg.save` takes.
    repo_id : str
        "owner/name"; the repository is created if it does not exist.
    card : str, default=None
        The model card; by default `skecg.model_card(estimator)`.
    private : bool, default=True
        Whether a new repository is private. Weights can reveal information about the training patients.
    token : str, default=None
        Token of the user; by default the token that `hf auth login` stored.
    revision : str, default=None
        The branch; by default the main one.
    api : object, default=None
        Object with the methods `create_repo` and `upload_folder`; by default
        `huggingface_hub.HfApi`.

    Returns
    -------
    url : str
        Address of the commit.

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
        commit = api.upload_folder(
            repo_id=repo_id, folder_path=folder, revision=revision, commit_message="A model saved by skecg"
        )
    return str(getattr(commit, "commit_url", commit))


def from_hub(repo_id, *, revision=None, token=None, on_mismatch="convert", module=None, download=None):
    """Load a model from a repository of the Hugging Face Hub.

    The function runs no code from the download, like `skecg.load`.

    Parameters
    ----------
    repo_id : str
        "owner/name".
    revision : str, default=None
        A branch, a tag or, best, the hash of a commit; by default the main branch.
    token : str, default=None
        Token for a private repository.
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
        If the file in the repository is not a model of skecg.

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
