"""
Search a whole pipeline
=======================

Pipelines by name have constant step names, so that a grid can name the parameters of any step.
"""

import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

from skecg import make_ecg_pipeline
from skecg.datasets import make_ecg

ecgs = make_ecg(120, classes=["NORM", "LBBB"], fs=100, difficulty=0.8, random_state=0)
pipeline = make_ecg_pipeline("resnet", width=8, max_epochs=4, batch_size=16, learning_rate=0.01, random_state=0)
list(pipeline.named_steps)

# %%
# Normalisation and window are chosen together, by patient.
grid = {"normalize__per": ["record", "lead"], "classifier__window": [250, 500]}
search = GridSearchCV(pipeline, grid, cv=StratifiedGroupKFold(2), scoring="roc_auc")
search.fit(ecgs.data, ecgs.target, groups=ecgs.data.metadata["patient_id"])
results = pd.DataFrame(search.cv_results_)
results[["param_normalize__per", "param_classifier__window", "mean_test_score"]].round(3)

# %%
# The search has fitted the best pipeline to all records.
search.best_estimator_.predict(ecgs.data[:3])
