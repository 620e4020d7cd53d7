"""Convert files of any formats to one format."""

import csv
import secrets

from .._drafts import draft_of
from ._records import complaints, find_recordings, read_in_parts, tell

_KEY = 32  # bytes of a new key


def convert(options):
    """Write every recording in one format, in a new folder that appears complete or not at all."""
    key = _key(options) if options.anonymise else None
    names = []
    with complaints() as skipped:
        paths = find_recordings(options, skipped)
        at_once = {} if options.to == "set" else {"at_once": 1}  # so that each file may have leads of its own
        parts = _converted(read_in_parts(paths, options, skipped, **at_once), key, options.keep, names)
        if options.to == "set":
            _write_set(parts, options.out)
        else:
            _write_files(parts, options)
    if options.names:
        with options.names.open("x", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("record", "new"), *names])
    tell(f"{options.out}: {len(names)} of {len(paths)} records, {options.to}")
    return 3 if skipped else 0


def _key(options):
    """Return the key of the pseudonyms: that of a file, which is made if there is none, or a new one."""
    if options.key is None:
        return secrets.token_hex(_KEY)
    if not options.key.exists():
        with options.key.open("x", encoding="utf-8") as file:
            file.write(secrets.token_hex(_KEY))
        options.key.chmod(0o600)
    key = options.key.read_text(encoding="utf-8").strip()
    if not key:
        raise ValueError(f"{options.key} is empty; it must hold the key of the pseudonyms.")
    return key


def _converted(parts, key, keep, names):
    """Yield the records, anonymised if there is a key; add their old and new names to `names`."""
    from ..datasets import anonymise

    for records in parts:
        made = records if key is None else anonymise(records, key=key, keep=keep)
        names += zip(records.metadata.index, made.metadata.index, strict=True)
        yield made


def _write_set(parts, folder):
    from ..storage import save_records

    save_records(parts, folder)


def _write_files(parts, options):
    from ..datasets import write_ecg

    with draft_of(options.out) as draft:
        for records in parts:
            write_ecg(records, draft, format=options.to)
        draft.rename(options.out)
