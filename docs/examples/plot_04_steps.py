"""
Steps: one rate, one length, one scale
======================================

A network needs signals of the same form. Each step takes and returns records, with correct rate, leads and metadata.
"""

import pandas as pd
from sklearn.pipeline import make_pipeline

from skecg.datasets import make_ecg
from skecg.plotting import plot_ecg
from skecg.preprocessing import ECGCrop, ECGFilter, ECGResample, Normalize, SelectLeads

records = make_ecg(4, classes=["NORM", "LBBB"], fs=500, duration=(6, 12), random_state=0).data
steps = make_pipeline(ECGFilter(), ECGResample(target_fs=100), ECGCrop(length=500), SelectLeads(["II", "V1", "V5"]))

# %%
# The records after each step:
rows, X = [("as recorded", repr(records))], records
for name, step in steps.steps:
    X = step.fit_transform(X)
    rows.append((name, repr(X)))
pd.set_option("display.max_colwidth", 90)
pd.DataFrame(rows, columns=["step", "records"]).head(10)

# %%
# Normalisation comes last; its values are no longer mV, so the paper is drawn at another gain.
normalized = Normalize(method="zscore", per="record").fit_transform(X)
ax = plot_ecg(normalized[0], gain=5, title="z-scores: 5 mm for one standard deviation")
