"""The arguments of the commands."""

import argparse
from pathlib import Path

from .. import __version__
from . import _commands, _convert, _export, _plot, _report
from ._examples import EPILOG, EXAMPLES


def make_parser():
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        "skecg",
        description="Classify electrocardiograms: train, apply, evaluate and export models; draw and convert them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"skecg {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(_add(commands, "train", "train a model on records with labels", _commands.train))
    _add_predict(_add(commands, "predict", "apply a model to records", _commands.predict))
    _add_evaluate(_add(commands, "evaluate", "score a model on records with labels", _commands.evaluate))
    _add_report(_add(commands, "report", "write a page about a model and its test, to send and print", _report.report))
    _add_export(_add(commands, "export", "write a model as ONNX, for other programs", _export.export))
    inspect = _add(commands, "inspect", "list what the file of a model holds", _commands.inspect)
    inspect.add_argument("model", type=Path, help="a file that `skecg train` or skecg.save wrote")
    describe = _add(commands, "describe", "look at a folder of records before anything else", _commands.describe)
    _add_records(describe)
    _add_plot(_add(commands, "plot", "draw recordings as ECG sheets", _plot.plot))
    _add_convert(_add(commands, "convert", "write recordings of any formats in one format", _convert.convert))
    return parser


def _add(commands, name, summary, run):
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=EXAMPLES[name],
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
    command.add_argument(
        "--abstain",
        choices=["severe", "any", "never"],
        default="severe",
        help="records without a prediction: those with severe faults, any doubt, or none (default: severe)",
    )
    _add_mismatch(command)


def _add_evaluate(command):
    command.add_argument("model", type=Path, help="a file that `skecg train` or skecg.save wrote")
    _add_table(command)
    command.add_argument("--out", type=Path, metavar="FILE", help="where to write all scores, .csv")
    _add_mismatch(command)


def _add_report(command):
    command.add_argument("model", type=Path, help="a file that `skecg train` or skecg.save wrote")
    _add_table(command)
    command.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to write the page, .html")
    command.add_argument("--title", metavar="TEXT", help="title of the page (default: the name of the classifier)")
    command.add_argument(
        "--subgroups",
        nargs="+",
        metavar="COLUMN",
        help="columns that define subgroups (default: age, sex and device, where known)",
    )
    command.add_argument(
        "--sheets",
        type=_count,
        default=6,
        metavar="N",
        help="number of wrong records to draw; 0 shows no record (default: 6)",
    )
    _add_mismatch(command)


def _count(text):
    """Return an integer from 0 on."""
    if not int(text) >= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of sheets: give 0 or more")
    return int(text)


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
    command.add_argument("labels", type=Path, help="a table (csv, xlsx) with one row per record")
    _add_columns(command, required=True)
    command.add_argument("--positive", metavar="CLASS", help="the class to detect, where there are two")


def _add_columns(command, required):
    command.add_argument("--records", required=required, type=Path, metavar="FOLDER", help="where the recordings are")
    command.add_argument("--record", default="record", metavar="COLUMN", help="column of names (default: record)")
    command.add_argument(
        "--target",
        nargs="+",
        default=["target"],
        metavar="COLUMN",
        help="column of labels, or several 0/1 columns",
    )
    command.add_argument("--group", metavar="COLUMN", help="column of patients; by default every record is one")
    command.add_argument("--sep", metavar="CHARACTER", help="what separates columns (default: it is found out)")
    command.add_argument("--decimal", choices=[",", "."], help="the decimal mark (default: it is found out)")
    command.add_argument("--encoding", metavar="NAME", help="of the table, such as cp1252 (default: it is found out)")
    _add_reading(command)


def _add_records(command, **leads):
    command.add_argument("records", nargs="+", type=Path, help="files of any formats, or folders of them")
    _add_reading(command, **leads)


def _add_reading(command, leads="leads to read, or common (default: all, the same in all files)"):
    command.add_argument("--leads", type=_names, metavar="I,II,...", help=leads)
    command.add_argument("--file-fs", type=_rate, metavar="HZ", help="rate of CSV and MATLAB files, which state none")
    command.add_argument("--units", choices=["nV", "uV", "mV", "V"], help="unit of CSV and MATLAB files")
    _add_on_error(command)


def _names(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def _rate(text):
    """Return a positive rate."""
    if not 0 < float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a rate: give a positive number, in Hz")
    return float(text)


def _add_convert(command):
    command.add_argument("records", nargs="+", type=Path, help="files of any formats, or folders of them")
    command.add_argument("out", type=Path, metavar="OUT", help="a new folder to write into")
    command.add_argument(
        "--to", choices=["wfdb", "edf", "dicom", "set"], default="wfdb", help="the format to write (default: wfdb)"
    )
    command.add_argument(
        "--anonymise", action="store_true", help="replace ids and names by pseudonyms; leave out dates and the like"
    )
    command.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="secret of the pseudonyms; made if there is none (default: a new one)",
    )
    command.add_argument("--keep", type=_names, default=[], metavar="A,B,...", help="columns that --anonymise leaves")
    command.add_argument("--names", type=Path, metavar="FILE", help="where to write old and new names (csv)")
    _add_reading(command)


def _add_plot(command):
    _add_records(command, leads="leads to draw, or cabrera; -aVR is turned over (default: all)")
    command.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to draw: .pdf, .png or .svg")
    command.add_argument("--layout", default="auto", metavar="3x4", help="rows x columns (default: by leads)")
    command.add_argument("--rhythm", type=_names, metavar="II,V1", help="leads below, or none (default: II, if 3x4)")
    command.add_argument("--start", type=float, default=0.0, metavar="S", help="first second to draw (default: 0)")
    command.add_argument("--duration", type=_positive, metavar="S", help="seconds to draw (default: at most a minute)")
    command.add_argument("--speed", type=_positive, default=25.0, metavar="MM", help="mm a second (default: 25)")
    command.add_argument("--gain", type=_positive, default=10.0, metavar="MM", help="mm a millivolt (default: 10)")
    command.add_argument("--band", type=_band, metavar="LOW,HIGH", help="filter in Hz: 0.5,40 (or ,40 or 0.5,)")
    command.add_argument("--title", metavar="TEXT", help="heading (default: name, age, sex, time)")
    command.add_argument("--no-measurements", action="store_true", help="leave out rate, intervals and axis")


def _positive(text):
    """Return a number above 0."""
    if not 0 < float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return float(text)


def _band(text):
    """Return two edges in Hz, of which one may be None."""
    low, separator, high = text.partition(",")
    if not separator or not (low or high):
        raise argparse.ArgumentTypeError(f"{text} is no band: give LOW,HIGH in Hz; one of them may be missing")
    return tuple(_positive(edge) if edge else None for edge in (low, high))


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
