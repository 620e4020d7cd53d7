"""The container ECGRecords."""

import numpy as np
import pandas as pd
import pytest

from skecg import ECGRecord, ECGRecords

# -- a sequence --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (slice(3, 20, 8), [3, 11, 19]),
        (slice(-2, None), [38, 39]),
        (slice(None, None, -20), [39, 19]),
        ([7, 2, 2, -1], [7, 2, 2, 39]),
        (np.array([0, 39]), [0, 39]),
        (np.arange(40) % 20 == 1, [1, 21]),
        ([False] * 39 + [True], [39]),
        ([], []),
        (np.array([], dtype=float), []),
        (np.zeros(40, bool), []),
        (pd.Series([4, 1], index=[10, 11]), [4, 1]),
        (pd.Series(np.arange(40) < 2), [0, 1]),
        (([3, 1], ...), [3, 1]),
    ],
    ids=lambda part: type(part).__name__,
)
def test_selection_follows_numpy(key, expected, make_records):
    records, _ = make_records()
    chosen = records[key]
    assert type(chosen) is ECGRecords
    assert chosen.shape == (len(expected),) == (len(chosen),)
    assert chosen.metadata["age"].tolist() == expected
    np.testing.assert_array_equal(chosen.lengths, records.lengths[expected] if expected else [])


def test_an_integer_gives_one_record(make_records):
    records, _ = make_records()
    for i in (4, np.int64(4), -36):
        record = records[i]
        assert type(record) is ECGRecord
        assert record.signal.shape == (3, 220)
        assert record.signal.dtype == np.float32
        assert (record.fs, record.leads, record.metadata) == (500.0, ("I", "II", "V1"), {"age": 4, "patient_id": 1})
        assert record.duration == 220 / 500
    assert [record.metadata["age"] for record in records] == list(range(40))


@pytest.mark.parametrize("key", [40, -41, [40], np.arange(39) == 0, 1.5, (0, 1), (0, slice(None))], ids=str)
def test_a_bad_index_is_an_index_error(key, make_records):
    with pytest.raises(IndexError):
        make_records()[0][key]


@pytest.mark.parametrize("key", ["age", ["age", "sex"], ("age", ...)], ids=str)
def test_a_column_is_no_index(key, make_records):
    with pytest.raises(TypeError, match=r"or a mask, got .*age.*records\.metadata"):
        make_records()[0][key]


@pytest.mark.parametrize("dtype", [bool, "boolean"])
def test_a_boolean_series_is_aligned_to_the_metadata(dtype, make_records):
    records, _ = make_records()
    mask = records.metadata.sort_values("age", ascending=False)["age"] < 2
    assert records[mask.astype(dtype)].metadata["age"].tolist() == [0, 1]
    assert records[mask, ...].metadata["age"].tolist() == [0, 1]
    chosen = records[[7, 3, 3]]
    assert chosen[chosen.metadata["age"] == 3].metadata["age"].tolist() == [3, 3]


@pytest.mark.parametrize(
    ("index", "mask"),
    [(range(40), [True, False, True]), ([9, 9, 7], [True, False, True]), ([7, 3, 4], [True] * 3), ([7], [True])],
)
def test_a_boolean_series_of_other_records_is_told(index, mask, make_records):
    records = make_records()[0][[7, 3, 9]]
    series = pd.Series(mask, index=list(index)[: len(mask)])
    with pytest.raises(ValueError, match=r"the index of records\.metadata \(3 labels\).*mask\.to_numpy\(\)"):
        records[series]
    if len(mask) == 3:
        assert len(records[series.to_numpy()]) == sum(mask)


