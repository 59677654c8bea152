"""How alike molecules are by their fingerprints: the bits that both have over those that one has (Tanimoto 1958), 1
where they are equal.

Common bits of all pairs are a product of matrices, and are taken in blocks, so that memory does not grow with pairs.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

ROWS, COLUMNS = 1_000, 5_000  # of a block


def nearest(fingerprints: np.ndarray, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """fingerprints (n, bytes) uint8, packed, among (m, bytes), m >= 1 -> the greatest similarity (n,) of each, and the
    number (n,) of the one that has it, the first of several."""
    best, number = torch.full((len(fingerprints),), -1.0), torch.zeros(len(fingerprints), dtype=torch.long)
    for column in range(0, len(among), COLUMNS):
        right = _bits(among[column : column + COLUMNS])
        for row in range(0, len(fingerprints), ROWS):
            similar, place = similarity(_bits(fingerprints[row : row + ROWS]), right).max(1)
            more = similar > best[row : row + ROWS]
            number[row : row + ROWS][more] = place[more] + column
            best[row : row + ROWS][more] = similar[more]
    return best.double().numpy(), number.numpy()


def mean_similarities(fingerprints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, bytes) -> the mean similarity (n,) of each to all n, itself among them, and the mean of its squares."""
    n = len(fingerprints)
    sums, squares = torch.zeros(n, dtype=torch.float64), torch.zeros(n, dtype=torch.float64)
    for row in range(0, n, ROWS):
        left = _bits(fingerprints[row : row + ROWS])
        for column in range(row, n, ROWS):  # a pair once: similarity is symmetric
            similar = similarity(left, _bits(fingerprints[column : column + ROWS]))
            for total, of in ((sums, similar), (squares, similar.square())):
                total[row : row + ROWS] += of.sum(1, dtype=torch.float64)
                if column > row:
                    total[column : column + ROWS] += of.sum(0, dtype=torch.float64)
    return (sums / n).numpy(), (squares / n).numpy()


def similarity(left: Tensor, right: Tensor) -> Tensor:
    """Bits (n, d), (m, d), float32 -> (n, m); 1 where neither has any."""
    common = left @ right.T
    return (common / (left.sum(1)[:, None] + right.sum(1) - common)).nan_to_num_(1.0)


def _bits(packed: np.ndarray) -> Tensor:
    return torch.from_numpy(np.unpackbits(packed, axis=1)).float()
