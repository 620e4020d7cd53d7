"""Drafts: folders in which files are written before they get their final name.

The draft of NAME is the folder `.NAME-XXXXXXXX.part` next to it. Its writer holds a lock on the folder. The
system releases the lock when the process ends, so that the next writer of NAME can tell the draft of a
killed writer from a draft in use, and remove it.
"""

import glob
import logging
import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager, suppress

try:
    import fcntl
except ImportError:  # Windows: no locks, so no draft of another writer is removed
    fcntl = None

LOGGER = logging.getLogger("skecg")
PART = "part"
_PATIENCE = 60.0  # seconds to wait for the lock of a new draft


@contextmanager
def draft_of(path):
    """Make a draft, and remove it at the end; remove the drafts of killed writers first.

    Parameters
    ----------
    path : Path
        The final name. The parent folder must exist.

    Yields
    ------
    draft : Path
        An empty folder.
    """
    for left in leftovers(path):
        with locked(left) as abandoned:
            if abandoned:
                LOGGER.warning("%s was left by a writer that was killed; it is removed.", left)
                remove(left)
    while True:
        draft = sibling(path)
        draft.mkdir()
        with locked(draft, seconds=_PATIENCE):  # another writer may hold the lock while it removes the draft
            if not draft.exists():  # the other writer removed the draft, which had no lock yet
                continue
            try:
                yield draft
            finally:
                remove(draft)
            return


def leftovers(path, suffix=PART):
    """Return the folders next to a path that have the names of its drafts, in order."""
    name = re.compile(rf"\.{re.escape(path.name)}-[0-9a-z_]{{8}}\.{suffix}", re.DOTALL)
    found = path.parent.glob(f".{glob.escape(path.name)}-*.{suffix}")
    return sorted(other for other in found if name.fullmatch(other.name) and other.is_dir() and not other.is_symlink())


def sibling(path, suffix=PART):
    """Return a new name for a folder next to a path."""
    return path.with_name(f".{path.name}-{secrets.token_hex(4)}.{suffix}")


def remove(folder):
    """Remove a folder; log a warning if that fails, because what the caller wrote is safe."""
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        LOGGER.warning("%s could not be removed; delete it.", folder)


@contextmanager
def locked(folder, *, seconds=0.0):
    """Lock a folder against other processes and threads.

    Parameters
    ----------
    folder : Path
    seconds : float, default=0.0
        How long to wait for another holder of the lock.

    Yields
    ------
    held : bool
        False if another process holds the lock, the folder is gone, or its file system has no locks.
    """
    file = _opened(folder)
    try:
        yield file is not None and _lock(file, time.monotonic() + seconds) and _is_same(folder, file)
    finally:
        if file is not None:
            os.close(file)


def flush_folder(folder):
    """Flush the names in a folder to the disk, where the system can."""
    file = _opened(folder)
    if file is not None:
        with suppress(OSError):
            os.fsync(file)
        os.close(file)


def _opened(folder):
    """Return a descriptor of a folder, or None where there is none."""
    if fcntl is None:
        return None
    with suppress(OSError):
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return None


def _lock(file, until):
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.01)
        except OSError:  # a file system without locks
            return False


def _is_same(folder, file):
    with suppress(OSError):
        return os.path.samestat(folder.stat(), os.fstat(file))
    return False
