"""The MedalCare-XL data set of simulated ECGs."""

from __future__ import annotations

from functools import partial

import numpy as np

from skecg.records import STANDARD_LEADS

from .._scikit_learn import StrOptions, validate_params
from ._base import FETCHING, fill_options, find_home, make_bunch, read_csv
from ._download import download_zenodo
from ._reading import Reading, load_each
from ._wfdb_header import choose_leads

__all__ = ["fetch_medalcare_xl"]

_URL = "https://doi.org/10.5281/zenodo.8068944"
_INDEX = "https://zenodo.org/api/records/8068944"
_CLASSES = ["avblock", "fam", "iab", "lae", "lbbb", "mi", "rbbb", "sinus"]
_SPLITS = {"train": "train", "validation": "validation", "valid": "validation", "val": "validation", "test": "test"}
_LARGEST = 2**24  # bytes of a record; the published ones have 1 MB
_DESCR = """MedalCare-XL

16,900 synthetic 12-lead ECGs of 10 seconds at 500 Hz from electrophysiological simulations: sinus
rhythm, first-degree AV block (avblock), fibrotic atrial cardiomyopathy (fam), interatrial
conduction block (iab), left atrial enlargement (lae), left and right bundle branch block (lbbb,
rbbb) and myocardial infarcts (mi) of eight kinds. Published with a split into training,
validation and test, each with its own anatomical models.

Origin: https://doi.org/10.5281/zenodo.8068944
Licence: Creative Commons Attribution 4.0 International.
Citation: Gillette K., Gsell M.A.F., Nagel C., Bender J., Winkler B., Williams S.E., Baer M.,
Schaeffter T., Doessel O., Plank G., Loewe A. (2023). MedalCare-XL: 16,900 healthy and pathological
synthetic 12 lead ECGs from electrophysiological simulations. Scientific Data 10, 531.
"""


