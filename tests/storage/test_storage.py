import contextlib
import errno
import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skecg import ECGRecords
from skecg.storage import open_records, save_records


def make(n=6, seed=0, leads=("I", "aVR")):
    rng = np.random.default_rng(seed)
    signals = [rng.normal(size=(len(leads), 20 + i)).astype(np.float32) for i in range(n)]
    signals[0][0, 3] = np.nan
    metadata = pd.DataFrame(
        {
            "age": rng.uniform(20, 90, n),
            "sex": [["male", None, "female"][i % 3] for i in range(n)],
            "patient_id": np.arange(n) // 2,
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(n), "D"),
            "checked": pd.array([True, None, False] * n, dtype="boolean")[:n],
            "score": pd.array([1, None, 3] * n, dtype="Int64")[:n],
            "ward": pd.Categorical(["a", "b", None] * n)[:n],
            "name": [f"Ä\n{i:03}" for i in range(n)],
        },
        index=pd.Index([f"{i:03}" for i in range(n)], name="record"),
    )
    return ECGRecords(signals, np.linspace(100, 500, n), leads=leads, metadata=metadata)


def assert_same(a, b):
    assert len(a) == len(b)
    assert a.leads == b.leads
    assert_array_equal(a.fs, b.fs)
    for x, y in zip(a.signals, b.signals, strict=True):
        assert_array_equal(x, y)
    pd.testing.assert_frame_equal(a.metadata, b.metadata, check_column_type=False)


def test_what_is_saved_is_opened(tmp_path):
    records = make()
    saved = save_records(records, tmp_path / "set")
    assert isinstance(saved._buffer, np.memmap)
    assert_same(saved, records)
    assert_same(open_records(str(tmp_path / "set"), verify=True), records)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("rows", [[4, 1, 2], [], [0]])
def test_a_selection(tmp_path, rows):
    records = make()[rows]
    assert_same(save_records(records, tmp_path / "set"), records)


def test_long_sets_go_through_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("skecg.storage._save.CHUNK", 100)
    ragged = make(40)
    assert_same(save_records(ragged, tmp_path / "ragged"), ragged)
    equal = ECGRecords(np.random.default_rng(0).normal(size=(30, 2, 25)), 250, leads=["I", "II"])
    assert_same(save_records(equal, tmp_path / "equal"), equal)


def test_parts_are_written_one_after_the_other(tmp_path):
    alive = []

    def parts():
        for seed in range(3):
            alive.append(seed)
            yield make(4, seed)

    saved = save_records(parts(), tmp_path / "set")
    assert alive == [0, 1, 2]
    assert_same(saved, ECGRecords.concatenate([make(4, seed) for seed in range(3)]))
    with pytest.raises(ValueError, match="The parts differ in their leads"):
        save_records([make(), make(leads=("I", "II"))], tmp_path / "mixed")
    with pytest.raises(ValueError, match="no records to save"):
        save_records([], tmp_path / "none")
    with pytest.raises(TypeError, match="iterable of them, got ndarray"):
        save_records([np.zeros((2, 3))], tmp_path / "array")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_map_is_pickled_as_its_path(tmp_path):
    saved = save_records(ECGRecords(np.zeros((50, 2, 5000)), 500, leads=["I", "II"]), tmp_path / "set")
    assert len(pickle.dumps(saved)) < 20_000
    assert_same(pickle.loads(pickle.dumps(saved[3:5])), saved[3:5])


