import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skecg.datasets.formats._recording import with_limb_leads

CHEST = ("V1", "V2", "V3", "V4", "V5", "V6")
TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", *CHEST)


@pytest.mark.parametrize(
    ("leads", "expected"),
    [
        (("I", "II", *CHEST), TWELVE),
        (("V6", "II", "I", *CHEST[:5]), TWELVE),
        (("V4R", "I", "II", *CHEST, "V7"), (*TWELVE, "V4R", "V7")),
        (("I", "V3R", "II", "V2"), (*TWELVE[:6], "V2", "V3R")),
        (("II", "I"), TWELVE[:6]),
        (("II", "III", *CHEST), TWELVE),
        (("III", "V1", "I"), (*TWELVE[:6], "V1")),
    ],
)
def test_derived_leads(leads, expected):
    signal = np.random.default_rng(0).normal(size=(len(leads), 5))
    given = dict(zip(leads, signal, strict=True))
    one = given["I"] if "I" in given else given["II"] - given["III"]
    two = given["II"] if "II" in given else given["I"] + given["III"]
    three = given["III"] if "III" in given else two - one
    given |= {"I": one, "II": two, "III": three} | {"aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
    found, derived = with_limb_leads(leads, signal)
    assert found == expected
    assert_array_equal(derived, [given[lead] for lead in expected])


@pytest.mark.parametrize("leads", [(), ("I",), ("II", *CHEST), ("I", "II", "III"), ("I", "II", "aVF", *CHEST), TWELVE])
def test_leads_that_stay_as_they_are(leads):
    signal = np.zeros((len(leads), 5))
    found, same = with_limb_leads(list(leads), signal)
    assert found == leads
    assert same is signal


def test_missing_values_stay_missing():
    _, signal = with_limb_leads(("I", "II", "V1"), np.array([[np.nan, 1], [2, 3], [4, 5]], np.float32))
    assert_array_equal(np.isnan(signal), [[True, False], [False, False], *[[True, False]] * 4, [False, False]])
    assert signal.dtype == np.float32
