"""Tables in formats that pandas reads through another package: Parquet by pyarrow, Excel workbooks by openpyxl."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from importlib.util import find_spec
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pandas as pd

from ..errors import DataError
from .frames import check_columns, check_rows
from .read_table import MISSING

ENGINES = {".parquet": "pyarrow", ".xlsx": "openpyxl"}
MAGIC = {".parquet": b"PAR1", ".xlsx": b"PK\x03\x04"}
KINDS = {".parquet": "a Parquet file", ".xlsx": "an Excel workbook"}
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls, and workbooks behind a password
DAMAGED = (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error, ParseError)


def read_engine_table(path: Path) -> pd.DataFrame:
    """A .parquet file, or the first sheet of an .xlsx workbook -> DataFrame, with a named index as columns.

    Raises DataError for a file that is of another format, damaged or too big, and where the package is not installed.
    """
    suffix = path.suffix.lower()
    _check_magic(path, suffix)
    engine = ENGINES[suffix]
    if find_spec(engine) is None:
        raise DataError(f"{path} needs the package {engine} to be read: pip install {engine}, or save the table as .csv")
    try:
        return _read_parquet(path) if suffix == ".parquet" else _read_excel(path)
    except DataError:
        raise
    except DAMAGED as error:
        raise DataError(f"{path} is damaged or cut short ({type(error).__name__}): write it again") from error


def _check_magic(path: Path, suffix: str) -> None:
    """By the first bytes, so that a wrong file is told from a missing package."""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): allow reading it") from error
    if not start:
        raise DataError(f"{path} is empty: write it again")
    if suffix == ".xlsx" and start == OLD_EXCEL:
        raise DataError(f"{path} is an old workbook, or has a password: save it as .xlsx without one, or as .csv")
    if start != MAGIC[suffix]:
        raise DataError(f"{path} is not {KINDS[suffix]}, whatever its name says: write it again, or give it its true name")


def _read_parquet(path: Path) -> pd.DataFrame:
    from pyarrow.parquet import read_metadata

    shape = read_metadata(path)  # before anything is unpacked
    check_rows(shape.num_rows, str(path))
    check_columns(shape.num_columns, str(path))
    frame = pd.read_parquet(path, engine="pyarrow")
    return frame.reset_index(drop=all(name is None for name in frame.index.names))


def _read_excel(path: Path) -> pd.DataFrame:
    """Cells as the workbook holds them: text stays text, so that 007 keeps its zeros; a formula's error is a missing cell."""
    with pd.ExcelFile(path, engine="openpyxl") as book:
        sheets = book.sheet_names
        cells = pd.read_excel(book, header=None, dtype=object, keep_default_na=False, na_values=sorted(MISSING))
    if len(sheets) > 1:
        warnings.warn(f"{path} has {len(sheets)} sheets: the first, '{sheets[0]}', is read", stacklevel=4)
    cells = cells.dropna(how="all").dropna(axis=1, how="all")
    if len(cells) < 2:
        raise DataError(f"{path} needs a row of column names and rows below it in its first sheet, '{sheets[0]}'")
    names = [f"Unnamed: {j}" if pd.isna(name) else str(name).strip() for j, name in enumerate(cells.iloc[0])]
    check_columns(len(names), str(path))
    rows = cells.iloc[1:].set_axis(names, axis=1)
    return rows.reset_index(drop=True).infer_objects()
