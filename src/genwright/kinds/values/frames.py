"""DataFrames as people hold them: one form on the way in, and cells filled without touching the others. Values that
files hold beside each item become columns by name.
"""

import difflib
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from ...core.errors import DataError, damage
from ...core.limits import MAX_COLUMNS, MAX_ROWS, MOST_BYTES, VARIABLE, most_rows, require_cells
from ...core.packages import require_package
from .labels import label_texts
from .typed_cells import typed_cells

NARROW = 100  # columns
UNNAMED = "Unnamed: 0"  # pandas gives this name to a column of names on the left


def is_arrow_table(items: object) -> bool:
    """Tells whether items are a table of another library, such as pyarrow, that exports itself as an Arrow stream."""
    return hasattr(items, "columns") and hasattr(items, "__arrow_c_stream__") and not isinstance(items, pd.DataFrame)


def from_arrow(items: object) -> pd.DataFrame:
    """A DataFrame of Arrow types, with dictionaries as categories. It leaves out a row index that pandas stored."""
    require_package("pyarrow")
    import pyarrow

    def keep_type(kind: object) -> pd.ArrowDtype | None:
        if pyarrow.types.is_dictionary(kind):
            return None
        return pd.ArrowDtype(pyarrow.large_string() if pyarrow.types.is_string_view(kind) else kind)

    with damage(f"the {type(items).__name__}"):
        frame = pyarrow.table(items).to_pandas(types_mapper=keep_type, ignore_metadata=True)
    return frame[[name for name in frame.columns if not name.startswith("__index_level_")]]


def as_frame(items: object) -> pd.DataFrame:
    """Returns items as a DataFrame whose column names are distinct and text.

    Raises DataError for anything else.

    Args:
        items: a DataFrame, a table that pyarrow can read, or a 2-D array, whose columns become x0, x1, ...
    """
    if isinstance(items, np.ndarray):
        if items.ndim != 2 or items.dtype.kind not in "fiubOM":
            raise DataError(
                f"an array of shape {items.shape} and type {items.dtype} is no table: "
                "give numbers of shape (rows, columns)"
            )
        return pd.DataFrame(items, columns=[f"x{j}" for j in range(items.shape[1])]).infer_objects()
    if is_arrow_table(items):
        items = from_arrow(items)
    if not isinstance(items, pd.DataFrame):
        raise DataError(f"a {type(items).__name__} is no table: give a pandas DataFrame or a 2-D array")
    if items.columns.nlevels > 1:
        raise DataError(
            f"the table has column names of {items.columns.nlevels} levels, such as {items.columns[0]}. Join them: "
            "table.columns = ['_'.join(map(str, name)) for name in table.columns]"
        )
    names = [str(name) if str(name).strip() else f"Unnamed: {j}" for j, name in enumerate(items.columns)]
    frame = items.set_axis(names, axis=1)
    repeated_names = frame.columns[frame.columns.duplicated()].unique()
    if len(repeated_names):
        raise DataError(
            f"column name '{repeated_names[0]}' stands more than once in the table: rename or remove its copies"
        )
    check_columns(frame.shape[1])
    if not frame.size:
        raise DataError(
            f"the table is empty, with {frame.shape[0]} rows and {frame.shape[1]} columns: give it at least one of each"
        )
    return frame


def spread_lists(frame: pd.DataFrame, whole: Collection[str] = ()) -> tuple[pd.DataFrame, list[str]]:
    """Returns the table without lists and objects in its cells, and what was made of them: columns `name.1`, ... where
    all lists of one are of as many numbers, else texts; a column of lists of lists, or of objects, is left out. Objects
    become columns `name.key`, as those of JSON do.

    Args:
        frame: The table.
        whole: stay texts.
    """
    frame, notes = _spread_objects(frame)
    columns, is_list = {}, lambda cell: isinstance(cell, (list, tuple, np.ndarray))
    for name, cells in frame.items():
        filled_cells = cells.dropna() if cells.dtype == object or isinstance(cells.dtype, pd.ArrowDtype) else ()
        if not len(filled_cells) or not is_list(filled_cells.iloc[0]) or not all(map(is_list, filled_cells)):
            columns[name] = cells
            continue
        lists = pd.Series([np.asarray(cell, object).tolist() for cell in filled_cells], filled_cells.index)
        cell_types = {type(cell) for cells in lists for cell in cells}
        widths = {*map(len, lists)}
        dropped_words = "left out"
        if cell_types <= {int, float, bool} and len(widths) == 1 and cell_types and name not in whole:
            spread_columns = pd.DataFrame(list(lists), lists.index).reindex(frame.index)
            dropped_words = "a column for each number"
            columns |= {f"{name}.{j + 1}": spread_columns[j] for j in spread_columns}
        elif cell_types <= {int, float, bool, str}:
            texts, dropped_words = lists.map(lambda cells: ", ".join(map(str, cells)) or None), "each read as one text"
            columns[name] = texts.reindex(frame.index).astype("str")
        notes.append(f"`{name}` holds lists: {dropped_words}")
    return (frame_of(columns) if notes else frame), notes


