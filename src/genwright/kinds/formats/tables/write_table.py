"""Writing a table to a file that is there whole or not at all: delimited text in a given form (delimiter, decimal mark,
decimals, quotes, missing cells, line ends, encoding), workbooks, Arrow and arrays.
"""

import io
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from importlib import import_module
from itertools import chain
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from ....core.errors import DataError, briefly
from ....core.files import write_whole
from ....core.patience import with_progress
from ....core.safe_text import quoted, say_quoted
from ...values.cells import EXACT, native, tell_truths
from ...values.reading import write_missing
from ..forms import forms_of, say_written, suffixes_of, writer_of
from .delimited import DELIMITERS, missing_word
from .file_form import PLAIN, FileForm

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

ROWS = 2**16  # written at a time: their texts take far more memory than the file
LONGEST = 1e15  # beyond it, digits are not all the number's own


def delimited_parts(frame: pd.DataFrame, form: FileForm, delimiter: str) -> Iterator[bytes]:
    """The file, block of rows after block. Text that a spreadsheet would run is quoted, with a warning (see
    core.formulas); another warning says where the form's encoding lacks a letter, and UTF-8 is written."""
    by = delimiter + " " * form.get("spaced", False)
    names = ["" if name == f"Unnamed: {j}" else name for j, name in enumerate(map(str, frame.columns))]
    safe = [quoted(name) for name in names]
    alone = len(names) == 1 or any(mark in name for name in names for mark in DELIMITERS)
    marks = "".join(DELIMITERS) if alone else delimiter  # which a reader might take for the delimiter
    count = sum(name != other for name, other in zip(names, safe))
    encoding = _encoding(frame, form)
    if form["bom"] and encoding == form["encoding"]:
        yield "\ufeff".encode(encoding)
    if form.get("header", True):
        head = by.join(_in_quotes(name, marks, form.get("quoted", False)) for name in safe)
        yield ((head or '""') + form["newline"]).encode(encoding)
    for begin in with_progress(range(0, len(frame), ROWS), "writing rows"):
        block, columns = frame.iloc[begin : begin + ROWS], []
        for j, name in enumerate(frame.columns):
            cells, guarded = _texts(block.iloc[:, j], form["columns"].get(str(name), {}), form, marks)
            columns.append(cells)
            count += guarded
        if len(columns) == 1:
            columns = [[cell or '""' for cell in columns[0]]]  # an empty line would be no row
        yield form["newline"].join([*map(by.join, zip(*columns)), ""]).encode(encoding)
    say_quoted(count)


def _texts(cells: pd.Series, how: dict, form: FileForm, marks: str) -> tuple[list[str], int]:
    """The cells of a column as they stand in the file, and how many of them were quoted as formulas."""
    missing, always = how.get("missing", form["missing"]), how.get("quoted", False)
    if cells.dtype.kind == "f" or str(cells.dtype) in ("Float64", "Float32"):
        values = _shortest_values(cells)
        decimals, exponent = (how.get(key, form.get(key, 0)) for key in ("decimals", "exponent"))
        texts = number_texts(values, decimals, exponent, form["decimal"])
        return [missing if text is None else f'"{text}"' if always else text for text in texts], 0
    codes, distinct = pd.factorize(tell_truths(cells))
    texts = (
        pd.Series(distinct).astype(str).tolist() if distinct.dtype.kind in "Mm" else [str(value) for value in distinct]
    )
    if any("\0" in text for text in texts):
        raise DataError(f"column '{cells.name}' holds a NUL character, which no text file keeps: write it as .parquet")
    safe = texts if _is_plain(cells.dtype) else [quoted(text) for text in texts]
    guarded = np.array([text != other for text, other in zip(texts, safe)] + [False])
    written = np.array([*(_in_quotes(text, marks, always) for text in safe), missing], object)
    return written[codes].tolist(), int(guarded[codes].sum())


def _shortest_values(cells: pd.Series) -> np.ndarray:
    """(n,) float64 whose shortest texts read back as the very cells, in the precision of these."""
    values = cells.to_numpy(np.float64, na_value=np.nan)
    if str(cells.dtype).lower().startswith("float64"):
        return values
    return np.array([float(str(value)) for value in values.astype(np.float32)], np.float64)


