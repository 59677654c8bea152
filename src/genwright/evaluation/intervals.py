"""Standard errors by the bootstrap (Efron 1979): draw items again with replacement, see how far the statistic moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..randomness import seed_of


def numpy_generator(*parts: int | str) -> np.random.Generator:
    """NumPy's generator for any names and numbers, as `randomness.generator` is torch's."""
    return np.random.default_rng(seed_of(*parts))


def bootstrap_se(
    statistic: Callable[..., float], sizes: tuple[int, ...], rng: np.random.Generator, resamples: int = 200
) -> float:
    """Standard deviation of `statistic(*indices)` over resamples.

    sizes: how many items each sample has; the statistic gets one array of drawn item numbers a sample. Not a number
    from fewer than two items.
    """
    if min(sizes) < 2:
        return float("nan")
    draws = [statistic(*(rng.integers(n, size=n) for n in sizes)) for _ in range(resamples)]
    return float(np.std(draws, ddof=1))


def ratio(top: np.ndarray, bottom: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """mean(top) / mean(bottom) with its standard error; both (n,) over the same items, which are drawn again together.

    Not a number where the bottom is 0.
    """

    def of(i: np.ndarray) -> float:
        below = bottom[i].mean()
        return float(top[i].mean() / below) if below else float("nan")

    return of(np.arange(len(top))), bootstrap_se(of, (len(top),), rng)


def proportion(hits: np.ndarray) -> tuple[float, float]:
    """The share of hits, (n,) bool, and its standard error with two hits and two misses added (Agresti & Coull 1998),
    so that none of a few items is not taken for never."""
    n = len(hits)
    p = (hits.sum() + 2) / (n + 4)
    return float(hits.mean()), float(np.sqrt(p * (1 - p) / (n + 4)))
