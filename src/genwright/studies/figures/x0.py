"""The model's expectation of x_0 at several steps of a chain, beside the end that the full chain comes to."""

from typing import Any

from ...measure.plots.picture_sheets import picture_grid
from ...run.model import Model
from .chain import ROWS, chain, likeness, pictures, shown
from .drawn import Drawn


def draw(model: Model, data: Any, seed: int) -> Drawn:
    """A row a sample: its expectations from several steps, and at last the end of its chain."""
    states, expected = chain(model, ROWS, seed)
    end, steps = states[-1], len(expected)
    columns = shown(steps)
    alike = {k: likeness(expected[k], end) for k in (columns[0], steps // 2)}
    seen = (
        f"The x_0 expected from pure noise correlates {alike[columns[0]]:.2f} with the end of the full chain. "
        f"Halfway through the {steps:,} steps it is {alike[steps // 2]:.2f}; the state itself has "
        f"{likeness(states[steps // 2], end):.2f}."
    )
    shown_pictures = [*(pictures(model, expected[k]) for k in columns), pictures(model, end)]
    rows = [list(row) for row in zip(*shown_pictures)]
    return Drawn(picture_grid(rows, [*(f"step {k}" for k in columns), "end"], [], seen), seen)
