"""Ages as ECGRecords take them."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecords
from skecg.records.patient import age_in_years


def metadata(**columns):
    n_records = len(next(iter(columns.values())))
    table = pd.DataFrame(columns, index=[f"A{i}" for i in range(n_records)])
    return ECGRecords(np.zeros((n_records, 1, 5)), 100, metadata=table).metadata


@pytest.mark.parametrize(
    ("value", "years"),
    [
        ("63", 63),
        (" 63 y", 63),
        ("063Y", 63),
        ("63,5", 63.5),
        ("63.5 years old", 63.5),
        ("63yo", 63),
        ("63 Jahre", 63),
        ("018M", 1.5),
        ("5 years 3 months", 5.25),
        (">89", 90),
        ("90+", 90),
        ("", None),
        ("unknown", None),
        ("NA", None),
        (None, None),
        ("?", None),
        (63, 63),
        (np.float32(0.5), 0.5),
        (datetime.timedelta(days=3652.5), 10),
        (np.timedelta64(3653, "D"), 3653 / 365.25),
    ],
)
def test_an_age_of_any_form_is_in_years(value, years):
    age = metadata(age=[value, 1])["age"]
    np.testing.assert_allclose(age, [np.nan if years is None else years, 1])


def test_an_age_has_the_unit_of_its_field():
    assert age_in_years("18", "MONTHS") == 1.5
    assert age_in_years("18 y", "MONTHS") == 18
    assert age_in_years("18", None) == 18
    assert age_in_years("18", "parsecs") is age_in_years("9999") is age_in_years("-1") is None


def test_all_ages_that_are_none_are_named_in_one_error():
    ages = ["63", "old", "150", "-5", True, "1957", "63 M", *["6 3"] * 19]
    message = (
        r"metadata: 25 of 26 values of age are no age in years from 0 to 130: 'old' of record 1 \('A1'\), '150' of "
        r"record 2 \('A2'\), .* and 15 more\. Write a number"
    )
    with pytest.raises(ValueError, match=message):
        metadata(age=ages)
    with pytest.raises(ValueError, match="inf of record 1"):
        metadata(age=[1.0, np.inf])


def test_codes_become_missing_with_one_warning():
    with pytest.warns(
        UserWarning,
        match=r"3 of 5 values of age became missing: 999 of record 0 \('A0'\), -1 of .*; 1 of 5 val",
    ) as caught:
        age = metadata(age=[999, -1, 63, -9, 300])["age"]
    assert len(caught) == 1
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(age, [np.nan, np.nan, 63, np.nan, 90])
    with pytest.warns(UserWarning, match="'999' of record 1"):
        assert metadata(age=["63 y", "999"])["age"].isna().tolist() == [False, True]


def test_numbers_keep_their_type_and_nothing_is_copied():
    for ages in ([1, 2], [1.5, np.nan], np.array([1, 2], np.float32)):
        table = pd.DataFrame({"age": ages, "sex": ["male", None]})
        assert ECGRecords(np.zeros((2, 1, 5)), 100, metadata=table).metadata.dtypes.equals(table.dtypes)
    assert metadata(age=pd.array([1, None], "Int64"))["age"].dtype == np.float64
    np.testing.assert_allclose(metadata(age=pd.to_timedelta([36525], "D"))["age"], [100])


def test_a_date_of_birth_becomes_the_age_at_the_recording():
    born = ["1957-03-02", "02.03.1957", "13/02/1957", "1957-03-02 00:00:00", datetime.date(1957, 3, 2)]
    for value, age in zip(born, (62, 62, 63, 62, 62), strict=True):
        for time in ("2020-03-01 10:00", datetime.datetime(2020, 3, 1, 10)):
            assert metadata(age=[value], time=[time])["age"].tolist() == [age]
    dates = pd.to_datetime(pd.Series(["1957-03-02", None]))
    found = metadata(age=dates.tolist(), **{"Recording Date": ["01.03.2020", "01.03.2020"]})["age"]
    np.testing.assert_array_equal(found, [62, np.nan])


def test_a_date_of_birth_that_cannot_become_an_age():
    with pytest.raises(ValueError, match=r"dates of birth, such as '1957-03-02' of record 0 .* no column of the time"):
        metadata(age=["1957-03-02"], ward=["A"])
    with pytest.raises(ValueError, match="'02/03/1957', may begin with the day or with the month"):
        metadata(age=["02/03/1957"], time=["2020-01-01"])
    assert metadata(age=["02/03/1957", "13/02/1957"], time=["2020-01-01"] * 2)["age"].tolist() == [62, 62]
    with pytest.raises(ValueError, match=r"2 of 3 values of age .*: '63' of record 1 .*, '2030-01-01' of record 2"):
        metadata(age=["1957-03-02", "63", "2030-01-01"], time=["2020-01-01"] * 3)


def test_two_columns_of_ages():
    two = pd.DataFrame([[1, 2]], columns=["age", "age"])
    with pytest.raises(ValueError, match="several columns 'age'"):
        ECGRecords(np.zeros((1, 1, 5)), 100, metadata=two)


def test_views_and_joins_are_not_converted_again():
    records = ECGRecords(np.zeros((3, 1, 5)), 100, metadata={"age": ["1 y", "2 y", None]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = ECGRecords.concatenate([records[:1], records[[2, 1]]])
    np.testing.assert_array_equal(joined.metadata["age"], [1, np.nan, 2])
