import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from skecg.plotting import SubgroupDisplay


def test_subgroups_of_metadata(fitted):
    model, X, y = fitted
    drawn = SubgroupDisplay.from_estimator(model, X, y, n_resamples=10, random_state=0)
    names = list(drawn.scores)
    assert names[:3] == ["all", "sex: female", "sex: male"] and len(names) == 6
    assert drawn.counts["all"] == 60 == sum(drawn.counts[name] for name in names[3:])
    female = (X.metadata["sex"] == "female").to_numpy()
    expected = roc_auc_score(y[female], model.predict_proba(X[female])[:, 1])
    assert drawn.scores["sex: female"].estimate == pytest.approx(expected)
    with pytest.raises(ValueError, match="ward"):
        SubgroupDisplay.from_estimator(model, X, y, by=["ward"])


def test_subgroups_of_a_table(fitted):
    model, X, y = fitted
    P, params = model.predict_proba(X), {"n_resamples": 5, "random_state": 0}
    table = X.metadata[["sex", "age"]]
    drawn = SubgroupDisplay.from_predictions(y, P, table, **params)
    assert drawn.scores == SubgroupDisplay.from_predictions(y, P, dict(table), **params).scores
    assert list(drawn.scores)[:3] == ["all", "sex: female", "sex: male"]
    unknown = [f"p{i:02}" if i < 30 else np.nan for i in range(60)]  # each NaN is its own patient
    assert SubgroupDisplay.from_predictions(y, P, table, groups=unknown, **params).scores == drawn.scores


def test_a_subgroup_without_a_class_stays_empty(predictions):
    Y, P, groups = predictions
    rare = np.where(Y[:, 0] == 1, "never", "always")
    drawn = SubgroupDisplay.from_predictions(
        Y[:, 0], P[:, 0], {"rare": rare}, metric=roc_auc_score, groups=groups, n_resamples=5, random_state=0
    )
    assert drawn.scores["rare: never"] is None and drawn.scores["all"] is not None


def test_unknown_values_are_in_no_subgroup(predictions):
    Y, P, _ = predictions
    age = np.where(np.arange(300) < 30, np.nan, np.arange(300))
    drawn = SubgroupDisplay.from_predictions(Y[:, 0], P[:, 0], {"age": age}, n_resamples=5, random_state=0)
    assert sum(drawn.counts.values()) == 300 + 270