def number_texts(values: np.ndarray, decimals: int, exponent: bool, mark: str) -> list[str | None]:
    """Writes numbers as texts. (n,) float64 -> digits that read back as the very number, with at least so many
    decimals, and an exponent where a number is small or large and others have one too; None for NaN."""
    values = values + 0.0  # no -0
    if decimals and (np.isnan(values) | (np.round(values, decimals) == values)).all() and np.nanmax(
        np.abs(values), initial=0
    ) < LONGEST:  # fmt: skip
        texts = [None if math.isnan(v) else f"{v:.{decimals}f}" for v in values.tolist()]
    else:
        texts = [_shortest(v, decimals, exponent) for v in values.tolist()]
    return texts if mark == "." else [text and text.replace(".", mark) for text in texts]


def _shortest(value: float, decimals: int, exponent: bool) -> str | None:
    if math.isnan(value):
        return None
    text = repr(value)
    if "e" in text and not exponent and abs(value) < LONGEST:
        text = np.format_float_positional(value, trim="0")
    whole, _, part = text.partition(".")
    if not part or "e" in part:
        return text
    part = "" if part == "0" else part
    return f"{whole}.{part:0<{decimals}}" if part or decimals else whole


def _in_quotes(text: str, marks: str, always: bool) -> str:
    if always or text[:1].isspace() or any(mark in text for mark in (*marks, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _encoding(frame: pd.DataFrame, form: FileForm) -> str:
    """The form's, or UTF-8, with a warning, where that lacks a letter of the names or of the text in columns."""
    if form["encoding"].startswith("utf"):
        return form["encoding"]
    columns = (frame.iloc[:, j] for j in range(frame.shape[1]))
    texts = (cells.unique() for cells in columns if not _is_plain(cells.dtype) and cells.dtype.kind not in "Mm")
    try:
        for text in chain(frame.columns, *texts):
            str(text).encode(form["encoding"])
    except UnicodeEncodeError as lacking:
        warnings.warn(
            f"{lacking.object[lacking.start]!r} cannot be written in {form['encoding']}, in which the data were: the "
            "file is written in UTF-8",
            stacklevel=4,
        )
        return "utf-8"
    return form["encoding"]


def _is_plain(dtype: ExtensionDtype | np.dtype) -> bool:
    """Whether cells are numbers or truth values, whose texts are nothing but digits, marks and a few letters."""
    return dtype.kind in "iub" or pd.api.types.is_numeric_dtype(dtype)


ROOM = "formats.tables."  # of writers
SHEETS = (".xlsx", ".ods")  # in which an empty text is a missing cell, and a row without cells is none
PLAIN_TEXT = (*suffixes_of("formats.tables.delimited"), *SHEETS, ".npz")  # files whose missing cells are texts, or none
SHEET = 2**20, 2**14  # rows and columns of an Excel sheet
EXCEL_YEAR = 1900  # in which its days begin, with a 29th of February that never was
SHEET_TEXT = 32_767  # letters of a cell
_UNSAFE = re.compile("\r|_(?=x[0-9A-Fa-f]{4}_)")  # what a cell of Excel holds escaped


def write_table(
    frame: pd.DataFrame,
    path: Path,
    form: FileForm | None = None,
    own_texts: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Path:
    """See `table_parts`. own_texts: of the columns of a model, as in `Source`: no missing cell is written as one of
    them. Raises DataError for a folder that is not there, too."""
    parts = table_parts(_with_words(frame, suffix_of(path), form, own_texts), path, form)
    if not path.parent.is_dir():
        raise DataError(
            f"cannot write '{path}', since there is no folder '{path.parent}': make it, or choose another place"
        )
    return write_whole(path, parts)


def _with_words(
    frame: pd.DataFrame, suffix: str | None, form: FileForm | None, own_texts: Mapping[str, Collection[str]]
) -> pd.DataFrame:
    """The frame with a word in missing cells, where the file would write them as it writes a text of the column, or as
    an empty line of a workbook."""
    names = frame.columns if suffix in PLAIN_TEXT and frame.columns.is_unique else []
    for name in [name for name in names if frame[name].isna().any()]:
        usual = (
            ""
            if form is None or suffix in SHEETS
            else form["columns"].get(name, {}).get("missing", form["missing"]).strip('"')
        )
        word = missing_word(usual, own_texts.get(name, ()))
        if not word and suffix in SHEETS and name == names[0] and frame.isna().all(axis=1).any():
            word = missing_word("NA", own_texts.get(name, ()))
        if word != usual:
            frame = frame.assign(**{name: write_missing(frame[name].astype(object), (word,))})
    return frame


def table_parts(
    frame: pd.DataFrame, path: Path, form: FileForm | None = None, index_label: str | None = None
) -> Iterable[bytes]:
    """Bytes of a file of that name, part after part: .csv, .csv.gz, .tsv, .tsv.gz, of a form if one is given;
    .xlsx, one sheet; .parquet; .feather; or .npz, one array a column, dates with a zone as text, missing numbers NaN,
    missing text empty.
    index_label: the name of the index; without it, the index is left out.

    Raises DataError for another suffix, a missing package, or a table that the format cannot hold.
    """
    write = writer_of(path, ROOM)
    if write is None:
        raise DataError(f"cannot write a table to '{path}': let its name end in {say_written(ROOM)}")
    if index_label is not None:
        frame = frame.copy()
        frame.insert(0, index_label, frame.index, allow_duplicates=True)
    try:
        parts = write(frame, path, form)
    except DataError:
        raise
    except Exception as error:  # each library has classes of errors, and warnings, of its own
        raise DataError(f"'{path}' cannot hold this table ({briefly(error)}): write it as .csv or .parquet") from error
    return _gzipped(parts) if path.name.lower().endswith(".gz") else parts


def _gzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts in gzip without a time stamp, so that the same table gives the same bytes."""
    stream = zlib.compressobj(zlib.Z_BEST_COMPRESSION, wbits=zlib.MAX_WBITS + 16)  # with the header of a .gz
    yield from map(stream.compress, parts)
    yield stream.flush()


def suffix_of(path: Path) -> str | None:
    """The suffix of a table that a name ends in, None where it is another."""
    named = [form for form in forms_of(path.name) if any(name.startswith(ROOM) for name in form.writers)]
    return next((one for form in named for one in form.endings if path.name.lower().endswith(one)), None)


def suffix_like(form: FileForm | None) -> str:
    """Suffix of samples if the user names no file: that of data from a .tsv or a workbook, otherwise ".csv"."""
    if form is not None and form["suffix"] == ".xlsx":
        return ".xlsx"
    return ".tsv" if form is not None and form["delimiter"] == "\t" and form["suffix"] != ".csv" else ".csv"


def write_delimited(frame: pd.DataFrame, path: Path, form: FileForm | None) -> Iterable[bytes]:
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if form is None or not form.is_delimited:
        return delimited_parts(frame, PLAIN, "\t" if suffix == ".tsv" else ",")
    delimiter = form["delimiter"]
    if suffix == ".tsv":
        delimiter = "\t"
    elif suffix_like(form) == ".tsv":  # asked for as .csv
        delimiter = ";" if form["decimal"] == "," else ","
    return delimited_parts(frame, form, delimiter)


def write_workbook(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    """Text as text, never as a formula, whatever it begins with. form: of the workbook whose formats numbers and dates
    show by."""
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

    def cell(value: object, format: str = "") -> object:
        if not isinstance(value, str):
            shown = exact_cell(value, sheet) if type(value) is float else WriteOnlyCell(sheet, value)
            if format:
                shown.number_format = format
            return shown if format or type(value) is float else value
        if len(value) > SHEET_TEXT:
            raise DataError(f"a cell of Excel holds at most {SHEET_TEXT:,} letters: write '{path}' as .csv or .parquet")
        return text_cell(value, sheet)

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
    return [buffer.getvalue()]


def exact_cell(value: float, sheet: "WriteOnlyWorksheet") -> "WriteOnlyCell":
    """A cell of all digits, of which openpyxl would leave out the last."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value)
    cell._value, cell.data_type = repr(value), "n"
    return cell


def text_cell(value: str, sheet: "WriteOnlyWorksheet") -> "WriteOnlyCell":
    """A cell of text, which is no formula and no error whatever it begins with."""
    from openpyxl.cell import WriteOnlyCell

    text = WriteOnlyCell(sheet, _UNSAFE.sub(lambda match: f"_x{ord(match[0]):04X}_", value))
    text.data_type, text.quotePrefix = "s", True
    return text


def _sheet_values(cells: pd.Series) -> list:
    """Cells as Excel knows them: None where missing, dates without a zone (those with one as text)."""
    cells = native(cells)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype) and cells.dt.tz is not None:
        cells = cells.astype(object).map(lambda stamp: stamp.isoformat(), na_action="ignore")
    elif pd.api.types.is_datetime64_any_dtype(cells.dtype) and (cells.dt.year <= EXCEL_YEAR).any():
        cells = cells.astype(object).map(lambda stamp: stamp.isoformat(" "), na_action="ignore")
    elif pd.api.types.is_datetime64_any_dtype(cells.dtype) and (cells != cells.dt.floor("ms"))[cells.notna()].any():
        parts = "nanoseconds" if (cells.dt.nanosecond > 0).any() else "microseconds"  # Excel rounds to 1 ms
        cells = cells.astype(object).map(lambda stamp: stamp.isoformat(" ", parts), na_action="ignore")
    plain = (str, date, time, Decimal)
    exact = lambda v: isfinite(v) if isinstance(v, float) else isinstance(v, int) and abs(v) <= EXACT
    known = lambda v: v if isinstance(v, plain) or exact(v) else str(v)
    return [None if missing else known(value) for value, missing in zip(cells.astype(object), cells.isna().to_numpy())]


def write_parquet(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    return _write_arrow(frame, path, "pyarrow.parquet", "write_table")


def write_feather(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    return _write_arrow(frame, path, "pyarrow.feather", "write_feather")


def _write_arrow(frame: pd.DataFrame, path: Path, module: str, function: str) -> list[bytes]:
    """Columns with their types, and text as it is: nothing in such a file is run."""
    from pyarrow import ArrowException, Table

    buffer, frame = io.BytesIO(), frame.copy()
    frame.attrs = {}
    try:
        table = Table.from_pandas(frame, preserve_index=False)
        table = table.replace_schema_metadata(readable(table.schema.metadata))
        getattr(import_module(module), function)(table, buffer)
    except (ArrowException, OverflowError, TypeError, ValueError) as error:
        raise DataError(
            f"'{path}' cannot be written, since a column holds cells of several types ({briefly(error)}): write it as "
            ".csv"
        ) from error
    return [buffer.getvalue()]


def readable(metadata: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Metadata of pandas in a Parquet file, without names of Arrow types: pandas cannot read all of them again."""
    named = re.sub(rb'("numpy_type": )"[^"]*\[pyarrow\]"', rb'\1"object"', metadata[b"pandas"])
    return metadata | {b"pandas": named}


def write_arrays(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    return [pack_arrays({name: as_array(frame[name]) for name in frame.columns})]


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Returns the bytes of an .npz of arrays without objects, the same whenever it is written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, array, allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue(), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def as_array(cells: pd.Series) -> np.ndarray:
    """Returns a column as an array without objects."""
    cells = native(cells)
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if pd.api.types.infer_dtype(cells) == "decimal":
        cells = cells.astype(float)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype) and cells.dt.tz is None:
        return cells.to_numpy()
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "fiub":
        return cells.to_numpy()
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return cells.to_numpy(float, na_value=np.nan) if cells.isna().any() else cells.to_numpy(cells.dtype.numpy_dtype)
    return np.array(["" if missing else str(value) for value, missing in zip(cells, cells.isna())], dtype=str)
