"""Labels of items, as numbers and names."""

from typing import Any

import numpy as np
import pandas as pd

from ...core.spec import Category

Labels = tuple[np.ndarray, list[str]]  # (n,) int64 classes, -1 for items without one, and the names of classes


def labels_of(domain: Any, items: Any) -> Labels | None:
    """Returns labels by the first given variable that is a category; None where there is none, or items do not carry
    it."""
    labels = (name for name, leaf in domain.given.leaves if isinstance(leaf, Category) and not leaf.shape)
    name = next(labels, None)
    if name is None or name not in getattr(items, "given", getattr(items, "columns", ())):
        return None
    y, names = pd.factorize(np.asarray(domain.values(items, name), dtype=object), sort=True)
    return y, [str(name) for name in names]


def labels_of_whole(whole: Any, count: int) -> Labels | None:
    """Returns labels of the `count` nodes, or graphs, of a whole that has classes of these; else None."""
    if not getattr(whole, "classes", ()) or whole.y is None or len(whole.y) != count:
        return None
    return whole.y.numpy(), [str(name) for name in whole.classes]


def labels_of_some(labels: Labels | None, pick: np.ndarray | slice = slice(None)) -> Labels | None:
    """Returns the labels of some items; None where fewer than two of these have one."""
    if labels is None or (labels[0][pick] >= 0).sum() < 2:
        return None
    return labels[0][pick], labels[1]
