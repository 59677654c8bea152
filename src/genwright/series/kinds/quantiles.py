"""Quantiles of forecasts, at levels corrected for the number of draws."""

from collections.abc import Sequence

import numpy as np


def corrected_level(level: float, draws: int) -> float:
    """The level at which the quantile of so many draws is taken, so that the truth, drawn alike, lies below it with
    probability `level`: ((S + 1) a - 1) / (S - 1), cut to [0, 1].

    Args:
        level: a, in (0, 1).
        draws: S, at least 2.
    """
    return min(1.0, max(0.0, ((draws + 1) * level - 1) / (draws - 1)))


def quantiles(draws: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """(levels, ...) quantiles of draws (S, ...), at levels corrected for their number (see `corrected_level`)."""
    at = [corrected_level(level, len(draws)) for level in levels]
    return np.nanquantile(draws, at, axis=0)
