"""Tables: a file of rows and columns, or an object of such."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ...core.errors import DataError
from ..kind import TEXT, TEXT_TABLES, Format, Kind, Source, of_given
from ..option import DROP, GIVEN, GROUP, MISSING, SPLIT_COLUMN, TIME, TYPES
from ..raw import Raw
from .sequences import as_lines

AS_LINES = "one delimiter cuts the lines alike, so the text is a table: --kind sequences (kind=) learns lines of text"


def column_names(source: str) -> list[str]:
    """Names of the columns of a file; [] where it holds no table."""
    from ..read import read

    if not Path(source).is_file():
        return []
    with suppress(DataError):  # whoever reads it next says what is wrong
        raw, _ = read(Source(source, {"kind": "tables"}))
        return [str(name) for name in getattr(getattr(raw, "items", None), "columns", ())]
    return []


def _engine_table(source: Source) -> Raw:
    from ..readers.parquet_excel import read_engine_table

    return Raw("tables", source.path.stem, read_engine_table(source.path))


def _text_table(source: Source) -> Raw:
    from ..readers.delimited import read_table
    from ..readers.text_column import lone_text

    table = read_table(source.path)
    if column := lone_text(table):
        return as_lines(table, column, source.stem, source)
    notes = [AS_LINES] if source.ends(*TEXT) and source.get("kind") is None and table.shape[1] > 1 else []
    return Raw("tables", source.stem, table, notes=notes)


def _records(source: Source) -> Raw:
    from ..readers.json_records import read_records

    return Raw("tables", source.stem, read_records(source.path))


def _is_records(source: Source) -> bool:
    from ..readers.json_records import SUFFIXES, holds_records

    return source.ends(*SUFFIXES) and not source.is_folder and holds_records(source.path)


def _frame(source: Source) -> Raw:
    from ...domains.tables.frames import as_frame

    return Raw("tables", "table", as_frame(source.given).reset_index(drop=True))


def _array(source: Source) -> Raw:
    """Rows of numbers; pictures, where it has the form of such."""
    import numpy as np

    from ..arrays import read_array

    told = getattr(source.given, "given", {})
    return read_array(np.asarray(source.given), "array", told.get("label"), captions=told.get("caption"))


KIND = Kind(
    "tables",
    "a table",
    "genwright.data.tables",
    options=(GIVEN, TYPES, DROP, MISSING, GROUP, TIME, SPLIT_COLUMN),
    formats=(
        Format(lambda source: source.ends(".parquet", ".xlsx"), _engine_table),
        Format(lambda source: source.ends(*TEXT_TABLES), _text_table),
        Format(_is_records, _records),
        Format(of_given("columns_in_memory:is_bunch"), of_given("columns_in_memory:read_bunch"), "Bunch"),
        Format(lambda source: isinstance(source.given, dict), of_given("columns_in_memory:read_columns"), "columns"),
        Format(
            lambda source: hasattr(source.given, "columns"),
            _frame,
            "DataFrame",
        ),
        Format(lambda source: hasattr(source.given, "__array__"), _array, "array"),
    ),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:Rows",
)
