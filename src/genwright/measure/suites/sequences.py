"""The metrics for lines of text: what a model of them is measured with, and against what.

Samples are as many as there are lines to train on, at most 2,000; one set of them serves all. `reference` holds what
real training lines reach in their place. Lines are compared by their characters, pairs of these, and runs of up to
five, so that no metric knows of words or grammar. Each part is in drawn order, so that some of its lines are a draw
from it. Windows of one text are lines as well, all of one length.
"""

from dataclasses import replace
from functools import cached_property
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.sparse import csr_matrix

from ...core.data import Data
from ...core.files import write_whole
from ...core.likelihood import EXACT, LOWER_BOUND, Likelihood
from ...core.safe_text import csv_bytes
from ...run.model import Model
from ..intervals import bootstrap_se, halves_se, numpy_generator, proportion, ratio_influence
from ..metric import Metric, Role
from ..metrics.classifiers import two_sample_auc
from ..metrics.distances import jensen_shannon
from ..metrics.memorisation import find_repeated, nearest
from ..metrics.symbol_runs import (
    RUNS,
    Runs,
    copied_spans,
    line_points,
    logistic,
    pair_distance,
    run_counts,
    run_divergence,
    shared_runs,
    stand_in,
)
from ..plots import line_sheets
from ..rows import MetricRow, constant_chance, estimate, rows
from ..sample_suite import GIVEN_ERROR, SampleSuite, copies_row, memorisation_row
from ..sizes import Sizes
from ..suite import in_drawn_order, of_likelihood, of_two_samples

SAMPLES = 2_000  # lines drawn, at most
SCORED = 5_000  # test lines whose likelihood is asked for, at most
JUDGED = 1_000  # lines a side of the two-sample test, at most
NEIGHBOURED = 1_000  # lines whose nearest training line is sought, at most
SEARCHED_LINES = 100_000  # training lines among which it is, at most
RUN = 5  # symbols of a run that stands in other lines
LINES_SHOWN, PREVIEW = 12, 5  # lines of a table in the report, and of a preview