@validate_params(
    FETCHING
    | {
        "subset": [StrOptions({"train", "validation", "test"}), None],
        "variant": [StrOptions({"filtered", "noise", "raw"})],
    },
    prefer_skip_nested_validation=True,
)
@fill_options
def fetch_medalcare_xl(
    data_home=None,
    *,
    subset=None,
    variant="filtered",
    leads=None,
    fs=None,
    limit=None,
    n_jobs=None,
    verbose=1,
    on_error="raise",
    save_to=None,
    return_X_y=False,
    download_if_missing=False,
):
    """Load MedalCare-XL, simulated 12-lead ECGs of sinus rhythm and seven pathologies.

    ===============  ==================================
    Records          16,900
    Leads            12
    Rate             500 Hz
    Length           10 seconds
    Classes          8
    ===============  ==================================

    Parameters
    ----------
    data_home : path-like, default=None
        The folder that holds the folders of the classes (`sinus`, `mi`, ...), or a folder above it.
        Below the class, and below one of the eight sites of `mi`, come `train`, `validation` or
        `test` (or these come first), and then csv files of 12 rows without a header. By default
        `medalcare_xl` in the folder that the environment variable SKECG_DATA names, which
        defaults to `~/skecg_data`.
    subset : {"train", "validation", "test"}, default=None
        Part of the published split to read; by default all parts.
    variant : {"filtered", "noise", "raw"}, default="filtered"
        Which signal to read: "raw" is the simulated signal (`*_raw.csv`), "noise" has noise added
        (`*_noise.csv`), and "filtered" is filtered after that, as in a clinic (`*_filtered.csv`).
    leads : sequence of str, default=None
        Names of the leads to read, in this order; by default all twelve.
    fs : float, default=None
        Rate in Hz to which the signals are resampled while reading; by default 500 Hz as published.
    limit : int, default=None
        Read only the first `limit` records of those that `subset` selects.
    **n_jobs
    **verbose
    **on_error
    **save_to
    **return_X_y
    download_if_missing : bool, default=False
        Whether to download the archive of about 27 GB if the folder is missing, which needs
        `skecg[download]`. An interrupted download continues where it stopped.

    Returns
    -------
    medalcare_xl : Bunch
        data : ECGRecords of n_records
            Signals in mV. Metadata: `site`, the kind of infarct (`LAD_0.3`, ...; missing for
            the other classes), `split`, and `patient_id`, the simulated person (`run_S62`); the
            index is the path of the file below `data_home`, without variant and suffix.
        target : ndarray of str, shape (n_records,)
            avblock, fam, iab, lae, lbbb, mi, rbbb or sinus.
        target_names : list of str
            The eight classes.
        split : ndarray of str, shape (n_records,)
            train, validation or test.
        DESCR : str
            Origin, licence and citation.

    Raises
    ------
    ValueError
        If the folder does not hold this set, or a record is damaged. The message names the file.

    References
    ----------
    .. [1] K. Gillette et al., "MedalCare-XL: 16,900 healthy and pathological synthetic 12 lead
       ECGs from electrophysiological simulations", Scientific Data 10, 531 (2023).

    Examples
    --------
    >>> from skecg.datasets import fetch_medalcare_xl
    >>> medalcare = fetch_medalcare_xl("MedalCare-XL", subset="test", n_jobs=4)  # doctest: +SKIP
    """
    home = find_home(
        data_home,
        "medalcare_xl",
        tuple(f"{depth}{name}/**/*_{variant}.csv" for depth in ("", "*/", "*/*/") for name in ("sinus", "mi")),
        title="MedalCare-XL",
        url=_URL,
        download=partial(download_zenodo, index=_INDEX, verbose=verbose),
        wanted=download_if_missing,
    )
    files = [found for found in (_sort(path, home) for path in sorted(home.rglob(f"*_{variant}.csv"))) if found]
    files = [found for found in files if subset in (None, found["split"])][:limit]
    if not files:
        raise ValueError(f"{home} holds no file *_{variant}.csv of the split {subset!r}.")
    reading = Reading(leads=leads, fs=fs, n_jobs=n_jobs, verbose=verbose, on_error=on_error, save_to=save_to)
    data, kept = load_each([found["path"] for found in files], _read, reading, lambda kept, _: _metadata(files, kept))
    target = np.array([files[i]["label"] for i in kept])
    split = data.metadata["split"].to_numpy(str)
    return make_bunch(data, target, return_X_y=return_X_y, target_names=_CLASSES.copy(), split=split, DESCR=_DESCR)


def _sort(path, home):
    """Return label, split, patient and site from the folders of a file; None without class or split."""
    folders = path.relative_to(home).parts[:-1]
    label = next((folder for folder in folders if folder in _CLASSES), None)
    split = next((_SPLITS[folder] for folder in folders if folder in _SPLITS), None)
    if label is None or split is None:
        return None
    ignored = {label, *_SPLITS}
    below = [folder for folder in folders[folders.index(label) + 1 :] if folder not in ignored]
    person = next((folder for folder in below if folder.startswith("run_")), None)
    site = next((folder for folder in below if folder != person), None)
    record = path.relative_to(home).as_posix().rpartition("_")[0]
    return {"path": str(path), "label": label, "record": record, "split": split, "patient_id": person, "site": site}


def _metadata(files, kept):
    import pandas as pd

    table = pd.DataFrame([files[i] for i in kept]).set_index("record")
    return table[["patient_id", "site", "split"]]


def _read(path, leads):
    """Return signal, rate and leads of one csv file."""
    signal = read_csv(path, largest=_LARGEST, header=None, dtype=np.float32).to_numpy()
    if 12 not in signal.shape:
        raise ValueError(f"{path} must hold 12 leads by samples; it holds {signal.shape}.")
    signal = signal if len(signal) == 12 else signal.T
    rows, leads = choose_leads(leads, STANDARD_LEADS, path)
    return signal[rows], 500, leads, None
