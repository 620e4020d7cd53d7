"""The step that gives all records the same leads in the same order."""

from dataclasses import replace

from .._scikit_learn import StrOptions
from ..signal.leads import mix_leads, resolve_leads
from .base import BaseStep
from .form import OverLeads


class SelectLeads(BaseStep):
    """Select leads, set their order, and derive missing limb leads.

    Parameters
    ----------
    leads : sequence of str or int
        Names (case does not matter: AVR, aVR) or indices, in the order of the output. The step
        derives missing leads III, aVR, aVL and aVF from I and II, so it can turn the eight
        independent leads I, II, V1-V6 into twelve.
    missing : {"raise", "zeros"}, default="raise"
        What to do with a lead that is neither in X nor derivable: raise an error, or set it to zero. With
        "zeros", `leads` must be names, prefixes ("Lead II") do not count, a modified limb lead (MLII) stands
        for the limb lead, and `transform` takes `ECGRecords` with other leads than those of `fit`.

    Attributes
    ----------
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Raises
    ------
    ValueError
        In `fit` and `transform`, if a lead, or with `missing="zeros"` every lead, is neither in X nor
        derivable; the message lists the leads of X.

    Notes
    -----
    A plain array has no lead names. If it has twelve leads, they get the standard names
    I, II, III, aVR, aVL, aVF, V1-V6. Otherwise its leads are named "lead 0", "lead 1", ...

    As the first step of a pipeline, `SelectLeads(STANDARD_LEADS, missing="zeros")` lets a model of twelve leads
    predict records of fewer leads. The model should have seen such records in training:
    `augment="lead_subset"`. `Normalize` leaves a lead that is zero throughout at zero. With `per="lead"` and
    `per="dataset"` the scale of a lead does not depend on the other leads; with `per="record"` it does.

    III = II - I, aVR = -(I + II) / 2, aVL = I - II / 2, aVF = II - I / 2 (Einthoven, Goldberger).

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.preprocessing import SelectLeads
    >>> records = ECGRecords(np.ones((1, 3, 500)), fs=500, leads=["I", "II", "V1"])
    >>> SelectLeads(["V1", "aVF"]).fit_transform(records).leads
    ('V1', 'aVF')
    >>> SelectLeads(["I", "V1", "V2"], missing="zeros").fit_transform(records).to_array()[0, :, 0]
    array([1., 1., 0.], dtype=float32)
    >>> SelectLeads([1]).fit_transform(np.ones((2, 12, 500))).shape
    (2, 1, 500)
    """

    _parameter_constraints: dict = {"leads": ["array-like"], "missing": [StrOptions({"raise", "zeros"})]}

    def __init__(self, leads, missing="raise"):
        self.leads = leads
        self.missing = missing

    def __setstate__(self, state):
        super().__setstate__({"missing": "raise", **state})  # not in pickles of version 0.1.0

    def _takes_other_leads(self):
        return self.missing == "zeros"

    def _check_leads(self, leads):
        self._resolve(leads)

    def _resolve(self, leads):
        wanted = list(self.leads)
        if self.missing == "zeros" and not all(isinstance(lead, str) for lead in wanted):
            raise ValueError(f"With missing='zeros', leads must be names; got {wanted}.")
        return resolve_leads(leads, wanted, missing=self.missing)

    def form_out(self, form):
        """Return the form of a signal after the selection.

        Parameters
        ----------
        form : Form
            The form of a signal; its leads must not be None.

        Returns
        -------
        form_out : Form
            The same form with the selected leads.
        """
        return replace(form, leads=self._resolve(form.leads)[0])

    def operation(self, form):
        """Describe the selection by the weights of the leads.

        Parameters
        ----------
        form : Form
            The form of a signal; its leads must not be None.

        Returns
        -------
        operation : OverLeads
        """
        return OverLeads(weights=self._resolve(form.leads)[1])

    def _transform_block(self, block, form):
        return mix_leads(block, self._resolve(form.leads)[1])
