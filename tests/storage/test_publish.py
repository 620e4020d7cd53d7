import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skecg import ECGRecords
from skecg.storage import _publish, open_records, save_records

pytest.importorskip("fcntl", reason="needs the locks of POSIX")
WAYS = ["exchange", "two renames"]


def records_of(value):
    return ECGRecords(np.full((3, 1, 50), value), 100, leads=["I"], metadata={"value": [value] * 3})


def value_of(folder):
    """Return the one value that a whole set holds."""
    records = open_records(folder, verify=True)
    (value,) = {*np.unique(records.to_array()).tolist(), *records.metadata["value"].tolist()}
    return value


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(_publish, "exchange", lambda one, other: False)
    return request.param


START = f"""
import os, signal, sys
from pathlib import Path
import numpy as np
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_publish import records_of, value_of
from skecg.storage import _publish, open_records, save_records
import pandas
folder = Path(sys.argv[1])
if sys.argv[2] == "two renames":
    _publish.exchange = lambda one, other: False
"""
KILL = """
save_records(records_of(0), folder)
new = records_of(1)

def killed_at(n):
    \"\"\"Overwrite the set in a child that is killed at the n-th line; return whether it was killed.\"\"\"
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    passed = 0
    def trace(frame, event, argument):
        nonlocal passed
        if not any(name in frame.f_code.co_filename for name in ("skecg/storage", "_drafts.py", "shutil.py")):
            return None
        passed += event == "line"
        if passed == n:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    save_records(new, folder, overwrite=True)
    sys.settrace(None)
    os._exit(0)

n, seen = 1, []
while killed_at(n):
    seen.append(value_of(folder))
    if len(seen) % 10 == 0:
        save_records(records_of(0), folder, overwrite=True)
        assert os.listdir(folder.parent) == ["set"], os.listdir(folder.parent)
    n += int(sys.argv[3])
print(n, seen.count(0), seen.count(1))
"""


def run(code, folder, *arguments):
    ran = subprocess.run([sys.executable, "-c", START + code, folder, *arguments], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 29])
@pytest.mark.parametrize("way", WAYS)
def test_a_kill_at_any_line_leaves_the_old_set_or_the_new_one(tmp_path, way, step):
    n, n_old, n_new = map(int, run(KILL, tmp_path / "set", way, str(step)).stdout.split())
    assert n > 200
    assert n_old > 50 / step
    assert n_new > 10 / step
    assert value_of(tmp_path / "set") == 1


def test_a_killed_writer_is_noticed_by_the_next(tmp_path, caplog):
    save_records(records_of(0), tmp_path / "set")
    old = tmp_path / ".set-01234567.old"
    (tmp_path / "set").rename(old)
    with pytest.raises(ValueError, match="already exists"):
        save_records(records_of(1), tmp_path / "set")
    assert f"{old} is restored" in caplog.text
    (tmp_path / "set").rename(old)
    assert value_of(tmp_path / "set") == 0
    old.mkdir()
    save_records(records_of(1), tmp_path / "set", overwrite=True)
    assert f"{old} was left by a writer that was killed" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_rename_that_fails_is_undone(tmp_path, way, number, monkeypatch):
    save_records(records_of(0), tmp_path / "set")
    rename, calls = Path.rename, []

    def failing(path, target):
        calls.append(path)
        if len(calls) == number:
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    if way == "exchange":
        save_records(records_of(1), tmp_path / "set", overwrite=True)
        assert not calls
    else:
        with pytest.raises(OSError, match="set could not be written: Input/output error"):
            save_records(records_of(1), tmp_path / "set", overwrite=True)
    monkeypatch.undo()
    assert value_of(tmp_path / "set") == (0 if way == "two renames" and number < 3 else 1)
    save_records(records_of(2), tmp_path / "set", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_an_old_set_that_cannot_be_removed_does_no_harm(tmp_path, way, monkeypatch, caplog):
    save_records(records_of(0), tmp_path / "set")

    def busy(*args, **kwargs):
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr("shutil.rmtree", busy)
    assert save_records(records_of(1), tmp_path / "set", overwrite=True)[0].signal[0, 0] == 1
    assert "could not be removed; delete it" in caplog.text
    monkeypatch.undo()
    save_records(records_of(2), tmp_path / "set", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


WRITE = """
mine = int(sys.argv[3])
for i in range(15):
    save_records(records_of(100 * mine + i), folder, overwrite=True)
"""
READ = """
seen = {value_of(folder) for i in range(60)}
print(len(seen))
"""


@pytest.mark.parametrize("way", WAYS)
def test_writers_and_readers_at_once(tmp_path, way):
    folder = tmp_path / "set"
    save_records(records_of(0), folder)
    calls = [(START + WRITE, "1"), (START + WRITE, "2"), (START + READ, "")]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, folder, way, number], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for code, number in calls
    ]
    for process in running:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert value_of(folder) in (114, 214)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_the_slower_of_two_first_writers_is_refused(tmp_path, way):
    def parts():
        save_records(records_of(1), tmp_path / "set")
        yield records_of(0)

    with pytest.raises(ValueError, match="already exists; overwrite=True"):
        save_records(parts(), tmp_path / "set")
    assert value_of(tmp_path / "set") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_name_that_is_taken_meanwhile_by_something_else_is_left_alone(tmp_path, way):
    def parts():
        yield records_of(0)
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / "precious").touch()

    with pytest.raises(ValueError, match="already exists and is not a saved set"):
        save_records(parts(), tmp_path / "set", overwrite=True)
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["precious"]


def test_a_link_to_a_set_stays_a_link(tmp_path, way):
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").mkdir()
    link = tmp_path / "home" / "set"
    link.symlink_to(tmp_path / "disk" / "set")
    save_records(records_of(0), link)
    save_records(records_of(1), link, overwrite=True)
    assert link.is_symlink()
    assert value_of(link) == value_of(tmp_path / "disk" / "set") == 1
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["set"]


def test_two_names_are_exchanged_where_the_system_can(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    swapped = _publish.exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a" / ("b" if swapped else "a")).exists()
    if sys.platform == "linux":
        assert swapped
    assert not _publish.exchange(tmp_path / "a", tmp_path / "missing")
