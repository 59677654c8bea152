"""The values of a column's leaf that a condition allows, as families draw within them (`distributions.regions`)."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.spec import Ordered
from ..values.conditions import Condition, Interval
from .columns import Column, Dates, Labels, Number

if TYPE_CHECKING:
    from torch import Tensor

MOST_LEVELS = 2**20  # of a column whose levels are looked at one by one


def allowed_values(column: Column, condition: Condition) -> "Tensor | None":
    """What a leaf may be: (levels,) bool of a discrete one, (k, 2) float64 intervals of a real one. None where the
    condition tells values apart that the leaf does not, so that its cells have to be looked at."""
    import torch

    if isinstance(column, Labels):
        return _allowed_labels(column, condition)
    if isinstance(column.leaf, Ordered):
        if column.leaf.levels > MOST_LEVELS:
            return None
        return torch.tensor(condition.meets(column.decode(np.arange(column.leaf.levels, dtype=float), 0)))
    intervals = _intervals(column.count if isinstance(column, Dates) else column, condition)
    return None if intervals is None else torch.tensor(intervals, dtype=torch.float64).reshape(-1, 2)


def _allowed_labels(column: Labels, condition: Condition) -> "Tensor | None":
    import torch

    allowed = condition.meets(pd.Series(column.labels, dtype=object)).tolist()
    if column.other:  # becomes a rare label; where there is none, it is no cell of training
        rare = condition.meets(pd.Series(column.rare, dtype=object)) if column.rare else np.zeros(1, bool)
        if rare.any() and not rare.all():
            return None
        allowed.append(bool(rare.any()))
    return torch.tensor(allowed)


def _intervals(column: Number, condition: Condition) -> list[tuple[float, float]] | None:
    """The parts of a real leaf whose numbers are rounded to allowed ones; None for what is no set of intervals."""
    intervals = _as_intervals(condition)
    if intervals is None:
        return None
    joined: list[tuple[float, float]] = []
    for low, high in sorted(_rounded_to(column, each) for each in intervals):
        low, high = max(low, column.low), min(high, column.high)
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        elif low < high:
            joined.append((low, high))
    shift, scale = column.leaf.shift, column.leaf.scale
    return [((low - shift) / scale, (high - shift) / scale) for low, high in joined]


def _as_intervals(condition: Condition) -> tuple[Interval, ...] | None:
    """The intervals in which a condition holds; None of a function, and of parts that are no single intervals."""
    if condition.test is not None or any(part.excludes for part in condition.parts):
        return None
    if len(condition.parts) == 1:
        return condition.parts[0].intervals
    if any(len(part.intervals) != 1 for part in condition.parts):
        return None
    each = [part.intervals[0] for part in condition.parts]
    low, high = max(one.low for one in each), min(one.high for one in each)
    above = any(one.above for one in each if one.low == low)
    return (Interval(low, high, above, any(one.below for one in each if one.high == high)),)


def _rounded_to(column: Number, interval: Interval) -> tuple[float, float]:
    """The ends of the numbers that are rounded into an interval."""
    if column.lattice is None:
        return interval.low, interval.high
    half = column.lattice.step * 10.0**-column.lattice.decimals / 2
    low, high = interval.low, interval.high
    if np.isfinite(low):
        (tick,) = column.lattice.nearest(np.array([low]))
        low = tick - half if tick > low or (tick == low and not interval.above) else tick + half
    if np.isfinite(high):
        (tick,) = column.lattice.nearest(np.array([high]))
        high = tick + half if tick < high or (tick == high and not interval.below) else tick - half
    return low, high
