"""Readers of tables in forms of other programs: Stata, SPSS, SAS, ORC, Arrow, workbooks of LibreOffice and old Excel,
Weka, Matlab, HDF5, NetCDF, AnnData and pages of HTML.

Labels of values take the place of values where every value has one. Otherwise the column stays a number, and a note
says so.
"""

import io
import os
import re
import tempfile
import zipfile
from datetime import time, timedelta
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ....core.account import Account
from ....core.errors import DataError, list_some
from ....core.limits import CHUNK, open_plain, require_cells, require_size
from ....core.packages import require_package
from ...values.frames import check_columns, check_rows, names_of_index
from ...values.typed_cells import grouping_mark, typed_cells
from ..forms import forms_of
from ..parsing import parsing
from ..raw import Raw
from ..sequences.text_lines import read_text
from ..source import Source
from .array_files import read_array_file
from .binary_tables import from_arrow_table
from .c_reader import JUDGED_ROWS
from .codebook import SCALES, Variable, codebook_to_json
from .file_form import PLAIN, FileForm
from .table_layout import JOINED
from .workbooks import LOCKED, read_workbook
from .write_table import exact_cell, text_cell

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

NAMED = 5  # columns that a note names
SAS_RECORD = 80  # bytes of a record of SAS for transport, the first of which names its version
SAS_ROWS = re.compile(rb"HEADER RECORD\*{7}OBSV8   HEADER RECORD!{7} *(\d+)")  # of version 8
STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"  # of Arrow
LEAST_ROWS = 10  # rows of a table in a page of HTML that is no data
HTML_MARK = re.compile(  # tags outside of comments and of texts that are no HTML
    r"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|textarea|title)\b.*?(?:</(?P=raw)|\Z)|<(?P<ends>/?)(?P<tag>table|html)\b",
    re.DOTALL | re.IGNORECASE,
)
ZEROS_IN = ("content.xml", "styles.xml", "xl/styles.bin")
XLS_ZEROS = re.compile(rb"\x1e\x04.{4}[\x02-\x14]\x00\x00(00)+(?!\.)", re.DOTALL)  # a record of a format
ZIP_ZEROS = re.compile(rb'number:number [^>]*min-integer-digits="([2-9]|\d\d)"|[\x02-\x14]\x00{3}(0\x00){2,}(?!\.)')
SHOWN_ZEROS = "a format of numbers shows zeros in front (00501), which are not read: save it as .xlsx to keep them"
Table = tuple[pd.DataFrame, Account]


def read_other_table(source: Source) -> Raw:
    """The table of a file, or the images among its arrays, by the reader of its row. Raises DataError where it is
    damaged, too big or holds none."""
    path = source.path
    read = forms_of(path.name, "formats.tables.other_tables", "formats.tables.array_files")[0].function()
    with open_plain(path) as file:
        require_size(path, os.fstat(file.fileno()).st_size)
        if not file.peek(1):
            raise DataError(f"{path} is empty: write it again")
    with parsing(path):
        if read is read_other_workbook:
            return read(source)
        held, account = read(path)
        as_raw = partial(read_array_file, source) if isinstance(held, dict) else partial(Raw, "tables", path.stem)
        raw = as_raw(held, account=account)
    if raw.kind != "tables":
        return raw
    frame = raw.items
    check_rows(len(frame), str(path))
    check_columns(frame.shape[1], str(path))
    require_cells(path, frame.size)
    return raw


# ---------------------------------------------------------------------- statistics programs


def read_stata(path: Path) -> Table:
    with pd.read_stata(path, iterator=True) as reader:
        frame = reader.read(convert_categoricals=False)
        sets, titles = reader.value_labels(), reader.variable_labels()
        labels = dict(zip(frame.columns, (sets.get(name, {}) for name in reader._lbllist)))  # nothing public tells it
        title = reader.data_label
    book = {
        name: Variable(
            label=titles[name],
            values=tuple((int(code), str(text)) for code, text in labels[name].items()),
            whole=_is_whole(frame[name]),
        )
        for name in frame.columns
    }
    return _with_labels(frame, book, path, title)


