"""Tables in the forms of other programs: Stata, SPSS, Arrow, ORC, OpenDocument and JSON. Each takes a frame, the
path that it is for and the form of delimited files, and returns parts of the file."""

import io
import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from math import inf, isfinite
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd

from ....core.packages import require_package
from ...values.cells import EXACT, native
from .codebook import Code, Variable
from .file_form import FileForm

FIRST_YEAR = 1900  # before it, ORC moves dates by the difference of old clocks
MOST_LABELS = 1_000  # different texts of a column that becomes codes with labels
STATA_LETTERS = 80  # of the label of a column or of a file
STATA_WHOLE = {"Int8": (-127, 100), "Int16": (-32_767, 32_740), "Int32": (-(2**31) + 1, 2**31 - 28)}
SPSS_NUMBER, SPSS_DATE = re.compile(r"(F|COMMA|DOT|DOLLAR|PCT|E|N)\d"), re.compile(r"[AES]?DATE\d")
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def in_texts(cells: pd.Series) -> pd.Series:
    """Cells as texts where Stata or SPSS would change them: truth values, whole numbers beyond those that float64 tells
    apart, and dates of a zone or finer than milliseconds. All others as they are.

    Raises ValueError for texts with blanks around them, which these programs cut off."""
    whole = pd.api.types.is_integer_dtype(cells.dtype) and cells.notna().any()
    changed = whole and max(int(cells.max()), -int(cells.min())) > EXACT
    if cells.dtype.kind == "M":
        known = cells.dropna()
        changed = known.dt.tz is not None or bool((known != known.dt.floor("ms")).any())
    if is_text(cells) and any(isinstance(cell, str) and cell != cell.strip() for cell in cells.unique()):
        raise ValueError(f"a text of column '{cells.name}' has blanks around it")
    return _as_text(cells) if changed or pd.api.types.is_bool_dtype(cells.dtype) else cells


def _as_text(cells: pd.Series) -> pd.Series:
    return cells.astype(str).where(cells.notna(), None).astype("str")


def is_text(cells: pd.Series) -> bool:
    """Whether cells are neither numbers, truth values nor dates."""
    return cells.dtype.kind not in "biufM" and not pd.api.types.is_numeric_dtype(cells)


