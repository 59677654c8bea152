"""Whether a run was still improving when its time was up, and how long it would need, by its validation curve.

Losses fall about as a power of the items seen: each time these double the loss falls by less, by a ratio that the last
two doublings tell. A run is taken to be done when a doubling gains less than `NEGLIGIBLE` of all that it gained.
"""

from math import ceil, log

import numpy as np

from ..training.budget import COOLDOWN_SHARE
from .curves import Curve

NEGLIGIBLE = 0.01
RATIOS = (0.25, 0.8)  # of the gains of two doublings, at least and at most; between them where it cannot be told
UNSEEN = 2  # doublings that a run is said to need which ended before its second validation
MOST_DOUBLINGS = 6  # doublings that are foretold


def validations(config: dict, curves: list[Curve]) -> list[tuple[float, float]] | None:
    """(items, loss) at each validation in the last stage of a run, from its curves; None where there was none."""
    before = sum(stage["end"] for stage in config["stages"][:-1])
    validated = [curve.valid for curve in curves if curve.valid]
    return [(items - before, loss) for items, _, loss in validated[-1] if items > before] if validated else None


def doublings_left(points: list[tuple[float, float]]) -> int:
    """How often the items seen must double until the run is done; 0 where it is. points: (items, loss), in order."""
    if len(points) < 2:
        return UNSEEN
    items, loss = np.array(points, dtype=float).T
    lowest, last = np.minimum.accumulate(loss), np.log(items[-1])
    at = lambda doublings: float(np.interp(last - doublings * log(2), np.log(items), lowest))
    gained, late, before = lowest[0] - lowest[-1], at(1) - at(0), at(2) - at(1)
    if gained <= 0 or late <= NEGLIGIBLE * gained:
        return 0
    ratio = np.clip(late / before, *RATIOS) if before > 0 else np.mean(RATIOS)
    return min(MOST_DOUBLINGS, ceil(log(NEGLIGIBLE * gained / late) / log(ratio)))


def doublings_needed(config: dict, curves: list[Curve]) -> int | None:
    """The same of a run that has ended, by its record and its curves; None where no validation tells."""
    points = validations(config, curves)
    if points is None:
        return None
    stage = config["stages"][-1]
    cooling = (1 - COOLDOWN_SHARE) * stage.get("items", stage["end"])  # a loss falls anyway while the rate does
    return 0 if stage.get("early") else doublings_left([point for point in points if point[0] <= cooling])


def improving(config: dict, curves: list[Curve]) -> dict | None:
    """Entry of a run in a row of results: {"minutes": time that it would need in all}. None if the run was done,
    has no budget in minutes, or was never validated."""
    left = doublings_needed(config, curves) if "minutes" in config["budget"] else None
    return {"minutes": round(config["outcome"]["seconds"] / 60 * 2**left, 3)} if left else None
