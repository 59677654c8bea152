"""Rows of a table: cells of test rows are hidden, filled, and compared with their true values; and each row has a
nearest training row.

The error of a column is

    numbers      sqrt(mean (guess - truth)^2) / sd of the training column
    categories   share of wrong guesses

over its hidden cells, and the error of a table is the mean over its columns. For distances, a row is a point of
standardised numbers, one-hot categories (two different ones are 1 apart), and a flag for each absent cell.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...core.data import Data
from ...core.files import write_whole
from ...core.safe_text import csv_bytes
from ...core.spec import Category, Spec
from ..intervals import bootstrap_se, clustered_proportion, numpy_generator
from ..metric import Metric
from .memorisation import nearest
from .table_columns import shorten

HIDDEN = 0.3
INTERVAL = 0.9


def hide(known: np.ndarray, dims: int, seed: int) -> np.ndarray:
    """Chooses cells to hide, (n, dims) bool, completely at random among the known ones; columns after the first d,
    which are given, stay.

    Args:
        known: (n, d) bool.
        dims: number of columns.
        seed: Seed of the random numbers.
    """
    hidden = np.zeros((len(known), dims), bool)
    hidden[:, : known.shape[1]] = known & (numpy_generator("hide", seed).random(known.shape) < HIDDEN)
    return hidden


def cell_errors(truth: np.ndarray, guess: np.ndarray, hidden: np.ndarray, spec: Spec, sd: np.ndarray) -> np.ndarray:
    """Computes the errors (n, D) of filled cells: ((guess - truth) / sd)^2 of numbers, 0 or 1 of categories, NaN where
    nothing was hidden.

    Args:
        truth: (n, D) table.
        guess: (n, D) table.
        hidden: (n, D) bool.
        spec: Spec of the tables.
        sd: (D,) standard deviations of the columns.
    """
    errors = np.empty(truth.shape)
    for j, leaf in enumerate(spec.columns):
        is_wrong = guess[:, j] != truth[:, j]
        errors[:, j] = is_wrong if isinstance(leaf, Category) else ((guess[:, j] - truth[:, j]) / sd[j]) ** 2
    return np.where(hidden, errors, np.nan)


def column_errors(errors: np.ndarray, spec: Spec) -> np.ndarray:
    """Averages cell errors (n, D) to column errors (D,), as the table of the module's docstring says; NaN for a column
    without a hidden cell."""
    count = (~np.isnan(errors)).sum(0)
    mean = np.where(count > 0, np.nansum(errors, 0) / count.clip(1), np.nan)
    return np.where([isinstance(leaf, Category) for leaf in spec.columns], mean, np.sqrt(mean))


def row_errors(errors: np.ndarray, spec: Spec) -> np.ndarray:
    """Computes the influence values (n,) of rows on the mean of the column errors, from cell errors (n, D)."""
    columns = column_errors(errors, spec)
    is_hidden = ~np.isnan(errors)
    number = np.array([not isinstance(leaf, Category) for leaf in spec.columns])
    square = np.where(number, columns**2, columns)  # what its column's error is the root of, or itself
    slope = np.where(number & (columns > 0), 1 / (2 * np.where(columns > 0, columns, 1)), 1.0)
    pull = np.where(is_hidden, errors - square, 0) * slope / is_hidden.mean(0).clip(1 / len(errors))
    return np.nanmean(columns) + pull[:, ~np.isnan(columns)].mean(1)


def scale_se(errors: np.ndarray, train: np.ndarray, spec: Spec) -> float:
    """Estimates the standard error that the training rows add to the mean of column errors, since their standard
    deviations scale the numbers (delta method). A row of twice the variance takes (2 - 1) / 2m of its column's error.

    Args:
        errors: (D,) column errors.
        train: (m, D) training rows.
        spec: Spec of the table.
    """
    mean, sd = standard(train)
    number = [not isinstance(leaf, Category) for leaf in spec.columns] & ~np.isnan(errors)
    pull = np.nan_to_num(((train[:, number] - mean[number]) / sd[number]) ** 2 - 1) @ errors[number] / 2
    return float(pull.std() / len(train) ** 0.5 / max(1, (~np.isnan(errors)).sum()))


def interval_hits(truth: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Computes the chance that the truth (n, D) lies inside the central 90% of m draws (m, n, D), ties broken at
    random.

    With r draws below the truth and t equal to it, the truth's rank divided by m + 1 is uniform on
    [r, r + t + 1] / (m + 1), and over many cells uniform on [0, 1] when the draws are right, for numbers on a lattice
    as well: the mean of the hits is then exactly 0.9. This is the randomised probability integral transform (Czado
    2009, section 2), with the chance in the place of the coin: an end of the interval that falls on a level takes in
    the share of the level that makes 0.9. A closed interval would always hold a column that is mostly zero."""
    m = len(draws)
    count_below, equal = (draws < truth).sum(0), (draws == truth).sum(0)
    low, high = count_below / (m + 1), (count_below + equal + 1) / (m + 1)
    edge = (1 - INTERVAL) / 2
    return (high.clip(edge, 1 - edge) - low.clip(edge, 1 - edge)) / (high - low)


