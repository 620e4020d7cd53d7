"""
Measurements of beats and records
=================================

Which beats are ectopic, where the waves of each beat begin and end, and what a whole record shows.
"""

import matplotlib.pyplot as plt
import numpy as np

from skecg.datasets import make_ecg
from skecg.features import BeatFeatures, wave_table
from skecg.signal import classify_beats, find_r_peaks

ecgs = make_ecg(60, classes=["NORM", "AF", "LBBB", "PVC"], difficulty=0.3, random_state=1)
row = int(np.flatnonzero(ecgs.target == "PVC")[0])
record = ecgs.data[row]

# %%
# `classify_beats` compares each beat with the usual beat of the record.
peaks = find_r_peaks(record.signal, record.fs)
classes = classify_beats(record.signal, record.fs, peaks)
lead, time = record.signal[record.leads.index("II")], np.arange(record.signal.shape[1]) / record.fs
fig, ax = plt.subplots(figsize=(10, 2.6), layout="constrained")
ax.plot(time, lead, color="0.3", linewidth=0.8)
for name, color in (("normal", "tab:blue"), ("supraventricular", "tab:orange"), ("ventricular", "tab:red")):
    chosen = peaks[classes == name]
    ax.plot(chosen / record.fs, lead[chosen], "o", color=color, label=name)
ax.set(xlabel="s", ylabel="II (mV)")
fig.legend(ncols=3, loc="outside upper center")

# %%
# `wave_table` has a row for each beat and lead, and one for all leads together. The waves of a
# premature beat are not those of the median beat: leave it out with `classes`, which has the same order.
waves = wave_table(record.signal, record.fs, record.leads)
together = waves[waves["lead"] == "all"].set_index("beat")[classes == "normal"]
intervals = {
    "PR": together["qrs_onset"] - together["p_onset"],
    "QRS": together["qrs_end"] - together["qrs_onset"],
    "QT": together["t_end"] - together["qrs_onset"],
}
together.assign(**intervals)[list(intervals)].round(3).head()

# %%
# `BeatFeatures(columns="all")` measures all records. The medians of the groups are what a textbook says of them:
# no PR interval and fast atria in fibrillation, wide QRS and an opposite T in left bundle branch block.
table = BeatFeatures(columns="all").set_output(transform="pandas").fit_transform(ecgs.data)
shown = ["pr_interval", "qrs_duration", "qrs_t_angle_spatial", "sokolow_lyon", "atrial_rate", "ventricular_share"]
table.groupby(ecgs.target)[shown].median().round(2)

# %%
# Confidences say which values to trust. The page :doc:`/guide/measurements` defines every column.
table.groupby(ecgs.target)[["p_confidence", "qrs_confidence", "t_confidence", "atrial_confidence"]].median().round(2)
