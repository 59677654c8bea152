"""Test rows with hidden cells, and how well they were filled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ...core.data import Data
from ...core.spec import Category, Spec
from ..intervals import bootstrap_se, clustered_proportion, numpy_generator
from ..metric import Metric
from . import imputation


@dataclass(frozen=True)
class Holes:
    """Test rows with some cells hidden. items: in the user's form, hidden cells empty; truth: (n, D) as the Spec
    encodes the whole rows; hidden: (n, D) bool; spec: of both."""

    items: Any
    truth: np.ndarray
    hidden: np.ndarray
    spec: Spec

    @property
    def x(self) -> np.ndarray:
        """(n, D), NaN where hidden."""
        return np.where(self.hidden, np.nan, self.truth)

    def first_rows(self, rows: int) -> Holes:
        return Holes(self.items.iloc[:rows], self.truth[:rows], self.hidden[:rows], self.spec)

    def error(self, guess: np.ndarray, train: np.ndarray, seed: int) -> Metric:
        """The imputation error of a guess (n, D); numbers are scaled by the training rows (m, D)."""
        _, sd = imputation.standard(train)
        errors = imputation.cell_errors(self.truth, guess, self.hidden, self.spec, sd)
        mean = lambda i: float(np.nanmean(imputation.column_errors(errors[i], self.spec)))
        n = len(errors)
        rows = bootstrap_se(mean, (n,), numpy_generator("imputation", seed))
        se = float(np.hypot(rows, imputation.scale_se(imputation.column_errors(errors, self.spec), train, self.spec)))
        hidden = "30% of cells hidden at random"
        metric = Metric(mean(np.arange(n)), se, "estimate", "completions", "sd", n, "lower", hidden)
        return replace(metric, items=imputation.row_errors(errors, self.spec))

    def interval_coverage(self, draws: np.ndarray) -> dict[str, Metric]:
        """{"coverage": share of hidden numbers in the central 90% of draws (m, n, D)}; empty where no number is
        hidden."""
        hidden = self.hidden & [not isinstance(leaf, Category) for leaf in self.spec.columns]
        if not hidden.any():
            return {}
        hits = np.where(hidden, imputation.interval_hits(self.truth, draws), 0)
        value, se = clustered_proportion(hits.sum(1), hidden.sum(1))
        n = int(hidden.sum())
        return {"coverage": Metric(value, se, "estimate", "completions", "of cells", n, "near 1", "90% intervals")}


def make_holes(data: Data, test: np.ndarray, spec: Spec, seed: int, rows: int) -> Holes | None:
    """Holes in the first `rows` test rows, which are in drawn order; test: (m, D) encoded by `spec`; None where every
    cell is given or missing anyway."""
    items = data.test.iloc[:rows]
    names = data.domain.spec.names
    _, _, known = data.domain.encode_holes(items, None, None)
    hidden = imputation.hide(known.numpy(), spec.dims, seed)
    if not hidden.any():
        return None
    mask = pd.DataFrame(False, items.index, items.columns)
    mask[names] = hidden[:, : len(names)]
    return Holes(items.mask(mask), test[: len(items)], hidden, spec)
