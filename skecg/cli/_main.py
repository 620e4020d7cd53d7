"""Parse the arguments, run a command, and turn errors into exit codes."""

import sys

from ._arguments import make_parser
from ._parser import UsageError, parse
from ._records import in_options
from ._tables import check_table

FINISHED, FAILED, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, default=None
        The arguments after the name of the program; by default those of the process.

    Returns
    -------
    code : int
        0 on success, 1 after an error, 2 for a network or a setting that does not exist, 3 if records were
        skipped, 130 if interrupted. Other invalid arguments end the process with 2.

    Examples
    --------
    >>> from skecg.cli import main
    >>> main(["predict", "nowhere.skecg", "a.hea", "--out", "p.csv"])
    1
    """
    options = parse(*make_parser(), arguments)
    try:
        _check_outputs(options)
        return options.run(options)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        if options.traceback:
            raise
        sys.stderr.write(f"skecg {options.command}: {' '.join(in_options(str(error)).split())}\n")
        return USAGE if isinstance(error, UsageError) else FAILED


def _check_outputs(options):
    """Raise ValueError before any work if an output cannot be written or would overwrite an input."""
    read = [getattr(options, name, None) for name in ("model", "pretrained", "labels", "records")]
    read = [path for found in read for path in (found if isinstance(found, list) else [found]) if path is not None]
    for name in ("out", "card", "held_out", "names", "sheet"):
        path = getattr(options, name, None)
        if path is None:
            continue
        if path.exists() and (name == "names" or options.command == "convert"):
            raise ValueError(f"{path} exists already; give another name.")
        if path.is_dir():
            raise ValueError(f"{path} is a folder; give the path of a file to write.")
        if not path.parent.is_dir():
            raise ValueError(f"There is no folder {path.parent} to write {path.name} into.")
        check_table(path)
        if path.exists() and any(other.exists() and path.samefile(other) for other in read):
            raise ValueError(f"{path} is also an input; it would be overwritten.")
