"""
Clean a signal: filter and baseline
===================================

Breathing moves the baseline, and the mains adds hum. Both lie outside the frequency band of the heart.
"""

from sklearn.pipeline import make_pipeline

from skecg.datasets import make_ecg
from skecg.plotting import plot_ecg
from skecg.preprocessing import ECGFilter, RemoveBaseline

ecgs = make_ecg(1, classes=["NORM"], fs=500, noise=3.0, difficulty=1.0, random_state=3)
noisy = ecgs.data
clean = ECGFilter(low=0.5, high=40).fit_transform(noisy)

# %%
# The records hold their rate, so the filter needs no parameter for it. Before and after, on the same paper:
ax = plot_ecg([noisy[0], clean[0]], leads=["II", "V2"], labels=["as recorded", "0.5 to 40 Hz"])

# %%
# `RemoveBaseline` removes only the baseline, with a high-pass at 0.5 Hz that shifts no wave, and leaves the fast parts
# unchanged. A low-pass removes hum and muscle noise. Both filters are linear, so their order does not matter. The order
# matters for the published wavelets, `RemoveBaseline("wavelet", cutoff=None)`, which noise misleads: apply them after
# the low-pass.
steps = make_pipeline(ECGFilter(kind="lowpass", high=50), RemoveBaseline())
ax = plot_ecg([noisy[0], steps.fit_transform(noisy)[0]], leads=["II", "V2"], labels=["as recorded", "no baseline"])
