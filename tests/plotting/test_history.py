import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skecg.classifiers import AlexNetClassifier
from skecg.plotting import FitHistoryDisplay


def test_history_of_a_pipeline_and_of_a_search(fitted):
    model, X, y = fitted
    drawn = FitHistoryDisplay.from_estimator(model)
    assert list(drawn.losses) == ["training", "validation"]
    assert drawn.losses["training"] == [epoch["train_loss"] for epoch in model[-1].history_]
    assert drawn.best_epoch == 1 + int(np.argmin(drawn.losses["validation"]))
    search = GridSearchCV(AlexNetClassifier(width=4, hidden_size=8, random_state=0), {"max_epochs": [1]}, cv=2)
    both = FitHistoryDisplay.from_estimator(search.fit(X, y), name="search", ax=drawn.ax_)
    assert list(both.losses) == ["search, training"] and both.ax_ is drawn.ax_
    with pytest.raises(ValueError, match="LogisticRegression has no history_"):
        FitHistoryDisplay.from_estimator(make_pipeline(LogisticRegression()))
    assert FitHistoryDisplay.from_estimator(FrozenEstimator(model)).losses == drawn.losses
    template = GridSearchCV(model[-1], {"max_epochs": [1]}, cv=2, refit=False).fit(X, y)
    with pytest.raises(ValueError, match="GridSearchCV with refit=False"):
        FitHistoryDisplay.from_estimator(template)
