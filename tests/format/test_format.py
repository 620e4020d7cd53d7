"""Files of weights return exactly the weights that were saved."""

import json
import os
import struct
import tracemalloc

import joblib
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from skecg._drafts import draft_of
from skecg.format import load_weights, read_file, save_weights, write_file
from skecg.networks import ResNet

QUIETLY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def test_weights_and_settings_return(path):
    network = ResNet(2, 3, width=4)
    save_weights(network, path, settings={"width": 4})
    weights, config = load_weights(path)
    assert config == {"width": 4}
    for name, values in network.state_dict().items():
        assert weights[name].dtype == values.dtype
        assert torch.equal(weights[name], values)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int64", "bool"])
def test_arrays_of_every_kind_return(path, dtype, subtests):
    for shape in ((), (0,), (3,), (2, 0, 3), (2, 3, 4)):
        with subtests.test(shape=shape):
            values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
            write_file(path, {}, {"x": values, "turned": values.T})
            _, tensors = read_file(path)
            assert tensors["x"].dtype == values.dtype
            np.testing.assert_array_equal(tensors["x"], values)
            np.testing.assert_array_equal(tensors["turned"], values.T)


def test_other_programs_can_read_it(path):
    from safetensors.torch import load_file

    save_weights(ResNet(2, 3, width=4), path)
    assert "network.head.weight" in load_file(path)


