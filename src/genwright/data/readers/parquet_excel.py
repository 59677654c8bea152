"""Tables in formats that pandas reads through another package: Parquet by pyarrow, Excel workbooks by openpyxl."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from ...core.errors import DataError, damage
from ...core.limits import CHUNK, SHEET_CELL, open_plain, require_cells, require_size
from ...domains.tables.frames import check_columns, check_rows
from ...domains.tables.write_table import readable
from .delimited import MISSING

ENGINES = {".parquet": "pyarrow", ".xlsx": "openpyxl"}
MAGIC = {".parquet": b"PAR1", ".xlsx": b"PK\x03\x04"}
KINDS = {".parquet": "a Parquet file", ".xlsx": "an Excel workbook"}
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls, and workbooks behind a password
EXCEL_ROWS, EXCEL_COLUMNS = 2**20, 2**14  # a sheet has no more
SHEETS, ROW = "xl/worksheets/", re.compile(rb"[<:]row")  # where the cells are, and what each row begins with
MOST_IN_ROW = 2**20  # tags: far more than a row of so many cells has, and few enough to be held
ELEMENT = SHEET_CELL // 2  # bytes: a cell is one, and its value another
FREE_ELEMENTS = 2**19  # take seconds, even where they are packed to next to nothing
NUMBER = 8  # bytes of a value in a column
AT_ONCE = 2**12  # rows


def read_engine_table(path: Path) -> pd.DataFrame:
    """A .parquet file, or the first sheet of an .xlsx workbook -> DataFrame, with a named index as columns.

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
            return _read_parquet(file, path) if suffix == ".parquet" else _read_excel(file, path)


def _check_magic(file: BinaryIO, path: Path, suffix: str) -> None:
    """By the first bytes, so that a wrong file is told from a missing package."""
    start = file.peek(4)[:4]
    if not start:
        raise DataError(f"{path} is empty: write it again")
    if suffix == ".xlsx" and start == OLD_EXCEL:
        raise DataError(f"{path} is an old workbook, or has a password: save it as .xlsx without one, or as .csv")
    if start != MAGIC[suffix]:
        raise DataError(
            f"{path} is not {KINDS[suffix]}, whatever its name says: write it again, or give it its true name"
        )


def _read_parquet(file: BinaryIO, path: Path) -> pd.DataFrame:
    from pyarrow.parquet import ParquetFile

    parquet = ParquetFile(file)
    shape, schema = parquet.metadata, parquet.schema  # before anything is unpacked
    check_rows(shape.num_rows, str(path))
    check_columns(shape.num_columns, str(path))
    require_size(path, sum(shape.row_group(i).total_byte_size for i in range(shape.num_row_groups)))
    require_size(path, NUMBER * shape.num_rows * shape.num_columns)
    for column in map(schema.column, range(len(schema))):  # asking a row group for its column may end the process
        if column.physical_type == "BYTE_ARRAY" or column.max_repetition_level:
            _check_cells(file, column.path, path)
    file.seek(0)
    try:
        frame = pd.read_parquet(file, engine="pyarrow")
    except (TypeError, NotImplementedError):
        if b"[pyarrow]" not in (shape.metadata or {}).get(b"pandas", b""):
            raise
        frame = parquet.read().replace_schema_metadata(readable(shape.metadata)).to_pandas()
    kept = _kept_types(parquet, frame)
    return frame.assign(**kept).reset_index(drop=all(name is None for name in frame.index.names))