def read_spss(path: Path) -> Table:
    import pyreadstat

    if path.suffix.lower() == ".por":
        frame, about = pyreadstat.read_por(path, dates_as_pandas_datetime=True)
    else:
        frame, about = pyreadstat.read_sav(path, dates_as_pandas_datetime=True, user_missing=True)
    book = {}
    for name in frame.columns:
        ends = ((pair["lo"], pair["hi"]) for pair in about.missing_ranges.get(name, ()))
        measure = about.variable_measure.get(name, "unknown")
        book[name] = Variable(
            label=about.column_names_to_labels.get(name) or "",
            values=tuple(about.variable_value_labels.get(name, {}).items()),
            missing=tuple(tuple(None if end in (-inf, inf) else end for end in pair) for pair in ends),
            format=about.original_variable_types.get(name) or "",
            measure=measure if measure in SCALES else "unknown",
            width=int(about.variable_display_width.get(name) or 8),
            whole=_is_whole(frame[name]),
        )
        frame[name] = book[name].empty_missing(frame[name])
    return _with_labels(frame, book, path, about.file_label)


def _is_whole(cells: pd.Series) -> bool:
    return cells.dtype.kind in "iuf" and bool((cells.dropna() % 1 == 0).all())


def read_sas(path: Path) -> Table:
    return pd.read_sas(path, format="sas7bdat", encoding="utf-8"), Account()


def read_sas_transport(path: Path) -> Table:
    """Reads a transport file of SAS of version 5; pyreadstat reads version 8, of longer names."""
    with open_plain(path) as file:
        head = file.read(CHUNK)
        size = os.fstat(file.fileno()).st_size
    if size % SAS_RECORD:
        raise DataError(f"{path} ends within a record of {SAS_RECORD} bytes: it is cut short; fetch or write it again")
    if b"LIBRARY HEADER" in head[:SAS_RECORD]:
        with pd.read_sas(path, format="xport", encoding="latin-1", iterator=True) as reader:
            told = {name: (field["label"].decode("latin-1").strip(), field["nform"].decode("latin-1").strip())
                    for name, field in zip(reader.columns, reader.fields)}  # fmt: skip
            frame = reader.read()
        for name, (_, form) in told.items():
            frame[name] = _as_sas_shows(frame[name], form)
        return _with_labels(frame, {name: Variable(label) for name, (label, _) in told.items()}, path, None)
    require_package("pyreadstat", "science", f"{path} is a table of SAS for transport, version 8,")
    import pyreadstat

    frame, about = pyreadstat.read_xport(path)
    announced = SAS_ROWS.search(head)
    if announced and int(announced[1]) > len(frame):
        raise DataError(
            f"{path} announces {int(announced[1]):,} rows and has {len(frame):,}: it is cut short; fetch or write it "
            "again"
        )
    titles = about.column_names_to_labels
    return _with_labels(frame, {name: Variable(titles.get(name) or "") for name in frame}, path, about.file_label)


def _as_sas_shows(cells: pd.Series, form: str) -> pd.Series:
    """Numbers as the dates, stamps or times that a format of SAS shows, which count from 1960 or from midnight."""
    from pandas.io.sas.sas_constants import sas_date_formats, sas_datetime_formats

    if cells.dtype.kind not in "iuf":
        return cells
    if form in sas_date_formats:
        return pd.to_datetime(cells, unit="D", origin="1960-01-01")
    if form in sas_datetime_formats:
        return pd.to_datetime(cells, unit="s", origin="1960-01-01")
    return pd.to_timedelta(cells, unit="s") if form in ("TIME", "HHMM", "TOD") else cells


def _with_labels(frame: pd.DataFrame, book: dict[str, Variable], path: Path, title: str | None) -> Table:
    """The cells with the labels of a codebook in the place of codes, in columns whose every value has one."""
    partly = []
    for name, variable in book.items():
        if variable.values and (cells := variable.read(frame[name])) is not None:
            frame[name] = cells
        elif variable.values and frame[name].isin(list(variable.texts)).any():
            partly.append(name)
    form = {"suffix": path.suffix.lower(), "codebook": codebook_to_json(book), "title": title or ""}
    frame.attrs["written"] = FileForm(PLAIN | form)
    notes = (
        [f"labels name only some values of {list_some(partly, NAMED)}: their values stay as they are"] if partly else []
    )
    words = [f"{name}: {about.label}" for name, about in book.items() if about.label and about.label != name]
    notes += [f"columns in words: {list_some(words, NAMED, '; ')}"] * bool(words)
    return frame, Account(remarks=notes)


