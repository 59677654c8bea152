"""Arrays and columns, in memory or of a file: images where an array has three or four axes, else rows of a table. Also
a dict of columns, and a data set of scikit-learn, a Bunch.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ...core.account import Account
from ...core.errors import DataError
from ..values.labels import require_shared
from .raw import Raw

if TYPE_CHECKING:
    from .images.depth import ValueRange

MOST_LABELS = 1_000


def read_npz(
    path: Path, beside: Sequence[str] = (), own_texts: Mapping[str, Collection[str]] = MappingProxyType({}),
    brightness: "ValueRange | None" = None, side: int | None = None,
) -> Raw:  # fmt: skip
    """Reads an .npz file: items as of `read_named`, or a table, an array a column. own_texts: as in `Source`."""
    from .numpy_arrays import read_arrays

    arrays = read_arrays(path)
    if _are_columns(arrays) or (own_texts and arrays.keys() <= own_texts.keys()):
        return Raw("tables", path.stem, _columns(arrays, own_texts), account=Account())
    return read_named(arrays, path, beside, brightness, side)


def read_named(
    arrays: dict[str, np.ndarray], path: Path, beside: Sequence[str] = (), brightness: "ValueRange | None" = None,
    side: int | None = None,
) -> Raw:  # fmt: skip
    """Items from the arrays of a file: x and y; an official test part where x_train and x_test are there.

    Args:
        arrays: by name.
        path: of the file.
        beside: names of arrays that hold another image for each of x; those that are not there are passed over.
        brightness: the values of black and white, where they are named.
        side: of the squares that images become, where it is named.
    """
    from .images.picture_files import KEYS, pick

    x, y, captions, parts = pick(arrays, "x", path), pick(arrays, "y", path), pick(arrays, "caption", path), None
    others = {name: arrays[name] for name in beside if name in arrays}
    if "x_train" in arrays and "x_test" in arrays:
        test, y_test = arrays["x_test"], arrays.get("y_test")
        pairs = [pair for pair in ((x, test), (y, y_test)) if any(part is not None for part in pair)]
        if not all(np.ndim(a) and np.ndim(b) and np.shape(a)[1:] == np.shape(b)[1:] for a, b in pairs):
            raise DataError(
                f"{path} has parts x_train and x_test that do not fit together: give both one shape, and labels to both"
            )
        if captions is not None:
            raise DataError(f"{path} has captions and parts x_train and x_test: give all images as one x, captioned")
        if others:
            raise DataError(f"{path} has {next(iter(others))!r} and parts x_train and x_test: give all images as one x")
        parts = np.repeat(np.array(["", "test"]), [len(x), len(test)])
        x, y = np.concatenate([x, test]), None if y is None else np.concatenate([y, y_test])
        if y is not None:
            require_shared(y, parts, str(path))
    levels = arrays.get("levels")
    used = {name for names in KEYS.values() for name in names} | {"x_test", "y_test", "levels", "known", *others}
    unused = [name for name in arrays if name not in used and len(arrays) > 1]
    levels = int(levels) if levels is not None and levels.ndim == 0 and levels.dtype.kind in "iu" else None
    raw = read_array(x, str(path), y, path.stem, parts, levels, captions, others, brightness, side=side)
    raw.account.see("arrays", unused)
    return raw


class Stack(NamedTuple):
    """Images among the arrays of a file.

    Args:
        arrays: all of them as `read_named` takes them: x, and y where there are labels.
        shape: of an image.
        bytes: whether they are numbers from 0 to 255.
        names: of the images and of the labels, in the file.
    """

    arrays: dict[str, np.ndarray]
    shape: tuple[int, ...]
    bytes: bool
    names: list[str]


def find_stack(arrays: dict[str, np.ndarray]) -> Stack | None:
    """The one array that is a stack of images; None where none is, or several are. An array of one class for each image
    is their labels."""
    from .images.picture_files import KEYS

    stacks = {name: stack for name, values in arrays.items() if (stack := _as_stack(values)) is not None}
    if {"x_train", "x_test"} <= stacks.keys():
        x = stacks["x_train"]
        return Stack(arrays, x.shape[1:], x.dtype == np.uint8, ["x_train", "x_test"])
    if len(stacks) != 1:
        return None
    ((name, x),) = stacks.items()
    others = {other: values for other, values in arrays.items() if other != name}
    labels = [other for other, values in others.items() if _can_label(values, len(x))]
    labels = [other for other in labels if other in KEYS["y"]] or labels
    told = {}
    if len(labels) == 1:
        y = others.pop(labels[0]).reshape(-1)
        told = {"y": np.char.decode(y, "utf-8", "replace") if y.dtype.kind == "S" else y}
    return Stack({"x": x, **told, **others}, x.shape[1:], x.dtype == np.uint8, [name, *labels[: len(told)]])


def _as_stack(values: np.ndarray) -> np.ndarray | None:
    """Numbers as images (n, H, W) or (n, H, W, C), also where the images lie along the last axis, as Matlab has them,
    or channels stand first; None where they are no images."""
    from .images.pictures import SMALLEST

    if values.dtype.kind not in "uif" or values.ndim not in (3, 4):
        return None
    first, second, third, *_ = values.shape
    if first == second and (third in (1, 3) if values.ndim == 4 else third != first):
        values = np.moveaxis(values, -1, 0)
    if values.ndim == 4 and values.shape[1] in (1, 3) and values.shape[3] not in (1, 3):
        values = np.moveaxis(values, 1, -1)
    fits = len(values) > 1 and min(values.shape[1:3]) >= SMALLEST and values.shape[3:] in ((), (1,), (3,))
    return values if fits else None


def _can_label(values: np.ndarray, n: int) -> bool:
    """Whether an array has one of a few classes for each of n images."""
    if values.size != n or n not in values.shape:
        return False
    if values.dtype.kind == "f" and not (values == np.rint(values)).all():
        return False
    return values.dtype.kind in "iubfUSO" and len(np.unique(values.astype(str))) <= min(MOST_LABELS, n / 2)


def _are_columns(arrays: dict[str, np.ndarray]) -> bool:
    """Whether they are a table, as `write_table` writes one: rows of equal length, not called as items and what
    stands beside them."""
    from .images.picture_files import KEYS

    alike = {array.shape for array in arrays.values()}
    items = {name for names in KEYS.values() for name in names}
    return len(arrays) > 1 and len(alike) == 1 and len(alike.pop()) == 1 and not set(arrays) <= items


def _columns(arrays: dict[str, np.ndarray], own_texts: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """One array a column, as tables are written; an empty text is a missing cell, unless a model's column has it."""
    from .tables.delimited import MISSING

    columns = {name: pd.Series(array) for name, array in arrays.items()}
    for name, cells in columns.items():
        if cells.dtype.kind not in "biufM":
            own = own_texts.get(name, ())
            columns[name] = cells.mask(cells.isin(MISSING - set(own)) if "" in own else cells == "")
    return pd.DataFrame(columns)


