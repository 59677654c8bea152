"""Figures of chains of states from noise to samples: progressive generation, expectations and partial noising.

Progressive generation (Ho 2020, figure 6) shows the states of a chain, expectations of x_0 stand beside the end of the
full chain, and by partial noising (Ho 2020, figure 7) samples that begin at one noised item share its high-level
attributes, the fewer the more noise there is.
"""

from itertools import combinations
from typing import Any

import numpy as np

from ...core.errors import DataError
from ...measure.intervals import numpy_generator
from ...measure.metrics.memorisation import nearest
from ...measure.plots.figures import DrawnFigure
from ...measure.plots.picture_sheets import picture_grid, to_rgb
from ...run.model import Model
from .labels import labels_of

STEPS = 100  # of the chain that is shown
SAMPLER = "ancestral"  # of Ho 2020, which every model with a path has: each step adds noise
ROWS, COLUMNS = 6, 8  # samples, and steps of each that are shown


def chain(model: Model, n: int, seed: int, **start: Any) -> tuple[list, list]:
    """States and expectations of n samples in STEPS steps, or in those of training where the chain is shorter.

    Args:
        model: The trained model.
        n: Number of items.
        seed: Seed of the random numbers.
        start: as in `Model.progress`.
    """
    try:
        model.effort(steps=STEPS, sampler=SAMPLER)
        start["steps"] = STEPS
    except DataError:
        pass
    return model.progress(n, seed, sampler=SAMPLER, **start)


def shown_steps(count: int) -> list[int]:
    """Chooses COLUMNS of `count` steps, the first and the last among them."""
    return np.linspace(0, count - 1, COLUMNS).round().astype(int).tolist()


def pictures(model: Model, items: Any) -> list[np.ndarray]:
    """Items in the user's form -> (H, W, 3) uint8 each."""
    levels = model.domain.spec.leaf.levels
    return to_rgb(model.domain.encode(items)[0].float() / (levels - 1))


def likeness(a: Any, b: Any) -> float:
    """Computes the mean correlation of items (n, ...) with others, one by one; 0 where one is constant.

    Args:
        a: (n, ...) items.
        b: (n, ...) the others.
    """
    a, b = (np.asarray(items, float).reshape(len(items), -1) for items in (a, b))
    a, b = (rows - rows.mean(1, keepdims=True) for rows in (a, b))
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(1) / np.maximum(size, 1e-9)).mean())


RESEMBLES = 0.9  # correlation from which a state is said to resemble its sample


def draw_progressive(model: Model, data: Any, seed: int) -> DrawnFigure:
    """Draws samples in rows, each with its state after several steps.

    Args:
        model: The trained model.
        data: The data set.
        seed: Seed of the random numbers.
    """
    states, _ = chain(model, ROWS, seed)
    steps = len(states) - 1
    similarity = [likeness(state, states[-1]) for state in states]
    first = next(k for k, value in enumerate(similarity) if value >= RESEMBLES or k == steps)
    caption = (
        f"Halfway through the {steps:,} steps, a state correlates {similarity[steps // 2]:.2f} with the sample it "
        f"becomes; the correlation reaches {RESEMBLES:g} after {first / steps:.0%} of the steps."
    )
    columns = shown_steps(len(states))
    rows = [list(row) for row in zip(*(pictures(model, states[k]) for k in columns))]
    return DrawnFigure(picture_grid(rows, [f"step {k}" for k in columns], [], caption), caption)


def draw_expected(model: Model, data: Any, seed: int) -> DrawnFigure:
    """Draws samples in rows: the expected item at several steps, and the end of the chain.

    Args:
        model: The trained model.
        data: The data set.
        seed: Seed of the random numbers.
    """
    states, expected = chain(model, ROWS, seed)
    end, steps = states[-1], len(expected)
    columns = shown_steps(steps)
    similarity = {k: likeness(expected[k], end) for k in (columns[0], steps // 2)}
    caption = (
        f"The x_0 expected from pure noise correlates {similarity[columns[0]]:.2f} with the end of the full chain. "
        f"Halfway through the {steps:,} steps it is {similarity[steps // 2]:.2f}; the state itself has "
        f"{likeness(states[steps // 2], end):.2f}."
    )
    shown_pictures = [*(pictures(model, expected[k]) for k in columns), pictures(model, end)]
    rows = [list(row) for row in zip(*shown_pictures)]
    return DrawnFigure(picture_grid(rows, [*(f"step {k}" for k in columns), "end"], [], caption), caption)


LEVELS = 0.2, 0.4, 0.6, 0.8, 1.0  # shares of the path
DRAWS, SAMPLES_SHOWN = 12, 6  # samples from one noised item, and those that are shown
KNOWN_ITEMS = 2_000  # items by whose labels samples are judged


def draw_partial(model: Model, data: Any, seed: int) -> DrawnFigure:
    """Draws a row for each noise level: an item of `data`, the item with noise, and samples that start there. Raises
    DataError where `data` hold a single item, with which samples could only be compared.

    Args:
        model: The trained model.
        seed: Seed of the random numbers.
    """
    if len(data) < 2:
        raise DataError("partial compares samples with several items, and the data hold one: name more")
    known = data[numpy_generator("partial", seed).permutation(len(data))[:KNOWN_ITEMS]]
    item, rows, ends = known[:1], [], []
    for level in LEVELS:
        states, _ = chain(model, DRAWS, seed, start=item, strength=level)
        ends.append(states[-1])
        samples = pictures(model, states[-1])[:SAMPLES_SHOWN]
        rows.append(pictures(model, item) + pictures(model, states[0])[:1] + samples)
    states_shown = _by_label(model, known, ends) or _by_likeness(known, ends)
    heads = ["item", "noised", *(f"sample {k + 1}" for k in range(SAMPLES_SHOWN))]
    return DrawnFigure(picture_grid(rows, heads, [f"{level:.0%}" for level in LEVELS], states_shown), states_shown)


def _by_label(model: Model, known: Any, ends: list) -> str:
    """A sentence on the share of samples with the label of the first known item; "" where that item has none."""
    labels = labels_of(model.domain, known)
    if labels is None or labels[0][0] < 0:
        return ""
    y, names = labels
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
    usual_likeness = likeness(known[:-1], known[1:])
    return (
        f"Samples from one noised item correlate {', '.join(shares)} where noise hides {_levels()} of the path. "
        f"Items of the data correlate {usual_likeness:.2f}."
    )


def _levels() -> str:
    return ", ".join(f"{level:.0%}" for level in LEVELS)


def _rows(items: Any) -> np.ndarray:
    return np.asarray(items, np.float32).reshape(len(items), -1)
