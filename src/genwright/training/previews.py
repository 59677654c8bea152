"""When samples are shown while a model trains: at fixed counts of items, as long as drawing them takes little time.

A preview changes nothing of the run: it looks at the weights between two steps, and has random numbers of its own.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

from ..core.run_files import PREVIEWS

NAME = re.compile(r"\d{9,}\.png")  # in the folder of previews
SHARE = 0.04  # of the time of training that previews may take
DELAY_SECONDS = 2.0  # seconds of training before the first, whose cost nobody knows
FIRST_COUNT = 1_000  # items
SERIES = (1, 2, 5)  # counts are these times 1,000, 10,000, 100,000 ...


class Previews:
    """draw(items): shows what the model draws after so many items of the run."""

    def __init__(self, draw: Callable[[int], None]):
        self.drawing = draw
        self.next: int | None = None  # items of the stage at which one is due; None before the first question
        self.spent = self.dearest = 0.0  # seconds

    def due(self, items: int, seconds: float) -> bool:
        """Whether a preview is due after `items` items of a stage and so many seconds of training. A count is left out
        if drawing would take more than its share of the time."""
        if self.next is None:
            self.next = count_after(items - 1)
        if items < self.next:
            return False
        self.next = count_after(items)
        return seconds >= DELAY_SECONDS and self.spent + self.dearest <= SHARE * seconds

    def draw(self, items: int) -> None:
        began = time.monotonic()
        self.drawing(items)
        cost = time.monotonic() - began
        self.spent, self.dearest = self.spent + cost, max(self.dearest, cost)


def count_after(items: int) -> int:
    """The first count above `items`: 1,000, 2,000, 5,000, 10,000 and so on."""
    scale = FIRST_COUNT
    while True:
        for step in SERIES:
            if step * scale > items:
                return step * scale
        scale *= 10


def remove_previews(folder: Path) -> None:
    """Remove the previews of a run folder, and their place where nothing else is there."""
    place = folder / PREVIEWS
    inside = list(place.iterdir()) if place.is_dir() else []
    mine = [path for path in inside if NAME.fullmatch(path.name)]
    for path in mine:
        path.unlink()
    if mine and len(mine) == len(inside):
        place.rmdir()
