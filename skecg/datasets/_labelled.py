"""The table of labels of a folder: its records, labels and metadata."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from skecg.records.metadata import with_ages
from skecg.records.patient import sex_of

from .._warn import warn
from ._cells import filled, typed_labels
from ._table import SEPARATORS, read_table

_SHOWN = 10  # faults that a message lists
_OF_EXCEL = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#NV", "#BEZUG!", "#WERT!"}


@dataclass(frozen=True)
class Labelled:
    """A table of labels whose rows all have a label.

    Parameters
    ----------
    table : pandas.DataFrame
    record : str
        The column of the names of records.
    target : str or sequence of str
        The column of labels, or those of an indicator.
    group : str or None
        The column of patients.
    source : str
        The name of the table in messages.
    unlabelled : list of str
        The records without a label, which are not in the table.
    faults : list of str
        What is wrong with their labels.
    """

    table: object
    record: str
    target: object
    group: str | None
    source: str
    unlabelled: list = field(default_factory=list)
    faults: list = field(default_factory=list)

    @classmethod
    def read(cls, labels, record, target, group, **options):
        """Return the table of a DataFrame, or of a file that `read_table` reads with the options."""
        import pandas as pd

        if isinstance(labels, pd.DataFrame):
            table, source = labels.copy(), "the table of labels"
        elif isinstance(labels, str | os.PathLike):
            source = str(Path(labels).expanduser())
            wanted = [name for name in (record, *_columns(target), group) if name is not None]
            table = read_table(source, wanted=wanted, labels=_columns(target), text=[record], **options)
        else:
            raise TypeError(f"labels must be a path or a pandas.DataFrame, got {type(labels).__name__}.")
        _check_columns(table, record, target, group, source)
        table[record] = _names(table[record], record, source)
        if table.empty:
            raise ValueError(f"{source} has no rows.")
        labels = table[_columns(target)]
        wrong = labels.isin(_OF_EXCEL).any(axis=1)
        empty = (labels.isna() | ~labels.map(filled)).any(axis=1)
        faults = [f"{source} leaves the label of record {name} empty." for name in table.loc[empty, record]]
        faults += [
            f"{source} has an error of Excel in place of the label of record {name}."
            for name in table.loc[wrong & ~empty, record]
        ]
        good = ~(empty | wrong)
        return cls(table[good], record, target, group, source, table.loc[~good, record].tolist(), faults)

    @property
    def names(self):
        """The names of the records, as the table writes them."""
        return self.table[self.record].tolist()

    def take(self, rows, names):
        """Return some rows, with names for the records as index."""
        import pandas as pd

        index = pd.Index(names, name="record", dtype=object if not len(names) else None)
        return replace(self, table=self.table.iloc[rows].set_axis(index))

    def labels(self):
        """Return the target and the names of its labels; warn of labels that differ in spaces or case only."""
        if isinstance(self.target, str):
            y = typed_labels(self.table[self.target].tolist())
            if y.dtype.kind == "U":
                _warn_of_spelling(y, self.source)
            return y, [str(label) for label in np.unique(y)]
        columns = {name: typed_labels(self.table[name].tolist()) for name in _columns(self.target)}
        odd = [
            f"{label!r} in {name} of record {self.table.index[row]}"
            for name, labels in columns.items()
            for row, label in enumerate(labels.tolist())
            if label not in (0, 1)
        ]
        if odd:
            listed = ", ".join(odd[:_SHOWN]) + (f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else "")
            raise ValueError(f"{self.source}: the columns {', '.join(columns)} must hold 0 and 1 only; got {listed}.")
        return np.stack(list(columns.values()), axis=1).astype(np.int64), list(columns)

    def metadata(self):
        """Return the other columns, with the column names of skecg, ages in years and sex in words."""
        spent = {self.record, *_columns(self.target)} - {self.group}
        table = self.table.drop(columns=list(spent))
        if self.group not in (None, "patient_id") and "patient_id" in table:
            warn(f"The column {self.group} of {self.source} takes the place of its patient_id, as group.")
            table = table.drop(columns="patient_id")
        table = table.rename(columns={self.group: "patient_id"} if self.group is not None else {})
        if self.group == self.record:
            table = table.assign(patient_id=table.index)
        for column in ("age", "sex"):
            spelt = [name for name in table if str(name).lower() == column]
            if len(spelt) == 1:
                table = table.rename(columns={spelt[0]: column})
        if "sex" in table and table["sex"].map(type).eq(str).any():
            table = table.assign(sex=_sexes(table["sex"], self.source))
        return with_ages(table, self.source)

    def joined(self, said, of_files):
        """Return the metadata of the table with what else the files say; warn if ages or sexes disagree."""
        of_files = of_files.set_axis(said.index).dropna(axis="columns", how="all")
        for name in ("age", "sex"):
            if name in said and name in of_files:
                _warn_if_mixed_up(said[name], of_files[name], self.source)
        return said.assign(**{name: values for name, values in of_files.items() if name not in said})


def _columns(target):
    return [target] if isinstance(target, str) else list(target)


def _names(column, record, source):
    """Return the names of records as text; raise ValueError if some are missing."""
    nameless = np.flatnonzero(column.isna() | ~column.map(filled))
    if len(nameless):
        listed = ", ".join(map(str, nameless[:_SHOWN] + 1)) + (", ..." if len(nameless) > _SHOWN else "")
        raise ValueError(f"{source}: rows without a name in the column {record!r}: {listed} ({len(nameless)} in all).")
    return column.astype(str).str.strip()


def _check_columns(table, record, target, group, source):
    columns = ", ".join(map(str, table))
    absent = [name for name in (record, *_columns(target), group) if name is not None and name not in table]
    if absent:
        plain = {str(name).strip().casefold(): name for name in table}
        near = [get_close_matches(name.strip().casefold(), plain, n=1, cutoff=0.75) for name in absent]
        meant = [plain[name] for found in near for name in found]
        hint = f" Is {', '.join(map(str, meant))} meant?" if meant else ""
        separators = [repr(separator) for separator in SEPARATORS if len(table.columns) == 1 and separator in columns]
        hint += f" It has {separators[0]} between them; pass sep={separators[0]}." if separators else ""
        raise ValueError(f"{source} has no column {', '.join(absent)}; its columns are {columns}.{hint}")
    if record in _columns(target):
        raise ValueError(f"The column {record!r} is named as record and as target; {source} has the columns {columns}.")


def _warn_of_spelling(y, source):
    counts, groups = Counter(y.tolist()), {}
    for label in sorted(counts):
        groups.setdefault(" ".join(label.split()).casefold(), []).append(label)
    several = [labels for labels in groups.values() if len(labels) > 1]
    if several:
        each = [", ".join(f"{label!r} ({counts[label]})" for label in labels) for labels in several]
        listed = "; ".join(each[:_SHOWN]) + ("; ..." if len(each) > _SHOWN else "")
        warn(f"{source}: labels that differ in spaces or case only are different classes: {listed}.")


def _sexes(column, source):
    """Return "male", "female" and None, and warn with the values that are not recognized."""
    sexes = column.map(lambda sex: sex_of(sex) if isinstance(sex, str) else None)
    unknown = column[sexes.isna() & column.notna() & (column.astype(str).str.strip() != "")].unique().tolist()
    if unknown:
        listed = ", ".join(map(repr, unknown[:_SHOWN])) + (", ..." if len(unknown) > _SHOWN else "")
        warn(f"{source}: sex {listed} is unknown and was left out; write male or female.")
    return sexes


def _warn_if_mixed_up(said, of_files, source):
    """Warn if values of the table and of the files disagree, as if rows of one column had been sorted alone."""
    both = said.notna() & of_files.notna()
    if said.name == "age":
        differs = both & ((said - of_files).abs() > 1.5)
    else:
        differs = both & said.isin(["male", "female"]) & (said != of_files)
    if differs.any():
        rows = differs.index[differs]
        listed = ", ".join(f"{said[row]} and {of_files[row]} of {row}" for row in rows[:_SHOWN])
        warn(
            f"The values of {said.name} in {source} and in the files differ in {len(rows)} of {both.sum()} records: "
            f"{listed}{', ...' if len(rows) > _SHOWN else ''}. Are the rows of the table mixed up?",
        )