def _spread_objects(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The table without objects in its cells, at whatever depth they are."""
    notes: list[str] = []
    while nested := [name for name, cells in frame.items() if _holds_objects(cells)]:
        columns = {}
        for name, cells in frame.items():
            filled = cells.dropna() if name in nested else None
            fields = {} if filled is None else pd.DataFrame(list(filled), filled.index).reindex(frame.index)
            made = {name: cells} if filled is None else {f"{name}.{key}": fields[key] for key in fields}
            if twice := [one for one in made if one in columns or (one != name and one in frame)]:
                raise DataError(f"the table names {twice[0]!r} twice, as a column and in an object: rename one")
            columns |= made
        notes += [f"`{name}` holds objects: a column for each field" for name in nested]
        frame = frame_of(columns)
    return frame, notes


def _holds_objects(cells: pd.Series) -> bool:
    if cells.dtype != object and not isinstance(cells.dtype, pd.ArrowDtype):
        return False
    filled = cells.dropna()
    return len(filled) > 0 and isinstance(filled.iloc[0], dict) and all(isinstance(cell, dict) for cell in filled)


def frame_of(columns: dict[str, pd.Series]) -> pd.DataFrame:
    """Makes a DataFrame of columns. Many columns are copied into one block: that takes twice the memory, and later
    look-ups are faster."""
    return pd.DataFrame(columns, copy=len(columns) > NARROW)


def check_columns(count: int, source_name: str = "the table") -> None:
    if count > MAX_COLUMNS:
        raise DataError(
            f"{source_name} has {count} columns and at most {MAX_COLUMNS} can be modelled: choose the ones that matter"
        )


def check_rows(count: int, source_name: str) -> None:
    if count > (most_allowed := most_rows()):
        needed_memory = -(-count * MOST_BYTES // (MAX_ROWS * 2**30))
        raise DataError(
            f"{source_name} has {count:,} rows, more than the limit of {most_allowed:,}. Keep that many at random "
            f"(in pandas, table.sample({most_allowed:_})), or set {VARIABLE}={needed_memory}G if the machine has "
            "the memory"
        )


def require_column(name: str, names: list[str], column_name: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(str(name), names, 1, 0.5)
        hint = (
            f"did you mean '{near[0]}'?"
            if near
            else f"its columns are {', '.join(names[:10])}{', ...' * (len(names) > 10)}"
        )
        raise DataError(f"column '{name}', named by {column_name}, is not in the table: {hint}")


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """Returns a column of the frame, empty cells where it has none."""
    return frame[name] if name in frame.columns else pd.Series(np.nan, frame.index, dtype=object)


def merge(cells: pd.Series, keep: np.ndarray, sampled: pd.Series) -> pd.Series:
    """Returns the user's cells where `keep`, drawn ones elsewhere; in the user's dtype if nothing changes, else in the
    training dtype if that holds the user's cells unchanged.

    Args:
        cells: Cells of the column.
    """
    if keep.all():
        return cells
    if not keep.any():
        return sampled
    own_cells = cells[keep]
    if cells.dtype != sampled.dtype:
        try:
            cast = own_cells.astype(sampled.dtype)
            is_equal = bool(
                ((cast.astype(object) == own_cells.astype(object)) | (cast.isna() & own_cells.isna())).all()
            )
        except (ValueError, TypeError, OverflowError):  # OverflowError: a whole number of more than 64 bits
            is_equal = False
        if not is_equal:
            return cells.astype(object).where(keep, sampled.astype(object)).infer_objects()
        cells = sampled.copy()
        cells[keep] = cast.array  # pandas would align a Series, and make floats of whole numbers on the way
        return cells
    return cells.where(keep, sampled)


def columns_beside(values: Sequence[dict[str, str]]) -> pd.DataFrame | None:
    """Makes a table of the values beside items: a row an item, missing where it has none of a name.

    Each column has the plainest type, as in a CSV. None where no item has any. Raises DataError for more names than a
    table may have.
    """
    source_name, names = "what stands beside the items", len(set().union(*values))
    check_columns(names, source_name)
    require_cells(source_name, names * len(values))
    cells = pd.DataFrame(list(values), dtype=object)
    return cells.apply(typed_cells, decimal_comma=False) if any(values) else None


def names_of_index(table: pd.DataFrame) -> list[str]:
    """Returns names of the levels of an index that says more than numbers of rows."""
    plain = table.index.nlevels == 1 and table.index.name is None and table.index.dtype.kind in "iu"
    return [] if plain else [str(name) if name is not None else "the index" for name in table.index.names]


def with_names(table: pd.DataFrame) -> pd.DataFrame:
    """Turns an index that names the columns into the first column; other tables stay as they are."""
    if len(table) != table.shape[1] or any(isinstance(axis, (pd.RangeIndex, pd.MultiIndex)) for axis in table.axes):
        return table
    has_names = set(label_texts(table.index)) == set(label_texts(table.columns))
    return table.reset_index(names=UNNAMED) if has_names else table
