"""The same leads, in the same order, for all records."""

from dataclasses import replace

from ..signal.leads import mix_leads, resolve_leads
from .base import BaseStep
from .form import OverLeads


class SelectLeads(BaseStep):
    """Choose leads and their order, and derive limb leads that are absent.

    Parameters
    ----------
    leads : sequence of str or int
        Names, upper or lower case (AVR, aVR), or indices, in the order wanted. III, aVR, aVL and
        aVF are derived from I and II where they are absent, which turns the eight
        independent leads I, II, V1-V6 into twelve.

    Attributes
    ----------
    n_features_in_ : int
        Leads seen in `fit`; times, if X was a 2-D array.
    leads_in_ : tuple of str
        Names of the leads seen in `fit`, if X was `ECGRecords`.

    Raises
    ------
    ValueError
        In `fit` and `transform`, if a lead is unknown; the message says which are there.

    Notes
    -----
    A plain array has no names of leads: twelve leads are taken for the standard ones,
    I, II, III, aVR, aVL, aVF, V1-V6, any others are "lead 0", "lead 1", ...

    III = II - I, aVR = -(I + II) / 2, aVL = I - II / 2, aVF = II - I / 2 (Einthoven, Goldberger).

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecords
    >>> from skecg.preprocessing import SelectLeads
    >>> records = ECGRecords(np.ones((1, 3, 500)), fs=500, leads=["I", "II", "V1"])
    >>> SelectLeads(["V1", "aVF"]).fit_transform(records).leads
    ('V1', 'aVF')
    >>> SelectLeads([1]).fit_transform(np.ones((2, 12, 500))).shape
    (2, 1, 500)
    """

    _parameter_constraints: dict = {"leads": ["array-like"]}

    def __init__(self, leads):
        self.leads = leads

    def _check_leads(self, leads):
        self._resolve(leads)

    def _resolve(self, leads):
        return resolve_leads(leads, list(self.leads))

    def form_out(self, form):
        """Say what becomes of the leads.

        Parameters
        ----------
        form : Form
            The form of a signal, with known leads.

        Returns
        -------
        form_out : Form
            With the leads that were chosen.
        """
        return replace(form, leads=self._resolve(form.leads)[0])

    def operation(self, form):
        """Describe the choice of leads by the weights of the leads.

        Parameters
        ----------
        form : Form
            The form of a signal, with known leads.

        Returns
        -------
        operation : OverLeads
        """
        return OverLeads(weights=self._resolve(form.leads)[1])

    def _transform_block(self, block, form):
        return mix_leads(block, self._resolve(form.leads)[1])
