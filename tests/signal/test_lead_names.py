"""Names of leads."""

import pytest

from skecg.signal.leads import plain_lead


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("LEAD I", "i"),
        ("lead_aVR", "avr"),
        ("MDC_ECG_LEAD_V1", "v1"),
        ("ECG V3", "v3"),
        ("lead 0", "lead0"),
        ("v5", "v5"),
    ],
)
def test_what_recorders_write_around_a_lead(name, plain):
    assert plain_lead(name) == plain
