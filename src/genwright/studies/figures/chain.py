"""A chain of states from noise to samples, as the figures of paths show it."""

from typing import Any

import numpy as np

from ...core.errors import DataError
from ...measure.plots.picture_sheets import to_rgb
from ...run.model import Model

STEPS = 100  # of the chain that is shown
SAMPLER = "ancestral"  # of Ho 2020, which every model with a path has: each step adds noise
ROWS, COLUMNS = 6, 8  # samples, and steps of each that are shown


def chain(model: Model, n: int, seed: int, **start: Any) -> tuple[list, list]:
    """States and expectations of n samples in STEPS steps, or in those of training where the chain is shorter. start:
    as in `Model.progress`."""
    try:
        model.effort(steps=STEPS, sampler=SAMPLER)
        start["steps"] = STEPS
    except DataError:
        pass
    return model.progress(n, seed, sampler=SAMPLER, **start)


def shown(count: int) -> list[int]:
    """COLUMNS of `count` steps, the first and the last among them."""
    return np.linspace(0, count - 1, COLUMNS).round().astype(int).tolist()


def pictures(model: Model, items: Any) -> list[np.ndarray]:
    """Items in the user's form -> (H, W, 3) uint8 each."""
    levels = model.domain.spec.leaf.levels
    return to_rgb(model.domain.encode(items)[0].float() / (levels - 1))


def likeness(a: Any, b: Any) -> float:
    """Mean correlation of the numbers of items (n, ...) with those of others, one by one; 0 where one is constant."""
    a, b = (np.asarray(items, float).reshape(len(items), -1) for items in (a, b))
    a, b = (rows - rows.mean(1, keepdims=True) for rows in (a, b))
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(1) / np.maximum(size, 1e-9)).mean())
