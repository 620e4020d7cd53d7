"""Pickle records to send them to other processes."""

import copy
import pickle

import numpy as np
import pytest
from joblib import Parallel, delayed

from skecg import ECGRecords


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_a_view_pickles_its_own_records_only(protocol, make_records, check_same):
    records, _ = make_records()
    for view in (records, records[[30, 2]], records[5:8], records[[]]):
        check_same(pickle.loads(pickle.dumps(view, protocol)), view)
        check_same(copy.deepcopy(view), view)
    assert len(pickle.dumps(records[[0]])) < 0.1 * len(pickle.dumps(records))


def test_a_memory_map_pickles_as_path_and_index(mapped, make_records, check_same):
    records, _, path = mapped
    check_same(records, make_records()[0])
    for view in (records, records[[30, 2]], records[5:8]):
        pickled = pickle.dumps(view)
        assert str(path).encode() in pickled
        assert len(pickled) < 0.2 * view.lengths.sum() * 3 * 4 + 4000
        restored = pickle.loads(pickled)
        check_same(restored, view)
        assert isinstance(restored.signals[0].base, np.memmap) or isinstance(restored.signals[0], np.memmap)


def test_a_slice_of_a_memory_map_pickles_as_its_own_part(mapped):
    records, _, _ = mapped
    part = records._buffer[600:][: 3 * 205]  # the second record
    view = ECGRecords.from_buffer(part, [205], 500, leads=records.leads)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(view))[0].signal, records[1].signal)


def test_memory_mapped_records_reach_other_processes(mapped):
    records, _, _ = mapped
    stds = Parallel(n_jobs=2)(delayed(_first_std)(view) for view in (records[3:], records[[8]]))
    assert stds == [records[3].signal.std(), records[8].signal.std()]


def _first_std(records):
    return records[0].signal.std()


def test_a_missing_signal_file_is_named(mapped):
    records, _, path = mapped
    pickled = pickle.dumps(records)
    path.rename(path.with_suffix(".moved"))
    with pytest.raises(FileNotFoundError, match=r"signals\.dat"):
        pickle.loads(pickled)
