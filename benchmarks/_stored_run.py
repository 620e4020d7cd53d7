"""A training of the study of lengths and normalisations, and its progress bar."""

import time

from _results import store, stored, surroundings
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

TABLE = "length_normalisation"


class Run(BaseEstimator):
    """A pipeline that stores its score in a table, and skips training if the table has the score already."""

    def __init__(self, pipeline, network, part=None, bar=None, table=TABLE):
        self.pipeline = pipeline
        self.network = network
        self.part = part
        self.bar = bar
        self.table = table

    def fit(self, X, y):
        """Train, unless the table has the score."""
        params = self.pipeline.get_params()
        self.key_ = {
            "network": self.network,
            "window": params["classifier__window"],
            "method": params["normalize__method"],
            "per": params["normalize__per"],
            "epochs": params["classifier__max_epochs"],
            "seed": params["classifier__random_state"],
            "n_train": len(y),
        }
        found = (row for row in stored(self.table) if all(row[key] == str(value) for key, value in self.key_.items()))
        self.row_ = next(found, None)
        if self.row_ is None:
            begin = time.process_time()
            self.pipeline_ = clone(self.pipeline).fit(X, y)
            self.fit_s_ = time.process_time() - begin
        return self

    def score(self, X, y):
        """Return the macro-AUC, and store it."""
        if self.row_ is None:
            begin = time.process_time()
            auc = roc_auc_score(y, self.pipeline_.predict_proba(X), multi_class="ovr")
            self.row_ = {"part": self.part} | self.key_ | {"n_test": len(y), "macro_auc": f"{auc:.4f}"}
            self.row_ |= {"fit_cpu_s": f"{self.fit_s_:.1f}", "predict_cpu_s": f"{time.process_time() - begin:.1f}"}
            store(self.table, self.row_ | surroundings())
        if self.bar is not None:
            self.bar.set_postfix_str(f"{self.key_['window']} {self.key_['method']} {self.row_['macro_auc']}")
            self.bar.update()
        return float(self.row_["macro_auc"])


class Bar(tqdm):
    """A progress bar that stays the same object when scikit-learn copies the estimator."""

    def __deepcopy__(self, memo):
        return self
