"""A report on a model as one page of HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from numbers import Integral, Real

from .._scikit_learn import Interval, validate_params
from .._warn import warn
from ..metrics._report import report
from ..persistence._card import name_of, signal_rows, training_rows
from ..persistence._seen import seen_in_training, sources_of, warning_of
from ..records import ECGRecords
from ._cohort import missing_values, table_one
from ._decisions import confusion_of_classes, confusion_of_labels, threshold_table
from ._evaluation import evaluate
from ._faults import faults_of, table_of_faults
from ._figures import MOST_LABELS, figures_of
from ._layout import Table, number, with_interval
from ._worst import sheets_of

_COLUMNS = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "brier": "Brier score",
}
_SUBGROUPS = ("age", "sex", "device")


@validate_params(
    {
        "y": ["array-like"],
        "groups": ["array-like", None],
        "subgroups": ["array-like", None],
        "target_names": ["array-like", None],
        "pos_label": [Real, str, "boolean", None],
        "title": [str, None],
        "left_out": ["array-like"],
        "n_sheets": [Interval(Integral, 0, None, closed="left")],
        "n_resamples": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def to_html(
    estimator,
    X,
    y,
    *,
    groups=None,
    subgroups=None,
    target_names=None,
    pos_label=None,
    title=None,
    left_out=(),
    n_sheets=6,
    n_resamples=1000,
    random_state=0,
):
    """Write a report on a model and the records that it was tested on, as one page of HTML.

    The page needs no network and no other file, and prints on A4: what the model is and was trained on, the patients
    (Table 1), scores with intervals for all and for subgroups, curves, what each threshold costs, confusion, the
    records that the model got most wrong as ECG sheets with explanations, doubtful signals, what was left out, and
    training records among the test records. The page shows names of records and ECGs: treat it as patient data.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, pipeline or search. Best is a model that `skecg.load` returned, which holds a summary of
        its training data.
    X : ECGRecords or ndarray
        Records that the model has not seen. Arrays have neither metadata nor names, so there is no table of
        patients and no sheet.
    y : array-like of shape (n_records,) or (n_records, n_labels)
        Labels of X.
    groups : array-like of shape (n_records,), default=None
        Patients of X, for intervals by patient; by default `metadata["patient_id"]`, if this column exists.
    subgroups : sequence of str, default=None
        Columns of the metadata whose values define subgroups; by default those of age, sex and device that exist.
    target_names : sequence of str, default=None
        Names of the columns of an indicator; by default those that the model was saved with.
    pos_label : int, float, bool or str, default=None
        The class to detect, for two classes; by default the one that the model names, else the second of two numbers.
    title : str, default=None
        Title of the page; by default the name of the classifier.
    left_out : sequence of str, default=()
        Lines about records that were not tested, and why.
    n_sheets : int, default=6
        Largest number of records that are drawn. A 12-lead ECG adds about 150 kB.
    n_resamples : int, default=1000
        Number of draws of patients for the intervals of the tables; the curves take 200 at most.
    random_state : int, RandomState instance or None, default=0
        Seed of the draws.

    Returns
    -------
    page : str
        HTML, to be written as UTF-8.

    Raises
    ------
    ImportError
        If Jinja2 or matplotlib is not installed.
    ValueError
        If X, y, groups and the model do not fit together, if there is no record or one patient only, if a column of
        `subgroups` does not exist, or if there are two classes that are texts, and neither `pos_label` nor the model
        names the one to detect.

    Warns
    -----
    UserWarning
        If records of X are training records, which the model knows by the digests in its file.

    Notes
    -----
    Thresholds are chosen on the records of the report, so their sensitivity and specificity are too good; choose a
    threshold on other records, with `TunedLabelThresholds`.

    Examples
    --------
    >>> from skecg.classifiers import EEGNetClassifier
    >>> from skecg.datasets import make_ecg
    >>> from skecg.reporting import to_html
    >>> ecgs = make_ecg(40, classes=["NORM", "LBBB"], fs=100, duration=4, random_state=0)
    >>> model = EEGNetClassifier(max_epochs=1, random_state=0).fit(ecgs.data[:20], ecgs.target[:20])
    >>> page = to_html(model, ecgs.data[20:], ecgs.target[20:], pos_label="LBBB", n_sheets=1, n_resamples=20)
    >>> page[:15]
    '<!doctype html>'
    """
    template = _template()
    evaluation = evaluate(estimator, X, y, groups=groups, target_names=target_names, pos_label=pos_label)
    columns = _columns(X, subgroups)
    leakage = warning_of(seen_in_training(evaluation.contract, X, sources_of(estimator)), len(X))
    if leakage:
        warn(leakage)
    scores = report(
        evaluation.y,
        evaluation.p,
        **evaluation.settings,
        groups=evaluation.groups,
        subgroups=columns,
        n_resamples=n_resamples,
        random_state=random_state,
    )
    faults = faults_of(evaluation)
    sheets, note = sheets_of(evaluation, faults.found, n_sheets)
    page = template.render(
        title=title or f"Report on {name_of(estimator)}",
        date=datetime.now(UTC).date().isoformat(),
        evaluation=evaluation,
        key_facts=_key_facts(evaluation, scores),
        warnings=_warnings(evaluation, leakage),
        model=_model(evaluation),
        cohort=[table_one(evaluation), missing_values(X)],
        scores=_score_tables(scores),
        figures=figures_of(evaluation, scores, n_resamples=min(n_resamples, 200), random_state=random_state),
        most_labels=MOST_LABELS,
        thresholds=[threshold_table(evaluation, label) for label in evaluation.defined],
        confusion=[confusion_of_labels(evaluation), confusion_of_classes(evaluation)],
        sheets=sheets,
        note=note,
        faults=table_of_faults(faults),
        left_out=[str(line) for line in left_out],
    )
    return page.lstrip()


def _template():
    """Return the template of the page, which escapes every value."""
    try:
        import jinja2
    except ImportError as error:
        raise ImportError("A report needs Jinja2: pip install skecg[report].") from error
    loader = jinja2.PackageLoader("skecg.reporting")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html")


def _columns(X, subgroups):
    """Return the columns of the metadata that define subgroups."""
    table = X.metadata if isinstance(X, ECGRecords) else {}
    names = [name for name in _SUBGROUPS if name in table] if subgroups is None else list(subgroups)
    missing = [name for name in names if name not in table]
    if missing:
        raise ValueError(f"subgroups names the columns {missing}; the metadata has {list(table)}.")
    return {name: table[name] for name in names}


def _key_facts(evaluation, scores):
    """Return the numbers at the top of the page."""
    of_all = scores.loc["all"]
    label = of_all.index.get_level_values("label")[0]
    n = {"Records": f"{len(evaluation):,}"}
    if evaluation.groups is not None:
        n["Patients"] = f"{len(set(map(str, evaluation.groups))):,}"
    what = f" of {label}" if label != "macro" else ", mean of the labels"
    shown = ("auroc", "sensitivity", "specificity", "ppv")
    facts = {f"{_COLUMNS[score]}{what}": with_interval(of_all.loc[(label, score)]) for score in shown}
    return n | facts


def _warnings(evaluation, leakage):
    """Return what a reader must not miss."""
    messages = [leakage]
    if evaluation.groups is None:
        messages.append(
            "The patients are not known: every record counts as a separate patient. If patients have several records, "
            "the intervals are too narrow."
        )
    undefined = [name for i, name in enumerate(evaluation.names) if i not in evaluation.defined]
    if undefined:
        messages.append(f"All records have, or all lack, these labels, so they have no curves: {', '.join(undefined)}.")
    return [message for message in messages if message]


def _model(evaluation):
    """Return tables of the signals that the model needs, and of its training records."""
    rows = signal_rows(evaluation.contract)
    if evaluation.positive is not None:
        rows["class to detect"] = evaluation.positive
    tables = {"Signals that the model needs": rows, "Training records": training_rows(evaluation.contract)}
    return [Table(caption, [], _plain(rows)) for caption, rows in tables.items()]


def _plain(rows):
    """Return the rows of a table of the model card without Markdown."""
    return [[name, str(value).replace("`", "")] for name, value in rows.items() if value is not None]


def _score_tables(scores):
    """Return one table of the main scores of each label, by subgroup, and one of all scores."""
    labels = scores.index.get_level_values("label").unique()
    titles = {label: f" of {label}" if label != "macro" else ", mean of the labels" for label in labels}
    columns = ["Group", "Records", "With label", *_COLUMNS.values()]
    tables = []
    for label in labels:
        rows = []
        for part in scores.index.get_level_values("subgroup").unique():
            of = scores.loc[part].loc[label]
            counts = of.loc["auroc", ["n_records", "n_positive"]].astype(int)
            rows.append([part, *(f"{n:,}" for n in counts), *(with_interval(of.loc[score]) for score in _COLUMNS)])
        tables.append(Table(f"Scores{titles[label]}", columns, rows))
    rows = [
        [f"{score}{titles[label]}", *(number(row[column]) for column in ("estimate", "low", "high"))]
        for (label, score), row in scores.loc["all"].iterrows()
    ]
    return tables, Table("All scores", ["Score", "Estimate", "Low", "High"], rows)
