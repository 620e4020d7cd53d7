"""Give a finished draft the name of the set, so that a kill at any point leaves the old set or the new one."""

import ctypes
import errno
import os
from contextlib import suppress

from .._drafts import LOGGER, flush_folder, leftovers, locked, remove, sibling
from ._manifest import MANIFEST

_OLD = "old"  # the suffix of an old set that was renamed, until the new set has the name
_ATTEMPTS = 100  # to replace a set that other processes replace meanwhile
_SECONDS = 10  # to wait for another writer that is between its two renames
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD of Linux; RENAME_EXCHANGE of Linux, and RENAME_SWAP of macOS


def check_free(folder, overwrite):
    """Raise a ValueError unless a set may be written under this name."""
    free = not os.path.lexists(folder) or (overwrite and (folder / MANIFEST).is_file())
    if not free and os.path.lexists(folder):  # again, as another writer may be between its two renames
        what = " and is not a saved set" if overwrite else "; overwrite=True replaces a saved set"
        raise ValueError(f"{folder} already exists{what}.")


def publish(draft, folder, *, overwrite):
    """Rename a draft to its final name; exchange it with an older set, and remove that one.

    Parameters
    ----------
    draft, folder : Path
        The finished folder and its final name.
    overwrite : bool
        Whether to replace a saved set.
    """
    flush_folder(draft)
    for _ in range(_ATTEMPTS):
        if _rename_to_free(draft, folder):
            break
        check_free(folder, overwrite)
        with locked(folder):  # the old set, so that no other writer takes it for abandoned before it is removed
            if exchange(draft, folder) or _rename_twice(draft, folder):
                flush_folder(folder.parent)
                remove(draft)
                return
    else:
        raise FileExistsError(errno.EEXIST, f"{_ATTEMPTS} other writers took the name of the set")
    flush_folder(folder.parent)


def restore(folder):
    """Give the old set its name back if its writer was killed between two renames.

    If the set has its name, remove the folders that a killed writer of an earlier version of skecg left.
    """
    if not leftovers(folder, _OLD):
        return
    with locked(folder.parent, seconds=_SECONDS):
        for old in leftovers(folder, _OLD):
            if not os.path.lexists(folder) and (old / MANIFEST).is_file():
                LOGGER.warning("A writer of %s was killed while it replaced the set; %s is restored.", folder, old)
                with suppress(FileNotFoundError):  # another process restored it
                    old.rename(folder)
            elif (folder / MANIFEST).is_file():
                LOGGER.warning("%s was left by a writer that was killed; it is removed.", old)
                remove(old)


def is_between_renames(folder):
    """Return whether a set lacks its name because a writer is about to replace it."""
    return not os.path.lexists(folder) and (bool(leftovers(folder, _OLD)) or os.path.lexists(folder))


def exchange(one, other):
    """Swap the names of two folders in one step; return False where the system or the file system cannot."""
    if os.name != "posix":
        return False
    libc, one, other = ctypes.CDLL(None), os.fsencode(one), os.fsencode(other)
    if hasattr(libc, "renameat2"):
        return libc.renameat2(_HERE, one, _HERE, other, _EXCHANGE) == 0
    return hasattr(libc, "renamex_np") and libc.renamex_np(one, other, _EXCHANGE) == 0


def _rename_to_free(draft, folder):
    """Rename the draft to the final name if this name is free; return whether it was."""
    if os.path.lexists(folder):
        return False
    try:
        draft.rename(folder)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):  # another writer was faster
            raise
        return False
    return True


def _rename_twice(draft, folder):
    """Exchange the names by two renames; undo the first if the second fails.

    Return False if another process took the name between the renames, or removed the set before them.
    """
    with locked(folder.parent, seconds=_SECONDS):
        old = sibling(folder, _OLD)
        try:
            folder.rename(old)
            if not _rename_to_free(draft, folder):
                remove(old)
                return False
        except BaseException as error:
            if old.exists() and not os.path.lexists(folder):
                old.rename(folder)
            if isinstance(error, FileNotFoundError) and draft.exists():
                return False
            raise
        with suppress(FileNotFoundError):  # another writer removed it, as the set has its name again
            old.rename(draft)
        return True
