"""The metrics for rows of a table: what a model of them is measured with, and against what.

Everything is measured on encoded rows, whose columns are those of the table, derived ones too, and after them the given
variables, against the real test rows. Samples are as many as there are training rows; `reference` holds what real
training rows reach in their place. Each part is in drawn order, so that some of its rows are a draw from it however the
table was sorted.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from ...core.data import Data
from ...core.errors import DataError, expect_unseen
from ...core.likelihood import Likelihood
from ...core.monte_carlo import best_guess
from ...core.spec import Category, Real, Spec
from ...kinds.splits import linked
from ...kinds.values.cells import row_keys
from ...run.model import Model
from ..intervals import distance_se, numpy_generator, proportion
from ..metric import Metric, Role
from ..metrics.classifiers import two_sample_auc
from ..metrics.memorisation import EXPOSED, Candidates, candidates_of, copying
from ..metrics.table_columns import column_distances, pair_distances
from ..metrics.table_rows import Holes, RowNeighbours, make_holes, write_pairs
from ..metrics.trees import CLASSIFIER, ColumnTask, TreeLessons, default_target, telling_apart
from ..plots import column_sheets, table_sheets
from ..rows import MetricRow, constant_chance, estimate, rows
from ..sample_suite import SampleSuite, attack_rows, copies_row, memorisation_row
from ..sizes import Sizes, Tried, in_blocks
from ..suite import in_drawn_order, of_two_samples

SAMPLES = 50_000  # rows drawn, at most
SCORED = 4_096  # test rows whose likelihood is taken, at most
COMPLETED = 1_024  # test rows whose holes are filled, at most
JUDGED = 5_000  # rows a side of the two-sample test, at most
ATTACKED = 150_000  # samples with which training rows are attacked, at most
NEIGHBOURED = 5_000  # rows whose nearest training row is sought, at most
DRAWS, TRIED = 50, 10  # completions of each; one of so many is tried
COLUMNS = "Each column, real against sampled, worst first"
PAIRS = "Errors of pairs of columns"
RULES = "Rules of the table, and how many rows break them"
PREVIEW = 4  # rows
JUDGED_FEATURES = ("broken", "computed", "difference", "ratio")  # of rules, which the two-sample test sees
ROUNDED = 1e-6  # of the range of a column, by which a number that is encoded again may be off
FEW = 5  # training rows, below which a pair of cells tells of persons
RESAMPLES = 20  # of rows, where a number takes a while

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


class TableRows(NamedTuple):
    """Rows of a table.

    Args:
        items: rows as the table is written.
        x: (n, D), encoded.
    """

    items: pd.DataFrame
    x: np.ndarray


class Suite(SampleSuite):
    """Measures models of one table. The same data, seed and sizes give the same numbers.

    Raises DataError for one that is not modelled.

    Args:
        data: The data set, in its parts.
        seed: Seed of the random numbers.
        target: the column that classifiers learn from samples; picked where none is named.
    """

    LEAST = {"samples": 200, "scored": 100, "completed": 50, "attacked": 200}
    GLIMPSE, PLOTTED = 64, 1_000
    AT_ONCE = SAMPLES
    CALLED = "rows"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None, target: str | None = None):
        domain = data.domain.whole
        given = tuple(leaf for leaf in domain.given.leaves if leaf[0] not in domain.spec.names)
        self.spec = Spec(domain.spec.leaves + given)
        is_picked = target is None
        if is_picked:
            target = TARGETS.get(data.name)
            if target not in self.spec.names:
                target = given[0][0] if given else default_target(self.spec)
        elif target not in self.spec.names:
            raise DataError(
                f"column '{target}', named by target, is not modelled: name one of {', '.join(self.spec.names)}"
            )
        self.target = None if is_picked else target
        self.picked = (
            f"usefulness is tested by predicting '{target}': --target names another column" if is_picked else ""
        )
        classes = isinstance(self.spec.columns[self.spec.names.index(target)], Category)
        self.whole = domain
        super().__init__(in_drawn_order(data, target if classes else None, seed), seed)
        self.train, self.test = self._rows(self.data.train), self._rows(self.data.test)
        self.valid = self._rows(self.data.valid) if len(self.data.valid) else self.test[:0]
        full_sizes = {"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}
        full_sizes |= {
            "completed": min(len(self.test), COMPLETED),
            "attacked": min(EXPOSED * len(self.train), ATTACKED),
        }
        self.sizes = Sizes(full_sizes, sizes)
        self.task = ColumnTask(self.spec, target, self.train, seed)

    def tries(self, model: Model) -> dict[str, Tried]:
        """Returns the calls of a model to time before sizes are chosen: {name of the size: call}."""
        calls = super().tries(model)
        if self._can(model, "completed"):
            fill = lambda n: self._filled(model, self.holes.first_rows(n).items, DRAWS // TRIED)
            layout, part = in_blocks(model.sizes, DRAWS), in_blocks(model.sizes, DRAWS // TRIED)
            calls["completed"] = Tried(fill, layout, part)
        return calls

    def resized(self, sizes: dict[str, int]) -> "Suite":
        """Copies the suite with other sizes."""
        return Suite(self.data, self.seed, sizes, self.target)

    def _can(self, model: Model, size: str) -> bool:
        return super()._can(model, size) and (size != "completed" or self.holes is not None)

    def _divergence(self, likelihood: Likelihood, items: pd.DataFrame) -> Metric | None:
        """From the density that the data are drawn from, where it is known."""
        if self.data.log_density is None:
            return None
        return self._likelihood(
            replace(likelihood, nats=np.asarray(self.data.log_density(items)) - likelihood.nats, given=()), items
        )

    def _column_error(self, rows: TableRows) -> Metric:
        return self._mean_distance(column_distances, rows.x)

    def _pair_error(self, rows: TableRows) -> Metric | None:
        return self._mean_distance(pair_distances, rows.x) if self.spec.dims > 1 else None

    def _mean_distance(self, distances: Callable[..., np.ndarray], sample: np.ndarray) -> Metric:
        """100 times the mean over columns, or pairs, of a distance between the test rows and the sample."""
        mean = lambda i, j: float(np.nanmean(distances(self.test[i], sample[j], self.spec)))
        sizes = len(self.test), len(sample)
        se = distance_se(mean, sizes, numpy_generator(distances.__name__, self.seed), RESAMPLES)
        return estimate(100 * mean(*map(np.arange, sizes)), 100 * se, len(sample), "real test rows")

    def _train_on_synthetic(self, rows: TableRows) -> dict[str, Metric]:
        is_untaught = self.spec.dims < 2 or self.data.log_density is not None
        return {} if is_untaught else self._lessons.scores(rows.x)

    def _two_sample(self, rows: TableRows) -> Metric | None:
        n = min(len(rows.x), len(self.test), JUDGED)
        rows_of_both, fake = np.concatenate([self.test[:n], rows.x[:n]]), np.repeat([0, 1], n)
        sides = self.data.test.iloc[:n], rows.items.iloc[:n]
        keys = self._fold_keys(rows_of_both, *sides)
        ruled = np.concatenate([self._rule_features(side, JUDGED_FEATURES) for side in sides])
        spec = Spec((*self.spec.leaves, *((f"rule {j}", Real()) for j in range(ruled.shape[1]))))
        test = two_sample_auc(keys, fake, telling_apart(np.c_[rows_of_both, ruled], spec, self.seed), self.seed)
        return of_two_samples(test, n, CLASSIFIER)

    def _fold_keys(self, x: np.ndarray, *sides: pd.DataFrame) -> np.ndarray:
        """(n, 1) numbers, equal for rows that share a fold: equal rows, and rows of one group where the split keeps
        groups together. Otherwise trees would know a patient again, and call that a difference."""
        item = np.unique(np.where(np.isnan(x), -np.inf, x), axis=0, return_inverse=True)[1].reshape(-1)
        if (name := self.data.options.get("group")) is None:
            return item[:, None]
        group = [pd.factorize(side[name])[0] if name in side else np.arange(len(side)) for side in sides]
        return linked(item, np.concatenate([group[0], len(x) + group[1]]))[item][:, None]

    def _broken_rules(self, rows: TableRows) -> Metric | None:
        return self._rules_broken(rows.items)

    def _rules_broken(self, items: pd.DataFrame) -> Metric | None:
        """The share of rows that break a rule of the table; `detail` says which one most of them do."""
        rules = self.data.domain.rules
        if not rules:
            return None
        breaks = self.data.domain.broken(items)
        value, se = proportion(breaks.any(1))
        worst = int(breaks.mean(0).argmax())
        detail = f"most often {rules[worst]} ({breaks[:, worst].mean():.1%})" if value else ""
        return estimate(value, se, len(items), f"{len(rules)} rule{'s' * (len(rules) != 1)} of the table", detail)

    def _copied_pairs(self, rows: TableRows) -> Metric | None:
        """The share of rows with a pair of a look-up of the table that few training rows hold."""
        return self._holding_pairs(rows.items, own_count=0)

    def _copied_pairs_of_real(self) -> Metric | None:
        """Training rows among themselves, as for `copies`."""
        return self._holding_pairs(self.data.train, own_count=1)

    def _holding_pairs(self, items: pd.DataFrame, own_count: int) -> Metric | None:
        """own: how many training rows each of the items is itself."""
        if not self.domain.look_ups:
            return None
        holding = (
            np.stack([pairs.map(counts) for pairs, counts in zip(self._pairs_of(items), self._training_pairs)])
            - own_count
        )
        return copying(((holding > 0) & (holding < FEW)).any(0), self._reference_set)

    def _pairs_of(self, items: pd.DataFrame) -> list[pd.Series]:
        """A key of the pair of cells that each row has of each look-up, None where one of them is missing."""
        view, keys = self.domain.view(items), []
        for rule in self.domain.look_ups:
            pairs = row_keys(pd.DataFrame({name: view.keys(name) for name in rule.columns}))
            keys.append(pd.Series(pairs, dtype=object).where(view.complete(rule.columns), None))
        return keys

    @cached_property
    def _training_pairs(self) -> list[pd.Series]:
        """How many training rows hold each pair of each look-up."""
        return [pairs.value_counts() for pairs in self._pairs_of(self.data.train)]

    def _share_outside(self, rows: TableRows) -> Metric | None:
        """The share of rows with a number outside the range of training; `detail` says which column most of them
        have."""
        numbers = [j for j, leaf in enumerate(self.spec.columns) if not isinstance(leaf, Category)]
        if not numbers:
            return None
        low, high = np.nanmin(self.train[:, numbers], 0), np.nanmax(self.train[:, numbers], 0)
        slack = ROUNDED * (high - low)
        is_outside = (rows.x[:, numbers] < low - slack) | (rows.x[:, numbers] > high + slack)
        value, se = proportion(is_outside.any(1))
        worst = int(is_outside.mean(0).argmax())
        detail = f"most often '{self.spec.names[numbers[worst]]}' ({is_outside[:, worst].mean():.1%})" if value else ""
        return estimate(value, se, len(rows.x), self._reference_set, detail)

    def _completions(self, model: Model) -> dict[str, Metric]:
        draws = self._memoised(self._complete, model)
        holes, guess = self._holes_of(model), best_guess(draws, self.spec).numpy()
        metrics = {"imputation_error": holes.error(guess, self.train, self.seed)}
        return metrics | holes.interval_coverage(draws.numpy())

    def _complete(self, model: Model) -> torch.Tensor:
        """(DRAWS, n, D) completions of the holes; their best guess is what `complete(estimate="mean")` gives."""
        completions = self._filled(model, self._holes_of(model).items, DRAWS)
        return torch.as_tensor(self._rows(completions)).reshape(DRAWS, -1, self.spec.dims)

    def _filled(self, model: Model, items: pd.DataFrame, draws: int) -> pd.DataFrame:
        """Completions of the items, one draw beneath another. A table is decoded column by column, so one long table
        costs little more than a short one."""
        return model.complete(pd.concat([items] * draws, ignore_index=True), seed=self.seed)

    def _holes_of(self, model: Model) -> Holes:
        return self.holes.first_rows(self.sizes.size_for(model, "completed"))

    ROWS = rows(
        MetricRow("nats", "Log-likelihood", "mean log p of a test row; higher is better", "nats", "higher",
            Role.DENSITY, SampleSuite._likelihood, "scored", ranks="density"),
        MetricRow("kl", "KL(p || q)", "from the known density to the model, on test rows; 0 is perfect", "nats",
            "lower", Role.DENSITY, _divergence, "scored"),
        MetricRow("column_error", "Column error",
            "distance of real and sampled columns, mean over columns; 0 is perfect", "%", "lower", Role.SAMPLES,
            _column_error),
        MetricRow("pair_error", "Pair error",
            "distance of real and sampled pairs of columns, mean over pairs; 0 is perfect", "%", "lower", Role.SAMPLES,
            _pair_error),
        MetricRow("tstr", "Train on synthetic",
            "score on real rows of trees that learned from samples; higher is better", "score", "higher", Role.LEARNED,
            _train_on_synthetic),
        MetricRow("tstr_share", "Train on synthetic, of real", "the same over that of as many real rows; 1 is perfect",
            "of real", "higher", Role.TEACHING, _train_on_synthetic),
        MetricRow("two_sample_auc", "Two-sample AUC", "how well trees tell samples from real rows; 0.5 is perfect",
            "AUC", "lower", Role.SAMPLES, _two_sample, ranks="samples", chance=constant_chance(1.0)),
        memorisation_row("row", "over test rows'; 1 is right"),
        copies_row("row"),
        MetricRow("copied_pairs", "Copied pairs",
            f"samples with a pair of a look-up that fewer than {FEW} training rows hold; right is what fresh rows "
            "reach", "of samples", "lower", Role.PAIRS, _copied_pairs, real=_copied_pairs_of_real),
        *attack_rows("row"),
        MetricRow("broken_rules", "Broken rules", "samples that break a rule which real rows keep; real rows are right",
            "of samples", "lower", Role.RULES, _broken_rules,
            real=lambda self: self._rules_broken(self.data.test),
            fact="{} of its rows break a rule of your table", cure="--keep-rules"),
        MetricRow("outside", "Out of range",
            "samples with a number below or above all of training; right is what test rows reach", "of samples",
            "lower", Role.VALIDITY, _share_outside,
            real=lambda self: self._share_outside(TableRows(self.data.test, self.test)),
            fact="{} of its rows hold a number outside the range of your table"),
        MetricRow("imputation_error", "Imputation error", "of hidden cells, in sd or share wrong; 0 is perfect", "sd",
            "lower", Role.COMPLETIONS, _completions, "completed", ranks="codes"),
        MetricRow("coverage", "Coverage", "of hidden numbers by the central 90% of 50 completions; 0.9 is right",
            "of cells", "near 1", Role.COVERAGE, _completions, "completed"),
    )  # fmt: skip

    def plot_real(self, folder: Path) -> dict[str, str]:
        """Returns no drawings: each drawing of samples shows the real rows, too."""
        return {}

    def _sheet(self, items: TableRows, folder: Path) -> dict[str, str]:
        both_rows = self.test[: table_sheets.ROWS], items.x[: table_sheets.ROWS]
        sheets = {COLUMNS: column_sheets.columns(*both_rows, self.spec, self._labels, folder / "columns.svg")}
        if self.spec.dims > 1:
            sheets[PAIRS] = column_sheets.pairs(*both_rows, self.spec, folder / "pairs.svg")
        return sheets

    def _drawings(self, model: Model, items: TableRows, folder: Path) -> dict[str, str]:
        table, sample = (part[: table_sheets.ROWS] for part in items)
        real, spec, paths = self.test[: table_sheets.ROWS], self.spec, {}
        if spec.dims == 2 and not any(isinstance(leaf, Category) for leaf in spec.columns):
            paths["Rows, real and drawn"] = table_sheets.scatter(real, sample, spec, folder / "scatter.png")
        if self._can(model, "completed") and self.sizes.size_for(model, "completed"):
            guess, holes = best_guess(self._memoised(self._complete, model), spec).numpy(), self._holes_of(model)
            sheet_parts = holes.truth, guess, holes.hidden, spec, self._labels, folder / "completions.png"
            caption = "Hidden cells: truth across, best guess up; categories: share right"
            paths[caption] = table_sheets.completions(*sheet_parts)
        if self.data.domain.rules:
            paths[RULES] = table_sheets.write_rules(self.data.domain, self.data.test, items.items, folder / "rules.csv")
        neighbours, typical, path = (
            self._memoised(self._nearest, items),
            float(np.median(self._test_away)),
            folder / "nearest.csv",
        )
        paths["Samples nearest to training rows"] = write_pairs(table, *neighbours, self.data.train, typical, path)
        return {caption: str(path) for caption, path in paths.items()}

    def _items_of(self, model: Model | None) -> TableRows:
        return super()._items_of(model) if model is not None else TableRows(self.data.test, self.test)

    def _preview(self, items: TableRows, folder: Path) -> str:
        shown_rows, domain = items.items.head(PREVIEW), self.data.domain
        return table_sheets.write_preview(shown_rows, domain.broken(shown_rows), domain.rules, folder / "preview.csv")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws the distribution of each column."""
        domain = domain.whole
        with expect_unseen():
            x, given = domain.encode(items)
        columns = domain.modelled + domain.givens
        names = {c.name: [*map(str, c.labels), *["other"] * c.other] for c in columns if isinstance(c.leaf, Category)}
        rows = torch.cat([x, given], 1).numpy().astype(np.float64)
        return table_sheets.drawing(rows, Spec(tuple((c.name, c.leaf) for c in columns)), names)

    @cached_property
    def _labels(self) -> dict[str, list[str]]:
        """{column: the table's names of its categories, by code}; a category without training rows goes by its code."""
        labels = {}
        for j, (name, leaf) in enumerate(self.spec.leaves):
            if isinstance(leaf, Category):
                labels[name] = [str(code) for code in range(leaf.k)]
                for code, row in zip(*np.unique(self.train[:, j], return_index=True)):
                    if not np.isnan(code):
                        labels[name][int(code)] = str(self.data.train[name].iloc[row])
        return labels

    def _rows(self, items: Any) -> np.ndarray:
        """Items -> (n, D) float64: every column encoded, derived ones too, then the given variables that are no leaf
        themselves."""
        with expect_unseen():
            x, given = self.whole.encode(items)
        given_columns = [j for j, name in enumerate(self.whole.given.names) if name not in self.whole.spec.names]
        return np.concatenate([x.numpy(), given.numpy()[:, given_columns]], 1).astype(np.float64)

    @cached_property
    def _picked(self) -> np.ndarray:
        """Numbers of as many training rows as there are samples."""
        return numpy_generator("real", self.seed).permutation(len(self.train))[: self.n]

    @property
    def _real(self) -> TableRows:
        return TableRows(self.data.train.iloc[self._picked], self.train[self._picked])

    @property
    def _held_out_items(self) -> TableRows:
        x = super()._held_out_items
        return TableRows(self.data.valid if x is self.valid else self.data.test, x)

    @cached_property
    def _lessons(self) -> TreeLessons:
        return TreeLessons(self.task, self._real.x, self.test, self.seed, self.picked)

    @cached_property
    def _neighbours(self) -> RowNeighbours:
        distances = self._computed(self.data.train.iloc[self._picked])
        return RowNeighbours(self.train, self._picked, self.spec, distances)

    @cached_property
    def _test_away(self) -> np.ndarray:
        return self._nearest(TableRows(self.data.test, self.test))[0]

    def _nearest(self, rows: TableRows) -> tuple[np.ndarray, np.ndarray]:
        """Distance (n,) of the first rows to the nearest training row, and its number."""
        return self._neighbours.nearest(rows.x[:NEIGHBOURED], self._computed(rows.items.iloc[:NEIGHBOURED]))

    def _computed(self, items: pd.DataFrame) -> np.ndarray:
        """(n, F) float64: columns and sides of rules as the other columns say them."""
        return self._rule_features(items, ("computed",))

    def _rule_features(self, items: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
        return self.domain.rule_features(items, names) if self.domain.rules else np.zeros((len(items), 0))

    def _training_distances(self, rows: TableRows) -> np.ndarray:
        return self._memoised(self._nearest, rows)[0]

    def _keys(self, rows: TableRows | np.ndarray) -> np.ndarray:
        return rows.x if isinstance(rows, TableRows) else rows

    def _points(self, rows: TableRows) -> np.ndarray:
        return self._neighbours.points_of(rows.x)

    def _points_of(self, samples: pd.DataFrame) -> np.ndarray:
        return self._neighbours.points_of(self._rows(samples))

    @cached_property
    def _candidates(self) -> Candidates:
        return candidates_of(self.train, self.test, self.valid, self._neighbours.points_of, "test rows")

    @property
    def _attackable(self) -> bool:
        """Not where sides are of other groups or times."""
        return not {"group", "time"} & self.data.options.keys() and self._candidates.enough

    @property
    def _distances_text(self) -> str:
        return "training rows"

    @cached_property
    def holes(self) -> Holes | None:
        """Test rows of which some cells are hidden; None where there is nothing to hide."""
        return make_holes(self.data, self.test, self.spec, self.seed, COMPLETED)

    def _read(self, samples: pd.DataFrame) -> TableRows:
        return TableRows(self.domain.as_written(samples), self._rows(samples))
