"""Tables: a file of rows and columns, or an object of such."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.account import Account
from ...core.errors import DataError
from ..formats.forms import BINARY_TABLES, TEXT, TEXT_TABLES, WORKBOOKS
from ..formats.raw import Raw
from ..formats.source import Source
from ..kind import Format, Kind, Widgets, by_reader, call_on_object
from ..options import take_options

if TYPE_CHECKING:
    import pandas as pd

CATEGORY_TEXTS = 100  # different texts, of which a column is rather of categories
AS_LINES = "its lines are cut alike, so the text is a table: --kind sequences (kind=) learns lines of text"


def _binary_table(source: Source) -> Raw:
    from ..formats.tables.binary_tables import read_binary_table

    place = {"sheet": source.get("sheet"), "header_row": source.get("header_row"), "usual_sheet": source.usual_sheet}
    own_texts = {**source.labels, **source.own_texts}
    return read_binary_table(source.path, **place, own_texts=own_texts)


def _other_table(source: Source) -> Raw:
    from ..formats.tables.other_tables import read_other_table

    return read_other_table(source)


def _read_parts(source: Source) -> Raw:
    from ..formats.tables.table_parts import read_parts

    return read_parts(source.path, source.table_parts)


def lone_text(table: "pd.DataFrame") -> str | None:
    """Returns the name of a table's only column, if it holds mostly different texts."""
    if table.shape[1] != 1:
        return None
    cells = table.iloc[:, 0].dropna()
    different = cells.nunique()
    text = different > CATEGORY_TEXTS and different > len(cells) / 2 and all(isinstance(cell, str) for cell in cells)
    return str(table.columns[0]) if text else None


def _text_table(source: Source) -> Raw:
    from ..formats.tables.delimited import read_delimited

    table = read_delimited(source.path, source.get("header_row"), source.own_texts, source.labels)
    if column := lone_text(table.items):
        return replace(table, column=column)
    if source.ends(*TEXT) and source.get("kind") is None and table.items.shape[1] > 1:
        table.account.remarks.insert(0, AS_LINES)
    return table


def _check(source: Source) -> None:
    """Raises DataError for a sheet of what has none, and for a row of names that no file of tables has."""
    sheet, row = source.get("sheet"), source.get("header_row")
    if sheet is not None and not source.ends(*WORKBOOKS):
        raise DataError(f"sheet is for an Excel workbook, and {source.called} is none: leave sheet out")
    if row is not None and not source.ends(*WORKBOOKS, *TEXT_TABLES):
        raise DataError(
            f"header_row is for workbooks and .csv files, and {source.called} is none: leave header_row out"
        )
    for option in ("table", "query"):
        if source.get(option) is not None and not _is_database(source):
            raise DataError(f"{option} is for a database, and {source.called} is none: leave {option} out")
    if source.get("table") is not None and source.get("query") is not None:
        raise DataError("table and query both say what is read: name one of them")
    if row is not None and row < 1:
        raise DataError(f"header_row {row} is no row: rows count from 1")


def _is_database(source: Source) -> bool:
    return source.address is not None or source.is_file_for("formats.tables.databases")


def _database(source: Source) -> Raw:
    from ..formats.tables.databases import read_database

    return read_database(source.address or source.path, source.get("table"), source.get("query"))


def _records(source: Source) -> Raw:
    from ..formats.tables.json_records import read_records

    return read_records(source.path)


def _is_records(source: Source) -> bool:
    from ..formats.tables.json_records import holds_records

    is_named = source.is_file_for("formats.tables.json_records")
    is_named |= source.ends(*TEXT) and not source.is_folder and source.get("kind") in (None, "tables")
    return is_named and holds_records(source.path)


def _frame(source: Source) -> Raw:
    from ..values.frames import as_frame, names_of_index, with_names

    frame, account = with_names(as_frame(source.given)), Account()
    account.see("row labels", names_of_index(frame))
    return Raw("tables", "table", frame.reset_index(drop=True), account=account)


def _anndata(source: Source) -> Raw:
    from ..formats.objects import table_of_anndata

    return _frame(replace(source, given=table_of_anndata(source.given)))


def _array(source: Source) -> Raw:
    """Rows of numbers; images, where it has the form of such."""
    import numpy as np

    from ..formats.arrays import read_array
    from ..formats.images.depth import named_range

    x = np.asarray(source.given)
    given = getattr(source.given, "given", {})
    how = {"brightness": named_range(source.get("range")), "side": source.get("side")}
    return read_array(x, "array", given.get("label"), captions=given.get("caption"), **how)


KIND = Kind(
    "tables",
    "a table",
    "genwright.kinds.tables.load",
    options=take_options("given types drop missing rules filter group time split_column sheet header_row table query"),
    formats=(
        Format(lambda source: source.get("kind") in (None, "tables") and source.table_parts, _read_parts),
        Format(lambda source: source.ends(*BINARY_TABLES), _binary_table),
        Format(_is_records, _records),
        Format(lambda source: source.ends(*TEXT_TABLES), _text_table),
        Format(by_reader("formats.tables.other_tables", "formats.tables.array_files"), _other_table),
        Format(_is_database, _database),
        Format(call_on_object("formats.arrays:is_bunch"), call_on_object("formats.arrays:read_bunch"), "Bunch"),
        Format(lambda source: isinstance(source.given, dict), call_on_object("formats.arrays:read_columns"), "columns"),
        Format(call_on_object("formats.objects:is_anndata"), _anndata, "AnnData"),
        Format(lambda source: hasattr(source.given, "columns"), _frame, "DataFrame"),
        Format(lambda source: hasattr(source.given, "__array__"), _array, "array"),
    ),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:Rows",
    check=_check,
    widgets=Widgets(samples=1000, columns=True, rows=True),
)
