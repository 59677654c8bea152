"""A data set of PyTorch: items by number, each x, or (x, label)."""

import sys
from typing import TYPE_CHECKING

import numpy as np

from ....core.errors import DataError, briefly
from ....core.limits import require_size
from ....core.patience import with_progress
from ..raw import Raw

if TYPE_CHECKING:
    from torch.utils.data import Dataset


def is_torch_dataset(given: object) -> bool:
    """Tells whether an object is a dataset of PyTorch. Whoever holds one has loaded PyTorch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(given, torch.utils.data.Dataset)


def read_torch_dataset(dataset: "Dataset") -> Raw:
    """Rows where x has one axis, images where it has two or three; channels may stand first, as in PyTorch.

    Raises DataError for a data set without numbers, and for items of other forms or unlike shapes, by their number.
    """
    from ..arrays import read_array

    what = f"the {type(dataset).__name__}"
    try:
        n = len(dataset)
    except TypeError:
        raise DataError(
            f"{what} has no length, so that its items have no numbers: collect them into one array, and pass that"
        ) from None
    if n == 0:
        raise DataError(f"{what} is empty: pass at least one item")
    items, labels = [], []
    for i in with_progress(range(n), "reading items"):
        x, label = _item(dataset, i, what)
        items.append(x)
        labels.append(label)
        if x.shape != items[0].shape:
            raise DataError(
                f"{what} has x of shape {items[0].shape} in item 0 and {x.shape} in item {i}: give all one shape"
            )
        if (label is None) != (labels[0] is None):
            raise DataError(f"{what} has a label in some items and none in item {i}: give one to each, or to none")
        if i == 0:
            require_size(what, n * x.nbytes)
    x = np.stack(items)
    if x.ndim == 4 and x.shape[1] in (1, 3) and x.shape[3] not in (1, 3):
        x = np.moveaxis(x, 1, -1)
    if x.ndim not in (2, 3, 4):
        raise DataError(f"{what} has x of shape {x.shape[1:]}: pass rows (D,), or images (H, W) or (C, H, W)")
    return read_array(x, what, None if labels[0] is None else np.array(labels), type(dataset).__name__)


def _item(dataset: "Dataset", i: int, what: str) -> tuple[np.ndarray, str | float | None]:
    """x as an array, and the label or None."""
    item = dataset[i]
    x, label = item if isinstance(item, (tuple, list)) and len(item) == 2 else (item, None)
    if isinstance(item, (tuple, list)) and len(item) == 1:
        x = item[0]
    try:
        x = np.asarray(x)
    except Exception as error:
        raise DataError(f"{what} has in item {i} what is no array ({briefly(error)}): give x or (x, label)") from error
    if x.dtype.kind not in "biuf":
        raise DataError(f"{what} has a {type(item).__name__} as item {i}: give x or (x, label), x of plain numbers")
    if label is not None and np.ndim(label) != 0:
        raise DataError(f"{what} has a label of shape {np.shape(label)} in item {i}: give x, or (x, one label)")
    return x, label if isinstance(label, str) or label is None else np.asarray(label).item()
