"""Whatever a person hands over (a name, a path, an array, a table) as Raw data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError, require_text
from .named import NAMES, read_named, suggest
from .raw import Raw
from .readers.idx import is_idx, read_idx_pictures

TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
MOST_LABELS = 1_000


def read_source(source: Any, seed: int) -> tuple[Raw, str]:
    """The data, and what `source` was as text. Raises DataError for what is not there, damaged, or of no known kind."""
    if isinstance(source, (str, os.PathLike)):
        if str(source) in NAMES:
            return read_named(str(source), seed), str(source)
        return _read_path(Path(source).expanduser(), str(source)), str(source)
    if isinstance(source, tuple) and len(source) == 2:
        return _read_array(np.asarray(source[0]), "array", source[1]), "array and labels"
    if hasattr(source, "columns"):
        return Raw("table", source.reset_index(drop=True)), "DataFrame"
    if hasattr(source, "__array__"):
        labels = getattr(source, "given", {}).get("label")
        return _read_array(np.asarray(source), "array", labels), "array"
    raise DataError(
        f"data of type {type(source).__name__} is not understood: pass a name, a path, an array, (array, labels) or "
        "a DataFrame"
    )


def _read_path(path: Path, text: str) -> Raw:
    from .readers import picture_files as read_pictures

    if not text or not os.path.exists(path):
        raise DataError(f"{text!r} is neither a file nor a folder nor named data: {suggest(text)}")
    require_text(path.name, "the data")
    name, suffix = path.name.lower(), path.suffix.lower()
    if path.is_dir():
        found = read_pictures.read_folder(path)
        return _pictures(path.resolve().name, found, str(path))
    if suffix == ".npy":
        from .readers.numpy_arrays import read_arrays

        return _read_array(read_arrays(path)["x"], str(path), name=path.stem)
    if suffix == ".npz":
        return _read_npz(path)
    if is_idx(path):
        x, labels = read_idx_pictures(path)
        return _read_array(x, str(path), labels, path.name.split(".")[0])
    if suffix in (".parquet", ".xlsx"):
        from .readers.parquet_excel import read_engine_table

        return Raw(path.stem, read_engine_table(path))
    if name.endswith(TABLES):
        from .readers.delimited import read_table

        return Raw(path.name.split(".")[0] or path.name, read_table(path))
    if suffix in read_pictures.SUFFIXES:
        raise DataError(f"{path} is one picture, not a data set: pass the folder that holds it and others")
    raise DataError(
        f"{path} is of a kind that is not understood: use .csv, .csv.gz, .parquet, .xlsx, .npy, .npz, IDX (.idx, "
        "-ubyte), or a folder of PNG or JPEG pictures"
    )


def _read_npz(path: Path) -> Raw:
    """x and y; an official test part where x_train and x_test are there."""
    from .readers.numpy_arrays import read_arrays
    from .readers.picture_files import pick

    arrays = read_arrays(path)
    x, y, parts = pick(arrays, "x", path), pick(arrays, "y", path), None
    if "x_train" in arrays and "x_test" in arrays:
        test, y_test = arrays["x_test"], arrays.get("y_test")
        if test.shape[1:] != x.shape[1:] or (y is None) != (y_test is None):
            raise DataError(
                f"{path} has parts x_train and x_test that do not fit together: give both one shape, and labels to both"
            )
        parts = np.repeat(np.array(["", "test"]), [len(x), len(test)])
        _check_shared(y, y_test, path)
        x, y = np.concatenate([x, test]), None if y is None else np.concatenate([y, y_test])
    levels = arrays.get("levels")
    levels = int(levels) if levels is not None and levels.ndim == 0 and levels.dtype.kind in "iu" else None
    return _read_array(x, str(path), y, path.stem, parts, levels)


def _check_shared(y: np.ndarray | None, y_test: np.ndarray | None, path: Path) -> None:
    """A label that only an official test part has is a mistake of coding more often than not, and cannot be learned."""
    if y is not None and y.dtype.kind == y_test.dtype.kind:
        only = np.setdiff1d(y_test, y)
        if len(only):
            raise DataError(
                f"{path} has label {only[0]} in y_test and not in y_train, so that no model could learn it: give both "
                "parts the same labels, or leave those items out"
            )


def _read_array(
    x: np.ndarray, what: str, labels=None, name: str = "array", parts=None, levels: int | None = None
) -> Raw:
    from .readers import picture_files as read_pictures

    what = "the array" if what == "array" else what
    if x.dtype == object:
        raise DataError(f"{what} holds Python objects: pass plain numbers, or a table as a DataFrame")
    if x.size == 0:
        raise DataError(f"{what} is empty (shape {x.shape}): pass at least one item")
    if x.ndim in (1, 2):
        return _rows(x.reshape(len(x), -1), what, labels, name, parts)
    return _pictures(name, read_pictures.read_array(x, what, labels, levels), what, parts)


def _rows(x: np.ndarray, what: str, labels, name: str, parts) -> Raw:
    """(n, D) as a table with columns x0, x1, .. and, where there are labels, one called label, to condition on."""
    import pandas as pd

    if x.dtype.kind not in "biuf":
        raise DataError(f"{what} holds {x.dtype} values: pass plain numbers, or a table as a DataFrame")
    if np.isinf(x).any():
        raise DataError(f"{what} holds infinite values: replace them, with NaN where they mean missing")
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])])
    if labels is None:
        return Raw(name, frame, parts=parts)
    frame["label"] = _checked_labels(np.asarray(labels), len(x), what)
    return Raw(name, frame, parts=parts, given=("label",))


def _pictures(name: str, found, what: str, parts=None) -> Raw:
    labels, notes = found.labels, list(found.notes)
    if labels is not None:
        labels = _checked_labels(labels, len(found.pictures), what)
        distinct = np.unique(labels.astype(str))
        if len(distinct) == 1:
            labels = None
            notes.append(f"every picture has the same label, {distinct[0]}, so labels are left out")
        elif len(distinct) > min(MOST_LABELS, len(labels) / 2):
            raise DataError(
                f"{what} has {len(distinct)} labels for {len(labels)} pictures: a label must be shared by several; "
                "leave them out"
            )
    return Raw(name, found.pictures, labels, None, parts, found.levels, found.width, notes)


def _checked_labels(labels: np.ndarray, n: int, what: str) -> np.ndarray:
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.shape != (n,):
        raise DataError(f"{what} has labels of shape {labels.shape} for {n} items: pass one label for each")
    if labels.dtype.kind == "f":
        if not (labels == np.rint(labels)).all():
            raise DataError(f"{what} has labels that are not whole numbers or names: a label is one of a few classes")
        return labels.astype(int)
    if labels.dtype == object:
        if not all(isinstance(label, str) for label in labels):
            raise DataError(f"{what} has labels of mixed kinds or missing ones: make all of them text or whole numbers")
        return labels.astype(str)
    if labels.dtype.kind not in "iubU":
        raise DataError(f"{what} has labels of type {labels.dtype}: make them text or whole numbers")
    return labels
