"""The start and padding of windows."""

import numpy as np
import pytest

from skecg.training.data.windows import FixedWindows, RandomWindows, cut, window_starts


def test_seven_windows_of_250_in_1000_overlap_by_half():
    assert window_starts(1000, 250).tolist() == [0, 125, 250, 375, 500, 625, 750]


@pytest.mark.parametrize(("length", "window", "n_windows"), [(1000, 300, "auto"), (251, 250, "auto"), (999, 250, 4)])
def test_windows_cover_the_whole_signal(length, window, n_windows):
    starts = window_starts(length, window, n_windows)
    assert starts[0] == 0 and starts[-1] == length - window
    if n_windows == "auto":
        assert np.diff(starts).max() <= window / 2
    else:
        assert len(starts) == n_windows


def test_a_single_window_stands_in_the_centre():
    assert window_starts(1000, 250, 1).tolist() == [375]
    assert window_starts(200, 250, 5).tolist() == [0]


def test_short_signals_are_padded_at_their_end():
    signals = [np.ones((2, 3), np.float32), np.ones((2, 9), np.float32)]
    out = cut(signals, [0, 1], [0, 4], 5).numpy()
    assert out[0].tolist() == [[1, 1, 1, 0, 0]] * 2
    assert out[1].tolist() == [[1] * 5] * 2


def test_random_windows_reach_both_ends_and_differ_between_epochs():
    signal = np.arange(20, dtype=np.float32)[None]
    data = RandomWindows([signal], np.zeros(1), np.ones(1), length=15, rng=np.random.default_rng(0))
    starts = {int(data.__getitems__([0])[0][0, 0, 0]) for _ in range(200)}
    assert starts == set(range(6))


def test_fixed_windows_of_ragged_records_come_in_batches_of_one_length():
    signals = [np.full((1, n), n, np.float32) for n in (5, 8, 3, 12)] * 10
    data = FixedWindows(signals, length=6, window=None, n_windows="auto")
    seen, sizes = {}, []
    for records, x in data.batches(8):
        seen.update(zip(records, x.numpy(), strict=True))
        sizes.append(len(x))
    assert sizes == [8, 8, 4, 8, 2, 8, 2]
    assert sorted(seen) == list(range(40))
    assert {record: row.shape[1] for record, row in seen.items() if record < 4} == {0: 6, 1: 8, 2: 6, 3: 12}
    assert seen[2].tolist() == [[3, 3, 3, 0, 0, 0]]


def test_few_records_are_looked_at_one_by_one():
    signals = [np.full((1, n), n, np.float32) for n in (5, 8, 3, 12)]
    data = FixedWindows(signals, length=6, window=4, n_windows="auto")
    assert [set(records) for records, _ in data.batches(2)] == [{0}, {1}, {2}, {3}]
    assert sum(len(x) for _, x in data.batches(2)) == len(data)
