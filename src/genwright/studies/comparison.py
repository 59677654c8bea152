"""A finished comparison: its results, its table, and the model to pick."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from rich.console import Console

from ..core.errors import DataError
from ..reports import brief
from ..reports.results import find, frame, path_of, ranking, read_comparison, shown
from ..run.model import Model
from ..run.open import load_model
from ..run.predictor import Predictor


@dataclass(frozen=True)
class Comparison:
    """A finished comparison. results: the content of results.json. folder: where it and the runs are."""

    results: dict
    folder: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a family, then baselines and the reference; `<metric>` and `<metric> se`, seconds, sizes."""
        return frame(self.results)

    def __repr__(self) -> str:
        return brief.text(self.results, self.folder)

    def _repr_html_(self) -> str:
        """What a notebook shows: each purpose's pick, its command and a few of its samples."""
        return brief.html(self.results, self.folder)

    def best(self, criterion: str) -> Model | Predictor:
        """The model with the best number for a purpose: "density", "samples" or "codes", or "labels" of predictors.

        Simple baselines count, copies of the training data do not. Says on stderr when the number does not settle it.
        Raises DataError where nothing was measured for the purpose.
        """
        headline = self.results["metrics"]["headline"]
        ranked = ranking(self.results, headline[criterion]) if criterion in headline else None
        if not ranked or not ranked.order:
            raise DataError(f"nothing was measured for {criterion!r}: choose one of {', '.join(headline)}")
        first = ranked.order[0]
        if not ranked.separated and len(ranked.order) > 1:
            a, b = (f"{f} {shown(find(self.results, f)['metrics'][ranked.metric])}" for f in ranked.order[:2])
            Console(stderr=True, highlight=False).print(f"{a}, {b}: too close to rank, {first} is taken")
        return load_model(self.folder / find(self.results, first)["folder"])


def load_comparison(folder: str | Path) -> Comparison:
    """The comparison in a folder, as `compare` gave it: its results, table and models, whoever made it.

    folder: that of the comparison, or its results.json. Raises RunError where it holds none.
    """
    path = path_of(folder)
    return Comparison(read_comparison(path), path.parent)
