"""Whether images lie nearest to the texts that describe them."""

import numpy as np

CANDIDATES = 100  # texts, or images, that one is sought among, the right one included


def hit_probabilities(near: np.ndarray, right: np.ndarray, candidates: int = CANDIDATES) -> np.ndarray:
    """(n,) how probable it is that the right one comes first among `candidates`, the others drawn from all wrong ones.

    near: (n, m) how near each row is to each of m; right: (n,) which of them is the right one, and others that are
    right too are -inf. A wrong one that is as near comes first. With b nearer ones among w wrong ones and k drawn, the
    probability is that of drawing none of them: C(w - b, k) / C(w, k). All are drawn where there are no more.
    """
    own = near[np.arange(len(near)), right]
    wrong = np.isfinite(near).sum(1) - 1
    nearer = (near >= own[:, None]).sum(1) - 1
    drawn = np.minimum(candidates - 1, wrong)
    found = np.ones(len(near))
    for k in range(candidates - 1):
        left = np.maximum(wrong - k, 1)
        found *= np.where(k < drawn, np.maximum(wrong - nearer - k, 0) / left, 1.0)
    return found


def compare_captions(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n,) 1 where an image is nearer to its own text than to another, 0 where it is not, and half where both are as
    near."""
    return np.where(own == other, 0.5, (own > other).astype(float))
