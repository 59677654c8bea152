"""Writing a table to a file that is there whole or not at all."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, time
from decimal import Decimal
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import DataError, briefly
from ...core.files import write_whole
from ...core.formulas import csv_bytes
from .cells import native
from .file_form import FileForm
from .write_delimited import delimited_parts

SUFFIXES = (".csv.gz", ".csv", ".tsv.gz", ".tsv", ".xlsx", ".parquet", ".feather", ".npz")
SHEET = 2**20, 2**14  # rows and columns of an Excel sheet
SHEET_TEXT = 32_767  # letters of a cell


def write_table(frame: pd.DataFrame, path: Path, form: FileForm | None = None) -> Path:
    """See `table_parts`. Raises DataError for a folder that is not there, too."""
    parts = table_parts(frame, path, form)
    if not path.parent.is_dir():
        raise DataError(
            f"cannot write '{path}', since there is no folder '{path.parent}': make it, or choose another place"
        )
    return write_whole(path, parts)


def table_parts(
    frame: pd.DataFrame, path: Path, form: FileForm | None = None, index_label: str | None = None
) -> Iterable[bytes]:
    """Bytes of a file of that name, part after part: .csv, .csv.gz, .tsv, .tsv.gz, of a form if one is given;
    .xlsx, one sheet; .parquet; .feather; or .npz, one array a column, dates in UTC, missing numbers NaN, missing text
    empty.
    index_label: the name of the index; without it, the index is left out.

    Raises DataError for another suffix, a missing package, or a table that the format cannot hold.
    """
    suffix = suffix_of(path)
    if suffix is None:
        raise DataError(
            f"cannot write a table to '{path}': let its name end in .csv, .csv.gz, .npz, .tsv, .xlsx, .parquet or "
            ".feather"
        )
    if index_label is not None:
        frame = frame.copy()
        frame.insert(0, index_label, frame.index, allow_duplicates=True)
    if suffix == ".xlsx":
        return [_xlsx(frame, path, form)]
    if suffix in (".parquet", ".feather"):
        return [_arrow(frame, path, suffix)]
    if suffix == ".npz":
        return [_npz(frame)]
    parts = _delimited(frame, form, suffix.removesuffix(".gz"))
    return _gzipped(parts) if suffix.endswith(".gz") else parts


def _gzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Without a time stamp: the same table gives the same bytes."""
    stream = zlib.compressobj(zlib.Z_BEST_COMPRESSION, wbits=zlib.MAX_WBITS + 16)  # with the header of a .gz
    yield from map(stream.compress, parts)
    yield stream.flush()


def suffix_of(path: Path) -> str | None:
    """The one of SUFFIXES that a name ends in, None where it is another."""
    return next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), None)


def suffix_like(form: FileForm | None) -> str:
    """Suffix of samples if the user names no file: ".tsv" if the data were a .tsv, otherwise ".csv"."""
    return ".tsv" if form is not None and form["delimiter"] == "\t" and form["suffix"] != ".csv" else ".csv"


def _delimited(frame: pd.DataFrame, form: FileForm | None, suffix: str) -> Iterable[bytes]:
    if form is None or form["suffix"] == ".xlsx":
        return [csv_bytes(frame, delimiter="\t" if suffix == ".tsv" else ",")]
    delimiter = form["delimiter"]
    if suffix == ".tsv":
        delimiter = "\t"
    elif suffix_like(form) == ".tsv":  # asked for as .csv
        delimiter = ";" if form["decimal"] == "," else ","
    return delimited_parts(frame, form, delimiter)