# ---------------------------------------------------------------------- R


def read_r(path: Path) -> Table:
    """The only data frame of a file of R. Raises DataError for several, and for none."""
    import pyreadr

    try:
        held = pyreadr.read_r(path)
    except pyreadr.LibrdataError as error:
        if "unrecognized object" not in str(error):  # of a whole file
            raise
        raise NotImplementedError(str(error)) from error
    if len(held) != 1:
        names = ", ".join(map(str, list(held)[:NAMED])) or "none"
        raise DataError(f"{path} holds {len(held)} data frames ({names}): save the one that is meant with saveRDS")
    ((name, frame),) = held.items()
    account = Account()
    objects = [one["object_name"] for one in pyreadr.list_objects(path) if one["object_name"] is not None]
    account.see("objects", objects, [name])
    if list(map(str, frame.index)) != list(map(str, range(1, len(frame) + 1))):  # R numbers rows that have no names
        account.see("row labels", names_of_index(frame))
    return frame.reset_index(drop=True), account


# ---------------------------------------------------------------------- Arrow


def read_orc(path: Path) -> Table:
    from pyarrow import orc

    with open_plain(path) as file:
        table = orc.ORCFile(file)
        check_rows(table.nrows, str(path))
        require_size(path, 8 * table.nrows * len(table.schema))
        return from_arrow_table(table.read(), path), Account()


def read_arrow(path: Path) -> Table:
    """A file, or a stream, of Arrow's interprocess communication."""
    from pyarrow import ArrowInvalid, ipc

    with open_plain(path) as file:
        try:
            return from_arrow_table(ipc.open_file(file).read_all(), path), Account()
        except ArrowInvalid:
            file.seek(0)
            frame = from_arrow_table(ipc.open_stream(file).read_all(), path)
        file.seek(-min(len(STREAM_END), file.tell()), os.SEEK_CUR)
        ended = file.read(len(STREAM_END)) == STREAM_END
    said = "the stream has no end: if its file is cut short, rows are missing"
    return frame, Account(remarks=[said] * (not ended))


# ---------------------------------------------------------------------- workbooks


def read_other_workbook(source: Source) -> Raw:
    """Reads a workbook of another form as one of today's Excel: its cells are written into one first."""
    import openpyxl
    from python_calamine import CalamineWorkbook

    path, book = source.path, openpyxl.Workbook(write_only=True)
    with open_plain(path) as file:  # its content says which workbook it is, not its name
        content = file.read()
    if LOCKED in content:
        raise DataError(f"{path} has a password: open it in Excel and save it without one, or as .csv")
    held = CalamineWorkbook.from_filelike(io.BytesIO(content))
    zeros = _shows_zeros(content)
    for name in held.sheet_names:
        sheet = held.get_sheet_by_name(name)
        require_cells(path, sheet.total_height * sheet.total_width)
        rows, written = sheet.to_python(skip_empty_area=False), book.create_sheet(name)
        for row in rows:
            written.append([_cell(value, written) for value in row])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        texts = {**source.labels, **source.own_texts}
        raw = read_workbook(file, path, source.get("sheet"), source.get("header_row"), source.usual_sheet, texts)
    raw.account.remarks += [SHOWN_ZEROS] * zeros
    return raw


def _shows_zeros(content: bytes) -> bool:
    """Whether a workbook has a format of numbers with zeros in front, such as 00000."""
    if not content.startswith(b"PK"):
        return XLS_ZEROS.search(content) is not None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name in ZEROS_IN]
    return any(ZIP_ZEROS.search(part) for part in parts)


def _cell(value: object, sheet: "WriteOnlyWorksheet") -> object:
    if value == "":
        return None
    if isinstance(value, str):
        return text_cell(value, sheet)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else exact_cell(value, sheet)
    return text_cell(str(value), sheet) if isinstance(value, (time, timedelta)) else value


# ---------------------------------------------------------------------- text


