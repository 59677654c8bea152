"""Rows of a table that turn out to be one molecule: what is known of it then.

a number    the mean of its exact values; where there are only bounds, the tightest of the side that more rows say
a class     what most rows say; unknown where as many say another
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...chemistry.measured import Column
from ...core.answers import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND

NOTE_MOLECULES = 3  # molecules that a note names


@dataclass(frozen=True)
class Contradiction:
    """Rows of one molecule that say different things of a column, and what was made of them."""

    molecule: int
    rows: tuple[int, ...]
    said: str

    def list_places(self, places: Sequence[str]) -> str:
        return ", ".join(places[row] for row in self.rows)


def merged(column: Column, molecule: np.ndarray, count: int) -> tuple[Column, list[Contradiction]]:
    """A column (n,) of rows as one (count,) of molecules. molecule: (n,) of which each row is."""
    last = np.zeros(count, int)
    last[molecule] = np.arange(len(molecule))
    y, known = column.y[last], column.known[last]
    rows_of = _repeated(molecule)
    clashes = []
    for number, rows in rows_of.items():
        rows = rows[column.known[rows] != UNKNOWN]
        y[number], known[number], said = _settled(column, rows)
        if said:
            clashes.append(Contradiction(number, tuple(rows.tolist()), said))
    return replace(column, y=y, known=known), clashes


def _repeated(molecule: np.ndarray) -> dict[int, np.ndarray]:
    """Rows of each molecule that has several."""
    order = np.argsort(molecule, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(molecule[order])) + 1)
    return {int(molecule[rows[0]]): rows for rows in parts if len(rows) > 1}


def _settled(column: Column, rows: np.ndarray) -> tuple[float, int, str]:
    """Value of one molecule by its rows with a value, how it is known, and a note if they contradict each other."""
    y, known = column.y[rows], column.known[rows]
    if not len(rows):
        return 0.0, UNKNOWN, ""
    if column.classes:
        return _commonest_class(column, y.astype(int))
    if (exact := known == EXACT).any():
        values = np.exp(y[exact]) if column.log else y[exact]
        said = f"`{column.name}` averaged over {', '.join(f'{value:g}' for value in values)}"
        return float(y[exact].mean()), EXACT, said * (len(np.unique(y[exact])) > 1)
    side = LOWER_BOUND if (known == LOWER_BOUND).sum() >= len(known) / 2 else UPPER_BOUND
    among = y[known == side]
    return float(among.max() if side == LOWER_BOUND else among.min()), side, ""


def _commonest_class(column: Column, labels: np.ndarray) -> tuple[float, int, str]:
    counts = np.bincount(labels, minlength=len(column.classes))
    most = np.flatnonzero(counts == counts.max())
    if np.count_nonzero(counts) == 1:
        return float(most[0]), EXACT, ""
    each = ", ".join(column.classes[label] for label in labels)
    if len(most) == 1:
        return float(most[0]), EXACT, f"`{column.name}` is {each}: {column.classes[most[0]]} is taken"
    return 0.0, UNKNOWN, f"`{column.name}` is {each}: left out"
