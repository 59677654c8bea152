"""How alike two sets of items are in what they are made of: the cosine between how often each part occurs in either.

1 where the shares of all parts are the same, 0 where no part is in both.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix


def count_cosine(
    real: Sequence[Sequence[Hashable]], sample: Sequence[Sequence[Hashable]]
) -> Callable[[np.ndarray, np.ndarray], float]:
    """real, sample: the parts of each item, repeated where they are. (numbers of real items, of samples) -> the cosine
    of these; 0 where either has no part."""
    items = [*real, *sample]
    lengths = [len(parts) for parts in items]
    codes, names = pd.factorize(np.array([part for parts in items for part in parts] or [""], object)[: sum(lengths)])
    counts = csr_matrix((np.ones(len(codes)), codes, np.r_[0, np.cumsum(lengths)]), (len(items), len(names)))
    sides = counts[: len(real)], counts[len(real) :]

    def cosine(*chosen: np.ndarray) -> float:
        a, b = (side.T @ np.bincount(which, minlength=side.shape[0]) for side, which in zip(sides, chosen))
        length = np.sqrt((a @ a) * (b @ b))
        return float(a @ b / length) if length else 0.0

    return cosine
