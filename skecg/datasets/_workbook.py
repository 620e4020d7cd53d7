"""Read the cells of an Excel workbook, with openpyxl."""

from __future__ import annotations

import zipfile

from ._cells import filled
from ._files import open_file

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LARGEST, _RATIO = 2**28, 100  # bytes to which a workbook may grow, and bytes for each packed byte
_SMALL = 2**25  # bytes that any workbook may have


def workbook_kind(file, path):
    """Return "xlsx" for a workbook, None for text; raise ValueError for files of spreadsheets that are not read."""
    start = file.read(1024)
    if start.startswith(_OLE):
        raise ValueError("it is a workbook of Excel 97 to 2003 (.xls), which is not read: save it as .xlsx or as CSV")
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:20].lower().startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        raise ValueError("it is a web page or XML and no table, whatever its name says: save it as .xlsx or as CSV")
    if not start.startswith(_ZIP):
        return None
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            size, packed = (
                sum(getattr(one, key) for one in archive.infolist()) for key in ("file_size", "compress_size")
            )
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise ValueError(f"it is a damaged archive or workbook ({error})") from None
    if "xl/workbook.xml" in names:
        if size > _LARGEST or size > max(_SMALL, _RATIO * packed):
            raise ValueError(f"the workbook would grow to {size:,} bytes, more than tables do")
        return "xlsx"
    if "content.xml" in names or "Index/Document.iwa" in names or "xl/workbook.bin" in names:
        raise ValueError("it is a spreadsheet of another kind than .xlsx: save it as .xlsx or as CSV")
    return None if path.suffix.lower() == ".zip" else "zip"


def read_sheets(path, kind):
    """Return {sheet: rows}, each row as (line, cells) with at least one filled cell.

    Raises
    ------
    ImportError
        If openpyxl is not installed.
    ValueError
        If the workbook is damaged, or empty.
    """
    if kind == "zip":
        raise ValueError("it is an archive; unpack it, or name it .zip if it holds one table")
    try:
        import openpyxl
    except ImportError as error:
        raise ImportError(
            f"{path} is an Excel workbook, which needs openpyxl: pip install 'skecg[excel]'. Or save it as CSV."
        ) from error
    try:
        with open_file(path) as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheets = {sheet.title: _rows(sheet) for sheet in book.worksheets}
    except Exception as error:  # openpyxl raises errors of many kinds on damaged files
        raise ValueError(f"the workbook is damaged ({error!r})") from error
    sheets = {name: rows for name, rows in sheets.items() if rows}
    if not sheets:
        raise ValueError("all sheets of the workbook are empty")
    return sheets


def _rows(sheet):
    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    return [(line, list(cells)) for line, cells in rows if any(map(filled, cells))]
