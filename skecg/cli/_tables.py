"""Write tables as text or as workbooks, so that a file called .xlsx is one."""

from .._drafts import draft_of


def check_table(path):
    """Raise ImportError before any work if a table is to be a workbook and openpyxl is missing."""
    if path.suffix.casefold() == ".xlsx":
        try:
            import openpyxl  # noqa: F401
        except ImportError as error:
            raise ImportError(f"{path} needs openpyxl: pip install skecg[excel]; or name a .csv.") from error


def write_tables(tables, path):
    """Write tables with the same columns one below another; the file appears complete or not at all.

    Parameters
    ----------
    tables : iterable of DataFrame
        With the names of the levels of the index. Text is written as the tables come.
    path : Path
        With the suffix .xlsx a workbook, with .tsv text with tabs, else text with commas.
    """
    with draft_of(path) as folder:
        draft = folder / path.name
        if path.suffix.casefold() == ".xlsx":
            import pandas as pd

            table = pd.concat(tables).reset_index()
            with draft.open("wb") as file:
                table.to_excel(file, index=False, engine="openpyxl", freeze_panes=(1, 1))
        else:
            separator = "\t" if path.suffix.casefold() == ".tsv" else ","
            with draft.open("w", newline="", encoding="utf-8") as file:
                for i, table in enumerate(tables):
                    table.to_csv(file, header=not i, sep=separator, float_format="%.6f")
        draft.replace(path)
