"""What a family cost, as a line of text cells for the page; each with the number that its column is sorted by."""

from typing import NamedTuple

from ...measure.metric import decimals
from .records import Row


class Cell(NamedTuple):
    """text: as it is shown.

    Args:
        value: by which it is sorted, "" where nothing was measured.
    """

    text: str
    value: str


MISSING = Cell("–", "")


def amount(value: float | None, unit: str = "") -> Cell:
    """Returns a number in three figures; a dash where nothing was measured."""
    return MISSING if value is None else Cell(f"{value:,.{decimals(value, 3)}f}{unit}", f"{value:.6g}")


def count(value: float | None, unit: str = "") -> Cell:
    """Returns a whole number; a dash where nothing was counted."""
    return MISSING if value is None else Cell(f"{value:,.0f}{unit}", f"{value:.0f}")


def cost_of(row: Row) -> dict:
    """Collects time, memory and verbs of a family."""
    shared = " (shared host)" if row.neighbours else ""
    sample, measuring = ((row.seconds[part] or None) for part in ("sample", "evaluate"))  # 0 was not measured
    share = None if row.cpu_share is None else 100 * row.cpu_share
    cells = [
        amount(row.seconds["train"], f" s{shared}"), amount(sample, " s"), amount(measuring, " s"), amount(share, "%"),
        count(row.memory, " MiB"), count(row.parameters), count(row.items),
    ]  # fmt: skip
    verbs = ", ".join(row.verbs).replace("_", "-")
    return dict(name=row.family, improving=row.improving, cells=cells, verbs=verbs)
