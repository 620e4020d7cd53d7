"""Parse the arguments, run a command, and turn errors into exit codes."""

import argparse
import sys
from pathlib import Path

from .. import __version__
from . import _commands

FINISHED, FAILED, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 130

_EPILOG = """exit codes:
  0    done
  1    failed; the reason is on standard error
  2    the arguments are invalid
  3    done, but records were skipped (--on-error warn); standard error names them
  130  interrupted
"""
_EXAMPLES = {
    "train": """examples:
  skecg train labels.csv --records wfdb/ --target diagnosis --group patient --out model.skecg
  skecg train labels.csv --records wfdb/ --target AF LBBB PVC --network resnet --set max_epochs=50 \\
      --set classifier__window=250 --out model.skecg --card card.md

The table has one row per record: its name, its label (or one 0/1 column for each of several labels)
and, if possible, its patient, so that no patient is in both the training and the held-out part.
Every class with two patients is in both parts; a class with fewer is trained on and not scored.
""",
    "predict": """examples:
  skecg predict model.skecg records/*.hea --out predictions.csv
  skecg predict model.skecg records/ --out predictions.csv --on-mismatch raise

The table has one row per record: name, prediction, and the probability of every label. Records with
another rate, order or spelling of leads, or unit than the model expects are converted, or refused with
--on-mismatch raise.
""",
    "evaluate": """examples:
  skecg evaluate model.skecg labels.csv --records wfdb/ --target diagnosis --group patient --out scores.csv

Every score has a 95 % interval that resamples patients; or records, if the table has no column of patients
(--group, or patient_id). Use records that the model has not seen.
""",
    "export": """examples:
  skecg export model.skecg model.onnx
  skecg export model.skecg model.onnx --n-times 5000 --fs 500
  skecg export model.skecg model.onnx --int8 --labels labels.csv --records wfdb/ --target diagnosis

The file takes signals in mV, (records, leads, samples), and gives probabilities; labels, leads and rate
are in its metadata. A model that resamples gets the length and rate of its training records if all are the
same; otherwise give them with --n-times and --fs.
""",
    "inspect": """examples:
  skecg inspect model.skecg

Prints the estimators and their parameters, the classes, the signals that the model needs, versions, date, what
the file says of the training patients, and the arrays with their sizes. Nothing of the file is run.
""",
    "describe": """examples:
  skecg describe wfdb/

Prints lengths, rates, leads, gaps, and suspicious signals: flat or clipped leads, duplicates, microvolts.
""",
}


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, default=None
        The arguments after the name of the program; by default those of the process.

    Returns
    -------
    code : int
        0 on success, 1 after an error, 3 if records were skipped, 130 if interrupted. Invalid
        arguments end the process with 2.

    Examples
    --------
    >>> from skecg.cli import main
    >>> main(["predict", "nowhere.skecg", "a.hea", "--out", "p.csv"])
    1
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        _check_outputs(options)
        return options.run(options)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        if options.traceback:
            raise
        sys.stderr.write(f"skecg {options.command}: {' '.join(str(error).split())}\n")
        return FAILED


def _check_outputs(options):
    """Raise ValueError before any work if an output cannot be written or would overwrite an input."""
    read = [getattr(options, name, None) for name in ("model", "labels", "records")]
    read = [path for found in read for path in (found if isinstance(found, list) else [found]) if path is not None]
    for path in (getattr(options, name, None) for name in ("out", "card")):
        if path is None:
            continue
        if path.is_dir():
            raise ValueError(f"{path} is a folder; give the path of a file to write.")
        if not path.parent.is_dir():
            raise ValueError(f"There is no folder {path.parent} to write {path.name} into.")
        if path.exists() and any(other.exists() and path.samefile(other) for other in read):
            raise ValueError(f"{path} is also an input; it would be overwritten.")


