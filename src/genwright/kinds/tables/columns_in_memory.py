"""Tables in memory that are no DataFrame: a dict of columns, and a data set of scikit-learn, a Bunch."""

from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ..raw import Raw

MAX_CLASSES = 50  # classes, at most


def is_bunch(given: Any) -> bool:
    """A dict with data and target that are its attributes as well."""
    return isinstance(given, dict) and {"data", "target"} <= given.keys() and getattr(given, "data", None) is not None


def read_bunch(bunch: Any) -> Raw:
    """A table of `data` and `target`, or images where it has any; given is a target that is of few classes, by their
    names where it has them.

    Raises DataError where the target is no one column, or the data are no table.
    """
    from ..arrays import read_array

    data, target, classes = bunch["data"], bunch["target"], bunch.get("target_names")
    if hasattr(data, "tocsr") or np.ndim(data) != 2:
        raise DataError(f"the Bunch holds data of type {type(data).__name__}, not rows: pass those as a table")
    if target is not None and np.ndim(target) != 1:
        raise DataError(f"the Bunch has a target of shape {np.shape(target)}: keep one column of it as its target")
    name = getattr(target, "name", None) or "target"
    labels = None if target is None else np.asarray(target)
    whole = labels is not None and labels.dtype.kind in "iub"
    if whole and classes is not None and 0 <= labels.min() <= labels.max() < len(classes):
        labels = np.asarray(classes)[labels]
    named = labels is not None and len(pd.unique(labels)) <= MAX_CLASSES and (whole or labels.dtype.kind not in "f")
    pictures = bunch.get("images")
    if isinstance(pictures, np.ndarray):
        levels = None
        if pictures.max(initial=0) <= 255 and (pictures == np.rint(pictures)).all():  # as digits are: 0.0 to 16.0
            pictures, levels = pictures.astype(np.uint8), max(2, int(pictures.max()) + 1)
        return read_array(pictures, "the Bunch", labels if named else None, "bunch", levels=levels)
    names = bunch.get("feature_names")
    frame = pd.DataFrame(data, columns=None if hasattr(data, "columns") else names)
    frame.columns = [f"x{name}" if isinstance(name, int) else str(name) for name in frame.columns]
    if labels is not None and name in frame.columns:
        raise DataError(f"the Bunch has a column '{name}' beside a target of that name: rename one")
    if labels is not None:
        frame = frame.assign(**{name: labels}).reset_index(drop=True)
    return Raw("tables", "bunch", frame, given=(name,) if named else ())


def read_columns(columns: dict) -> Raw:
    """Raises DataError for columns of unequal length or of more than one axis, and for no columns."""
    if not columns:
        raise DataError("the dict is empty: give it a column of values under each name")
    for name, values in columns.items():
        if isinstance(values, (str, bytes)) or np.ndim(values) != 1:
            what = f"shape {np.shape(values)}" if np.ndim(values) else f"type {type(values).__name__}"
            raise DataError(f"the dict holds {what} under {name!r}: give a list of one value a row under each name")
    lengths = {name: len(values) for name, values in columns.items()}
    (first, rows), *others = lengths.items()
    for name, length in others:
        if length != rows:
            raise DataError(
                f"the dict has {rows:,} values under {first!r} and {length:,} under {name!r}: give each as many"
            )
    return Raw(
        "tables", "table", pd.DataFrame({name: pd.Series(v).reset_index(drop=True) for name, v in columns.items()})
    )
