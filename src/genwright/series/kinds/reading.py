"""Reading series that are no long table: tables with an index of times, arrays (n, T, D), a file for each subject."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ...core.files import write_whole
from ...kinds.formats.folders import list_files
from ...kinds.formats.forms import TEXT_TABLES, name_of
from ...kinds.formats.numpy_arrays import read_arrays, shape_of_x
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Source
from ...kinds.formats.tables.write_table import as_array, pack_arrays
from .raw import NAME, RawSeries
from .subjects import flatten_index

FILE = "file"  # the column that holds the name of each subject's file
ARRAYS = (".npz", ".npy")


def read_table(source: Source) -> RawSeries:
    """Any source that holds a table. Raises DataError for one that holds none."""
    raw = source.but(kind="tables", windows=None).read()
    if not isinstance(raw, Raw) or raw.kind != "tables":
        raise DataError(f"{source.called} holds no table, of which rows would be series: leave --kind out")
    held = {part.name: getattr(raw, part.name) for part in fields(Raw)}
    return RawSeries(**held | {"kind": NAME})


def is_indexed(given: object) -> bool:
    """Whether an object is a DataFrame whose index says more than the number of a row."""
    return isinstance(given, pd.DataFrame) and flatten_index(given) is not given


def read_indexed(given: pd.DataFrame) -> RawSeries:
    """A DataFrame with a DatetimeIndex, or with a MultiIndex whose last level is the time and whose first names
    subjects."""
    frame = flatten_index(given)
    names = list(map(str, frame.columns[: given.index.nlevels]))
    group = names[0] if len(names) > 1 else ""
    return RawSeries(NAME, "table", frame, account=Account(), group=group, time=names[-1])


def is_array(source: Source) -> bool:
    """Whether it is an array (n, T, D), in memory or in a file."""
    if source.ends(*ARRAYS) and not source.is_folder:
        return len(shape_of_x(source.path) or ()) == 3
    return isinstance(source.given, np.ndarray) and source.given.ndim == 3


def read_array(source: Source) -> RawSeries:
    """Series of an array (n, T, D). Rows at the end of a series that hold nothing are no rows. Other arrays of a file
    with a value for each series are static columns.

    Raises DataError for an array that holds no numbers, and for a series without rows.
    """
    arrays = read_arrays(source.path) if source.path is not None else {"x": source.given}
    name = name_of(source.path) if source.path is not None else "array"
    x = np.asarray(arrays.pop("x") if "x" in arrays else arrays.pop(next(iter(arrays))))
    if x.dtype.kind not in "fiub":
        raise DataError(f"{source.called} holds an array of type {x.dtype}: give numbers of shape (n, T, D)")
    series, length, _ = x.shape
    held = ~np.isnan(x).all(2) if x.dtype.kind == "f" else np.ones((series, length), bool)
    sizes = np.where(held.any(1), length - held[:, ::-1].argmax(1), 0)
    if (sizes == 0).any():
        raise DataError(f"series {int(np.flatnonzero(sizes == 0)[0])} of {source.called} has no rows: leave it out")
    inside = np.arange(length) < sizes[:, None]
    columns = {NAME: np.repeat(np.arange(series), sizes)}
    columns |= {f"x{j}": x[:, :, j][inside] for j in range(x.shape[2])}
    for other, values in arrays.items():
        values = np.asarray(values)
        if values.shape[:1] == (series,) and values.ndim <= 2:
            wide = values.reshape(series, -1)
            called = [other] if wide.shape[1] == 1 else [f"{other}{j}" for j in range(wide.shape[1])]
            columns |= {one: np.repeat(wide[:, j], sizes) for j, one in enumerate(called)}
    return RawSeries(NAME, name, pd.DataFrame(columns), account=Account(), group=NAME)


def write_array(table: pd.DataFrame, path: Path) -> Path:
    """Writes what `read_array` reads: `x` (n, T, D), NaN behind the end of a series, and an array (n,) for each static
    column.

    Args:
        table: rows of all series, one series after another, with the columns `series`, `x0`, `x1`, ...
        path: Path of the .npz.
    """
    numbers = [name for name in table.columns if re.fullmatch(r"x\d+", name)]
    _, first, sizes = np.unique(table[NAME].to_numpy(), return_index=True, return_counts=True)
    order = np.argsort(first)
    first, sizes = first[order], sizes[order]
    inside = np.arange(sizes.max()) < sizes[:, None]
    x = np.full((*inside.shape, len(numbers)), np.nan)
    x[inside] = table[numbers].to_numpy(float, na_value=np.nan)
    statics = table.drop(columns=[NAME, *numbers]).iloc[first]
    return write_whole(path, pack_arrays({"x": x} | {name: as_array(statics[name]) for name in statics}))


def is_folder(source: Source) -> bool:
    """Whether it is a folder of tables."""
    return source.is_folder and bool(list_files(source.path, TEXT_TABLES)[0])


def read_folder(source: Source) -> RawSeries:
    """A folder with a table for each subject: the name of its file names the subject, in the column `file`.

    Raises DataError for a file that is no table, and for one whose columns differ from those of the others.
    """
    files, others = list_files(source.path, TEXT_TABLES)
    tables, account = [], Account()
    for file in files:
        frame = read_table(Source(str(file), reader=source.reader)).items
        if tables and list(frame.columns) != list(tables[0].columns[: frame.shape[1]]):
            raise DataError(f"{file.name} has other columns than {files[0].name}: give all files the same header")
        tables.append(frame.assign(**{FILE: name_of(file)}) if FILE not in frame.columns else frame)
    whole = pd.concat(tables, ignore_index=True)
    account.see("files", [str(other) for other in others])
    account.remarks.append(f"{len(files):,} files, one for each series")
    group = source.get("group") or FILE
    return RawSeries(NAME, name_of(source.path), whole, account=account, group=group)
