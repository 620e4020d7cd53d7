"""Age and sex in the comments of headers."""

import numpy as np
import pytest

from skecg.datasets import read_wfdb
from skecg.datasets._patient import comment_fields


@pytest.mark.parametrize(
    "comments",
    [
        ["Age: 62", "Sex: M"],
        ["Age: 62  Sex: M"],
        ["Age: 62, Sex: M"],
        ["age:62,sex:m"],
        ["age=62; gender=male"],
        ["Age 62 Sex M"],
        ["62 M 1085 1629 x1", "Aldomet, Inderal"],
        ["<age>: 62 <sex>: M <diagnoses> none"],
        ["Gender: Male", "patient age: 62"],
    ],
    ids=str,
)
def test_forms_of_publishers(comments):
    fields = comment_fields(comments)
    assert (fields["age"], fields["sex"]) == ("62", "male")


def test_other_comments():
    assert comment_fields(["Age (months): 8"]) == {"age": "8 months"}
    assert comment_fields(["Age: 65,5", "Dx: 1,2"]) == {"age": "65,5", "dx": "1,2"}
    assert comment_fields(["Average: 3", "Gestational age: 39 weeks", "Aldomet", "250 Hz"]) == {}
    assert comment_fields([]) == {}


def test_an_age_that_is_none_is_missing_with_one_warning(tmp_path, write_record):
    for name, comment in zip("abcde", ("Age: 63 y", "Age: 999", "Age: old", "Age: NaN", "Sex: F"), strict=True):
        write_record(tmp_path, name, comments=[comment])
    with pytest.warns(
        UserWarning, match=r"the headers: 2 of 5 values of age became missing: '999' of record 1 \('b'\), 'old'"
    ):
        metadata = read_wfdb([tmp_path / name for name in "abcde"]).metadata
    np.testing.assert_array_equal(metadata["age"], [63, *[np.nan] * 4])
