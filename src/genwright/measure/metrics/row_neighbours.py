"""Distances between rows of a table, for memorisation: each row to its nearest training row.

A row is a point of standardised numbers, one-hot categories (two different ones are 1 apart), and a flag for each
absent cell.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ...core.files import write_whole
from ...core.formulas import csv_bytes
from ...core.spec import Spec
from ..plots.row_sheets import shortened
from .imputation import expand
from .memorisation import nearest

PAIRS = 6  # samples that a report shows beside their nearest training row


class RowNeighbours:
    """Training rows (m, D) of one spec, among which the nearest are sought. pick: (n,) int64, which rows take part."""

    def __init__(self, train: np.ndarray, pick: np.ndarray, spec: Spec):
        self.train, self.spec, self.pick = train, spec, pick
        self.points = self.points_of(train[pick])

    def nearest(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows (n, D) -> distance (n,) to the nearest training row, and its number (n,)."""
        away, number = nearest(self.points_of(rows), self.points)
        return away, self.pick[number]

    def points_of(self, rows: np.ndarray) -> np.ndarray:
        """(n, D) -> (n, E) float32, between which distances are taken."""
        expanded, _ = expand(rows, self.train, self.spec)
        return np.concatenate([np.nan_to_num(expanded), np.isnan(rows)], 1).astype(np.float32)


def write_pairs(
    samples: pd.DataFrame, away: np.ndarray, number: np.ndarray, train: pd.DataFrame, typical: float, path: Path
) -> Path:
    """A CSV file of the samples nearest to training rows, each above its neighbour, with the distance between them over
    `typical`, the median distance of a test row (0 is a copy); the plain distance where that is 0.

    away, number: (n,) of the first n samples, as `RowNeighbours.nearest` finds them.
    """
    first = np.argsort(away, kind="stable")[:PAIRS]
    names = [name for name in samples.columns if name in train.columns]
    pairs = [samples.iloc[first][names], train.iloc[number[first]][names]]
    table = pd.concat([pair.astype(object) for pair in pairs], ignore_index=True).map(shortened)
    which, distance = ["sample"] * len(first) + ["training row"] * len(first), np.tile(away[first] / (typical or 1), 2)
    table.insert(0, "distance", [f"{value:.2f}" for value in distance])
    table.insert(0, "row", which)
    order = np.arange(2 * len(first)).reshape(2, -1).T.reshape(-1)  # a sample, then its neighbour
    return write_whole(path, csv_bytes(table.iloc[order]))
