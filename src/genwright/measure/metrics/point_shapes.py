"""Numbers of one set of points that do not change where it is turned, moved, mirrored or listed otherwise.

kinds: (m,) int codes, positions: (m, 3).
"""

import numpy as np

DISTANCE_STEP = 0.01  # two sets whose sorted distances agree to this are one


def distances(positions: np.ndarray) -> np.ndarray:
    """(m, m) between every two points."""
    return np.sqrt(((positions[:, None] - positions) ** 2).sum(2))


def neighbours(kinds: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kind of each point, kind of its nearest point, and the distance between them: (m,) each; empty for one point."""
    if len(kinds) < 2:
        return kinds[:0], kinds[:0], np.zeros(0)
    between = distances(positions) + np.diag(np.full(len(kinds), np.inf))
    nearest = between.argmin(1)
    return kinds, kinds[nearest], between.min(1)


def spectrum(kinds: np.ndarray, positions: np.ndarray, length: int) -> np.ndarray:
    """(length,), at least m: the eigenvalues, from the largest, of the matrix of charges c_i c_j over distances, with
    c_i^2 on its diagonal (Rupp 2012, of molecules), zeros behind the last. A kind's charge is its code plus one."""
    charge = kinds + 1.0
    between = distances(positions) + np.eye(len(kinds))
    values = np.linalg.eigvalsh(np.outer(charge, charge) / np.maximum(between, 1e-3))
    return np.pad(np.sort(values)[::-1], (0, length - len(kinds)))


def shape_key(kinds: np.ndarray, positions: np.ndarray) -> bytes:
    """Equal for sets of the same kinds whose sorted distances of each two kinds agree when rounded to DISTANCE_STEP."""
    i, j = np.triu_indices(len(kinds), 1)
    low, high = np.minimum(kinds[i], kinds[j]), np.maximum(kinds[i], kinds[j])
    steps = np.rint(distances(positions)[i, j] / DISTANCE_STEP).astype(np.int64)
    order = np.lexsort((steps, high, low))
    return np.concatenate([np.sort(kinds), low[order], high[order], steps[order]]).astype("<i8").tobytes()