def test_the_container_is_immutable(make_records):
    records, _ = make_records(ragged=False)
    for array in (records[0].signal, records.signals[3], records.fs, records.lengths, records.to_array()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


# -- construction ------------------------------------------------------------------------------


def test_a_float32_array_is_shared_and_stays_writable_for_its_owner():
    X = np.ones((5, 12, 100), np.float32)
    records = ECGRecords(X, 100)
    assert np.shares_memory(records.to_array(), X)
    assert records.leads[:4] == ("I", "II", "III", "aVR")
    X[0] = 2
    assert records[0].signal.max() == 2


def test_two_dimensions_are_one_lead():
    records = ECGRecords(np.arange(20.0).reshape(2, 10), 300)
    assert records.leads == ("lead 0",)
    np.testing.assert_array_equal(records[1].signal, [np.arange(10, 20)])


def test_a_list_may_hold_signals_of_one_lead_without_an_axis_for_it():
    records = ECGRecords([np.zeros(5), [1, 2, 3]], [100, 200])
    assert records.lengths.tolist() == [5, 3]
    assert records[1].signal.tolist() == [[1.0, 2.0, 3.0]]


def test_an_object_array_is_a_list():
    signals = np.empty(2, object)
    signals[:] = [np.zeros((2, 5)), np.zeros((2, 7))]
    assert ECGRecords(signals, 100).lengths.tolist() == [5, 7]


def test_masked_samples_are_nan():
    values = np.arange(12).reshape(2, 1, 6)
    masked = np.ma.masked_less(values, 3)
    expected = np.where(values < 3, np.nan, values)
    for signals in (masked, masked.astype(np.float32), list(masked)):
        np.testing.assert_array_equal(ECGRecords(signals, 100).to_array(), expected)


@pytest.mark.parametrize(
    ("signals", "params", "message"),
    [
        (np.zeros(10), {"fs": 100}, "1 dimensions"),
        (np.zeros((1, 2, 3, 4)), {"fs": 100}, "4 dimensions"),
        ([], {"fs": 100}, "empty"),
        ([np.zeros((2, 9)), np.zeros((3, 9))], {"fs": 100}, r"\(2, n_times\) of the first; record 1 has \(3, 9\)"),
        ([np.zeros((1, 2, 9))], {"fs": 100}, r"record 0 has \(1, 2, 9\)"),
        ([0.0, 1.0], {"fs": 100}, "record 0 is the number 0. Put a single signal into a list"),
        (np.zeros((2, 3, 9)), {"fs": True}, "positive rate in Hz; got True"),
        (np.zeros((2, 3, 9)), {"fs": 0}, "positive rate"),
        (np.zeros((2, 3, 9)), {"fs": [100, np.nan]}, "positive rate"),
        (np.zeros((2, 3, 9)), {"fs": None}, "rate"),
        (np.zeros((2, 3, 9)), {"fs": "fast"}, "one rate in Hz"),
        (np.zeros((2, 3, 9)), {"fs": [100, 100, 100]}, "each of 2 records"),
        (np.zeros((2, 3, 9)), {"fs": 100, "leads": ["I", "II"]}, "3 different names"),
        (np.zeros((2, 3, 9)), {"fs": 100, "leads": ["I", "II", "I"]}, "3 different names"),
        (np.zeros((2, 3, 9)), {"fs": 100, "leads": "abc"}, "the string 'abc'"),
        (np.zeros((2, 3, 9)), {"fs": 100, "metadata": {"age": [1, 2, 3]}}, "3 rows for 2 records"),
    ],
)
def test_bad_input(signals, params, message):
    with pytest.raises(ValueError, match=message):
        ECGRecords(signals, **params)


def test_there_is_no_default_rate():
    with pytest.raises(TypeError, match="fs"):
        ECGRecords(np.zeros((2, 3, 9)))


@pytest.mark.parametrize(
    ("buffer", "lengths", "offsets", "message"),
    [
        (np.zeros(20, np.float32), [5, 6], None, "need 22 values, but the buffer holds 20"),
        (np.zeros(20, np.float32), [5], [-1], "offsets"),
        (np.zeros(20, np.float32), [5, 5], [0], r"equally long; got \(1,\), \(2,\)"),
        (np.zeros(20, np.float32), [5, -1], None, "lengths must be 0 to 10 samples.*got -1 to 5"),
        (np.zeros(20, np.float32), [5, 2**62], None, "lengths must be 0 to 10"),
        (np.zeros(20, np.float32), [5], [2**63 - 1], "offsets from"),
        (np.zeros(20), [5], None, "float64"),
        (np.zeros((2, 10), np.float32), [5], None, r"shape \(2, 10\)"),
        (np.ma.zeros(20, np.float32), [5], None, "without mask"),
    ],
)
def test_a_buffer_that_does_not_fit(buffer, lengths, offsets, message):
    with pytest.raises(ValueError, match=message):
        ECGRecords.from_buffer(buffer, lengths, 100, leads=["I", "II"], offsets=offsets)


# -- other forms -------------------------------------------------------------------------------


def test_to_array_is_a_view_where_it_can_be(make_records):
    records, _ = make_records(ragged=False)
    assert np.shares_memory(records.to_array(), records[10:20].to_array())
    scattered = records[[3, 1]]
    np.testing.assert_array_equal(scattered.to_array(), np.asarray(records)[[3, 1]])
    assert np.asarray(records, dtype=np.float64).dtype == np.float64


def test_to_array_tells_the_lengths(make_records):
    records, _ = make_records()
    with pytest.raises(ValueError, match="200 to 395 samples; crop or pad"):
        records.to_array()
    assert records[[7, 7]].to_array().shape == (2, 3, 235)
    with pytest.raises(ValueError, match="no records"):
        records[[]].to_array()


def test_concatenate_undoes_a_split(make_records, check_same):
    records, _ = make_records()
    check_same(ECGRecords.concatenate([records[:7], records[7:8], records[8:]]), records)
    swapped = ECGRecords.concatenate(iter([records[30:], records[:30]]))
    check_same(swapped, records[[*range(30, 40), *range(30)]])


def test_concatenate_takes_single_records(make_records, check_same):
    records, _ = make_records()
    check_same(ECGRecords.concatenate(list(records)), records)
    mixed = ECGRecords.concatenate([records[4], records[5:8], *records[8:10]])
    assert mixed.metadata["age"].tolist() == [4, 5, 6, 7, 8, 9]
    np.testing.assert_array_equal(mixed[5].signal, records[9].signal)
    with pytest.raises(ValueError, match="differ in their leads"):
        ECGRecords.concatenate([records[0], ECGRecord(records[0].signal, 500.0, ("I", "II", "V2"))])
    with pytest.raises(TypeError, match="got ndarray"):
        ECGRecords.concatenate([records[0].signal])
    for signals in (list(records), records):
        with pytest.raises(TypeError, match=r"Join ECGRecord objects with ECGRecords\.concatenate"):
            ECGRecords(signals, 500)


def test_concatenate_of_different_tables_leaves_gaps():
    one = ECGRecords(np.zeros((1, 2, 5)), 100, metadata={"age": [50]})
    other = ECGRecords(np.zeros((1, 2, 9)), 250, metadata={"sex": ["male"]})
    joined = ECGRecords.concatenate([one, other])
    assert joined.metadata["age"].isna().tolist() == [False, True]
    assert joined[1].fs == 250
    with pytest.raises(ValueError, match="differ in their leads"):
        ECGRecords.concatenate([one, ECGRecords(np.zeros((1, 2, 5)), 100, leads=["V1", "V2"])])
    with pytest.raises(ValueError, match="at least one"):
        ECGRecords.concatenate([])


def test_with_signals_and_with_metadata_give_new_records(make_records):
    records, _ = make_records()
    short = records.with_signals([signal[:1, :50] for signal in records.signals], fs=100, leads=["I"])
    assert short.shape == records.shape
    assert (set(short.lengths), set(short.fs), short.leads) == ({50}, {100.0}, ("I",))
    pd.testing.assert_frame_equal(short.metadata, records.metadata)
    view = records[[4, 2]].with_metadata({"site": ["a", "b"]})
    assert view[1].metadata == {"site": "b"}
    np.testing.assert_array_equal(view[1].signal, records[2].signal)
    with pytest.raises(ValueError, match="rows for 2 records"):
        records[[4, 2]].with_metadata({"site": ["a"]})


# -- display -----------------------------------------------------------------------------------


def test_repr_tells_counts_lengths_rates_and_columns(make_records):
    records, _ = make_records()
    assert repr(records) == "ECGRecords(40 records, 3 leads, 200-395 samples, 250-500 Hz; age, patient_id)"
    assert repr(records[[]]) == "ECGRecords(0 records, 3 leads; age, patient_id)"
    assert repr(records[1]) == "ECGRecord(3 leads, 205 samples at 500 Hz; age=1, patient_id=0)"


def test_html_draws_the_signal_and_escapes_names():
    signals = np.array([[[0.0, 1.0, np.nan, -1.0]]])
    records = ECGRecords(signals, 100, leads=["<b>"], metadata={"note": ["<script>"]})
    for html in (records._repr_html_(), records[0]._repr_html_()):
        assert "<svg" in html
        assert "<polyline" in html
        assert "<script>" not in html
        assert "<b>" not in html
    assert "0 records" in records[[]]._repr_html_()
    assert ECGRecords(np.zeros((1, 1, 0)), 100)._repr_html_()


def test_nothing_can_be_set():
    records = ECGRecords(np.zeros((2, 1, 5)), 100)
    with pytest.raises(AttributeError, match="with_signals"):
        records.fs = 200
    lengths = np.array([5, 5])
    ECGRecords.from_buffer(np.zeros(10, np.float32), lengths, 100, leads=["I"])
    lengths[0] = 3  # the caller's own array can still be written


def test_a_record_that_is_not_there():
    with pytest.raises(IndexError, match="no record 2: the records are numbered 0 to 1"):
        ECGRecords(np.zeros((2, 1, 5)), 100)[2]
