"""
Choose a network by its cost
============================

The networks differ a hundredfold in weights and in multiply-adds; both matter for a wearable.
"""

import matplotlib.pyplot as plt
import pandas as pd

import skecg.networks
from skecg.inspection import summary

names = ["AlexNet", "AttResNet", "CRNN", "EEGNet", "EfficientECG", "RNN", "ResNet", "Transformer", "VGG", "XResNet"]
found = {name: summary(getattr(skecg.networks, name)(12, 5), (12, 1000)) for name in names}
rows = [(name, one.n_parameters, one.multiply_adds) for name, one in found.items()]
table = pd.DataFrame(rows, columns=["network", "parameters", "multiply-adds"]).set_index("network")
table.sort_values("multiply-adds").head(20)

# %%
fig, ax = plt.subplots(layout="constrained")
ax.scatter(table["parameters"], table["multiply-adds"])
for name, (x, y) in table.iterrows():
    ax.annotate(name, (x, y), xytext=(4, 4), textcoords="offset points")
_ = ax.set(
    xscale="log", yscale="log", xlabel="Parameters", ylabel="Multiply-adds for ten seconds of 12 leads at 100 Hz"
)

# %%
# Layer by layer; in a notebook each part of the network unfolds.
found["EEGNet"].to_frame().head(20)
