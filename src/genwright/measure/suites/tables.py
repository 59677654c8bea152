"""The metrics for rows of a table: what a model of them is measured with, and against what.

Everything is measured on encoded rows, whose columns are the leaves of the spec and after them the given variables,
against the real test rows. Samples are as many as there are training rows; `reference` holds what real training rows
reach in their place. Each part is in drawn order, so that some of its rows are a draw from it however the table was
sorted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from ...core.data import Data
from ...core.errors import DataError
from ...core.likelihood import Likelihood
from ...core.monte_carlo import best_guess
from ...core.seeds import seed_of
from ...core.spec import Category, Spec
from ...run.model import Model
from ..intervals import bootstrap_se, halves_se, learned_variance, numpy_generator, proportion, random_groups, resampled
from ..metric import Metric
from ..metrics.classifier_two_sample import two_sample_auc
from ..metrics.memorisation import (
    EXPOSED,
    Candidates,
    attacked,
    candidates_of,
    copies_among,
    copying,
    counts_of,
    membership,
    memorisation,
    repeated,
    score_fresh,
)
from ..metrics.table_columns import column_distances, pair_distances
from ..metrics.table_rows import Holes, RowNeighbours, make_holes, write_pairs
from ..metrics.trees import CLASSIFIER, Task, default_target, telling_apart
from ..plots import table_sheets
from ..plots.table_sheets import write_rows, write_rules
from ..sizes import Sizes, Tried, in_blocks
from ..suite import SampleSuite, in_drawn_order, nats_per_item

SAMPLES = 50_000  # rows drawn, at most
SCORED = 4_096  # test rows whose likelihood is taken, at most
COMPLETED = 1_024  # test rows whose holes are filled, at most
JUDGED = 5_000  # rows a side of the two-sample test, at most
ATTACKED = 150_000  # samples with which training rows are attacked, at most
NEIGHBOURED = 5_000  # rows whose nearest training row is sought, at most
PARTS_JUDGED = 2_000  # test rows on which classifiers of parts are scored, at most
DRAWS, TRIED = 50, 10  # completions of each; one of so many is tried
COLUMNS = "Columns, real and drawn, the worst first"
RULES = "Rules of the table, and how many rows break them"
PREVIEW = 4  # rows
RESAMPLES = 20  # of rows, where a number takes a while
TAUGHT, DEGREES = 300, 3  # rows that classifiers of a part learn from, at least; of freedom of the variance over parts

# What a table by this name is used to predict; any other is judged on its given variable or by `default_target`.
TARGETS = {
    "adult": "income",
    "diamonds": "price",
    "california-housing": "median_house_value",
    "penguins": "species",
    "titanic": "survived",
    "horse-colic": "outcome",
    "mpg": "mpg",
}

TITLES = {
    "nats": ("Log-likelihood", "mean log p of a test row; higher is better", "nats"),
    "kl": ("KL(p || q)", "from the known density to the model, on test rows; 0 is perfect", "nats"),
    "column_error": ("Column error", "distance of real and sampled columns, mean over columns; 0 is perfect", "%"),
    "pair_error": ("Pair error", "distance of real and sampled pairs of columns, mean over pairs; 0 is perfect", "%"),
    "tstr": ("Train on synthetic", "score on real rows of trees that learned from samples; higher is better", "score"),
    "tstr_share": (
        "Train on synthetic, of real",
        "the same over that of as many real rows; 1 is perfect",
        "of real",
    ),
    "two_sample_auc": ("Two-sample AUC", "how well trees tell samples from real rows; 0.5 is perfect", "AUC"),
    "memorisation": (
        "Memorisation",
        "distance to the nearest training row, over test rows'; 1 is right",
        "ratio",
    ),
    "copies": ("Exact copies", "samples equal to a training row; right is what fresh rows reach", "of samples"),
    "dcr_share": (
        "Nearer to training",
        "samples nearer to training than to hold-out rows; 0.5 is right",
        "of samples",
    ),
    "membership_auc": ("Membership attack", "how well it tells training rows from others; 0.5 is private", "AUC"),
    "broken_rules": (
        "Broken rules",
        "samples that break a rule which real rows keep; real rows are right",
        "of samples",
    ),
    "imputation_error": ("Imputation error", "of hidden cells, in sd or share wrong; 0 is perfect", "sd"),
    "coverage": ("Coverage", "of hidden numbers by the central 90% of 50 completions; 0.9 is right", "of cells"),
}


class Suite(SampleSuite):
    """Measures models of one table. The same data, seed and sizes give the same numbers.

    target: the column that classifiers learn from samples; picked where none is named. Raises DataError for one that is
    not modelled.
    """

    TITLES = TITLES
    HEADLINE = {"density": "nats", "samples": "two_sample_auc", "codes": "imputation_error"}
    FACTS = {"broken_rules": "rows that break a rule", "copies": "copies of training rows"}
    LEAST = {"samples": 200, "scored": 100, "completed": 50, "attacked": 200}
    GLIMPSE, PLOTTED = 64, 1_000

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None, target: str | None = None):
        domain = data.domain
        given = tuple(leaf for leaf in domain.given.leaves if leaf[0] not in domain.spec.names)
        self.spec = Spec(domain.spec.leaves + given)
        picked = target is None
        if picked:
            target = TARGETS.get(data.name)
            if target not in self.spec.names:
                target = given[0][0] if given else default_target(self.spec)
        elif target not in self.spec.names:
            raise DataError(
                f"column '{target}', named by target, is not modelled: name one of {', '.join(self.spec.names)}"
            )
        self.target = None if picked else target
        self.picked = f"trees learn '{target}' from samples, picked for you: --target names another" if picked else ""
        classes = isinstance(self.spec.columns[self.spec.names.index(target)], Category)
        super().__init__(in_drawn_order(data, target if classes else None, seed), seed)
        self.train, self.test = self._rows(self.data.train), self._rows(self.data.test)
        full = {"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}
        full |= {"completed": min(len(self.test), COMPLETED), "attacked": min(EXPOSED * len(self.train), ATTACKED)}
        self.sizes = Sizes(full, sizes)
        self._completed: tuple[Model, torch.Tensor] | None = None  # of the model measured last
        self._found: tuple[Model, np.ndarray, np.ndarray] | None = None  # the neighbours of its samples
        self.task = Task(self.spec, target, self.train, seed)

    # ------------------------------------------------------------------ what is measured

    def reference(self) -> dict[str, Metric]:
        """Real training rows in the place of samples: what no model can be expected to beat. Validation rows stand in
        for the memorisation ratio, since training rows are their own neighbours."""
        metrics = self.sizes.note_fewer_items(self._fidelity(self._real), "samples")
        held_out = self._rows(self.data.valid) if len(self.data.valid) else self.test
        metrics |= copying(repeated(self.train), self._reference_set) | self._rules_broken(self.data.test)
        if self._attackable:
            metrics |= score_fresh(self._candidates)
        return metrics | self._memorisation(self._neighbours.nearest(held_out[:NEIGHBOURED])[0])

    def tries(self, model: Model) -> dict[str, Tried]:
        """The calls of a model to time before sizes are chosen: {name of the size: call}."""
        asked = super().tries(model)
        if self._attackable:
            attack = lambda n: membership([self._points(model.sample(n, seed=self.seed))], self._candidates)
            asked["attacked"] = Tried(attack, in_blocks(model.sizes))
        if model.has("complete") and self.holes is not None:
            fill = lambda n: self._filled(model, self.holes.first_rows(n).items, DRAWS // TRIED)
            whole, part = in_blocks(model.sizes, DRAWS), in_blocks(model.sizes, DRAWS // TRIED)
            asked["completed"] = Tried(fill, whole, part)
        return asked

    def resized(self, sizes: dict[str, int]) -> Suite:
        """The same of other sizes."""
        return Suite(self.data, self.seed, sizes, self.target)

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        """Drawings for the report: {caption: path of the PNG, or of the CSV file}."""
        drawn = self._sample(model)
        items, sample = (part[: table_sheets.ROWS] for part in drawn)
        real, spec, paths = self.test[: table_sheets.ROWS], self.spec, {}
        paths[COLUMNS] = table_sheets.columns(real, sample, spec, self._labels, folder / "columns.png")
        if spec.dims > 1:
            paths["Links between columns"] = table_sheets.pairs(real, sample, spec, folder / "pairs.png")
        if spec.dims == 2 and not any(isinstance(leaf, Category) for leaf in spec.columns):
            paths["Rows, real and drawn"] = table_sheets.scatter(real, sample, spec, folder / "scatter.png")
        if model.has("complete") and self.sizes.size_for(model, "completed") and self.holes is not None:
            guess, holes = best_guess(self._complete(model), spec).numpy(), self._holes_of(model)
            shown = holes.truth, guess, holes.hidden, spec, self._labels, folder / "completions.png"
            paths["Hidden cells: truth across, best guess up; categories: share right"] = table_sheets.completions(
                *shown
            )
        if self.data.domain.rules:
            paths[RULES] = write_rules(self.data.domain, self.data.test, drawn[0], folder / "rules.csv")
        near, typical, path = self._nearest(model, sample), float(np.median(self._test_away)), folder / "nearest.csv"
        paths["Samples nearest to training rows"] = write_pairs(items, *near, self.data.train, typical, path)
        return {caption: str(path) for caption, path in paths.items()}

    def plot_real(self, folder: Path) -> dict[str, str]:
        """Drawings of real rows alone: none, since every drawing of samples holds them too."""
        return {}

    def preview(self, model: Model | None, folder: Path) -> str:
        """A few samples, or real test rows where there is no model: the path of a CSV file."""
        rows = (self.data.test if model is None else self._sample(model)[0]).head(PREVIEW)
        return write_rows(rows, folder / "preview.csv")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """The distribution of each column."""
        x, given = domain.encode(items)
        columns = domain.modelled + domain.givens
        names = {c.name: [*map(str, c.labels), *["other"] * c.other] for c in columns if isinstance(c.leaf, Category)}
        rows = torch.cat([x, given], 1).numpy().astype(np.float64)
        return table_sheets.drawing(rows, Spec(tuple((c.name, c.leaf) for c in columns)), names)

    # ------------------------------------------------------------------ likelihood

    def _of_likelihood(self, found: Likelihood, rows: pd.DataFrame) -> dict[str, Metric]:
        metrics = {"nats": nats_per_item(found, "higher")}
        if self.data.log_density is not None:
            gap = replace(found, nats=np.asarray(self.data.log_density(rows)) - found.nats, given=())
            metrics["kl"] = nats_per_item(gap, "lower")
        return metrics

    # ------------------------------------------------------------------ samples

    def _of_samples(self, model: Model, samples: tuple[pd.DataFrame, np.ndarray]) -> dict[str, Metric]:
        sample = samples[1]
        metrics = self._fidelity(sample) | self._memorisation(self._nearest(model, sample)[0])
        return metrics | self._facts(samples)

    def _headline_of_samples(self, model: Model, samples: tuple[pd.DataFrame, np.ndarray]) -> dict[str, Metric]:
        return self._two_sample(samples[1]) | self._facts(samples)

    def _facts(self, samples: tuple[pd.DataFrame, np.ndarray]) -> dict[str, Metric]:
        return copies_among(samples[1], self._train_counts, self._reference_set) | self._rules_broken(samples[0])

    def _of_other_verbs(self, model: Model) -> dict[str, Metric]:
        metrics: dict[str, Metric] = {}
        size, noted = partial(self.sizes.size_for, model), partial(self.sizes.note_fewer_items, model=model)
        if size("samples") and size("attacked") and self._attackable:
            metrics |= noted(attacked(self._exposing(model, size("attacked")), self._candidates), "attacked")
        if model.has("complete") and size("completed"):
            metrics |= noted(self._completions(model), "completed")
        return metrics

    def _fidelity(self, sample: np.ndarray) -> dict[str, Metric]:
        metrics = {"column_error": self._distance(column_distances, sample)}
        if self.spec.dims > 1:
            metrics["pair_error"] = self._distance(pair_distances, sample)
            if self.data.log_density is None:
                metrics |= self._train_on_synthetic(sample)
        return metrics | self._two_sample(sample)

    def _distance(self, distances, sample: np.ndarray) -> Metric:
        """100 times the mean over columns, or pairs, of a distance between the test rows and the sample.

        Its variance is the mean of two: the bootstrap's is too large between tables that are alike, as it adds its own
        noise to a distance that is all noise; that of halves is right on average, and too small where the distance is.
        """
        mean = lambda i, j: float(np.nanmean(distances(self.test[i], sample[j], self.spec)))
        sizes = len(self.test), len(sample)
        value = mean(*map(np.arange, sizes))
        rng = numpy_generator(distances.__name__, self.seed)
        se = np.hypot(halves_se(mean, sizes, rng), bootstrap_se(mean, sizes, rng, RESAMPLES)) / 2**0.5
        return Metric(100 * value, 100 * se, "estimate", "samples", "%", len(sample), "lower", "real test rows")

    def _train_on_synthetic(self, sample: np.ndarray) -> dict[str, Metric]:
        task, (_, truth) = self.task, self.task.known_rows(self.test)
        if len(truth) < 2 or np.ptp(truth) == 0:
            return {}
        said = task.predict(sample, self.test)
        score = lambda i: task.score(truth[i], said[i])
        of_real = lambda i: task.score(truth[i], self._real_said[i])
        size, n, parts = (len(truth),), len(sample), self._taught_by_parts(sample)
        classifier = f"{CLASSIFIER}, target {self.spec.names[task.column]}, {task.measure}"

        def metric(value: float, moved, unit: str, parts: np.ndarray) -> Metric:
            """moved(rows) -> how the number moves with the test rows. parts: how far what taught the classifiers moves
            it."""
            rows = bootstrap_se(moved, size, numpy_generator("tstr", self.seed), RESAMPLES)
            se = float(np.sqrt(rows**2 + learned_variance(parts)))
            return Metric(value, se, "estimate", "samples", unit, n, "higher", classifier, detail=self.picked)

        found, real = (of(np.arange(len(truth))) for of in (score, of_real))
        metrics = {"tstr": metric(found, score, task.measure, parts)}
        if real > 0:
            share = found / real
            moved = lambda i: (score(i) - share * of_real(i)) / real  # to first order; a resample's own may be 0
            metrics["tstr_share"] = metric(share, moved, "of real", (parts - share * self._real_parts) / real)
        return metrics

    def _taught_by_parts(self, rows: np.ndarray) -> np.ndarray:
        """Scores of classifiers that learn from random groups of rows, on some test rows: `resampled`, (21, cuts,
        groups)."""
        groups = random_groups((len(rows),), numpy_generator("taught", self.seed), TAUGHT, DEGREES)
        rng = numpy_generator("taught, test rows", self.seed)
        test = self.test[rng.permutation(len(self.test))[:PARTS_JUDGED]]
        truth = self.task.known_rows(test)[1]
        said = [[self.task.predict(rows[i], test) for (i,) in cut] for cut in groups]
        score = lambda i: [[self.task.score(truth[i], part[i]) for part in cut] for cut in said]
        return resampled(score, len(truth), rng)

    def _two_sample(self, sample: np.ndarray) -> dict[str, Metric]:
        n = min(len(sample), len(self.test), JUDGED)
        rows, fake = np.concatenate([self.test[:n], sample[:n]]), np.repeat([0, 1], n)
        keys = np.where(np.isnan(rows), -np.inf, rows)
        found = two_sample_auc(keys, fake, telling_apart(rows, self.spec, self.seed), self.seed)
        if np.isnan(found.value):
            return {}
        metric = Metric(found.value, found.se, "estimate", "samples", "AUC", n, "lower", CLASSIFIER)
        return {"two_sample_auc": replace(metric, own=found.own, items=found.items)}

    def _rules_broken(self, items: pd.DataFrame) -> dict[str, Metric]:
        """The share of rows that break a rule of the table; `detail` says which one most of them do."""
        rules = self.data.domain.rules
        if not rules:
            return {}
        breaks = self.data.domain.broken(items)
        value, se = proportion(breaks.any(1))
        worst = int(breaks.mean(0).argmax())
        detail = f"most often {rules[worst]} ({breaks[:, worst].mean():.1%})" if value else ""
        found = f"{len(rules)} rule{'s' * (len(rules) != 1)} of the table"
        return {
            "broken_rules": Metric(value, se, "estimate", "samples", "of samples", len(items), "lower", found, detail)
        }

    def _nearest(self, model: Model, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distance of each sample (n, D) to the nearest training row, and its number."""
        if self._found is None or self._found[0] is not model:
            self._found = model, *self._neighbours.nearest(sample[:NEIGHBOURED])
        return self._found[1:]

    def _exposing(self, model: Model, n: int) -> Iterator[np.ndarray]:
        """Points of n samples, in parts: of those that the rest is measured on, then of more. None that was given what
        test rows are given, since that would lead samples to these."""
        first = self._sample(model)[1][: 0 if self.domain.given.leaves else n]
        if len(first):
            yield self._neighbours.points_of(first)
        for start in range(len(first), n, SAMPLES):
            yield self._points(model.sample(min(SAMPLES, n - start), seed=seed_of("attack", self.seed, start)))

    def _memorisation(self, away: np.ndarray) -> dict[str, Metric]:
        return memorisation(away, self._test_away, self.seed, "training rows")

    # ------------------------------------------------------------------ completions

    def _completions(self, model: Model) -> dict[str, Metric]:
        if self.holes is None:
            return {}
        draws = self._complete(model)
        holes, guess = self._holes_of(model), best_guess(draws, self.spec).numpy()
        metrics = {"imputation_error": holes.error(guess, self.train, self.seed)}
        return metrics | holes.interval_coverage(draws.numpy())

    def _complete(self, model: Model) -> torch.Tensor:
        """(DRAWS, n, D) completions of the holes; their best guess is what `complete(estimate="mean")` gives."""
        if self._completed is None or self._completed[0] is not model:
            filled = self._filled(model, self._holes_of(model).items, DRAWS)
            self._completed = model, torch.as_tensor(self._rows(filled)).reshape(DRAWS, -1, self.spec.dims)
        return self._completed[1]

    def _filled(self, model: Model, items: pd.DataFrame, draws: int) -> pd.DataFrame:
        """Completions of the items, one draw beneath another. A table is decoded column by column, so one long table
        costs little more than a short one."""
        return model.complete(pd.concat([items] * draws, ignore_index=True), seed=self.seed)

    def _holes_of(self, model: Model) -> Holes:
        return self.holes.first_rows(self.sizes.size_for(model, "completed"))

    # ------------------------------------------------------------------ what is computed once

    @cached_property
    def _labels(self) -> dict[str, list[str]]:
        """{column: the table's names of its categories, by code}; a category without training rows goes by its code."""
        found = {}
        for j, (name, leaf) in enumerate(self.spec.leaves):
            if isinstance(leaf, Category):
                found[name] = [str(code) for code in range(leaf.k)]
                for code, row in zip(*np.unique(self.train[:, j], return_index=True)):
                    if not np.isnan(code):
                        found[name][int(code)] = str(self.data.train[name].iloc[row])
        return found

    def _rows(self, items: Any) -> np.ndarray:
        """Items -> (n, D) float64: encoded leaves, then the given variables that are no leaf themselves."""
        x, given = self.data.domain.encode(items)
        more = [j for j, name in enumerate(self.data.domain.given.names) if name not in self.data.domain.spec.names]
        return np.concatenate([x.numpy(), given.numpy()[:, more]], 1).astype(np.float64)

    @cached_property
    def _picked(self) -> np.ndarray:
        """Numbers of as many training rows as there are samples."""
        return numpy_generator("real", self.seed).permutation(len(self.train))[: self.n]

    @property
    def _real(self) -> np.ndarray:
        return self.train[self._picked]

    @cached_property
    def _real_said(self) -> np.ndarray:
        return self.task.predict(self._real, self.test)

    @cached_property
    def _real_parts(self) -> np.ndarray:
        return self._taught_by_parts(self._real)

    @cached_property
    def _neighbours(self) -> RowNeighbours:
        return RowNeighbours(self.train, self._picked, self.spec)

    @cached_property
    def _test_away(self) -> np.ndarray:
        return self._neighbours.nearest(self.test[:NEIGHBOURED])[0]

    def _points(self, items: pd.DataFrame) -> np.ndarray:
        return self._neighbours.points_of(self._rows(items))

    @cached_property
    def _candidates(self) -> Candidates:
        valid = self._rows(self.data.valid) if len(self.data.valid) else self.test[:0]
        return candidates_of(self.train, self.test, valid, self._neighbours.points_of, "test rows")

    @property
    def _attackable(self) -> bool:
        """Whether training rows differ from test rows in nothing but that the model saw them: not where sides are of
        other groups or times, and enough of them."""
        return not {"group", "time"} & self.data.options.keys() and self._candidates.enough

    @cached_property
    def _train_counts(self) -> Counter:
        return counts_of(self.train)

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training rows"

    @cached_property
    def holes(self) -> Holes | None:
        """Test rows of which some cells are hidden; None where there is nothing to hide."""
        return make_holes(self.data, self.test, self.spec, self.seed, COMPLETED)

    # ------------------------------------------------------------------ inside

    def _read(self, samples: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
        """Samples as the table is written, and (n, D)."""
        return self.domain.as_written(samples), self._rows(samples)
