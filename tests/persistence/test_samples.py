"""Files that earlier versions wrote are still read: one tiny sample for each version of the format.

Made of sines, as below, by three epochs of EEGNet: it has learnt nothing, and need not.
"""

from pathlib import Path

import numpy as np
import pytest

import skecg
from skecg import ECGRecords
from skecg.weights import VERSION

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = {
    1: [
        [0.4867601692676544, 0.513239860534668],
        [0.5313931703567505, 0.4686068296432495],
        [0.49964022636413574, 0.5003597736358643],
    ]
}


def test_every_version_has_its_sample():
    assert sorted(EXPECTED) == list(range(1, VERSION + 1))
    assert {path.name for path in SAMPLES.iterdir()} == {f"format_{version}.skecg" for version in EXPECTED}


@pytest.mark.parametrize("version", EXPECTED)
def test_an_older_file_predicts_what_it_did(version):
    time = np.arange(200) / 100
    signals = [[np.sin(2 * np.pi * (1 + i % 2) * time + i), np.cos(2 * np.pi * (1 + i % 2) * time)] for i in range(3)]
    records = ECGRecords(np.array(signals), 100, leads=["I", "II"])
    model = skecg.load(SAMPLES / f"format_{version}.skecg")
    np.testing.assert_allclose(model.predict_proba(records), EXPECTED[version], atol=1e-4)
    assert model.classes_.tolist() == ["fast", "slow"]