def read_array(
    x: np.ndarray, what: str, labels=None, name: str = "array", parts=None, levels: int | None = None, captions=None,
    beside: Mapping[str, ArrayLike] | None = None, brightness: "ValueRange | None" = None, answers=None,
    side: int | None = None,
) -> Raw:  # fmt: skip
    """Reads an array. captions, beside, {name: another image for each}, brightness, the values of black and white,
    answers, as `images.answers` writes them, and side, of the squares that they become: of images; rows have none."""
    from .images import picture_files

    what = "the array" if what == "array" else what
    if x.dtype == object:
        raise DataError(f"{what} holds Python objects: pass plain numbers, or a table as a DataFrame")
    if x.size == 0:
        raise DataError(f"{what} is empty (shape {x.shape}): pass at least one item")
    if x.ndim in (1, 2):
        return _rows(x.reshape(len(x), -1), what, labels, name, parts)
    beside = {key: np.asarray(values) for key, values in (beside or {}).items()}
    stack = _stacked(x, beside, what) if beside else x
    images = picture_files.read_array(stack, what, labels, levels, brightness, side)
    pictures, *others = (images.pictures[i : i + len(x)] for i in range(0, len(images.pictures), len(x)))
    images = replace(images, pictures=pictures, beside=dict(zip(beside, others)))
    return pictures_of(name, replace(images, captions=captions, answers=answers), what, parts)


def _stacked(x: np.ndarray, beside: dict[str, np.ndarray], what: str) -> np.ndarray:
    """Images and then those beside them, in colour where any has it, so that all have the same levels. Raises
    DataError for others than one of the size and the kind of numbers of each image."""
    from .images.pictures import shape_pictures

    x = shape_pictures(x, what)
    stacks = [x]
    for name, values in beside.items():
        other = shape_pictures(values, f"{name!r} of {what}")
        if other.shape[:3] != x.shape[:3]:
            raise DataError(
                f"{what} has {name!r} of shape {other.shape} for images of shape {x.shape}: give each image one of "
                "its size"
            )
        if other.dtype.kind.replace("u", "i") != x.dtype.kind.replace("u", "i"):
            raise DataError(
                f"{what} has {name!r} of type {other.dtype} for images of type {x.dtype}: give both as uint8, or as "
                "floats in [0, 1]"
            )
        stacks.append(other)
    channels = max(stack.shape[3] for stack in stacks)
    return np.concatenate([np.broadcast_to(stack, (*x.shape[:3], channels)) for stack in stacks])