def read_arff(path: Path) -> Table:
    """Weka's form. Text and dates, which SciPy does not read, are read as text."""
    text = read_text(path)
    names, kinds, lines = [], [], iter(text.splitlines())
    for line in lines:
        if found := re.match(r"\s*@attribute\s+('(?:[^'\\]|\\.)*'|\"[^\"]*\"|\S+)\s+(.+)", line, re.IGNORECASE):
            names.append(found[1].strip("'\""))
            kinds.append(found[2].strip().lower())
        elif re.match(r"\s*@data\b", line, re.IGNORECASE):
            break
    if not names:
        raise DataError(f"{path} names no columns (@attribute): write it again")
    lines = [line for line in lines if line.strip()]
    rows = [line for line in lines if not line.lstrip().startswith("%")]
    if rows and rows[0].lstrip().startswith("{"):
        raise DataError(f"{path} holds sparse rows of Weka: save it as dense, or as .csv")
    body, weights = re.subn(r",[ \t]*\{[^{}\n]*\}[ \t]*$", "", "\n".join(rows), flags=re.MULTILINE)
    frame = pd.read_csv(
        io.StringIO(body), header=None, names=names, na_values="?", keep_default_na=False, skipinitialspace=True,
        quotechar="'" if "'" in body else '"', dtype=str, escapechar="\\", index_col=False,
    )  # fmt: skip
    numbers = [name for name, kind in zip(names, kinds) if kind.split("(")[0].split()[0] in NUMBERS]
    frame[numbers] = frame[numbers].astype(object).apply(typed_cells, decimal_comma=False)
    account = Account(remarks=["weights of rows, in {}, are left out"] * bool(weights))
    account.see("comments", sum(line.lstrip().startswith("%") for line in text.splitlines()))
    return frame, account


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells of texts as a file that no comma delimits has them."""
    group = grouping_mark(frame.head(JUDGED_ROWS).to_numpy().T, "")
    return frame.astype(object).apply(typed_cells, decimal_comma=True, group=group)


NUMBERS = ("numeric", "real", "integer")


def read_html(path: Path) -> Table:
    """The only table of a page; small ones beside it lay out the page."""
    from lxml.html import HTMLParser, fromstring, tostring

    text = read_text(path)
    notes = _require_ends(text, path)
    page = fromstring(text.encode(), parser=HTMLParser(encoding="utf-8"))
    tables = [_as_delimited(tostring(table, encoding="unicode")) for table in page.xpath("//table[.//tr]")]
    if not tables:
        raise DataError(f"{path} holds no table: save the table as .csv")
    large = [table for table in tables if len(table) >= LEAST_ROWS] or tables
    if len(large) > 1:
        raise DataError(f"{path} holds {len(large)} tables: save the one that is meant as .csv")
    account = Account(remarks=notes)
    account.see("smaller tables", len(tables) - 1)
    return large[0], account


def _require_ends(text: str, path: Path) -> list[str]:
    """What to say of a page without its end. Raises DataError for a table without its end, which the parser would add
    in silence; HTML lets the ends of rows, cells and the page be left out, and that of a table never."""
    depth, ends = 0, {"html": True}
    for mark in HTML_MARK.finditer(text):
        tag = (mark["tag"] or "").lower()
        if tag == "table":
            depth = max(0, depth + (-1 if mark["ends"] else 1))
        elif tag:
            ends[tag] = bool(mark["ends"])
    if depth:
        raise DataError(f"{path} ends within a table (</table> is missing): save the page again, or the table as .csv")
    return [] if ends["html"] else ["the page has no end (</html>): anything below its table is missing"]


def _as_delimited(html: str) -> pd.DataFrame:
    """A table of HTML with its cells as a delimited file has them: pandas would take 160,9 for 1609, and 007 for 7."""
    read = lambda **how: pd.read_html(io.StringIO(html), flavor="lxml", thousands=None, keep_default_na=False, **how)[0]
    frame = read(converters=dict.fromkeys(range(read().shape[1]), str))
    if frame.columns.nlevels > 1:
        frame.columns = [JOINED.join(dict.fromkeys(map(str, names))) for names in frame.columns]
    return _typed(frame)
