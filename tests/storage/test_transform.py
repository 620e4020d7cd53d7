import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skecg import ECGRecords
from skecg.preprocessing import ECGFilter, ECGResample, Normalize
from skecg.storage import open_records, save_records, transform_records


@pytest.fixture
def records(tmp_path):
    rng = np.random.default_rng(0)
    signals = [rng.normal(size=(2, 900 + 10 * (i % 3))).cumsum(axis=1) * 0.01 for i in range(40)]
    records = ECGRecords(signals, [250, 500] * 20, leads=["I", "II"], metadata={"age": np.arange(40)})
    return save_records(records, tmp_path / "raw", dtype="int16")


def test_the_result_is_that_of_transform(records, tmp_path, monkeypatch):
    monkeypatch.setattr("skecg.storage._save.CHUNK", 5000)
    steps = make_pipeline(ECGFilter(), ECGResample(target_fs=100), Normalize(per="dataset_lead")).fit(records)
    wanted = steps.transform(records)
    found = transform_records(steps, records, tmp_path / "out")
    assert isinstance(found._buffer, np.memmap)
    assert found.leads == wanted.leads
    assert_array_equal(found.fs, 100)
    assert_array_equal(found.metadata["age"], np.arange(40))
    for a, b in zip(found.signals, wanted.signals, strict=True):
        assert_allclose(a, b, rtol=0, atol=2e-6)  # other blocks round differently
    assert len(open_records(tmp_path / "out", verify=True)) == 40


def test_only_a_few_records_are_there_at_a_time(records, tmp_path, monkeypatch):
    monkeypatch.setattr("skecg.storage._save.CHUNK", 5000)
    seen = []
    step = FunctionTransformer(lambda X: seen.append(len(X)) or X).fit(records)
    transform_records(step, records, tmp_path / "out")
    assert sum(seen) == 40
    assert max(seen) <= 4


def test_what_cannot_be_transformed_leaves_nothing(records, tmp_path):
    with pytest.raises(TypeError, match="records must be ECGRecords, got ndarray"):
        transform_records(ECGFilter(), np.zeros((2, 2, 100)), tmp_path / "out")
    with pytest.raises(
        TypeError, match="FunctionTransformer must turn ECGRecords into ECGRecords, but it returned int"
    ):
        transform_records(FunctionTransformer(len).fit(records), records, tmp_path / "out")
    with pytest.raises(NotFittedError):
        transform_records(Normalize(per="dataset"), records, tmp_path / "out")
    with pytest.raises(ValueError, match="the records have 250, 500 Hz"):
        transform_records(ECGFilter(fs=300), records, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_a_pipeline_of_steps_that_learn_nothing_needs_no_fit(records, tmp_path):
    steps = make_pipeline(ECGFilter(), ECGResample(target_fs=100))
    found = transform_records(steps, records, tmp_path / "out")
    assert found.shape == (40,)
    assert_array_equal(found.fs, 100)


@pytest.mark.slow
def test_a_set_streams_through_in_little_memory(tmp_path):
    """Filtering and resampling a set of 240 MB needs far less memory than 240 MB."""
    script = f"""
import resource, numpy as np
from sklearn.pipeline import make_pipeline
from skecg import ECGRecords
from skecg.preprocessing import ECGFilter, ECGResample
from skecg.storage import save_records, transform_records
part = np.random.default_rng(0).normal(size=(50, 12, 5000)).astype("f4")
records = save_records((ECGRecords(part, 500) for _ in range(20)), {str(tmp_path / "raw")!r}, dtype="int16")
steps = make_pipeline(ECGFilter(), ECGResample(target_fs=250))
transform_records(steps, records[:20], {str(tmp_path / "warm")!r})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
transform_records(steps, records, {str(tmp_path / "out")!r})
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    pytest.importorskip("resource", reason="needs the figures of POSIX")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100
