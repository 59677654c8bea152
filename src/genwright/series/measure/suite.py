"""The metrics of series.

Two-sample tests and lags saturate early, so nats a row stand beside them. Series with rows in common, such as windows
that overlap, share a fold of the two-sample test.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...core.data import Data
from ...core.likelihood import Likelihood
from ...kinds.tables.columns import Labels
from ...measure.intervals import distance_se, numpy_generator, proportion, ratio_influence
from ...measure.metric import Metric, Role
from ...measure.metrics.classifiers import two_sample_auc
from ...measure.metrics.memorisation import nearest
from ...measure.metrics.table_columns import kolmogorov_smirnov
from ...measure.plots.figures import REAL, SAMPLE, save
from ...measure.rows import MetricRow, constant_chance, estimate, rows
from ...measure.sample_suite import SampleSuite, copies_row, memorisation_row
from ...measure.sizes import Sizes, Tried, in_blocks
from ...measure.suite import in_drawn_order, of_likelihood, of_two_samples
from ...run.fit import fit
from ..kinds.subjects import Subjects, starts
from . import sheets
from .statistics import LAGS, Rows, crps, describe_series, in_units, lag_errors, lag_profile, place_among, regression

SAMPLES, SCORED, COMPLETED = 1_000, 500, 64
DRAWS = 20  # forecasts of each series
AHEAD = 4  # a forecast is a fourth of a series
LEAST_ROWS = 4  # rows of a series that is forecast
INTERVAL = 0.9
SHOWN = 24  # series of which a few are drawn
TRIVIAL = ("climatology", "persistence", "seasonal-naive", "var")  # forecasts that a model has to beat
JUDGE = "logistic regression on statistics of series"


class Suite(SampleSuite):
    """Measures models of series. The same data, seed and sizes give the same numbers."""

    LEAST = {"samples": 50, "scored": 25, "completed": 8}
    GLIMPSE, PLOTTED = 16, 4
    CALLED = "series"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.valid, self.test = self.data.train, self.data.valid, self.data.test
        full = {"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}
        full |= {"completed": min(int((self.test.sizes >= LEAST_ROWS).sum()), COMPLETED)}
        self.sizes = Sizes(full, sizes)
        self.each = self.domain.spec.leaf.each

    def tries(self, model: Any) -> dict[str, Tried]:
        asked = super().tries(model)
        if self._can(model, "completed"):
            fill = lambda n: self._forecast(model, self._begun(n), 2)
            asked["completed"] = Tried(fill, in_blocks(model.sizes, DRAWS), in_blocks(model.sizes, 2))
        return asked

    def _can(self, model: Any, size: str) -> bool:
        return super()._can(model, size) and (size != "completed" or self.sizes.full["completed"] > 0)

    # ------------------------------------------------------------------ density

    def _nats(self, found: Likelihood, items: Subjects) -> dict[str, Metric]:
        """Mean nats of a series, and of a row: the sum over all rows, divided by their number."""
        sizes = items.sizes.astype(float)
        scored = found.scored
        a_row = np.full(len(sizes), np.nan)
        a_row[scored] = ratio_influence(found.nats[scored], sizes[scored])
        value = found.nats[scored].sum() / sizes[scored].sum()
        se = float(np.nanstd(a_row, ddof=1) / scored.sum() ** 0.5) if scored.sum() > 1 else None
        return {"nats_a_row": of_likelihood(found, value, se, a_row), "nats": self._likelihood(found, items)}

    # ------------------------------------------------------------------ samples

    def _rows(self, items: Subjects) -> Rows:
        return Rows(self.domain.row_numbers(items), items.ptr, self.each.columns, self.domain.step_column)

    def _rows_of(self, items: Subjects) -> Rows:
        return self._test_rows if items is self.test else self._memoised(self._rows, items)

    @cached_property
    def _test_rows(self) -> Rows:
        return self._rows(self.test)

    def _two_sample(self, items: Subjects) -> Metric | None:
        n = min(len(items), len(self.test))
        sides = [describe_series(self._rows_of(part)[np.arange(n)]) for part in (self.test, items)]
        keys = np.concatenate([self._blocks(self.test[:n]), self._blocks(items[:n], own=1)])
        fake = np.repeat([0, 1], n)
        test = two_sample_auc(keys[:, None], fake, regression(np.concatenate(sides)), self.seed)
        return of_two_samples(test, n, JUDGE)

    def _blocks(self, items: Subjects, own: int = 0) -> np.ndarray:
        """(n,) numbers, equal for series that may have rows in common: windows of one recording that begin within two
        lengths of a window of each other, and windows of one subject."""
        alone = np.arange(len(items)) * 2 + own
        name = self.domain.group
        if not self.domain.window:
            return alone
        if name and name in items.frame.columns:
            seen = {one: k for k, one in enumerate(dict.fromkeys(self.test.firsts[name].tolist()))}
            return np.array([2 * seen[one] if one in seen else row for one, row in zip(items.firsts[name], alone)])
        if self.domain.clock is None:
            return alone
        begin = self.domain.clock.read(items.firsts[self.domain.clock.name])
        span = 2 * self.domain.window * self.domain.mean_step
        return (np.floor(begin / span) * 2).astype(np.int64)

    def _lags(self, items: Subjects) -> dict[str, Metric]:
        real, drawn = self._test_rows, self._rows_of(items)
        if not real.numbers:
            return {}
        errors = lag_errors(lag_profile(real), lag_profile(drawn))
        rng, sizes = numpy_generator("lags", self.seed), (len(real), len(drawn))
        metrics = {}
        for name, value in errors.items():
            if np.isnan(value):
                continue
            statistic = lambda i, j, name=name: lag_errors(lag_profile(real[i]), lag_profile(drawn[j]))[name]
            se = distance_se(statistic, sizes, rng, 10)
            metrics[name] = estimate(value, se, len(drawn), "real test series")
        return metrics

    def _lengths(self, items: Subjects) -> Metric | None:
        if len(self.domain.known_sizes) == 1:
            return None
        real, drawn = self.test.sizes.astype(float), items.sizes.astype(float)
        se = float(np.hypot(real.std() / len(real) ** 0.5, drawn.std() / len(drawn) ** 0.5))
        return estimate(abs(real.mean() - drawn.mean()), se, len(drawn), "real test series")

    def _steps(self, items: Subjects) -> Metric | None:
        real, drawn = self._test_rows.steps, self._rows_of(items).steps
        if not len(real) or not len(drawn) or isinstance(self.domain.step, float):
            return None
        return estimate(100 * kolmogorov_smirnov(real, drawn), None, len(items), "real test series")

    def _absences(self, items: Subjects) -> Metric | None:
        optional = [j for j, leaf in enumerate(self.each.columns) if leaf.optional]
        if not optional:
            return None
        real, drawn = self._test_rows.x[:, optional], self._rows_of(items).x[:, optional]
        off = np.abs(np.isnan(real).mean(0) - np.isnan(drawn).mean(0))
        return estimate(float(off.max()), None, len(items), "real test series")

    def _broken_rules(self, items: Subjects) -> Metric | None:
        rules = self.domain.rules
        if not rules:
            return None
        breaks = self.domain.broken(items)
        worst = int(breaks.mean(0).argmax())
        detail = f"most often {rules[worst]} ({breaks[:, worst].mean():.1%})" if breaks.any() else ""
        count = f"{len(rules)} rule{'s' * (len(rules) != 1)} of the series"
        return estimate(*proportion(breaks.any(1)), len(items), count, detail)

    # ------------------------------------------------------------------ forecasts

    @cached_property
    def _ahead(self) -> int:
        """Rows of a forecast: a fourth of a usual series."""
        return max(1, int(np.median(self.test.sizes)) // AHEAD)

    def _begun(self, n: int) -> Subjects:
        """The first n test series that are long enough, without their last rows."""
        long = np.flatnonzero(self.test.sizes >= max(LEAST_ROWS, self._ahead + 2))[:n]
        whole = self.test[long]
        keep = np.concatenate([np.arange(begin, end - self._ahead) for begin, end in zip(whole.ptr, whole.ptr[1:])])
        return whole.with_rows(whole.frame.iloc[keep], starts(whole.sizes - self._ahead))

    def _truth(self, n: int) -> np.ndarray:
        long = np.flatnonzero(self.test.sizes >= max(LEAST_ROWS, self._ahead + 2))[:n]
        return self._last_rows(self._rows(self.test[long]))

    def _last_rows(self, rows: Rows) -> np.ndarray:
        """(n, ahead, numbers) of the last rows."""
        at = rows.ptr[1:, None] - np.arange(self._ahead, 0, -1)
        return rows.x[at][..., rows.numbers]

    def _forecast(self, model: Any, begun: Subjects, draws: int) -> np.ndarray:
        """(S, n, ahead, numbers) of forecasts."""
        ahead = self.domain.look_ahead(begun, self._ahead, whole=True)
        done = model.complete(ahead, draws=draws, seed=self.seed)
        done = done if draws > 1 else [done]
        return np.stack([self._last_rows(self._rows(one)) for one in done])

    def _forecasts(self, model: Any) -> dict[str, Metric]:
        n = self.sizes.size_for(model, "completed")
        begun = self._begun(n)
        if not self._test_rows.numbers or not len(begun):
            return {}
        draws, truth = self._memoised(self._drawn_ahead, model), self._truth(n)
        score = crps(draws, truth) / self._spread
        value = float(np.nanmean(score))
        by_series = np.nanmean(score, (1, 2))
        se = float(np.nanstd(by_series, ddof=1) / len(by_series) ** 0.5) if len(by_series) > 1 else None
        trivial = {
            name: float(np.nanmean(crps(drawn[:, :n], truth) / self._spread)) for name, drawn in self._trivial.items()
        }
        best = min(trivial, key=trivial.get)
        listed = ", ".join(f"{name} {number:.3f}" for name, number in trivial.items())
        place = place_among(draws, truth, numpy_generator("coverage", self.seed))
        inside = (np.abs(place - 0.5) <= INTERVAL / 2)[~np.isnan(truth)]
        return {
            "crps": estimate(value, se, n, detail=f"{self._ahead} rows ahead; {listed}"),
            "crps_over_trivial": estimate(value / trivial[best], None, n, detail=f"over {best}"),
            "coverage": estimate(*proportion(inside), n, detail=f"{DRAWS} forecasts of {self._ahead} rows"),
        }

    def _drawn_ahead(self, model: Any) -> np.ndarray:
        return self._forecast(model, self._begun(self.sizes.size_for(model, "completed")), DRAWS)

    @cached_property
    def _spread(self) -> np.ndarray:
        """(numbers,) standard deviations in training."""
        rows = self._rows(self.train)
        return np.nanstd(rows.x[:, rows.numbers], 0) + 1e-12

    @cached_property
    def _trivial(self) -> dict[str, np.ndarray]:
        """{name: (S, n, ahead, numbers)} of the forecasts that know next to nothing."""
        begun = self._begun(self.sizes["completed"])
        return {name: self._forecast(fit(self.data, name, progress=False), begun, DRAWS) for name in TRIVIAL}

    # ------------------------------------------------------------------ nearness

    def _training_distances(self, items: Subjects) -> np.ndarray:
        return nearest(self._points(items), self._train_points)[0]

    @cached_property
    def _train_points(self) -> np.ndarray:
        return self._points(self.train)

    def _points(self, items: Subjects) -> np.ndarray:
        """(n, F): statistics of each series, standardised by those of training."""
        features = describe_series(self._rows(items))
        centre, spread = self._scale
        return (features - centre) / spread

    @cached_property
    def _scale(self) -> tuple[np.ndarray, np.ndarray]:
        features = describe_series(self._rows(self.train))
        return features.mean(0), features.std(0) + 1e-6

    @property
    def _distances_text(self) -> str:
        return "training series, by their statistics"

    def _read(self, samples: Any) -> Subjects:
        return self.domain.subjects(samples)

    ROWS = rows(
        MetricRow("nats_a_row", "Log-likelihood a row", "mean log p of a row of test series; higher is better",
            "nats", "higher", Role.DENSITY, _nats, "scored", ranks="density"),
        MetricRow("nats", "Log-likelihood", "mean log p of a test series; higher is better", "nats", "higher",
            Role.DENSITY, _nats, "scored"),
        MetricRow("two_sample_auc", "Two-sample AUC",
            "how well statistics of a series tell samples from real ones; 0.5 is perfect", "AUC", "lower",
            Role.SAMPLES, _two_sample, ranks="samples", chance=constant_chance(1.0)),
        MetricRow("lag_error", "Lag error",
            "distance of real and sampled correlations with the row before, mean over numbers; 0 is perfect", "",
            "lower", Role.SAMPLES, _lags),
        MetricRow("largest_lag_error", "Largest lag error", "the same of the worst number; 0 is perfect", "", "lower",
            Role.SAMPLES, _lags),
        MetricRow("cross_error", "Cross-correlations",
            f"the same of all pairs of numbers, {LAGS[0]} to {LAGS[-1]} rows apart; 0 is perfect", "", "lower",
            Role.SAMPLES, _lags),
        MetricRow("length_error", "Lengths", "distance of the mean numbers of rows; 0 is perfect", "rows", "lower",
            Role.SAMPLES, _lengths),
        MetricRow("step_error", "Steps", "largest distance between the distributions of steps in time; 0 is perfect",
            "%", "lower", Role.SAMPLES, _steps),
        MetricRow("absence_error", "Missing cells",
            "distance of the shares of missing cells, of the worst column; 0 is perfect", "of cells", "lower",
            Role.SAMPLES, _absences),
        memorisation_row("series", "over test series'; 1 is right"),
        copies_row("series"),
        MetricRow("broken_rules", "Broken rules", "samples that break a rule which real series keep", "of samples",
            "lower", Role.RULES, _broken_rules, real=lambda self: self._broken_rules(self.test),
            fact="{} of its series break a rule of your data"),
        MetricRow("crps", "Forecasts", "CRPS of forecasts in standard deviations; 0 is perfect", "sd", "lower",
            Role.COMPLETIONS, _forecasts, "completed", real=None, ranks="codes"),
        MetricRow("crps_over_trivial", "Forecasts, over trivial", "the same over the best trivial forecast", "",
            "lower", Role.COMPLETIONS, _forecasts, "completed", real=None),
        MetricRow("coverage", "Coverage", "of future numbers by the central 90% of forecasts; 0.9 is right",
            "of cells", "near 1", Role.COVERAGE, _forecasts, "completed", real=None),
    )  # fmt: skip

    # ------------------------------------------------------------------ drawings

    def _sheet(self, items: Subjects, folder: Path) -> dict[str, str]:
        return {"Series": save(self._figure(items), folder / "samples.png")}

    def _drawings(self, model: Any, items: Subjects, folder: Path) -> dict[str, str]:
        real, drawn, names = self._test_rows, self._rows_of(items), self.each.names
        paths = {}
        paths["Real test series"] = save(self._figure(self.test), folder / "real.png")
        if real.numbers:
            paths["Correlation with earlier rows"] = sheets.correlations_in_time(
                real, drawn, names, folder / "lags.png"
            )
        if self._can(model, "completed") and self.sizes.size_for(model, "completed") and real.numbers:
            paths["Forecasts with the truth"] = self._draw_fans(model, folder / "fans.png")
        return paths

    def _draw_fans(self, model: Any, path: Path) -> str:
        """Forecasts of the first number, of the longest of the series that were forecast."""
        draws = self._memoised(self._drawn_ahead, model)[..., 0]
        count = draws.shape[1]
        known, future = self._rows(self._begun(count)), self._truth(count)[..., 0]
        first = known.numbers[0]
        longest = np.sort(np.argsort(-known.sizes, kind="stable")[: sheets.FANS])
        read = lambda cells: in_units(self.each.columns[first], cells)
        past = [known.x[known.ptr[k] : known.ptr[k + 1], first] for k in longest]
        truth = [read(np.concatenate([rows, future[k]])) for k, rows in zip(longest, past)]
        return sheets.fans(truth, [read(draws[:, k]) for k in longest], self.each.names[first], path)

    def _preview(self, items: Subjects, folder: Path) -> str:
        return save(self._figure(items), folder / "preview.png")

    def _figure(self, items: Subjects) -> Figure:
        return self.drawing(self.domain, items[:SHOWN], REAL if items is self.test else SAMPLE)

    @staticmethod
    def drawing(domain: Any, items: Any, colour: str = SAMPLE) -> Figure:
        """Series side by side, one column beneath another."""
        subjects = domain.subjects(items)
        rows = Rows(domain.row_numbers(subjects), subjects.ptr, domain.spec.leaf.each.columns, domain.step_column)
        labels = {
            column.name: [*map(str, column.labels)] for column in domain.rows.modelled if isinstance(column, Labels)
        }
        return sheets.drawing(rows, domain.spec.leaf.each.names, labels, colour)