def test_nothing_is_left_where_writing_fails(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        write_file(tmp_path / "nowhere" / "a.skecg", {}, {})
    with pytest.raises(TypeError, match="serializable"):
        write_file(tmp_path / "a.skecg", {"x": object()}, {})
    with pytest.raises(ValueError, match="JSON"):
        write_file(tmp_path / "a.skecg", {"x": float("nan")}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole(path):
    write_file(path, {"n": 1}, {})
    with pytest.raises(TypeError):
        write_file(path, {"n": object()}, {})
    assert read_file(path)[0] == {"n": 1}


def test_the_draft_of_a_killed_writer_is_removed_and_that_of_another_stays(path, caplog):
    left = path.with_name(".a.skecg-ab_12xyz.part")
    left.mkdir()
    with draft_of(path.with_name("b.skecg")) as other:
        write_file(path, {"n": 1}, {})
        assert sorted(path.parent.iterdir()) == sorted([path, other])
    assert f"{left} was left by a writer that was killed" in caplog.text


def test_what_is_no_regular_file_is_refused_without_waiting(path):
    os.mkfifo(path)
    with pytest.raises(ValueError, match="is no regular file"):
        read_file(path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="is no regular file"):
        read_file(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        read_file(path)


def test_the_umask_says_who_may_read_it(path):
    before = os.umask(0o027)
    try:
        write_file(path, {}, {"x": np.ones(3)})
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_weights_of_nan_are_neither_written_nor_read(path):
    network = ResNet(2, 3, width=4)
    network.head.weight.data[0, 0] = np.nan
    with pytest.raises(ValueError, match=r"head\.weight.*NaN"):
        save_weights(network, path)
    write_file(path, {"kind": "weights"}, {"network.x": np.array([np.inf])})
    with pytest.raises(ValueError, match="NaN or infinity"):
        load_weights(path)


def test_a_file_without_a_network_says_so(path):
    write_file(path, {}, {"x": np.ones(3)})
    with pytest.raises(ValueError, match="0 networks"):
        load_weights(path)


# -- damage and malice ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "good.skecg"
    write_file(path, {"kind": "example", "text": "x" * 50}, {"a": np.arange(20.0), "b": np.ones((2, 3), np.int8)})
    return path.read_bytes()


def test_truncated_anywhere(path, good):
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(ValueError, match=r"damaged|skecg did not write it"):
            read_file(path)


def test_every_byte_counts(path, good):
    for i in range(len(good)):
        path.write_bytes(good[:i] + bytes([good[i] ^ 4]) + good[i + 1 :])
        with pytest.raises(ValueError, match=r"damaged|skecg did not write it|version"):
            read_file(path)


@QUIETLY
@given(st.binary(max_size=300))
@example(b"x" + bytes(8))  # begins like a compressed pickle
def test_any_bytes(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged|skecg did not write it"):
        read_file(path)


@QUIETLY
@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=14), inner, max_size=4),
        ),
        max_size=5,
    )
)
def test_any_header(path, header):
    write_header(path, header)
    with pytest.raises(ValueError, match=r"damaged|skecg did not write it"):
        read_file(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]},
        {"dtype": "F32", "shape": [2**63, 2**63], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
        {"dtype": "O", "shape": [1], "data_offsets": [0, 8]},
        {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]},
    ],
)
def test_arrays_that_cannot_be(path, entry):
    text = json.dumps({"version": 1, "document": {}})
    metadata = {"format": "skecg", "skecg": text, "sha256": "0" * 64}
    size = max(0, min(64, entry["data_offsets"][1]))
    write_header(path, {"__metadata__": metadata, "x": entry}, bytes(size))
    tracemalloc.start()
    with pytest.raises(ValueError, match="damaged"):
        read_file(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_header_that_claims_to_be_huge(path):
    path.write_bytes(struct.pack("<Q", 2**62) + b"{}")
    with pytest.raises(ValueError, match="damaged"):
        read_file(path)


def test_a_million_keys_are_not_read(path):
    metadata = {"format": "skecg", "skecg": "{}", "sha256": ""}
    entry = json.dumps({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]})
    entries = ", ".join(f'"{i}": {entry}' for i in range(1_000_000))  # json.dumps is slow for so many
    write_text(path, f'{{"__metadata__": {json.dumps(metadata)}, {entries}}}')
    tracemalloc.start()
    with pytest.raises(ValueError, match="no file of skecg has a header of"):
        read_file(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_what_could_not_be_read_is_not_written(path):
    with pytest.raises(ValueError, match="too many for a file"):
        write_file(path, {"text": "x" * 2**23}, {})
    assert not path.exists()


def test_a_hundred_thousand_keys_cost_what_they_are_worth(path):
    entries = {f"{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(100_000)}
    text = json.dumps({"version": 1, "document": {str(i): i for i in range(100_000)}})
    write_header(path, {"__metadata__": {"format": "skecg", "skecg": text, "sha256": ""}, **entries})
    tracemalloc.start()
    with pytest.raises(ValueError, match="checksum"):
        read_file(path)
    assert tracemalloc.get_traced_memory()[1] < 12 * path.stat().st_size
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"version": 3, "document": {}}', "format version 3.*up to 2: update skecg"),
        ('{"version": 0, "document": {}}', "not a version"),
        ('{"version": true, "document": {}}', "not a version"),
        ('{"version": "1", "document": {}}', "not a version"),
        ('{"document": {}}', "cannot be read"),
        ('{"version": 1}', "cannot be read"),
        ('{"version": 1, "document": NaN}', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("1" * 10_000, "cannot be read"),
        ("[]", "cannot be read"),
    ],
)
def test_descriptions_that_cannot_be(path, text, said):
    write_header(path, {"__metadata__": {"format": "skecg", "skecg": text, "sha256": ""}})
    with pytest.raises(ValueError, match=said):
        read_file(path)


def test_a_missing_file_is_told_as_one(path):
    with pytest.raises(FileNotFoundError):
        read_file(path)


def write_header(path, header, data=b""):
    write_text(path, json.dumps(header), data)


def write_text(path, header, data=b""):
    path.write_bytes(struct.pack("<Q", len(header.encode())) + header.encode() + data)


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("lzma", 3)])
def test_a_pickle_is_no_file_of_skecg(path, compress, subtests):
    for protocol in range(2, 6):
        with subtests.test(protocol=protocol):
            joblib.dump({"weights": np.arange(9.0)}, path, compress=compress, protocol=protocol)
            with pytest.raises(ValueError, match="a pickle, as joblib writes them; skecg did not write it"):
                load_weights(path)
