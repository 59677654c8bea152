"""Tables that another package reads: Parquet and Feather by pyarrow, Excel workbooks by openpyxl."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from ...core.errors import DataError, damage
from ...core.limits import open_plain, require_size
from ..kind import WORKBOOKS
from . import arrow_tables, workbooks
from .table_read import TableRead

ENGINES = {".parquet": "pyarrow", ".feather": "pyarrow", ".xlsx": "openpyxl", ".xlsm": "openpyxl"}
MAGIC = {".parquet": arrow_tables.PARQUET, ".feather": arrow_tables.FEATHER, ".xlsx": workbooks.MAGIC}
MAGIC[".xlsm"] = workbooks.MAGIC
KINDS = {".parquet": "a Parquet file", ".feather": "a Feather file", ".xlsx": "an Excel workbook"}
KINDS[".xlsm"] = KINDS[".xlsx"]
UNREAD = {  # workbooks that none of our packages reads
    ".xls": "an old Excel workbook",
    ".xlsb": "a binary Excel workbook",
    ".ods": "a workbook of LibreOffice",
}


def read_binary_table(
    path: Path, sheet: str | None = None, header_row: int | None = None, usual_sheet: str | None = None
) -> TableRead:
    """A file whose name ends in one of BINARY_TABLES, as a table. sheet, header_row, usual_sheet: as in
    `read_workbook`.

    Raises DataError for a file that is of another format, damaged or too big, and where the package is not installed.
    """
    suffix = path.suffix.lower()
    with open_plain(path) as file:
        _check_magic(file, path, suffix)
        engine = ENGINES[suffix]
        if find_spec(engine) is None:
            raise DataError(
                f"{path} needs the package {engine} to be read: pip install {engine}, or save the table as .csv"
            )
        require_size(path, os.fstat(file.fileno()).st_size)
        with damage(path):
            if suffix in WORKBOOKS:
                return workbooks.read_workbook(file, path, sheet, header_row, usual_sheet)
            read = arrow_tables.read_parquet if suffix == ".parquet" else arrow_tables.read_feather
            return TableRead(read(file, path), [], [])


def why_unread(path: Path) -> str:
    """Why a file whose name ends in one of UNREAD cannot be read, and what to do: some hold another format."""
    with open_plain(path) as file:
        start = file.peek(64)[:64]
    if path.suffix.lower() == ".xls" and start.startswith(workbooks.MAGIC):
        return f"{path} is a workbook of today under an old name: rename it to {path.with_suffix('.xlsx').name}"
    if path.suffix.lower() == ".xls" and b"\0" not in start and start.lstrip()[:1] != b"<":
        return f"{path} is a text under the name of a workbook: rename it to {path.with_suffix('.csv').name}"
    return f"{path} is {UNREAD[path.suffix.lower()]}: open it in Excel or LibreOffice and save it as .xlsx or .csv"


def _check_magic(file: BinaryIO, path: Path, suffix: str) -> None:
    """By the first bytes, so that a wrong file is told from a missing package."""
    start = file.peek(8)
    if not start:
        raise DataError(f"{path} is empty: write it again")
    if suffix in WORKBOOKS:
        workbooks.require_open(start[:4], file, path)
    if suffix == ".feather" and start.startswith(arrow_tables.OLD_FEATHER):
        raise DataError(f"{path} is Feather of version 1: read it with pandas.read_feather and write it as .parquet")
    if not start.startswith(MAGIC[suffix]):
        raise DataError(f"{path} is not {KINDS[suffix]}, despite its name: save it again, or rename it to what it is")