def standard(train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes mean and standard deviation (D,) of the known cells of each column; 0 and 1 where there is nothing to
    scale."""
    known = ~np.isnan(train)
    count = known.sum(0).clip(1)
    mean = np.where(known, train, 0).sum(0) / count
    sd = np.sqrt(np.where(known, (train - mean) ** 2, 0).sum(0) / count)
    return mean, np.where(sd > 0, sd, 1.0)


def expand(table: np.ndarray, train: np.ndarray, spec: Spec) -> tuple[np.ndarray, list[slice]]:
    """Expands a table to numbers (n, E) with NaN where absent, and lists the columns of each leaf. Numbers are
    standardised by the training rows, categories one-hot times sqrt(1/2), so that two different categories are 1 apart.

    Args:
        table: (n, D).
        train: (m, D) training rows.
        spec: Spec of both.
    """
    mean, sd = standard(train)
    parts, groups, start = [], [], 0
    for j, leaf in enumerate(spec.columns):
        if isinstance(leaf, Category):
            part = (table[:, j, None] == np.arange(leaf.k)) * np.sqrt(0.5)
            part[np.isnan(table[:, j])] = np.nan
        else:
            part = (table[:, j, None] - mean[j]) / sd[j]
        parts.append(part)
        groups.append(slice(start, start + part.shape[1]))
        start += part.shape[1]
    return np.concatenate(parts, 1), groups


@dataclass(frozen=True)
class Holes:
    """Test rows with some cells hidden.

    Args:
        items: in the user's form, hidden cells empty.
        truth: (n, D) as the Spec encodes the whole rows.
        hidden: (n, D) bool.
        spec: Spec of both.
    """

    items: Any
    truth: np.ndarray
    hidden: np.ndarray
    spec: Spec

    @property
    def x(self) -> np.ndarray:
        """The rows (n, D), NaN where hidden."""
        return np.where(self.hidden, np.nan, self.truth)

    def first_rows(self, rows: int) -> "Holes":
        return Holes(self.items.iloc[:rows], self.truth[:rows], self.hidden[:rows], self.spec)

    def error(self, guess: np.ndarray, train: np.ndarray, seed: int) -> Metric:
        """Measures the imputation error of a guess.

        Args:
            guess: (n, D) completed rows.
            train: (m, D) training rows, whose deviations scale numbers.
            seed: Seed of the random numbers.
        """
        _, sd = standard(train)
        errors = cell_errors(self.truth, guess, self.hidden, self.spec, sd)
        mean = lambda i: float(np.nanmean(column_errors(errors[i], self.spec)))
        n = len(errors)
        rows = bootstrap_se(mean, (n,), numpy_generator("imputation", seed))
        se = float(np.hypot(rows, scale_se(column_errors(errors, self.spec), train, self.spec)))
        hidden = "30% of cells hidden at random"
        metric = Metric(mean(np.arange(n)), se, "estimate", "completions", "sd", n, "lower", hidden)
        return replace(metric, items=row_errors(errors, self.spec))

    def interval_coverage(self, draws: np.ndarray) -> dict[str, Metric]:
        """Measures the share of hidden numbers in the central 90% of draws (m, n, D): {"coverage": share}; empty where
        no number is hidden."""
        hidden = self.hidden & [not isinstance(leaf, Category) for leaf in self.spec.columns]
        if not hidden.any():
            return {}
        hits = np.where(hidden, interval_hits(self.truth, draws), 0)
        value, se = clustered_proportion(hits.sum(1), hidden.sum(1))
        n = int(hidden.sum())
        return {"coverage": Metric(value, se, "estimate", "completions", "of cells", n, "near 1", "90% intervals")}


def make_holes(data: Data, test: np.ndarray, spec: Spec, seed: int, rows: int) -> Holes | None:
    """Hides cells of the first test rows. Returns None where every cell is given or missing anyway.

    Args:
        data: Data of the table.
        test: (m, D) test rows in drawn order.
        spec: by which they are encoded.
        seed: Seed of the random numbers.
        rows: number of rows, at most.
    """
    items = data.test.iloc[:rows]
    whole = data.domain.whole
    names = whole.spec.names
    _, _, known = whole.encode_holes(items, None, None)
    hidden = hide(known.numpy(), spec.dims, seed)
    if not hidden.any():
        return None
    mask = pd.DataFrame(False, items.index, items.columns)
    mask[names] = hidden[:, : len(names)]
    return Holes(items.mask(mask), test[: len(items)], hidden, spec)


PAIRS = 6  # samples that a report shows beside their nearest training row


class RowNeighbours:
    """Finds the nearest training rows of rows.

    Args:
        train: (m, D) rows of one spec.
        pick: (n,) int64, which rows take part.
        spec: Spec of the rows.
        distances: (n, F) of these, numbers beside the columns that distances are taken of too; NaN where missing.
    """

    def __init__(self, train: np.ndarray, pick: np.ndarray, spec: Spec, distances: np.ndarray | None = None):
        self.train, self.spec, self.pick = train, spec, pick
        distances = np.zeros((len(pick), 0)) if distances is None else distances
        self.scale = standard(distances)
        self.points = self._look_beside(train[pick], distances)

    def nearest(self, rows: np.ndarray, distances: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Finds the nearest training row of rows (n, D) with their numbers (n, F): distance (n,), and its number
        (n,)."""
        distance, number = nearest(
            self._look_beside(rows, np.zeros((len(rows), 0)) if distances is None else distances), self.points
        )
        return distance, self.pick[number]

    def _look_beside(self, rows: np.ndarray, distances: np.ndarray) -> np.ndarray:
        mean, sd = self.scale
        return np.c_[self.points_of(rows), np.nan_to_num((distances - mean) / sd).astype(np.float32)]

    def points_of(self, rows: np.ndarray) -> np.ndarray:
        """Converts rows (n, D) to points (n, E) float32, between which distances are taken."""
        expanded, _ = expand(rows, self.train, self.spec)
        return np.concatenate([np.nan_to_num(expanded), np.isnan(rows)], 1).astype(np.float32)


def write_pairs(
    samples: pd.DataFrame,
    sample_distances: np.ndarray,
    number: np.ndarray,
    train: pd.DataFrame,
    typical: float,
    path: Path,
) -> Path:
    """Writes a CSV file of the samples nearest to training rows, each above its neighbour. It has the distance between
    them over `typical`, the median distance of a test row (0 is a copy); the plain distance where that is 0.

    Args:
        samples: Generated items.
        train: Training items.
        path: Path of the file.
        away, number: (n,) of the first n samples, as `RowNeighbours.nearest` finds them.
    """
    first = np.argsort(sample_distances, kind="stable")[:PAIRS]
    names = [name for name in samples.columns if name in train.columns]
    pairs = [samples.iloc[first][names], train.iloc[number[first]][names]]
    table = pd.concat([pair.astype(object) for pair in pairs], ignore_index=True).map(shorten)
    origin = ["sample"] * len(first) + ["training row"] * len(first)
    distance = np.tile(sample_distances[first] / (typical or 1), 2)
    table.insert(0, "distance", [f"{value:.2f}" for value in distance])
    table.insert(0, "row", origin)
    order = np.arange(2 * len(first)).reshape(2, -1).T.reshape(-1)  # a sample, then its neighbour
    return write_whole(path, csv_bytes(table.iloc[order]))
