"""Convert files of any formats to one format."""

import secrets
import sys

from .._drafts import draft_of
from ._records import complaints, find_recordings, inform, read_in_parts
from ._tables import write_tables

_KEY = 32  # bytes of a new key


def convert(options):
    """Write every recording in one format, in a new folder that appears complete or not at all."""
    key = _key(options) if options.anonymise else None
    names = []
    with complaints() as skipped:
        paths = find_recordings(options, skipped)
        if options.to == "set":
            _write_set(_converted(read_in_parts(paths, options, skipped), key, options.keep), options.out, names)
        else:
            parts = read_in_parts(paths, options, skipped, at_once=1)  # so that each file may have leads of its own
            with draft_of(options.out) as draft:
                _write_files(_converted(parts, key, options.keep), draft, options, names, skipped)
                draft.rename(options.out)
    if options.names:
        import pandas as pd

        write_tables([pd.DataFrame(names, columns=["record", "new"]).set_index("record")], options.names)
    inform(options, f"{options.out}: {len(names)} of {len(paths)} records, {options.to}")
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


def _converted(parts, key, keep):
    """Yield the records, anonymised if there is a key, and pairs of their old and new names."""
    from ..datasets import anonymise

    for records in parts:
        made = records if key is None else anonymise(records, key=key, keep=keep)
        yield made, list(zip(records.metadata.index, made.metadata.index, strict=True))


def _write_set(parts, folder, names):
    from ..storage import save_records

    def listed():
        for records, pairs in parts:
            names.extend(pairs)
            yield records

    save_records(listed(), folder)


def _write_files(parts, folder, options, names, skipped):
    """Write files; add the names of the records, or what the format cannot hold to `skipped`."""
    from ..datasets import write_ecg

    for records, pairs in parts:
        try:
            write_ecg(records, folder, format=options.to)
        except ValueError as error:
            message = f"{pairs[0][0]}: {error}"
            if options.on_error == "raise":
                raise ValueError(message) from error
            sys.stderr.write(f"Skipped {message}\n")
            skipped.append(message)
        else:
            names += pairs
    if not names:
        raise ValueError("No record could be written.")