def _parser():
    parser = argparse.ArgumentParser(
        "skecg",
        description="Classify electrocardiograms: train a model on WFDB records, apply, evaluate and export it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"skecg {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(_add(commands, "train", "train a model on records with labels", _commands.train))
    _add_predict(_add(commands, "predict", "apply a model to records", _commands.predict))
    _add_evaluate(_add(commands, "evaluate", "score a model on records with labels", _commands.evaluate))
    _add_export(_add(commands, "export", "write a model as ONNX, for other programs", _commands.export))
    inspect = _add(commands, "inspect", "list what the file of a model holds", _commands.inspect)
    inspect.add_argument("model", type=Path, help="a file that `skecg train` or skecg.save wrote")
    describe = _add(commands, "describe", "look at a folder of records before anything else", _commands.describe)
    _add_records(describe)
    return parser


def _add(commands, name, summary, run):
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_EXAMPLES[name],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def _add_train(command):
    _add_table(command)
    command.add_argument("--network", default="crnn", help="crnn, resnet, ... (default: crnn)")
    command.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to write the model, .skecg")
    command.add_argument("--card", type=Path, metavar="FILE", help="where to write a model card in Markdown")
    command.add_argument(
        "--hold-out",
        type=_share,
        default=0.2,
        metavar="SHARE",
        help="share of the patients of every class held out for scores; 0 trains on all (default: 0.2)",
    )
    command.add_argument("--seed", type=_seed, default=0, help="seed of the split and the training (default: 0)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the classifier (max_epochs=50) or of a step (crop__length=1000); may be repeated",
    )


def _add_predict(command):
    command.add_argument("model", type=Path, help="a file that `skecg train` or skecg.save wrote")
    _add_records(command)
    command.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to write the table, .csv")
    _add_mismatch(command)


def _add_evaluate(command):
    command.add_argument("model", type=Path, help="a file that `skecg train` or skecg.save wrote")
    _add_table(command)
    command.add_argument("--out", type=Path, metavar="FILE", help="where to write all scores, .csv")
    _add_mismatch(command)


def _share(text):
    """Return a share from 0 up to, but not including, 1."""
    if not 0 <= float(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share: give a number from 0 up to, but not including, 1")
    return float(text)


def _seed(text):
    """Return a seed that NumPy accepts."""
    if not 0 <= int(text) < 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not a seed: give an integer from 0 to 2**32 - 1")
    return int(text)


def _add_export(command):
    command.add_argument("model", type=Path, help="a file that `skecg train` or skecg.save wrote")
    command.add_argument("out", type=Path, help="where to write, .onnx")
    command.add_argument(
        "--n-times", type=int, metavar="N", help="samples of a record (default: of the training records)"
    )
    command.add_argument(
        "--fs", type=float, metavar="HZ", help="rate of the records (default: of the training records)"
    )
    command.add_argument("--int8", action="store_true", help="weights as 8-bit integers: a quarter of the size")
    command.add_argument(
        "--labels", type=Path, metavar="TABLE", help="a table (csv) of records, to measure the loss of AUROC"
    )
    _add_columns(command, required=False)


def _add_table(command):
    command.add_argument("labels", type=Path, help="a table (csv) with one row per record")
    _add_columns(command, required=True)


def _add_columns(command, required):
    command.add_argument("--records", required=required, type=Path, metavar="FOLDER", help="where the WFDB records are")
    command.add_argument("--record", default="record", metavar="COLUMN", help="column of names (default: record)")
    command.add_argument(
        "--target",
        nargs="+",
        default=["target"],
        metavar="COLUMN",
        help="column of labels, or several 0/1 columns",
    )
    command.add_argument("--group", metavar="COLUMN", help="column of patients; by default every record is one")
    _add_on_error(command)


def _add_records(command):
    command.add_argument("records", nargs="+", type=Path, help="WFDB headers (.hea), or folders of them")
    _add_on_error(command)


def _add_on_error(command):
    command.add_argument(
        "--on-error",
        choices=["raise", "warn"],
        default="raise",
        help="what to do with a damaged record: stop, or skip it with a warning (default: raise)",
    )


def _add_mismatch(command):
    command.add_argument(
        "--on-mismatch",
        choices=["convert", "raise"],
        default="convert",
        help="what to do with records of another rate, leads or unit (default: convert)",
    )
