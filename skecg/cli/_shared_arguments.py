"""Arguments that several commands share."""

from pathlib import Path

from . import _values

_OR_A_NAME = "or a name that `skecg models` lists"


def add_model(command):
    """Add the model that a command applies."""
    command.add_argument("model", type=Path, help=f"a file that `skecg train` or skecg.save wrote, {_OR_A_NAME}")


def add_pretrained(command):
    """Add the option that names a model to start from."""
    command.add_argument(
        "--pretrained", type=Path, metavar="MODEL", help=f"start from the weights of this model: a file, {_OR_A_NAME}"
    )


def add_table(command):
    """Add a table of labels, with its columns and the class to detect."""
    command.add_argument("labels", type=Path, help="a table (csv, xlsx) with one row per record")
    add_columns(command, required=True)
    add_positive(command)


def add_positive(command):
    """Add the option that names the class to detect."""
    command.add_argument("--positive", metavar="CLASS", help="the class to detect, where there are two")


def add_columns(command, required):
    """Add the options that name the recordings and the columns of a table."""
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
    command.add_argument(
        "--decimal", type=_values.one_of(",", "."), metavar="MARK", help="the decimal mark (default: it is found out)"
    )
    command.add_argument("--encoding", metavar="NAME", help="of the table, such as cp1252 (default: it is found out)")
    add_reading(command)


def add_records(command, **leads):
    """Add recordings, and how to read them."""
    command.add_argument("records", nargs="+", type=Path, help="files of any formats, or folders of them")
    add_reading(command, **leads)


def add_reading(command, leads="leads to read, or common (default: all, the same in all files)"):
    command.add_argument("--leads", type=_values.names, metavar="I,II,...", help=leads)
    command.add_argument(
        "--file-fs", type=_values.rate, metavar="HZ", help="rate of CSV and MATLAB files, which state none"
    )
    command.add_argument(
        "--units",
        type=_values.one_of("nV", "uV", "mV", "V"),
        metavar="{nV,uV,mV,V}",
        help="unit of CSV and MATLAB files",
    )
    add_on_error(command)


def add_on_error(command):
    """Add the option of what to do with damaged records."""
    command.add_argument(
        "--on-error",
        type=_values.one_of("raise", "warn"),
        metavar="{raise,warn}",
        default="raise",
        help="what to do with a damaged record: stop, or skip it with a warning (default: raise)",
    )


def add_mismatch(command):
    """Add the option of what to do with records that the model does not fit."""
    command.add_argument(
        "--on-mismatch",
        type=_values.one_of("convert", "raise"),
        metavar="{convert,raise}",
        default="convert",
        help="what to do with records of another rate, leads or unit (default: convert)",
    )


def add_threshold(command):
    """Add the option of the thresholds from which labels are predicted."""
    command.add_argument(
        "--threshold",
        type=_values.threshold,
        metavar="P",
        help="probability from which a label is predicted; one for each label with commas (default: of the model)",
    )


def add_scores(command):
    """Add the option of where to write scores."""
    command.add_argument("--out", type=_values.table, metavar="FILE", help="where to write all scores, .csv or .xlsx")
