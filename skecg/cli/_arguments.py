"""The arguments of the commands."""

import argparse
from pathlib import Path

from .. import __version__
from . import _commands, _convert, _cross_validate, _export, _plot, _predict, _report, _train, _values
from ._examples import EPILOG, EXAMPLES
from ._parser import Parser
from ._shared_arguments import (
    add_columns,
    add_mismatch,
    add_model,
    add_positive,
    add_pretrained,
    add_reading,
    add_records,
    add_scores,
    add_table,
    add_threshold,
)


def make_parser():
    """Return the parser of all commands, and the parser of each command by name."""
    parser = Parser(
        "skecg",
        description="Classify electrocardiograms: train, apply, evaluate and export models; draw and convert them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"skecg {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(_add(commands, "train", "train a model on records with labels", _train.train))
    summary = "estimate how well a network would do on new patients"
    _add_cross_validate(_add(commands, "cross-validate", summary, _cross_validate.cross_validate))
    _add_predict(_add(commands, "predict", "apply a model to records", _predict.predict))
    _add_evaluate(_add(commands, "evaluate", "score a model on records with labels", _commands.evaluate))
    _add_report(_add(commands, "report", "write a page about a model and its test, to send and print", _report.report))
    _add_export(_add(commands, "export", "write a model as ONNX, for other programs", _export.export))
    add_model(_add(commands, "inspect", "list what the file of a model holds", _commands.inspect))
    _add(commands, "models", "list the models that come with skecg", _commands.models)
    describe = _add(commands, "describe", "look at a folder of records before anything else", _commands.describe)
    add_records(describe)
    _add_plot(_add(commands, "plot", "draw recordings as ECG sheets", _plot.plot))
    _add_convert(_add(commands, "convert", "write recordings of any formats in one format", _convert.convert))
    return parser, commands.choices


def _add(commands, name, summary, run):
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=EXAMPLES[name],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--config", type=Path, metavar="FILE", help="a TOML file with options, by their names")
    command.add_argument("--quiet", action="store_true", help="no progress and no closing line; warnings remain")
    command.add_argument("--traceback", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    command.set_defaults(run=run)
    return command


def _add_train(command):
    _add_training(command)
    command.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to write the model, .skecg")
    command.add_argument("--card", type=Path, metavar="FILE", help="where to write a model card in Markdown")
    command.add_argument(
        "--hold-out",
        type=_values.share,
        default=0.2,
        metavar="SHARE",
        help="share of the patients of every class held out for scores; 0 trains on all (default: 0.2)",
    )
    command.add_argument(
        "--held-out",
        type=_values.table,
        metavar="FILE",
        help="where to write the table of the held-out records, for `skecg report`: .csv, .xlsx",
    )


def _add_cross_validate(command):
    _add_training(command)
    command.add_argument("--folds", type=_values.folds, default=5, metavar="N", help="number of folds (default: 5)")
    add_scores(command)


def _add_training(command):
    add_table(command)
    command.add_argument("--network", help="crnn, resnet, ... (default: crnn, or the network of --pretrained)")
    add_pretrained(command)
    command.add_argument("--seed", type=_values.seed, default=0, help="seed of the split and the training (default: 0)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the classifier (max_epochs=50) or of a step (crop__length=1000); may be repeated",
    )
    command.add_argument(
        "--threshold",
        type=_values.threshold,
        metavar="P",
        help="probability from which the class to detect is predicted (default: the more probable class)",
    )
    command.add_argument(
        "--tune",
        type=_values.objective,
        metavar="SCORE",
        help="choose the threshold of each label by cross-validation: f1, g_mean, youden, sensitivity=0.95; of more "
        "than two classes, a weight for each: f1, youden; trains six times",
    )


def _add_predict(command):
    add_model(command)
    add_records(command)
    _predict.add_outputs(command)
    add_threshold(command)
    add_positive(command)
    command.add_argument(
        "--abstain",
        type=_values.one_of("severe", "any", "never"),
        metavar="{severe,any,never}",
        default="severe",
        help="records without a prediction: those with severe faults, any doubt, or none (default: severe)",
    )
    add_mismatch(command)


def _add_evaluate(command):
    add_model(command)
    add_table(command)
    add_threshold(command)
    add_scores(command)
    add_mismatch(command)


def _add_report(command):
    add_model(command)
    add_table(command)
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
        type=_values.count,
        default=6,
        metavar="N",
        help="number of wrong records to draw; 0 shows no record (default: 6)",
    )
    add_mismatch(command)


def _add_export(command):
    add_model(command)
    command.add_argument("out", type=Path, help="where to write, .onnx")
    command.add_argument(
        "--n-times", type=int, metavar="N", help="samples of a record (default: of the training records)"
    )
    command.add_argument(
        "--fs", type=float, metavar="HZ", help="rate of the records (default: of the training records)"
    )
    command.add_argument(
        "--int8",
        nargs="?",
        const="weights",
        type=_values.one_of("static", "weights"),
        metavar="{static,weights}",
        help="8-bit integers, a quarter of the size: the weights (default), or the layers of the network, with ranges "
        "from --records (static)",
    )
    command.add_argument(
        "--labels", type=Path, metavar="TABLE", help="a table (csv) of records, to measure the loss of AUROC"
    )
    add_columns(command, required=False)


def _add_convert(command):
    command.add_argument("records", nargs="+", type=Path, help="files of any formats, or folders of them")
    command.add_argument("out", type=Path, metavar="OUT", help="a new folder to write into")
    command.add_argument(
        "--to",
        type=_values.one_of("wfdb", "edf", "dicom", "set"),
        metavar="{wfdb,edf,dicom,set}",
        default="wfdb",
        help="the format to write (default: wfdb)",
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
    command.add_argument(
        "--keep", type=_values.names, default=[], metavar="A,B,...", help="columns that --anonymise leaves"
    )
    command.add_argument(
        "--names", type=_values.table, metavar="FILE", help="where to write old and new names: .csv, .xlsx"
    )
    add_reading(command)


def _add_plot(command):
    add_records(command, leads="leads to draw, or cabrera; -aVR is turned over (default: all)")
    command.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to draw: .pdf, .png or .svg")
    command.add_argument("--layout", default="auto", metavar="3x4", help="rows x columns (default: by leads)")
    command.add_argument(
        "--rhythm", type=_values.names, metavar="II,V1", help="leads below, or none (default: II, if 3x4)"
    )
    command.add_argument("--start", type=float, default=0.0, metavar="S", help="first second to draw (default: 0)")
    command.add_argument(
        "--duration", type=_values.positive, metavar="S", help="seconds to draw (default: at most a minute)"
    )
    command.add_argument("--speed", type=_values.positive, default=25.0, metavar="MM", help="mm a second (default: 25)")
    command.add_argument(
        "--gain", type=_values.positive, default=10.0, metavar="MM", help="mm a millivolt (default: 10)"
    )
    command.add_argument("--band", type=_values.band, metavar="LOW,HIGH", help="filter in Hz: 0.5,40 (or ,40 or 0.5,)")
    command.add_argument("--title", metavar="TEXT", help="heading (default: name, age, sex, time)")
    command.add_argument("--no-measurements", action="store_true", help="leave out rate, intervals and axis")
