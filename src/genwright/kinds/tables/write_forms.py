"""Tables in the forms of other programs: Stata, SPSS, Arrow, ORC, OpenDocument and JSON. WRITERS has a row for each."""

import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd

from ...core.errors import DataError, briefly
from ...core.packages import require_package
from ..values.cells import native

MOST_LABELS = 1_000  # different texts of a column that becomes codes with labels
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
Writer = Callable[[pd.DataFrame], Iterable[bytes]]


def is_text(cells: pd.Series) -> bool:
    """Whether cells are neither numbers, truth values nor dates."""
    return cells.dtype.kind not in "biufM" and not pd.api.types.is_numeric_dtype(cells)


def _stata(frame: pd.DataFrame) -> list[bytes]:
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


def _spss(frame: pd.DataFrame) -> list[bytes]:
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
        path = Path(folder) / "table.sav"
        pyreadstat.write_sav(pd.DataFrame(columns), str(path), variable_value_labels=labels)
        return [path.read_bytes()]


def _arrow_table(frame: pd.DataFrame) -> "object":
    require_package("pyarrow", "files", "this writes a file of Arrow or ORC")
    import pyarrow

    plain = {name: cells.astype(cells.cat.categories.dtype) for name, cells in frame.items() if hasattr(cells, "cat")}
    table = pyarrow.Table.from_pandas(frame.assign(**plain), preserve_index=False)
    return table.replace_schema_metadata(None)


def _arrow(frame: pd.DataFrame) -> list[bytes]:
    table, buffer = _arrow_table(frame), io.BytesIO()
    from pyarrow import ipc

    with ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    return [buffer.getvalue()]


def _orc(frame: pd.DataFrame) -> list[bytes]:
    table, buffer = _arrow_table(frame), io.BytesIO()
    from pyarrow import orc

    orc.write_table(table, buffer)
    return [buffer.getvalue()]


def _ods(frame: pd.DataFrame) -> list[bytes]:
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


def _json_lines(frame: pd.DataFrame) -> Iterator[bytes]:
    return (f"{row}\n".encode() for row in _objects(frame))


def _json(frame: pd.DataFrame) -> list[bytes]:
    return ["[\n{}\n]\n".format(",\n".join(_objects(frame))).encode()]


WRITERS: dict[str, Writer] = {
    ".dta": _stata, ".sav": _spss, ".arrow": _arrow, ".orc": _orc, ".ods": _ods, ".json": _json, ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}  # fmt: skip


def write_parts(frame: pd.DataFrame, path: Path, suffix: str) -> Iterable[bytes]:
    """Parts of a file in one of WRITERS' forms. Raises DataError for what the form cannot hold."""
    try:
        return WRITERS[suffix](frame)
    except DataError:
        raise
    except Exception as error:  # each library has classes of errors, and warnings, of its own
        raise DataError(f"'{path}' cannot hold this table ({briefly(error)}): write it as .csv or .parquet") from error
