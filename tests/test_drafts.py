import logging
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from skecg._drafts import draft_of, leftovers, locked

pytest.importorskip("fcntl", reason="needs the locks of POSIX")


def test_a_draft_is_there_while_it_is_written(tmp_path):
    path = tmp_path / "a[1]"
    with draft_of(path) as draft:
        (draft / "x").touch()
        assert leftovers(path) == [draft]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError), draft_of(path):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_the_draft_of_a_killed_writer_is_named_and_removed(tmp_path, caplog):
    code = f"""
import os, signal
from pathlib import Path
from skecg._drafts import draft_of
with draft_of(Path({str(tmp_path / "set")!r})) as draft:
    (draft / "x").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    (left,) = leftovers(tmp_path / "set")
    with caplog.at_level(logging.WARNING, "skecg"), draft_of(tmp_path / "set") as draft:
        assert not left.exists()
        assert draft.exists()
    assert f"{left} was left by a writer that was killed; it is removed" in caplog.text


def test_the_draft_of_another_writer_stays(tmp_path):
    with draft_of(tmp_path / "set") as first, draft_of(tmp_path / "set") as second:
        assert first != second
        assert leftovers(tmp_path / "set") == sorted([first, second])


def test_what_has_another_name_stays(tmp_path):
    (tmp_path / ".set-00000000.part").write_text("a file")
    (tmp_path / ".set-11111111.part").symlink_to(tmp_path)
    for name in (".set-x-00000000.part", ".set-0000.part", ".other-00000000.part", "set-00000000.part"):
        (tmp_path / name).mkdir()
    before = sorted(tmp_path.iterdir())
    with draft_of(tmp_path / "set"):
        pass
    assert sorted(tmp_path.iterdir()) == before


def test_a_draft_that_cannot_be_removed_is_named(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("shutil.rmtree", lambda *args, **kwargs: None)
    with caplog.at_level(logging.WARNING, "skecg"), draft_of(tmp_path / "set") as draft:
        pass
    assert f"{draft} could not be removed; delete it." in caplog.text


def test_without_locks_nothing_of_others_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("skecg._drafts.fcntl", None)
    (tmp_path / ".set-00000000.part").mkdir()
    with draft_of(tmp_path / "set") as draft:
        assert draft.exists()
    assert [path.name for path in tmp_path.iterdir()] == [".set-00000000.part"]


def test_a_lock_is_waited_for(tmp_path):
    with locked(tmp_path / "missing") as held:
        assert not held
    released = threading.Event()
    with locked(tmp_path) as held:
        assert held
        with locked(tmp_path) as again:
            assert not again

        def wait():
            with locked(tmp_path, seconds=60) as later:
                assert released.is_set()
                assert later
            released.clear()

        waiting = threading.Thread(target=wait)
        waiting.start()
        released.set()
    waiting.join()
    assert not released.is_set()


def test_a_draft_that_another_writer_removes_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    """The other writer sees the new folder without a lock, locks it, and removes it a little later."""
    threads = []

    def mkdir(draft, *args, **kwargs):
        made(draft, *args, **kwargs)
        if not threads:
            ready = threading.Event()
            threads.append(threading.Thread(target=steal, args=(draft, ready)))
            threads[0].start()
            ready.wait()

    def steal(draft, ready):
        with locked(draft) as held:
            assert held
            ready.set()
            time.sleep(0.2)
            shutil.rmtree(draft)

    made = Path.mkdir
    monkeypatch.setattr(Path, "mkdir", mkdir)
    with draft_of(tmp_path / "set") as draft:
        threads[0].join()
        (draft / "x").touch()
        assert leftovers(tmp_path / "set") == [draft]
