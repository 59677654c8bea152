"""Labels of nodes or graphs, from cells as people write them: the numbers of classes, or targets."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.errors import DataError
from ..splits import PART_WORDS
from .graph_data import UNKNOWN
from .node_columns import numbers, texts


def labels_of(cells: pd.Series, name: str, kind: str | None = None) -> tuple[Tensor, tuple[str, ...]]:
    """y: (n,) int64 with UNKNOWN where the cell is empty, and the classes in their order; or float targets and no
    classes.

    Words, truth values and whole numbers are classes, other numbers are targets. kind: "number" or "category" says
    otherwise.
    """
    known = cells.dropna()
    if kind == "number" or (kind != "category" and not _are_classes(known)):
        return torch.tensor(numbers(cells, name), dtype=torch.float32), ()
    if known.map(lambda v: isinstance(v, (list, dict, set, np.ndarray))).any():
        raise DataError(f"'{name}' holds lists where a label belongs: name an attribute with one value for each")
    words = np.array(texts(cells), dtype=object)
    words[cells.isna().to_numpy()] = ""
    classes = tuple(sorted(set(words[cells.notna().to_numpy()]), key=_order))
    codes = pd.Index(classes, dtype=object).get_indexer(words)
    return torch.as_tensor(np.where(cells.isna(), UNKNOWN, codes).astype(np.int64)), classes


def array_labels(y: np.ndarray, n: int, what: str, name: str) -> tuple[Tensor, tuple[str, ...]]:
    """The same for an array (n,) or (n, 1). -1 stands for no label, except where labels are -1 and 1."""
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.shape != (n,):
        raise DataError(f"{what} has labels of shape {tuple(y.shape)} for {n:,} {name}: give one label to each")
    cells = pd.Series(y)
    if y.dtype.kind == "i" and set(np.unique(y)) != {-1, 1}:
        cells = cells.astype("Int64").mask(cells == UNKNOWN)
    return labels_of(cells, "y")


def read_split_column(cells: pd.Series) -> np.ndarray | None:
    """(n,) "train" | "valid" | "test" | "", None where the cells say anything else, or name no training."""
    words = cells.astype(object).where(cells.notna(), "").map(lambda cell: str(cell).strip().lower())
    known = words.isin(PART_WORDS)
    return words.map(PART_WORDS).to_numpy(dtype="<U5") if known.all() and (words == "train").any() else None


def _are_classes(known: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(known.dtype) or not pd.api.types.is_numeric_dtype(known.dtype):
        return pd.api.types.infer_dtype(known) not in (
            "floating",
            "mixed-integer-float",
            "decimal",
        ) or _are_whole_numbers(known)
    return _are_whole_numbers(known)


def _are_whole_numbers(known: pd.Series) -> bool:
    values = pd.to_numeric(known).to_numpy(np.float64)
    return bool((values == np.rint(values)).all())


def _order(label: str) -> tuple:
    """Numbers by their size, before words by the alphabet."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label
