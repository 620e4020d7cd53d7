"""Columns of the metadata as numbers."""

import json

import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecords
from skecg.training.data.covariates import encode_covariates, learn_covariates, sizes_of


def _records(**columns):
    n_records = len(next(iter(columns.values())))
    return ECGRecords(np.zeros((n_records, 1, 4)), 100, metadata=columns)


def test_numbers_are_standardised_and_the_missing_marked():
    records = _records(age=[20.0, 40, np.nan, 60])
    columns = learn_covariates(records, ("age",))
    spread = np.std([20, 40, 60])
    assert columns == [{"name": "age", "kind": "numeric", "mean": 40.0, "scale": pytest.approx(spread)}]
    expected = [[-20 / spread, 1, 0], [0, 1, 0], [0, 0, 1], [20 / spread, 1, 0]]
    np.testing.assert_allclose(encode_covariates(records, columns), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "categories"),
    [
        (["male", None, "female", "male"], ["female", "male"]),
        (pd.Categorical(["a", None, "b", "a"]), ["a", "b"]),
        (pd.array([True, None, False, True], dtype="boolean"), ["False", "True"]),
    ],
)
def test_categories_of_any_type(values, categories):
    records = _records(sex=values)
    columns = learn_covariates(records, ["sex"])
    assert columns[0]["categories"] == categories and sizes_of(columns) == [3]
    codes = [categories.index(str(value)) if not pd.isna(value) else 2 for value in values]
    np.testing.assert_array_equal(encode_covariates(records, columns), np.eye(3)[codes])


def test_nullable_integers_and_several_columns():
    records = _records(age=pd.array([50, None, 70], dtype="Int64"), sex=["m", "f", None])
    columns = learn_covariates(records, ("sex", "age"))
    assert sizes_of(columns) == [3, 3]
    values = encode_covariates(records, columns)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, [[0, 1, 0, -1, 1, 0], [1, 0, 0, 0, 0, 1], [0, 0, 1, 1, 1, 0]])


def test_what_is_learnt_is_plain_data():
    columns = learn_covariates(_records(age=[1.0, 2], sex=["m", "f"]), ("age", "sex"))
    assert json.loads(json.dumps(columns)) == columns


def test_an_unseen_category_counts_as_missing_with_a_warning():
    columns = learn_covariates(_records(sex=["m", "f"]), ("sex",))
    with pytest.warns(UserWarning, match=r"'sex' holds \['x'\], which fit did not see.*\['f', 'm'\]"):
        values = encode_covariates(_records(sex=["x", "m"]), columns)
    np.testing.assert_array_equal(values, [[0, 0, 1], [0, 1, 0]])


def test_constants_and_columns_of_nothing():
    columns = learn_covariates(_records(age=[5.0, 5.0], height=[np.nan, np.nan]), ("age", "height"))
    values = encode_covariates(_records(age=[5.0, 6.0], height=[np.nan, 170.0]), columns)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("names", ["age", (), ("age", "age")])
def test_names(names):
    with pytest.raises(ValueError, match="names of metadata columns"):
        learn_covariates(_records(age=[1.0, 2]), names)


def test_what_is_not_there():
    records = _records(age=[1.0, 2])
    with pytest.raises(ValueError, match=r"no column 'sex'.*only \['age'\]"):
        learn_covariates(records, ("age", "sex"))
    with pytest.raises(ValueError, match="'age' is read from the metadata of ECGRecords; X is a plain array"):
        learn_covariates(records.to_array(), ("age",))
    with pytest.raises(ValueError, match="'height' holds infinity"):
        learn_covariates(_records(height=[1.0, np.inf]), ("height",))
    with pytest.raises(ValueError, match="'height' was numeric in fit"):
        encode_covariates(_records(height=["tall", "low"]), learn_covariates(_records(height=[1.0, 2]), ("height",)))


def test_numbers_with_an_odd_value_are_worth_a_warning():
    values = [str(age) for age in range(30, 49)] + ["90+"]
    with pytest.warns(UserWarning, match=r"'qrs' is a number except in 1 of 20 records, such as '90\+': it has 20 cat"):
        columns = learn_covariates(_records(qrs=values), ("qrs",))
    assert columns[0]["kind"] == "categorical"
    mixed = pd.Series([50.0, 61.0, None, 72.0, 80.0, 55.0, 44.0, "90+"], dtype=object)
    with pytest.warns(UserWarning, match=r"such as '90\+'.*to_numeric"):
        learn_covariates(_records(qrs=mixed), ("qrs",))
    # A categorical column is meant as categories, so there is no warning.
    learn_covariates(_records(qrs=pd.Categorical(values)), ("qrs",))


def test_texts_that_hardly_repeat_are_worth_a_warning():
    with pytest.warns(
        UserWarning, match="'site' differs in most of 12 records, such as 'site 0': it has 12 categories"
    ):
        learn_covariates(_records(site=[f"site {i}" for i in range(12)]), ("site",))
    learn_covariates(_records(site=[f"site {i % 6}" for i in range(12)]), ("site",))
    learn_covariates(_records(stage=["1", "2", "3a", "3b"] * 3), ("stage",))
