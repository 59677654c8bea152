"""Labels of items, as numbers and names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...core.spec import Category


def labels_of(domain: Any, items: Any) -> tuple[np.ndarray, list[str]] | None:
    """(n,) int64 classes, -1 for items without one, and their names, of the first given variable that is a category;
    None where there is none, or items do not carry it."""
    labels = (name for name, leaf in domain.given.leaves if isinstance(leaf, Category) and not leaf.shape)
    name = next(labels, None)
    if name is None or name not in getattr(items, "given", getattr(items, "columns", ())):
        return None
    y, names = pd.factorize(np.asarray(domain.values(items, name), dtype=object), sort=True)
    return y, [str(name) for name in names]