def test_overwriting(tmp_path):
    folder = tmp_path / "set"
    first = save_records(make(), folder)
    with pytest.raises(ValueError, match="already exists; overwrite=True"):
        save_records(make(), folder)
    save_records(first[2:4], folder, overwrite=True)  # the records are mapped from the folder that is overwritten
    assert_same(open_records(folder, verify=True), make()[2:4])
    (tmp_path / "precious").mkdir()
    with pytest.raises(ValueError, match="already exists and is not a saved set"):
        save_records(make(), tmp_path / "precious", overwrite=True)
    with pytest.raises(ValueError, match="There is no folder"):
        save_records(make(), tmp_path / "a" / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["precious", "set"]


def test_damage_is_noticed(tmp_path):
    folder = tmp_path / "set"
    save_records(make(), folder)
    signals, manifest = folder / "signals.bin", folder / "records.json"
    intact = signals.read_bytes()
    signals.write_bytes(intact[:-1])
    with pytest.raises(
        ValueError, match=rf"signals\.bin is damaged: it has {len(intact) - 1} bytes, but {len(intact)} bytes were"
    ):
        open_records(folder)
    signals.write_bytes(bytes([intact[0] ^ 1]) + intact[1:])
    assert len(open_records(folder)) == 6
    with pytest.raises(ValueError, match=r"signals\.bin is damaged: its SHA-256"):
        open_records(folder, verify=True)
    signals.unlink()
    with pytest.raises(ValueError, match=r"signals\.bin is damaged: it is missing"):
        open_records(folder)
    text = manifest.read_text()
    manifest.write_text(json.dumps(json.loads(text) | {"version": 99}))
    with pytest.raises(ValueError, match="has version 99; this version of skecg reads version 1"):
        open_records(folder)
    for broken in (text[:50], "[]", "{}"):
        manifest.write_text(broken)
        with pytest.raises(ValueError, match=r"records\.json (is damaged|has version None)"):
            open_records(folder)
    with pytest.raises(ValueError, match=r"is not a saved set of records: it has no records\.json"):
        open_records(tmp_path)


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("skecg.storage._draft.flush", full)
    with pytest.raises(OSError, match=r"set could not be written: No space left on device"):
        save_records(make(), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", [0, 399_999])
def test_a_disk_that_is_really_full_leaves_nothing(tmp_path, limit):
    pytest.importorskip("resource", reason="needs the limits of POSIX")
    script = f"""
import resource, numpy as np
from skecg import ECGRecords
from skecg.storage import save_records
records = ECGRecords(np.zeros((100, 1, 1000)), 100)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    save_records(records, {str(tmp_path / "set")!r})
except OSError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "set could not be written: File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_leaves_nothing_that_opens(tmp_path):
    script = f"""
import os, signal, numpy as np
from skecg import ECGRecords
from skecg.storage import save_records
def parts():
    yield ECGRecords(np.zeros((2, 1, 10)), 100)
    os.kill(os.getpid(), signal.SIGKILL)
save_records(parts(), {str(tmp_path / "set")!r})
"""
    assert subprocess.run([sys.executable, "-c", script]).returncode < 0
    assert not (tmp_path / "set").exists()
    for left in tmp_path.iterdir():
        with pytest.raises(ValueError, match="not a saved set"):
            open_records(left)
    assert len(save_records(make(), tmp_path / "set")) == 6


def test_metadata_that_cannot_be_saved(tmp_path):
    records = make(2)
    records = records.with_metadata(records.metadata.assign(codes=[{"a": 1}, {}]))
    with pytest.raises(TypeError, match="The column 'codes' of the metadata holds"):
        save_records(records, tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_int16_is_exact_where_the_values_are_steps(tmp_path):
    steps = np.arange(-(2**15) + 1, 2**15, dtype=np.int32).reshape(1, 1, -1)
    values = (steps.astype(np.float32) / np.float32(204.8)).astype(np.float32)
    values[0, 0, 5] = np.nan
    records = ECGRecords(values, 500, leads=["I"])
    saved = save_records(records, tmp_path / "set", dtype="int16", gain=204.8)
    assert_array_equal(saved.to_array(), values)
    assert saved.signals[0].dtype == np.float32
    assert (tmp_path / "set" / "signals.bin").stat().st_size == 2 * values.size
    assert_same(open_records(tmp_path / "set", verify=True), records)
    assert_same(pickle.loads(pickle.dumps(saved)), records)
    assert len(pickle.dumps(saved)) < 5_000


def test_int16_rounds_to_the_nearest_step_and_refuses_what_does_not_fit(tmp_path):
    records = make()
    saved = save_records(records, tmp_path / "set", dtype="int16", gain=100)
    for a, b in zip(saved.signals, records.signals, strict=True):
        assert_array_equal(np.isnan(a), np.isnan(b))
        assert np.nanmax(np.abs(a - b)) <= 0.00501
    for value, shown in ((40, "40"), (-40, "40"), (np.inf, "inf")):
        with pytest.raises(ValueError, match=f"reaches {shown} mV, but int16 at 1000 steps per mV holds no more than"):
            save_records(ECGRecords(np.full((1, 1, 5), value), 100), tmp_path / "large", dtype="int16")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_a_selection_of_a_map_reads_the_right_records(tmp_path, dtype):
    records = ECGRecords(np.random.default_rng(0).integers(-99, 99, (50, 2, 700)) / 1000, 250, leads=["I", "II"])
    saved = save_records(records, tmp_path / "set", dtype=dtype)
    rows = np.random.default_rng(1).permutation(50)[:20]
    assert_array_equal(saved[rows].to_array(), records[rows].to_array())
    again = pickle.loads(pickle.dumps(saved[3:9]))
    assert_array_equal(again[[4, 1]].to_array(), records[[7, 4]].to_array())
    assert_array_equal(ECGRecords.concatenate([saved[:3], saved[40:]]).to_array()[3], records[40].signal)


def test_pages_are_given_back_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr("skecg.records.buffer.ScaledBuffer.KEEP", 10_000)
    records = ECGRecords(np.random.default_rng(0).integers(-99, 99, (50, 2, 700)) / 1000, 250, leads=["I", "II"])
    saved = save_records(records, tmp_path / "set", dtype="int16")
    for _ in range(2):
        assert_same(saved, records)


def test_a_damaged_table_or_manifest_is_noticed(tmp_path):
    folder = tmp_path / "set"
    save_records(make(), folder)
    table, manifest = folder / "table.npz", folder / "records.json"
    intact, contents = table.read_bytes(), json.loads(manifest.read_text())
    rng = np.random.default_rng(0)
    for _ in range(40):
        broken = np.frombuffer(intact, np.uint8).copy()
        broken[rng.integers(len(broken), size=20)] ^= 0xFF
        table.write_bytes(broken.tobytes())
        with pytest.raises(ValueError, match=r"table\.npz is damaged: its SHA-256"):
            open_records(folder, verify=True)
        with contextlib.suppress(ValueError):
            assert len(open_records(folder)) == 6
    table.write_bytes(intact)
    for broken in ({"leads": ["I"] * 5}, {"files": []}, {"columns": []}, {"leads": None}):
        manifest.write_text(json.dumps(contents | broken))
        with pytest.raises(ValueError, match="is damaged"):
            open_records(folder)


def test_what_would_not_open_is_not_saved(tmp_path, monkeypatch):
    records = ECGRecords(np.ones((2, 2, 50)), 100)
    twice = ECGRecords.from_buffer(np.ones(200, np.float32), [50, 50], 100, leads=["I", "I"])
    with pytest.raises(ValueError, match="leads must have different names"):
        save_records(twice, tmp_path / "set")
    for gain in (1e-300, 1e300):
        with pytest.raises(ValueError, match="gain must be a number of steps per mV from"):
            save_records(records, tmp_path / "set", dtype="int16", gain=gain)
    monkeypatch.setattr("skecg.storage._manifest._LARGEST", 100)
    with pytest.raises(ValueError, match="too many categories"):
        save_records(records, tmp_path / "set")
    assert list(tmp_path.iterdir()) == []