def _kept_types(parquet: Any, frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Columns whose type pandas would lose: decimals, and whole numbers with missing cells."""
    from pyarrow import types

    def lost(field: Any) -> bool:
        if not isinstance(field.name, str) or field.name not in frame.columns or not frame.columns.is_unique:
            return False
        whole = types.is_integer(field.type) and frame[field.name].dtype.kind == "f"
        return whole or types.is_decimal(field.type)

    def as_it_is(kind: Any) -> Any:
        if types.is_decimal(kind):
            return pd.ArrowDtype(kind)
        return pd.api.types.pandas_dtype(str(kind).replace("int", "Int").replace("u", "U"))  # uint8 -> UInt8

    names = [field.name for field in parquet.schema_arrow if lost(field)]
    found = parquet.read(columns=names).to_pandas(types_mapper=as_it_is, ignore_metadata=True) if names else {}
    return {name: found[name].set_axis(frame.index) for name in names}


def _check_cells(file: BinaryIO, column: str, path: Path) -> None:
    """A text that stands once in the file may stand in every row of the column, and a list in a row may have any
    length: their bytes are counted before they are made."""
    from pyarrow import types
    from pyarrow.parquet import ParquetFile

    file.seek(0)
    total = 0
    for batch in ParquetFile(file, read_dictionary=[column]).iter_batches(AT_ONCE, columns=[column]):
        cells = batch.column(0)
        if types.is_dictionary(cells.type):
            lengths = np.array([len(text or "") for text in cells.dictionary.to_pylist()], np.int64)
            total += int(lengths[cells.indices.drop_null().to_numpy()].sum())
        else:
            total += cells.nbytes
        require_size(path, total)


def _read_excel(file: BinaryIO, path: Path) -> pd.DataFrame:
    """Cells as the workbook holds them: text stays text, so that 007 keeps its zeros; a formula's error is a missing
    cell."""
    import openpyxl

    with zipfile.ZipFile(file) as archive:
        _check_elements(archive, os.fstat(file.fileno()).st_size, path)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    if len(book.worksheets) > 1:
        warnings.warn(f"{path} has {len(book.worksheets)} sheets: the first, '{sheet.title}', is read", stacklevel=4)
    rows = list(_rows(sheet, path))
    width = max(map(len, rows), default=0)
    require_cells(path, width * len(rows), SHEET_CELL)
    cells = pd.DataFrame([row + [np.nan] * (width - len(row)) for row in rows], dtype=object).dropna(axis=1, how="all")
    if len(cells) < 2:
        raise DataError(f"{path} needs a row of column names and rows below it in its first sheet, '{sheet.title}'")
    names = [f"Unnamed: {j}" if pd.isna(name) else str(name).strip() for j, name in enumerate(cells.iloc[0])]
    check_columns(len(names), str(path))
    rows = cells.iloc[1:].set_axis(names, axis=1).reset_index(drop=True)
    return pd.DataFrame({j: _whole(rows.iloc[:, j]) for j in range(len(names))}).set_axis(names, axis=1).infer_objects()


def _whole(cells: pd.Series) -> pd.Series:
    """Whole numbers with missing cells as Int64, as in a delimited file; all else as it is."""
    known = cells.dropna()
    whole = len(known) < len(cells) and pd.api.types.infer_dtype(known) == "integer"
    return cells.astype("Int64") if whole and known.between(-(2**63), 2**63 - 1).all() else cells


def _check_elements(archive: zipfile.ZipFile, packed: int, path: Path) -> None:
    """openpyxl holds every element of a row, and every row, however empty: they are counted before it begins."""
    require_size(path, sum(member.file_size for member in archive.infolist()), packed)
    elements = 0
    for member in archive.infolist():
        in_row = 0
        with archive.open(member) as file:
            while part := file.read(CHUNK):
                elements += part.count(b"<") - part.count(b"</")
                require_size(path, ELEMENT * elements, packed, free=FREE_ELEMENTS * ELEMENT)
                for begins, row in enumerate(ROW.split(part) if member.filename.startswith(SHEETS) else ()):
                    in_row = row.count(b"<") + (0 if begins else in_row)
                    if in_row > MOST_IN_ROW:
                        raise DataError(f"{path} has a row of more than {EXCEL_COLUMNS:,} cells: write it again")


def _rows(sheet: Any, path: Path) -> Iterator[list]:
    """Rows that hold anything, up to their last filled cell, NaN where a cell is empty."""
    from openpyxl.cell.read_only import EMPTY_CELL

    sheet.reset_dimensions()  # what a file says of its own size may be wrong
    seen = 0
    for number, row in enumerate(sheet.rows):
        seen += len(row) + 1
        require_cells(path, seen, SHEET_CELL)
        if number >= EXCEL_ROWS:
            raise DataError(f"{path} has a cell beyond row {EXCEL_ROWS:,}, where a sheet ends: write it again")
        cells = [np.nan if cell is EMPTY_CELL else _value(cell) for cell in row]  # most of a wide sheet is empty
        while cells and cells[-1] is np.nan:
            cells.pop()
        if cells:
            yield cells


def _value(cell: Any) -> Any:
    if cell.value is None or cell.data_type == "e" or (isinstance(cell.value, str) and cell.value in MISSING):
        return np.nan
    if cell.data_type == "n" and cell.value == int(cell.value):
        return int(cell.value)
    return cell.value
