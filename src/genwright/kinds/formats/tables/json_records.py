"""JSON as a table: a list of objects, or of rows without names, an object of columns (lists, or objects by row, as
pandas writes), an object of rows by key, or an object a line. An object in a cell is spread over columns such as
`place.x`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ....core.account import Account
from ....core.errors import DataError, list_some
from ....core.limits import read_plain_head, require_cells, require_size
from ....core.safe_text import parse_json
from ...values.frames import check_columns, check_rows, frame_of
from ..forms import name_of
from ..parsing import parsing
from ..raw import Raw
from ..sequences.text_lines import read_text, split_lines

LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
HEAD = 4096  # bytes that say whether a file holds records
FEWEST_ROWS = 10  # of a table
SHOWN_TABLES = 5  # names in an error
UNPACKED = 16  # times as large as its text a list of objects is in memory
_RECORDS = re.compile(  # rows, or an object whose first cell is no list of lists, as music has
    rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*(?:\[\s*)?[^\[\]\s]|\{\s*"(?:[^"\\]|\\.)*"\s*:(?!\s*\[\s*[\[\]]))'
)


def holds_records(path: Path) -> bool:
    """Whether a file of JSON is a table, by its name or its first object. Raises DataError where it cannot be read."""
    return path.name.lower().endswith(LINES) or bool(_RECORDS.match(read_plain_head(path, HEAD)))


def read_records(path: Path) -> Raw:
    """A column for each name that an object has, missing where another lacks it. Raises DataError for damaged JSON, and
    for rows that are no objects."""
    what, text = f"'{path}'", read_text(path)
    require_size(what, UNPACKED * len(text))
    with parsing(what):
        rows, account = _rows(text, what)
        frame = frame_of_rows(rows, what)
    return Raw("tables", name_of(path), frame, account=account)


def frame_of_rows(rows: list[dict[str, object]], what: str) -> pd.DataFrame:
    """Rows of JSON, of a file or of a request, as a table: no cell changes another one's digits.

    Raises DataError for two cells of one name, and for more rows or columns than a table may have.

    Args:
        rows: objects {column: cell}, whose objects are spread over columns such as `place.x`.
        what: they are, in an error.
    """
    rows = [_spread(row, what) for row in rows]
    check_rows(len(rows), what)
    names = list(dict.fromkeys(name for row in rows for name in row))
    check_columns(len(names), what)
    require_cells(what, len(rows) * len(names))
    return frame_of({name: _column([row.get(name) for row in rows]) for name in names})


def _rows(text: str, what: str) -> tuple[list[dict[str, object]], Account]:
    """The rows of a text, and what of it is not used."""
    account = Account()
    try:
        held = parse_json(text, what)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise DataError(f"line {error.lineno:,} of {what} is no JSON ({error.msg}): correct it") from None
        names: dict[str, str] = {}
        lines = ((n, line) for n, line in enumerate(split_lines(text), 1) if line.strip())
        held = [_share_names(_object(line, f"line {n:,} of {what}"), names) for n, line in lines]
    if isinstance(held, dict) and {"columns", "data"} <= held.keys() and isinstance(held["columns"], list):
        account.see("fields", [name for name in held if name not in ("columns", "data", "index")])
        return _rows_of_split(held, what), account
    held = {name: value for name, value in held.items() if name != "schema"} if _has_schema(held) else held
    below = _rows_below(held) if isinstance(held, dict) else []
    several = [name for name in held if any(held[name] is one for one in below)] if len(below) > 1 else []
    if len(several) > 1:
        raise DataError(f"{what} holds several tables, {list_some(several, SHOWN_TABLES)}: save the one that is meant")
    if len(below) == 1:
        account.see("fields", [name for name, value in held.items() if not _lies_in(below[0], value)])
        held = below[0]
    if isinstance(held, dict) and held and all(isinstance(cells, (list, dict)) for cells in held.values()):
        rows, numbered = list(held.values()), list(held) == list(map(str, range(len(held))))
        if numbered and isinstance(rows[0], dict) and "0" not in rows[0]:
            return rows, account  # by the number of each row
        if _are_rows_by_key(held, what):
            account.see("keys of the rows", list(held))
            return rows, account
        keys = dict.fromkeys(key for cells in rows if isinstance(cells, dict) for key in cells)
        account.see("keys of the rows", [] if list(keys) == list(map(str, range(len(keys)))) else keys)
        columns = [list(cells.values()) if isinstance(cells, dict) else cells for cells in held.values()]
        if len({len(cells) for cells in columns}) > 1:
            raise DataError(f"{what} holds columns of several lengths: give each column a cell for every row")
        held = [dict(zip(held, cells)) for cells in zip(*columns)]
    held = _with_names(held) if isinstance(held, list) else [held]
    if not held or not all(isinstance(row, dict) for row in held):
        raise DataError(f'{what} holds no rows of a table: give a list of objects, such as [{{"age": 31}}, ...]')
    return held, account


def _with_names(rows: list) -> list:
    """Rows that are lists of cells, or one cell each, as objects {x0: cell, x1: cell}; others as they are."""
    cells = [row if isinstance(row, list) else [row] for row in rows]
    plain = all(not isinstance(cell, (list, dict)) for row in cells for cell in row)
    return [{f"x{j}": cell for j, cell in enumerate(row)} for row in cells] if plain else rows


def _lies_in(rows: list, value: object, levels: int = 3) -> bool:
    """Whether a value is these rows, or an object that has them in it."""
    if isinstance(value, dict) and levels > 1:
        return any(_lies_in(rows, inner, levels - 1) for inner in value.values())
    return value is rows


def _are_rows_by_key(held: dict[str, object], what: str) -> bool:
    """Whether an object of objects holds a row under each key, as databases and pandas (orient="index") write it, and
    not a column, whose cells pandas numbers 0, 1, ... Raises DataError where both may be."""
    objects = list(held.values())
    if not all(isinstance(one, dict) and one for one in objects):
        return False
    names = list(objects[0])
    if {*names} & {"0", "1"} or all(name.isdecimal() for name in names):
        return False
    types = [{type(one.get(name)) for one in objects if one.get(name) is not None} for name in names]
    rows_alike = all(len(kinds) <= 1 or kinds <= {int, float} for kinds in types)
    columns_alike = all(
        len(kinds := {type(cell) for cell in one.values() if cell is not None}) <= 1 or kinds <= {int, float}
        for one in objects
    )
    if rows_alike and (len(objects) > len(names) or not columns_alike):
        return True
    if rows_alike and columns_alike and len(names) >= FEWEST_ROWS and len(objects) >= FEWEST_ROWS:
        raise DataError(
            f"{what} may hold {len(objects):,} rows by key, or as many columns of {len(names):,} rows: write it as a "
            "list of rows, with pandas.DataFrame.to_json(orient='records')"
        )
    return False


def _spread(row: dict[str, object], what: str) -> dict[str, object]:
    """The row without objects in its cells. Raises DataError where two cells come to have one name."""
    if not any(isinstance(cell, dict) for cell in row.values()):
        return row
    cells = list(_cells(row))
    if len(spread := dict(cells)) < len(cells):
        names = [name for name, _ in cells]
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{what} names {twice!r} twice, as a cell and in an object: rename one")
    return spread


def _cells(row: dict[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, cell in row.items():
        if isinstance(cell, dict):
            yield from _cells(cell, f"{above}{name}.")
        else:
            yield above + name, cell


def _has_schema(held: object) -> bool:
    """Whether it is a table with what its columns are beside it (Table Schema)."""
    return isinstance(held, dict) and {"schema", "data"} <= held.keys()


def _rows_of_split(held: dict, what: str) -> list[dict[str, object]]:
    """Rows as pandas writes them with the names of columns apart (orient="split")."""
    names, rows = list(map(str, held["columns"])), held["data"]
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        raise DataError(f"{what} has rows of other lengths than its columns: give each row a cell for every column")
    return [dict(zip(names, row)) for row in rows]


def _rows_below(held: dict, levels: int = 3) -> list[list[dict]]:
    """Lists of several objects among the values of an object, and among those of objects in it."""
    lists = []
    for value in held.values():
        if isinstance(value, list) and len(value) > 1 and all(isinstance(row, dict) for row in value):
            lists.append(value)
        elif isinstance(value, dict) and levels > 1:
            lists += _rows_below(value, levels - 1)
    return lists


def _object(line: str, where: str) -> object:
    try:
        return parse_json(line, where)
    except json.JSONDecodeError as error:
        raise DataError(f"{where} is no JSON ({error.msg}, character {error.colno}): correct it") from None


def _share_names(row: object, names: dict[str, str]) -> object:
    """An object whose names are those of `names`, so that each is held once."""
    return {names.setdefault(name, name): cell for name, cell in row.items()} if isinstance(row, dict) else row


def _column(cells: list) -> pd.Series:
    """Cells -> the plainest type that holds every filled one."""
    column = pd.Series(cells, dtype=object)
    kind, missing = pd.api.types.infer_dtype(column, skipna=True), column.isna()
    if kind == "integer" and max(map(abs, column[~missing])) < 2**63:
        return column.astype("Int64" if missing.any() else "int64")
    if kind == "boolean":
        return column.astype("boolean" if missing.any() else bool)
    if kind in ("floating", "mixed-integer-float", "empty"):
        return column.astype(float)
    return column.astype("str") if kind == "string" else column
