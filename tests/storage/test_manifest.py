import hashlib
import json
import os
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.storage import open_records, save_records
from skecg.storage._manifest import _LARGEST

N = 4


@pytest.fixture
def folder(tmp_path):
    records = ECGRecords(
        np.ones((N, 2, 50)), 100, leads=["I", "V1"], metadata={"age": [50, 60, 70, 80], "sex": ["male", None] * 2}
    )
    save_records(records, tmp_path / "set", dtype="int16")
    return tmp_path / "set"


def change(folder, *, sealed=True, **values):
    """Change values of the manifest; compute its checksum again, or write the manifest of 0.1.0, which has none."""
    path = folder / "records.json"
    manifest = json.loads(path.read_text()) | values
    manifest.pop("sha256", None)
    if sealed:
        manifest["sha256"] = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(manifest))


def assert_refused(folder, match="damaged"):
    for verify in (False, True):
        with pytest.raises(ValueError, match=match) as refusal:
            open_records(folder, verify=verify)
        assert len(str(refusal.value)) < 600


def test_a_manifest_without_checksum_opens(folder):
    change(folder, sealed=False)
    assert open_records(folder, verify=True).leads == ("I", "V1")


def test_every_changed_byte_of_the_manifest_is_noticed(folder):
    path = folder / "records.json"
    text = path.read_bytes()
    whole = json.loads(text)
    for i in range(len(text)):
        path.write_bytes(text[:i] + bytes([text[i] ^ 1]) + text[i + 1 :])
        try:
            open_records(folder, verify=i % 2 == 0)
        except ValueError as error:
            assert "records.json" in str(error)  # noqa: PT017
        else:  # such as another kind of white space
            assert json.loads(path.read_bytes()) == whole


HARD = [
    "x",
    "",
    True,
    False,
    None,
    -1,
    0,
    2**70,
    -1.5,
    1e300,
    1e-300,
    float("nan"),
    float("inf"),
    [],
    [1],
    {},
    {"a": 1},
]


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("key", ["format", "version", "leads", "gain", "columns", "files"])
def test_hard_values_of_each_key(folder, key, sealed, subtests):
    for value in HARD:
        with subtests.test(value=value):
            change(folder, sealed=sealed, **{key: value})
            if key == "version" and type(value) is int and value > 1:
                assert_refused(folder, "has version")
            else:  # gain=None, of float32, does not fit the size of int16
                assert_refused(folder, "damaged")


@pytest.mark.parametrize("sealed", [True, False])
def test_hard_values_inside(folder, sealed, subtests):
    manifest = json.loads((folder / "records.json").read_text())
    index, age, sex = manifest["columns"]
    files, table = manifest["files"], manifest["files"]["table.npz"]
    cases = [{"leads": ["I", lead]} for lead in [*HARD, "I"] if not isinstance(lead, str) or lead == "I"]
    cases += [{"columns": columns} for columns in ([index], [index, age], [index, age, sex, sex], [index, sex, age])]
    for key in ("name", "kind", "dtype"):
        values = [value for value in HARD if not (key == "name" and (value is None or isinstance(value, str)))]
        cases += [{"columns": [index, age | {key: value}, sex]} for value in values]
    dtypes = ["int32", "S1000000000", "V1000000000", "datetime64[s]", "no such type", "timedelta64[ns]"]
    dtypes += [
        {"categories": 1, "ordered": True},
        {"categories": [1], "ordered": 1},
        {"categories": [1, 1], "ordered": True},
    ]
    cases += [{"columns": [index, age, sex | {"dtype": dtype}]} for dtype in dtypes]
    cases += [{"columns": [index, age | {"dtype": dtype}, sex]} for dtype in ("bool", "float64", "category")]
    cases += [{"columns": [index | {"extra": 1}, age, sex]}, {"extra": 1}]
    for key in ("bytes", "sha256"):
        cases += [{"files": files | {"table.npz": table | {key: value}}} for value in HARD]
    cases += [{"files": files | {"../x": table}}, {"files": {"table.npz": table}}]
    for case in cases:
        with subtests.test(case=case):
            change(folder, sealed=sealed, **(manifest | case))
            assert_refused(folder)


def test_keys_that_are_there_twice(folder):
    path = folder / "records.json"
    path.write_text(path.read_text().replace('"gain": 1000.0', '"gain": 3000.0, "gain": 1000.0'))
    assert_refused(folder, "twice")


def test_large_and_deep_manifests(folder):
    path = folder / "records.json"
    path.write_text("[" * 2**20)
    assert_refused(folder)
    path.write_text('{"gain": ' + "9" * 5000 + "}")
    assert_refused(folder)
    path.write_bytes(b"\xff\xfe")
    assert_refused(folder)
    with path.open("wb") as file:
        file.truncate(_LARGEST + 1)
    tracemalloc.start()
    assert_refused(folder, "more than")
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["records.json", "signals.bin", "table.npz"])
def test_what_is_no_file(folder, name):
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    assert_refused(folder, "missing|has no")
    path.mkdir()
    assert_refused(folder, "is no file|has no")
    path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        assert_refused(folder, "is no file|has no")  # and does not wait for a writer
        path.unlink()
        path.symlink_to("/dev/zero")
        assert_refused(folder, "is no file|has no")
        path.unlink()
        path.symlink_to(path)
        assert_refused(folder, "missing|has no")
        path.unlink()
        (folder.parent / "elsewhere").write_bytes(content)
        path.symlink_to(folder.parent / "elsewhere")
        assert len(open_records(folder, verify=True)) == N