def _rows(x: np.ndarray, what: str, labels, name: str, parts) -> Raw:
    """(n, D) as a table with columns x0, x1, .. and, where there are labels, one called label, to condition on."""
    if x.dtype.kind not in "biuf":
        raise DataError(f"{what} holds {x.dtype} values: pass plain numbers, or a table as a DataFrame")
    if np.isinf(x).any():
        raise DataError(f"{what} holds infinite values: replace them, with NaN where they mean missing")
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])])
    if labels is None:
        return Raw("tables", name, frame, parts=parts, account=Account())
    frame["label"] = _checked_labels(np.asarray(labels), len(x), what)
    return Raw("tables", name, frame, parts=parts, given=("label",), account=Account())


def pictures_of(name: str, images, what: str, parts=None) -> Raw:
    from .images.caption_files import check_captions

    labels, account = images.labels, images.account
    if labels is not None:
        labels = _checked_labels(labels, len(images.pictures), what)
        known = labels[~pd.isna(labels)]
        distinct = np.unique(known.astype(str))
        if not len(known):
            labels = None
        elif len(distinct) == 1 and len(known) < len(labels):
            raise DataError(
                f"{what} has labels of mixed kinds or missing ones, and only {distinct[0]} is a label: pass labels of "
                "at least two classes, or none"
            )
        elif len(distinct) == 1:
            labels = None
            account.remarks.append(f"every image has the same label, {distinct[0]}, so labels are left out")
        elif len(distinct) > min(MOST_LABELS, len(known) / 2):
            raise DataError(
                f"{what} has {len(distinct)} labels for {len(known)} images: a label must be shared by several; "
                "leave them out, or give texts as captions"
            )
    captions, answers = (check_captions(o, len(images.pictures), what) for o in (images.captions, images.answers))
    return Raw(
        "images", name, images.pictures, labels, None, parts, images.levels, images.width, account=account,
        places=images.places, captions=captions, images=images.beside, brightness=images.brightness,
        texts={} if answers is None else {"answers": answers}, asked=images.questions,
    )  # fmt: skip


def _checked_labels(labels: np.ndarray, n: int, what: str) -> np.ndarray:
    """(n,) text or whole numbers; objects where some have no label (None, NaN or pandas' NA), which is None then."""
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.shape != (n,):
        raise DataError(f"{what} has labels of shape {labels.shape} for {n} items: pass one label for each")
    is_known = ~pd.isna(labels)
    known = labels[is_known]
    if known.dtype.kind == "f":
        if not (known == np.rint(known)).all():
            raise DataError(f"{what} has labels that are not whole numbers or names: a label is one of a few classes")
        known = known.astype(int)
    if known.dtype == object:
        kinds = [kind for kind in (str, (int, np.integer)) if all(isinstance(label, kind) for label in known)]
        if not kinds:
            raise DataError(
                f"{what} has labels of mixed kinds: make all of them text or whole numbers, None where there is none"
            )
        known = known.astype(str if kinds[0] is str else int)
    if known.dtype.kind not in "iubU":
        raise DataError(f"{what} has labels of type {labels.dtype}: make them text or whole numbers")
    if is_known.all():
        return known
    codes = np.full(n, None, object)
    codes[is_known] = known.tolist()
    return codes


MAX_CLASSES = 50  # classes, at most


def is_bunch(given: object) -> bool:
    """A dict with data and target that are its attributes as well."""
    return isinstance(given, dict) and {"data", "target"} <= given.keys() and getattr(given, "data", None) is not None


def read_bunch(bunch: dict) -> Raw:
    """A table of `data` and `target`, or images where it has any; given is a target that is of few classes, by their
    names where it has them.

    Raises DataError where the target is no one column, or the data are no table.
    """
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
    return Raw("tables", "bunch", frame, given=(name,) if named else (), account=Account())


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
        "tables",
        "table",
        pd.DataFrame({name: pd.Series(v).reset_index(drop=True) for name, v in columns.items()}),
        account=Account(),
    )
