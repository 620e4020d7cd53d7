"""
Records: the container of ECGs
==============================

:class:`~skecg.ECGRecords` holds many ECGs of any length with their sampling rate, their leads and a table of
metadata. scikit-learn's tools take the container like an array.
"""

from skecg.datasets import make_ecg
from skecg.plotting import plot_ecg

ecgs = make_ecg(6, classes=["NORM", "AF", "LBBB"], fs=500, duration=(8, 12), random_state=0)
records = ecgs.data
repr(records)

# %%
# The metadata are a pandas table, one row for each record.
records.metadata.head()

# %%
# A selection shares the signals and copies none.
elderly = records[records.metadata["age"] > 60]
repr(elderly)

# %%
# One record holds its signal in mV, its rate and its leads. `plot_ecg` draws the record as on paper.
record = records[0]
plot_ecg(record, truth=ecgs.target[0])
repr(record)