def write_stata(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    """Codes and labels of the form's codebook. Other texts are labels of values, as far as they are few."""
    buffer, columns, labels, book = io.BytesIO(), {}, {}, {} if form is None else form.codebook
    for name in frame.columns:
        cells, variable = in_texts(native(frame[name])), book.get(str(name))
        if variable is not None:
            coded, texts = variable.write(cells)
            if texts and all(type(code) is not str and code % 1 == 0 and abs(code) < 2**31 for code in texts):
                cells, labels[name] = coded, {int(code): text for code, text in texts.items()}
        if is_text(cells):
            few = cells.nunique() <= MOST_LABELS and (variable is None or bool(variable.values))
            texts = cells.astype(object).where(cells.isna(), cells.astype(str))
            cells = texts.astype("category") if few else texts.fillna("")
        elif pd.api.types.is_numeric_dtype(cells):
            cells = _whole(cells) if variable is not None and variable.whole else cells
            is_plain = isinstance(cells.dtype, np.dtype)
            cells = cells.astype(float) if is_plain and cells.isna().any() else cells
        columns[name] = cells
    titles = {name: book[str(name)].label[:STATA_LETTERS] for name in columns if str(name) in book}
    title = "" if form is None else form.get("title", "")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # names and numbers that Stata would change
        pd.DataFrame(columns).to_stata(
            buffer, write_index=False, version=118, value_labels=labels, variable_labels=titles or None,
            data_label=title[:STATA_LETTERS] or None,
        )  # fmt: skip
    return [buffer.getvalue()]


def _whole(cells: pd.Series) -> pd.Series:
    """Whole numbers in the smallest type of Stata that holds them, as they are where none does."""
    for dtype, (low, high) in STATA_WHOLE.items():
        if (cells.dropna() % 1 == 0).all() and low <= cells.min() and cells.max() <= high:
            return cells.astype(dtype)
    return cells


def write_spss(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    """Codes, labels and missing ranges of the form's codebook. Other texts are labels of values, as far as they are
    few."""
    require_package("pyreadstat", "science", "this writes a file of SPSS")
    import pyreadstat

    columns, labels, book = {}, {}, {} if form is None else form.codebook
    for name in frame.columns:
        cells = in_texts(native(frame[name]))
        if (variable := book.get(str(name))) is not None:
            cells, labels[name] = variable.write(cells)
        elif is_text(cells) and cells.nunique() <= MOST_LABELS:
            codes, texts = pd.factorize(cells, sort=pd.api.types.is_bool_dtype(frame[name]))  # false is 0, and true 1
            labels[name] = {float(code): str(text) for code, text in enumerate(texts)}
            cells = pd.Series(np.where(codes < 0, np.nan, codes))
        if is_text(cells):
            cells = cells.astype(object).where(cells.isna(), cells.astype(str))
        elif cells.dtype.kind != "M":
            cells = cells.astype(float)
        elif variable is not None and SPSS_DATE.match(variable.format):
            cells = cells.dt.date
        columns[name] = cells.reset_index(drop=True)
    with tempfile.TemporaryDirectory() as folder:
        there, packed = Path(folder) / path.name, path.suffix.lower() == ".zsav"
        about = _spss_words({name: book[str(name)] for name in columns if str(name) in book}, columns)
        labels = {name: texts for name, texts in labels.items() if texts}
        title = "" if form is None else form.get("title", "")
        pyreadstat.write_sav(
            pd.DataFrame(columns), str(there), file_label=title, variable_value_labels=labels, compress=packed, **about
        )
        return [there.read_bytes()]


def _spss_words(book: dict[str, Variable], columns: dict[str, pd.Series]) -> dict[str, dict]:
    """The arguments of pyreadstat that say what a codebook says beside labels of values: a format and missing ranges
    where they fit the cells."""
    is_number = {name: columns[name].dtype.kind == "f" for name in book}
    formats = {name: SPSS_NUMBER if is_number[name] else SPSS_DATE for name in book}
    fits = lambda name, code: code is None or isinstance(code, str) != is_number[name]
    told = {
        "column_labels": {name: about.label or None for name, about in book.items()},
        "variable_measure": {name: about.measure for name, about in book.items()},
        "variable_display_width": {name: about.width for name, about in book.items()},
        "variable_format": {name: about.format for name, about in book.items() if formats[name].match(about.format)},
        "missing_ranges": {
            name: [_spss_range(*pair) for pair in about.missing]
            for name, about in book.items()
            if about.missing and all(fits(name, code) for pair in about.missing for code in pair)
        },
    }
    return {argument: words for argument, words in told.items() if words}


def _spss_range(low: Code | None, high: Code | None) -> Code | dict[str, float]:
    return low if low == high else {"lo": -inf if low is None else low, "hi": inf if high is None else high}


def _arrow_table(frame: pd.DataFrame) -> "object":
    require_package("pyarrow", subject="this writes a file of Arrow or ORC")
    import pyarrow

    plain = {name: cells.astype(cells.cat.categories.dtype) for name, cells in frame.items() if hasattr(cells, "cat")}
    table = pyarrow.Table.from_pandas(frame.assign(**plain), preserve_index=False)
    return table.replace_schema_metadata(None)


def write_arrow(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    table, buffer = _arrow_table(frame), io.BytesIO()
    from pyarrow import ipc

    with ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    return [buffer.getvalue()]


def write_orc(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    texts = {name: _as_text(cells) for name, cells in frame.items() if _is_moved_by_orc(native(cells))}
    table, buffer = _arrow_table(frame.assign(**texts)), io.BytesIO()
    from pyarrow import orc

    orc.write_table(table, buffer)
    return [buffer.getvalue()]


def _is_moved_by_orc(cells: pd.Series) -> bool:
    """Dates before 1900, and stamps of a zone, which ORC holds as those of UTC."""
    if cells.dtype.kind != "M":
        return False
    return str(cells.dt.tz or "UTC") != "UTC" or bool((cells.dt.year < FIRST_YEAR).any())


def write_ods(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    """One sheet of OpenDocument; numbers and dates as such, all else as text."""
    rows = [map(_ods_cell, map(str, frame.columns))]
    rows += zip(*(list(map(_ods_cell, json_cells(frame[name]))) for name in frame.columns))
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{OFFICE}office:1.0" '
        f'xmlns:table="{OFFICE}table:1.0" xmlns:text="{OFFICE}text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Sheet1">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    entries = "".join(
        f'<m:file-entry m:full-path="{path}" m:media-type="{kind}"/>'
        for path, kind in (("/", ODS), ("content.xml", "text/xml"))
    )
    parts = {
        "mimetype": ODS,
        "content.xml": content,
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{OFFICE}manifest:1.0" m:version="1.2">{entries}</m:manifest>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            way = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, way)
    return [buffer.getvalue()]


def _ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= EXACT):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    return f'<table:table-cell office:value-type="string" office:string-value={quoteattr(str(value))}/>'


def json_cells(cells: pd.Series) -> list:
    """Cells as JSON knows them: None where missing or not finite, dates and all else that is no number as text."""
    cells = native(cells)
    missing = cells.isna().to_numpy()
    texts = cells.dtype.kind == "M"  # whose text has no hour where all are midnight
    values = (cells.astype(str) if texts else cells.astype(object)).tolist()
    plain = lambda value: value if isinstance(value, (bool, int, float, str)) else str(value)
    gone = [lost or (type(value) is float and not isfinite(value)) for value, lost in zip(values, missing)]
    return [None if lost else plain(value) for value, lost in zip(values, gone)]


def json_rows(frame: pd.DataFrame) -> Iterator[dict[str, object]]:
    """The rows of a table as objects of JSON: every server and every file of JSON has them so."""
    names = list(map(str, frame.columns))
    for row in zip(*(json_cells(frame.iloc[:, j]) for j in range(len(names)))):
        yield dict(zip(names, row))


def _objects(frame: pd.DataFrame) -> Iterator[str]:
    return (json.dumps(row, ensure_ascii=False) for row in json_rows(frame))


def write_json_lines(frame: pd.DataFrame, path: Path, form: FileForm | None) -> Iterator[bytes]:
    return (f"{row}\n".encode() for row in _objects(frame))


def write_json(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    return ["[\n{}\n]\n".format(",\n".join(_objects(frame))).encode()]
