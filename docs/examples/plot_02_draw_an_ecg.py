"""
Draw an ECG: layouts, beats and waves
=====================================

:func:`~skecg.plotting.plot_ecg` draws at true scale: 25 mm/s and 10 mm/mV on paper and in PDF.
"""

import numpy as np

from skecg.datasets import make_ecg
from skecg.inspection import wave_labels
from skecg.plotting import plot_ecg

ecgs = make_ecg(1, classes=["NORM"], fs=500, difficulty=0.2, random_state=1)
record, peaks = ecgs.data[0], ecgs.r_peaks[0]

# %%
# Six rows of two columns, with the beats marked at the rhythm strip.
ax = plot_ecg(record, layout="6x2", rhythm="II", beats=peaks)

# %%
# The order of Cabrera, with -aVR between I and II, filtered for the drawing, and with what skecg measures.
ax = plot_ecg(record, leads="cabrera", layout="6x2", band=(0.5, 40), measurements=True)

# %%
# Two leads with their waves, found by the delineation, and an interval measured from them.
waves = wave_labels(record.signal, record.fs)
beat = peaks[3]
onset = np.flatnonzero(waves[:beat] == "P")[-1]
while waves[onset - 1] == "P":
    onset -= 1
qrs = onset + np.flatnonzero(waves[onset:] == "QRS")[0]
interval = (onset, qrs, f"PR {1000 * (qrs - onset) / record.fs:.0f} ms")
ax = plot_ecg(record, leads=["II", "V2"], waves=waves, intervals=[interval], duration=5)

# %%
# A long strip of one lead is wrapped into rows of ten seconds.
strip = make_ecg(1, classes=["AF"], leads=["I"], duration=30, fs=100, random_state=0)
ax = plot_ecg(strip.data[0], beats=strip.r_peaks[0], title="Half a minute of a wearable")

# %%
# For print: ``ax.figure.savefig("ecg.pdf")``, without ``bbox_inches``, keeps the scale.
# :func:`~skecg.plotting.save_sheets` and the command ``skecg plot`` write many records, each on pages of its own.
