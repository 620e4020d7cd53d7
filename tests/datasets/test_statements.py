"""The statements of PTB-XL."""

import os
from pathlib import Path

import pandas as pd
import pytest

from skecg.datasets import describe_statements
from skecg.datasets._statements import plain_name

TABLE = Path(os.environ.get("SKECG_DATA", Path.home() / "skecg_data")) / "ptbxl" / "scp_statements.csv"


def test_there_are_71_in_the_groups_of_the_authors():
    statements = describe_statements()
    assert statements.index.is_unique and statements.index.is_monotonic_increasing and statements["name"].is_unique
    assert statements[["diagnostic", "form", "rhythm"]].sum().tolist() == [44, 19, 12]
    assert len(statements) == 71
    diagnostic = statements[statements["diagnostic"]]
    assert set(diagnostic["superclass"]) == {"CD", "HYP", "MI", "NORM", "STTC"}
    assert diagnostic["subclass"].nunique() == 23
    assert statements.loc[~statements["diagnostic"], ["superclass", "subclass"]].isna().all(axis=None)


@pytest.mark.skipif(not TABLE.is_file(), reason=f"needs the table of PTB-XL, {TABLE}")
def test_groups_and_classes_are_those_of_the_data_set():
    theirs = pd.read_csv(TABLE, index_col=0).sort_index()
    ours = describe_statements()
    assert ours.index.tolist() == theirs.index.tolist()
    for flag in ("diagnostic", "form", "rhythm"):
        assert (ours[flag] == theirs[flag].eq(1)).all()
    assert ours["superclass"].equals(theirs["diagnostic_class"].where(theirs["diagnostic_class"].notna(), None))
    assert ours["subclass"].fillna("").tolist() == theirs["diagnostic_subclass"].fillna("").tolist()


def test_plain_names():
    assert plain_name("AFIB") == "atrial fibrillation"
    assert plain_name("CD") == "conduction disturbance"
    assert plain_name("AF") is None
