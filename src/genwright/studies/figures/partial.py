"""Partial noising (Ho 2020, figure 7): samples that begin at one noised item share its high-level attributes, the fewer
the more noise there is."""

from itertools import combinations
from typing import Any

import numpy as np

from ...core.errors import DataError
from ...measure.intervals import numpy_generator
from ...measure.metrics.memorisation import nearest
from ...measure.plots.picture_sheets import picture_grid
from ...run.model import Model
from .chain import chain, likeness, pictures
from .drawn import Drawn
from .labels import labels_of

LEVELS = 0.2, 0.4, 0.6, 0.8, 1.0  # shares of the path
DRAWS, SHOWN = 12, 6  # samples from one noised item, and those that are shown
KNOWN = 2_000  # items by whose labels samples are judged


def draw(model: Model, data: Any, seed: int) -> Drawn:
    """A row a noise level: an item of `data`, the item with noise, and samples that begin there. Raises DataError where
    `data` hold a single item, with which samples could only be compared."""
    if len(data) < 2:
        raise DataError("partial compares samples with several items, and the data hold one: name more")
    known = data[numpy_generator("partial", seed).permutation(len(data))[:KNOWN]]
    item, rows, ends = known[:1], [], []
    for level in LEVELS:
        states, _ = chain(model, DRAWS, seed, start=item, strength=level)
        ends.append(states[-1])
        rows.append(pictures(model, item) + pictures(model, states[0])[:1] + pictures(model, states[-1])[:SHOWN])
    seen = _by_label(model, known, ends) or _by_likeness(known, ends)
    heads = ["item", "noised", *(f"sample {k + 1}" for k in range(SHOWN))]
    return Drawn(picture_grid(rows, heads, [f"{level:.0%}" for level in LEVELS], seen), seen)


def _by_label(model: Model, known: Any, ends: list) -> str:
    """A sentence on the share of samples with the label of the first known item; "" where that item has none."""
    found = labels_of(model.domain, known)
    if found is None or found[0][0] < 0:
        return ""
    y, names = found
    rows = _rows(known)
    shares = [f"{(y[nearest(_rows(end), rows)[1]] == y[0]).mean():.0%}" for end in ends]
    return (
        f"Each row has {DRAWS} samples from one noised item with the label {names[y[0]]}. {', '.join(shares)} of them "
        f"keep this label where noise hides {_levels()} of the path (the label is that of the nearest of {len(y):,} "
        "items)."
    )


def _by_likeness(known: Any, ends: list) -> str:
    pairs = np.array(list(combinations(range(DRAWS), 2))).T
    shares = [f"{likeness(*(np.asarray(end)[side] for side in pairs)):.2f}" for end in ends]
    usual = likeness(known[:-1], known[1:])
    return (
        f"Samples from one noised item correlate {', '.join(shares)} where noise hides {_levels()} of the path. "
        f"Items of the data correlate {usual:.2f}."
    )


def _levels() -> str:
    return ", ".join(f"{level:.0%}" for level in LEVELS)


def _rows(items: Any) -> np.ndarray:
    return np.asarray(items, np.float32).reshape(len(items), -1)