def _xlsx(frame: pd.DataFrame, path: Path, form: FileForm | None) -> bytes:
    """Text as text, never as a formula, whatever it begins with. form: of the workbook whose formats numbers and dates
    show by."""
    _require("openpyxl", path)
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    if len(frame) + 1 > SHEET[0] or frame.shape[1] > SHEET[1]:
        raise DataError(
            f"a sheet of Excel has at most {SHEET[0] - 1:,} rows and {SHEET[1]:,} columns, not {len(frame):,} and "
            f"{frame.shape[1]:,}: name a .csv or .parquet in place of '{path}'"
        )
    book = Workbook(write_only=True)
    form = form or {}
    sheet = book.create_sheet(form.get("sheet", "Sheet1"))
    formats = [form.get("columns", {}).get(str(name), {}).get("format", "") for name in frame.columns]

    def cell(value: Any, format: str = "") -> Any:
        if not isinstance(value, str):
            if value is None or not format:
                return value
            shown = WriteOnlyCell(sheet, value)
            shown.number_format = format
            return shown
        if len(value) > SHEET_TEXT:
            raise DataError(f"a cell of Excel holds at most {SHEET_TEXT:,} letters: write '{path}' as .csv or .parquet")
        text = WriteOnlyCell(sheet, value)
        text.data_type, text.quotePrefix = "s", True
        return text

    try:
        rows = [[cell(str(name)) for name in frame.columns]]
        for row in zip(*(_sheet_values(frame.iloc[:, j]) for j in range(frame.shape[1]))):
            rows.append(list(map(cell, row, formats)))
    except IllegalCharacterError:
        raise DataError(
            f"'{path}' cannot be written, since a cell holds a control character, which Excel refuses: write it as "
            ".csv or .parquet"
        ) from None
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _sheet_values(cells: pd.Series) -> list:
    """Cells as Excel knows them: None where missing, dates without a zone (those with one as text)."""
    cells = native(cells)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype) and cells.dt.tz is not None:
        cells = cells.astype(object).map(lambda stamp: stamp.isoformat(), na_action="ignore")
    plain = (int, str, date, time, Decimal)
    known = lambda v: v if isinstance(v, plain) or (isinstance(v, float) and isfinite(v)) else str(v)
    return [None if missing else known(value) for value, missing in zip(cells.astype(object), cells.isna().to_numpy())]


def _arrow(frame: pd.DataFrame, path: Path, suffix: str) -> bytes:
    """Columns with their types, and text as it is: nothing in such a file is run."""
    _require("pyarrow", path)
    from pyarrow import ArrowException, Table
    from pyarrow.feather import write_feather
    from pyarrow.parquet import write_table as write_parquet

    buffer, frame = io.BytesIO(), frame.copy()
    frame.attrs = {}
    try:
        table = Table.from_pandas(frame, preserve_index=False)
        table = table.replace_schema_metadata(readable(table.schema.metadata))
        write_parquet(table, buffer) if suffix == ".parquet" else write_feather(table, buffer)
    except (ArrowException, TypeError, ValueError) as error:
        raise DataError(
            f"'{path}' cannot be written, since a column holds cells of several types ({briefly(error)}): write it as "
            ".csv"
        ) from error
    return buffer.getvalue()


def readable(metadata: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Metadata of pandas in a Parquet file, without names of Arrow types: pandas cannot read all of them again."""
    named = re.sub(rb'("numpy_type": )"[^"]*\[pyarrow\]"', rb'\1"object"', metadata[b"pandas"])
    return metadata | {b"pandas": named}


def _require(package: str, path: Path) -> None:
    if find_spec(package) is None:
        raise DataError(
            f"'{path}' needs the package {package} to be written: pip install 'genwright[files]', or let its name end "
            "in .csv"
        )


def _npz(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in frame.columns:
            part = io.BytesIO()
            np.lib.format.write_array(part, _array(frame[name]), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue(), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _array(cells: pd.Series) -> np.ndarray:
    """A column as an array without objects."""
    cells = native(cells)
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if pd.api.types.infer_dtype(cells) == "decimal":
        cells = cells.astype(float)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        cells = cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells
        return cells.to_numpy()
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "fiub":
        return cells.to_numpy()
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(float, na_value=np.nan) if cells.isna().any() else cells.to_numpy(cells.dtype.numpy_dtype)
    return np.array(["" if missing else str(value) for value, missing in zip(cells, cells.isna())], dtype=str)