# -- the table ----------------------------------------------------------------------------------------


def write_table(folder, members, *, compression=zipfile.ZIP_STORED):
    """Write a table of members (name, array, or the bytes of a file), and its size and checksum into the manifest."""
    path = folder / "table.npz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, values in members:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                if isinstance(values, bytes):
                    file.write(values)
                else:
                    np.lib.format.write_array(file, values)
    content = path.read_bytes()
    files = json.loads((folder / "records.json").read_text())["files"]
    files["table.npz"] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change(folder, files=files)


def members_of(folder):
    with np.load(folder / "table.npz") as arrays:
        return dict(arrays)


def test_a_table_that_is_written_again_opens(folder):
    write_table(folder, members_of(folder).items())
    assert open_records(folder, verify=True).metadata["age"].tolist() == [50, 60, 70, 80]


def header(shape, descr="<i8", version=(1, 0)):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes(version) + len(text).to_bytes(2 if version == (1, 0) else 4, "little") + text


@pytest.mark.parametrize("name", ["lengths", "offsets", "fs", "column 1", "column 2"])
def test_bombs(folder, name, subtests):
    good = members_of(folder)
    bombs = {
        "compressed": ({name: header((10**8,), "|u1") + bytes(10**8)}, zipfile.ZIP_DEFLATED),
        "compressed with bzip2": ({name: header((10**8,), "|u1") + bytes(10**8)}, zipfile.ZIP_BZIP2),
        "a shape of 2^40": ({name: header((2**40,))}, zipfile.ZIP_STORED),
        "a shape of 10^30": ({name: header((10**30,))}, zipfile.ZIP_STORED),
        "a negative shape": ({name: header((-4,)) + bytes(32)}, zipfile.ZIP_STORED),
        "no width": ({name: header((2**40,), "|V0")}, zipfile.ZIP_STORED),
        "wide text": ({name: header((4,), "<U1000000000")}, zipfile.ZIP_STORED),
        "deep": ({name: header("(" * 900 + ")" * 900)}, zipfile.ZIP_STORED),
        "long": ({name: header((4,), "<i8" + " " * 60_000)}, zipfile.ZIP_STORED),
    }
    for what, (member, compression) in bombs.items():
        with subtests.test(what):
            write_table(folder, (good | member).items(), compression=compression)
            started = time.perf_counter()
            tracemalloc.start()
            with pytest.raises(ValueError, match="damaged"):
                open_records(folder)
            assert tracemalloc.get_traced_memory()[1] < 2**22
            tracemalloc.stop()
            assert time.perf_counter() - started < 5


def test_overlapping_members(folder):
    """Two names for the same bytes of a large member would multiply it."""
    good = members_of(folder)
    write_table(folder, good.items())
    path = folder / "table.npz"
    with zipfile.ZipFile(path, "a") as archive:
        first = archive.infolist()[0]
        for member in archive.infolist()[1:]:
            member.header_offset, member.file_size, member.compress_size = first.header_offset, 10**9, 10**9
        archive.writestr("x", b"")
        del archive.filelist[-1], archive.NameToInfo["x"]
    content = path.read_bytes()
    files = json.loads((folder / "records.json").read_text())["files"]
    files["table.npz"] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change(folder, files=files)
    assert_refused(folder, "claim more bytes|other arrays")


def changed(array, value):
    array = array.copy()
    array[1] = value
    return array


def test_hard_values_of_the_table(folder, subtests):
    good = members_of(folder)
    cases = [{"lengths": changed(good["lengths"], n)} for n in (-1, -50, 51, 2**31, 2**62, -(2**63), 2**63 - 1)]
    cases += [{"offsets": changed(good["offsets"], n)} for n in (-1, 301, 2**31, 2**62, -(2**63), 2**63 - 1)]
    cases += [{"fs": changed(good["fs"], fs)} for fs in (0, -100, np.nan, np.inf)]
    cases += [{name: good[name][:-1]} for name in good] + [{name: good[name][:0]} for name in good]
    cases += [{name: good[name].astype(kind)} for name in good for kind in ("f4", "i4", "bool", "c16", "U5", "M8[s]")]
    cases += [{name: good[name].reshape(1, -1)} for name in good]
    cases += [{"lengths": good["lengths"].astype("u8")}, {"extra": good["fs"]}]
    for text in ("[1, 2, 3]", "[[], [], [], []]", "{}", "1", "x", "[" * 10**5, '["a", null, "b"]', ""):
        cases.append({"column 2": np.frombuffer(text.encode(), np.uint8)})
    for case in cases:
        with subtests.test(case=str(case)):
            write_table(folder, (good | case).items())
            assert_refused(folder)
    for name in good:
        with subtests.test(missing=name):
            write_table(folder, [(other, values) for other, values in good.items() if other != name])
            assert_refused(folder)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_member_that_is_there_twice(folder):
    good = members_of(folder)
    write_table(folder, [*good.items(), ("fs", good["fs"] * 2)])
    assert_refused(folder, "other arrays")


def test_every_length_of_each_file(folder):
    for name in ("records.json", "table.npz", "signals.bin"):
        path = folder / name
        whole = path.read_bytes()
        for n in range(0, len(whole), 1 if name == "records.json" else 13):
            path.write_bytes(whole[:n])
            with pytest.raises(ValueError, match="damaged"):
                open_records(folder)
        path.write_bytes(whole + b" x")
        with pytest.raises(ValueError, match="damaged"):
            open_records(folder)
        path.write_bytes(whole)
    assert len(open_records(folder, verify=True)) == N
