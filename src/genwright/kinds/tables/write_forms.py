"""Tables in the forms of other programs: Stata, SPSS, Arrow, ORC, OpenDocument and JSON. Each takes a frame, the
path that it is for and the form of delimited files, and returns parts of the file."""

import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd

from ...core.packages import require_package
from ..values.cells import native
from .file_form import FileForm

MOST_LABELS = 1_000  # different texts of a column that becomes codes with labels
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def is_text(cells: pd.Series) -> bool:
    """Whether cells are neither numbers, truth values nor dates."""
    return cells.dtype.kind not in "biufM" and not pd.api.types.is_numeric_dtype(cells)


def write_stata(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    """Texts are labels of values, as far as they are few."""
    buffer, columns = io.BytesIO(), {}
    for name in frame.columns:
        cells = native(frame[name])
        if is_text(cells):
            few = cells.nunique() <= MOST_LABELS
            texts = cells.astype(object).where(cells.isna(), cells.astype(str))
            cells = texts.astype("category") if few else texts.fillna("")
        columns[name] = cells.astype(float) if pd.api.types.is_numeric_dtype(cells) and cells.isna().any() else cells
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # names and numbers that Stata would change
        pd.DataFrame(columns).to_stata(buffer, write_index=False, version=118)
    return [buffer.getvalue()]


def write_spss(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    """Texts are labels of values, as far as they are few."""
    require_package("pyreadstat", "science", "this writes a file of SPSS")
    import pyreadstat

    columns, labels = {}, {}
    for name in frame.columns:
        cells = native(frame[name])
        if is_text(cells) and cells.nunique() <= MOST_LABELS:
            codes, texts = pd.factorize(cells, sort=False)
            labels[name] = {float(code): str(text) for code, text in enumerate(texts)}
            cells = pd.Series(np.where(codes < 0, np.nan, codes))
        elif is_text(cells):
            cells = cells.astype(object).where(cells.isna(), cells.astype(str))
        elif cells.dtype.kind != "M":
            cells = cells.astype(float)
        columns[name] = cells.reset_index(drop=True)
    with tempfile.TemporaryDirectory() as folder:
        there, packed = Path(folder) / path.name, path.suffix.lower() == ".zsav"
        pyreadstat.write_sav(pd.DataFrame(columns), str(there), variable_value_labels=labels, compress=packed)
        return [there.read_bytes()]


def _arrow_table(frame: pd.DataFrame) -> "object":
    require_package("pyarrow", "files", "this writes a file of Arrow or ORC")
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
    table, buffer = _arrow_table(frame), io.BytesIO()
    from pyarrow import orc

    orc.write_table(table, buffer)
    return [buffer.getvalue()]


def write_ods(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    """One sheet of OpenDocument; numbers and dates as such, all else as text."""
    rows = [map(_ods_cell, map(str, frame.columns))]
    rows += zip(*(list(map(_ods_cell, _values(frame[name]))) for name in frame.columns))
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
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    return f'<table:table-cell office:value-type="string" office:string-value={quoteattr(value)}/>'


def _values(cells: pd.Series) -> list:
    """Cells as JSON knows them: None where missing, dates and all else that is no number as text."""
    cells = native(cells)
    missing = cells.isna().to_numpy()
    texts = cells.dtype.kind == "M"  # whose text has no hour where all are midnight
    values = (cells.astype(str) if texts else cells.astype(object)).tolist()
    plain = lambda value: value if isinstance(value, (bool, int, float, str)) else str(value)
    return [None if gone else plain(value) for value, gone in zip(values, missing)]


def _objects(frame: pd.DataFrame) -> Iterator[str]:
    names = list(map(str, frame.columns))
    for row in zip(*(_values(frame.iloc[:, j]) for j in range(len(names)))):
        yield json.dumps(dict(zip(names, row)), ensure_ascii=False)


def write_json_lines(frame: pd.DataFrame, path: Path, form: FileForm | None) -> Iterator[bytes]:
    return (f"{row}\n".encode() for row in _objects(frame))


def write_json(frame: pd.DataFrame, path: Path, form: FileForm | None) -> list[bytes]:
    return ["[\n{}\n]\n".format(",\n".join(_objects(frame))).encode()]
