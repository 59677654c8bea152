"""Progressive generation (Ho 2020, figure 6): the states of a chain from noise to samples."""

from typing import Any

from ...measure.plots.picture_sheets import picture_grid
from ...run.model import Model
from .chain import ROWS, chain, likeness, pictures, shown
from .drawn import Drawn

ALIKE = 0.9  # correlation from which a state is said to resemble its sample


def draw(model: Model, data: Any, seed: int) -> Drawn:
    """A row a sample, its state after several steps."""
    states, _ = chain(model, ROWS, seed)
    steps = len(states) - 1
    alike = [likeness(state, states[-1]) for state in states]
    first = next(k for k, value in enumerate(alike) if value >= ALIKE or k == steps)
    seen = (
        f"Halfway through the {steps:,} steps, a state correlates {alike[steps // 2]:.2f} with the sample it becomes; "
        f"the correlation reaches {ALIKE:g} after {first / steps:.0%} of the steps."
    )
    columns = shown(len(states))
    rows = [list(row) for row in zip(*(pictures(model, states[k]) for k in columns))]
    return Drawn(picture_grid(rows, [f"step {k}" for k in columns], [], seen), seen)
