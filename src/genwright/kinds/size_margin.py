"""How many members sets have: the histogram that `Members` carries."""

import numpy as np

from ..core.spec import Margin
from .tables.column_margins import PSEUDO


def size_margin(sizes: np.ndarray, most: int) -> Margin:
    """sizes: (n,) of the training sets. A bin for each number of members from 1 to twice the largest seen, at most
    `most`; numbers that none has are together worth PSEUDO sets, half as much with each step away from those seen."""
    top = min(most, 2 * int(sizes.max()))
    counts = np.bincount(sizes, minlength=top + 1)[1:].astype(float)
    numbers, seen = np.arange(1, top + 1), np.unique(sizes)
    away = np.abs(numbers[:, None] - seen).min(1)
    new = np.where(away > 0, 0.5 ** away.astype(float), 0.0)
    probs = counts + PSEUDO * new / max(new.sum(), 1.0)
    return Margin(tuple((np.arange(top + 1) + 0.5).tolist()), tuple((probs / probs.sum()).tolist()))