class Suite(SampleSuite):
    """Measures models of one set of lines. The same data, seed and sizes give the same numbers."""

    LEAST = {"samples": 200, "scored": 100}
    GLIMPSE = LINES_SHOWN
    CALLED = "lines"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.valid, self.test = self.data.train, self.data.valid, self.data.test
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)

    def _bits(self, likelihood: Likelihood, lines: list[str]) -> Metric:
        return bits_per_symbol(likelihood)

    def _bits_per_byte(self, likelihood: Likelihood, lines: list[str]) -> Metric:
        is_exact = likelihood.kind == EXACT and not self.domain.alphabet.unique
        counts = byte_counts(lines, self.domain.leaf.ends)
        return bits_per_symbol(replace(likelihood, dims=counts, kind=LOWER_BOUND if is_exact else likelihood.kind))

    def _two_sample(self, lines: list[str]) -> Metric | None:
        n = min(len(lines), len(self.test), JUDGED)
        both_lines = [*self.test[:n], *lines[:n]]
        score = logistic(run_counts(both_lines))
        return of_two_samples(two_sample_auc(self._keys(both_lines), np.repeat([0, 1], n), score, self.seed), n, RUNS)

    def _pair_error(self, lines: list[str]) -> Metric:
        return self._distance("pairs", pair_distance(self._test_pairs, run_counts(lines, 2, 2)), len(lines))

    def _length_error(self, lines: list[str]) -> Metric | None:
        """Only of lines that end where they like."""
        if not self.domain.leaf.ends:
            return None
        return self._gap("lengths", *self._lengths(lines))

    def _length_divergence(self, lines: list[str]) -> Metric | None:
        if not self.domain.leaf.ends:
            return None
        a, b = self._lengths(lines)
        max_length = int(max(a.max(), b.max())) + 1
        count = lambda sizes: np.bincount(sizes.astype(int), minlength=max_length)
        return self._distance("lengths", lambda i, j: jensen_shannon(count(a[i]), count(b[j])), len(lines), 1)

    def _odd_lengths(self, lines: list[str]) -> Metric | None:
        """Windows are judged by the whole lines in them."""
        if not (known := self._training_lengths):
            return None
        has_odd_length = [not known.issuperset(lengths_inside(line, self.domain.leaf.ends)) for line in lines]
        return estimate(*proportion(np.array(has_odd_length)), len(lines))

    def _lengths(self, lines: list[str]) -> list[np.ndarray]:
        """Lengths of the test lines and of these."""
        return [np.array([len(line) for line in part], float) for part in (self.test, lines)]

    def _run_divergence(self, lines: list[str]) -> Metric:
        return self._distance("runs", run_divergence(self._test_triples, run_counts(lines, 3, 3)), len(lines), 1)

    def _run_overlap(self, lines: list[str]) -> Metric | None:
        """How many runs of the lines stand in test lines."""
        runs, test = Runs(lines, ends=True), self._test_runs
        (keys, line), (test_keys, test_line) = runs.runs_of_length(RUN), test.runs_of_length(RUN)
        if not len(keys):
            return None

        def share(i: np.ndarray, j: np.ndarray) -> float:
            own_keys = keys[np.isin(line, j)]
            return float(stand_in(own_keys, test_keys[np.isin(test_line, i)]).mean()) if len(own_keys) else 0.0

        sizes = len(test.lengths), len(lines)
        se = halves_se(share, sizes, numpy_generator("run overlap", self.seed))
        return estimate(share(*map(np.arange, sizes)), se, len(lines), "test lines")

    def _unique(self, lines: list[str]) -> Metric:
        keys = self._keys(lines)
        value, se = proportion(~find_repeated(keys))
        lone_share = lambda i: float(
            (~find_repeated(keys[i])).mean()
        )  # an item drawn twice would not be unique: no bootstrap
        halves = halves_se(lone_share, (len(lines),), numpy_generator("unique", self.seed))
        return estimate(value, np.fmax(se, halves), len(lines))

    def _copied(self, lines: list[str]) -> dict[str, Metric]:
        """The longest runs that are copied, and how many runs are new. Training lines are as they are: what the numbers
        say is said of them."""
        shown_lines = lines[:NEIGHBOURED]
        spans, test = copied_spans(Runs(shown_lines), self._train_runs), self._test_spans
        sizes, rng = (len(spans), len(test)), numpy_generator("copied", self.seed)
        over = lambda i, j: float(spans[i].mean() / max(test[j].mean(), 1e-9))
        longest_run = over(*map(np.arange, sizes)), bootstrap_se(over, sizes, rng)
        detail = f"{spans.mean():.1f} symbols, {test.mean():.1f} of test lines"
        metrics = {"copied_span": estimate(*longest_run, len(shown_lines), self._reference_set, detail)}
        (known, runs) = shared_runs(Runs(shown_lines, ends=True), self._train_ended, RUN)
        (test_known, test_runs) = self._test_shared
        new, test_new = runs - known, test_runs - test_known
        ratio_of = lambda i, j: float(
            new[i].sum() / max(runs[i].sum(), 1) * test_runs[j].sum() / max(test_new[j].sum(), 1)
        )
        if test_new.any() and runs.any():
            share = ratio_of(*map(np.arange, sizes)), bootstrap_se(ratio_of, sizes, rng)
            detail = f"{new.sum() / runs.sum():.1%}, and {test_new.sum() / test_runs.sum():.1%} of test lines"
            metrics["new_runs"] = estimate(*share, len(shown_lines), self._reference_set, detail)
        return metrics

    def _copied_of_real(self) -> dict[str, Metric]:
        return self._copied(self._held_out_items)

    ROWS = rows(
        MetricRow("bits_per_symbol", "Bits per symbol",
            "-log2 p of test lines, per symbol, ends included; lower is better", "bits", "lower", Role.DENSITY, _bits,
            "scored", ranks="density"),
        MetricRow("bits_per_byte", "Bits per byte",
            "-log2 p of test lines, per byte of UTF-8, line breaks included; lower is better", "bits", "lower",
            Role.DENSITY, _bits_per_byte, "scored"),
        MetricRow("two_sample_auc", "Two-sample AUC",
            "how well runs of symbols tell samples from test lines; 0.5 is perfect", "AUC", "lower", Role.SAMPLES,
            _two_sample, ranks="samples", chance=constant_chance(1.0)),
        MetricRow("pair_error", "Pair error",
            "error of the frequencies of pairs of symbols against test lines; 0 is perfect", "%", "lower", Role.SAMPLES,
            _pair_error),
        MetricRow("length_error", "Length error", "error of the lengths of lines against test lines; 0 is perfect", "%",
            "lower", Role.SAMPLES, _length_error),
        MetricRow("run_divergence", "Divergence of runs",
            "Jensen-Shannon divergence of runs of three symbols from test lines; 0 is perfect", "bits", "lower",
            Role.SAMPLES, _run_divergence),
        MetricRow("length_divergence", "Divergence of lengths",
            "Jensen-Shannon divergence of lengths from test lines; 0 is perfect", "bits", "lower", Role.SAMPLES,
            _length_divergence),
        MetricRow("odd_lengths", "Odd lengths",
            "samples shorter or longer than every training line; right is what real lines reach", "of samples", "lower",
            Role.VALIDITY, _odd_lengths, fact="{} of its samples are shorter or longer than every training line"),
        MetricRow("run_overlap", "Runs in test",
            "runs of five symbols that a test line has; right is what real lines reach", "of runs", "higher",
            Role.SAMPLES, _run_overlap),
        MetricRow("new_runs", "New runs",
            "runs of five symbols that no training line has, over those of test lines; 1 is right, less means copies",
            "ratio", "near 1", Role.NOVELTY, _copied, real=_copied_of_real),
        MetricRow("unique", "Unique", "samples that equal no other sample; right is what real lines reach",
            "of samples", "higher", Role.SAMPLES, _unique),
        memorisation_row("line"),
        MetricRow("copied_span", "Longest copied run",
            "symbols in a row that a training line has, over a test line's; far above 1: copies", "ratio", "near 1",
            Role.NOVELTY, _copied, real=_copied_of_real),
        copies_row("line"),
        GIVEN_ERROR,
    )  # fmt: skip

    def _numbers(self, lines: list[str]) -> np.ndarray:
        """Their lengths, and the runs of symbols that stand in them."""
        return np.c_[[len(line) for line in lines], line_points(lines)]

    def _training_distances(self, lines: list[str]) -> np.ndarray:
        return self._memoised(self._nearest, lines)[0]

    def _nearest(self, lines: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Distance (n,) of each of the first lines to the nearest training line, and its number."""
        return nearest(line_points(lines[:NEIGHBOURED]), self._train_points)

    @property
    def _distances_text(self) -> str:
        return f"distance of runs of symbols, {self._reference_set}"

    def _drawings(self, model: Model, lines: list[str], folder: Path) -> dict[str, str]:
        """Tables and a figure: {caption: path of the CSV or PNG file}."""
        paths, shown_lines = {}, min(LINES_SHOWN, self.n, len(self.test))
        table = {"sample": lines[:shown_lines], "real test line": self.test[:shown_lines]}
        paths["Samples beside real test lines"] = _written(table, folder / "samples.csv")
        path = line_sheets.histograms(self.test, lines, self.domain.leaf.ends, folder / "histograms.png")
        paths["Lengths and characters" if self.domain.leaf.ends else "Characters"] = path
        if model.has("complete") and self.domain.rest:
            paths["Second halves, drawn"] = _written(
                self._completed_lines(model, shown_lines), folder / "completions.csv"
            )
        distance, number = self._memoised(self._nearest, lines)
        first, typical = np.argsort(distance, kind="stable")[:LINES_SHOWN], float(np.median(self._test_away))
        table = {
            "sample": lines[first],
            "nearest training line": self.train[number[first]],
            "distance over a test line's": np.round(distance[first] / (typical or 1.0), 2),
        }
        paths["Samples nearest to training lines"] = _written(table, folder / "nearest.csv")
        return paths

    def _preview(self, lines: list[str], folder: Path) -> str:
        return _written({"line": lines[:PREVIEW]}, folder / "preview.csv")

    def _completed_lines(self, model: Model, shown_lines: int) -> dict[str, list[str]]:
        """First halves of test lines, two ways in which they go on, and how they do."""
        truth = self.test[:shown_lines]
        marked_lines = [self.domain.cut(line) for line in truth]
        draws = model.complete(marked_lines, draws=2, seed=self.seed)
        halves = [line.removesuffix(self.domain.rest) for line in marked_lines]
        return {"known": halves, "one draw": draws[0], "another": draws[1], "truth": truth}

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws lines, one below another."""
        return line_sheets.drawing(items)

    @cached_property
    def _training_lengths(self) -> set[int]:
        """All lengths from that of the shortest training line to that of the longest."""
        all_lengths = {length for line in self.train for length in lengths_inside(line, self.domain.leaf.ends)}
        return set(range(min(all_lengths), max(all_lengths) + 1)) if all_lengths else set()

    @cached_property
    def _test_pairs(self) -> csr_matrix:
        return run_counts(self.test, 2, 2)

    @cached_property
    def _test_triples(self) -> csr_matrix:
        return run_counts(self.test, 3, 3)

    @cached_property
    def _test_runs(self) -> Runs:
        return Runs(self.test[:SCORED], ends=True)

    @cached_property
    def _train_runs(self) -> Runs:
        return Runs(self.train[:SEARCHED_LINES])

    @cached_property
    def _train_ended(self) -> Runs:
        return Runs(self.train[:SEARCHED_LINES], ends=True)

    @cached_property
    def _test_spans(self) -> np.ndarray:
        return copied_spans(Runs(self.test[:NEIGHBOURED]), self._train_runs)

    @cached_property
    def _test_shared(self) -> tuple[np.ndarray, np.ndarray]:
        return shared_runs(Runs(self.test[:NEIGHBOURED], ends=True), self._train_ended, RUN)

    @cached_property
    def _train_points(self) -> np.ndarray:
        return line_points(self.train[:SEARCHED_LINES])


def bits_per_symbol(likelihood: Likelihood) -> Metric:
    """Computes bits per symbol: all bits over all symbols."""
    mean, symbols = likelihood.bits_per_dim, np.broadcast_to(likelihood.dims, likelihood.nats.shape).astype(float)
    return of_likelihood(likelihood, mean.value, mean.se, ratio_influence(-likelihood.nats / log(2), symbols))


def lengths_inside(line: str, ends: bool) -> list[int]:
    """Returns the length of a line that ends, else of each whole line between two line breaks of a window."""
    return [len(line)] if ends else [len(part) for part in line.split("\n")[1:-1]]


def byte_counts(lines: list[str], ends: bool) -> np.ndarray:
    """Counts the bytes of UTF-8 of each line, (n,), its break among them where lines end."""
    return np.array([len(line.encode("utf-8", "surrogatepass")) + ends for line in lines])


def _written(table: dict, path: Path) -> str:
    return str(write_whole(path, csv_bytes(pd.DataFrame(table))))
