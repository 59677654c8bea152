"""The metrics for lines of text: what a model of them is measured with, and against what.

Samples are as many as there are lines to train on, at most 2,000; one set of them serves all. `reference` holds what
real training lines reach in their place. Lines are compared by their characters, pairs of these, and runs of up to
five, so that no metric knows of words or grammar. Each part is in drawn order, so that some of its lines are a draw
from it. Windows of one text are lines as well, all of one length.
"""

from collections import Counter
from dataclasses import replace
from functools import cached_property
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...core.data import Data
from ...core.files import write_whole
from ...core.likelihood import Likelihood
from ...core.safe_text import csv_bytes
from ...run.model import Model
from ..intervals import bootstrap_se, halves_se, numpy_generator, proportion
from ..intervals import ratio_influence as of_ratio
from ..metric import Metric
from ..metrics.classifier_two_sample import two_sample_auc
from ..metrics.distances import jensen_shannon
from ..metrics.memorisation import copies_among, copying, counts_of, memorisation, nearest, repeated
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
from ..metrics.table_columns import kolmogorov_smirnov
from ..plots import line_sheets
from ..sizes import Sizes
from ..suite import GIVEN_ERROR, SampleSuite, in_drawn_order

SAMPLES = 2_000  # lines drawn, at most
SCORED = 5_000  # test lines whose likelihood is asked for, at most
JUDGED = 1_000  # lines a side of the two-sample test, at most
NEIGHBOURED = 1_000  # lines whose nearest training line is sought, at most
SEARCHED_LINES = 100_000  # training lines among which it is, at most
RUN = 5  # symbols of a run that stands in other lines
LINES_SHOWN, PREVIEW = 12, 5  # lines of a table in the report, and of a preview

TITLES = {
    "bits_per_symbol": ("Bits per symbol", "-log2 p of test lines, per symbol, ends included; lower is better", "bits"),
    "bits_per_byte": (
        "Bits per byte",
        "-log2 p of test lines, per byte of UTF-8, line breaks included; lower is better",
        "bits",
    ),
    "two_sample_auc": (
        "Two-sample AUC",
        "how well runs of symbols tell samples from test lines; 0.5 is perfect",
        "AUC",
    ),
    "pair_error": ("Pair error", "error of the frequencies of pairs of symbols against test lines; 0 is perfect", "%"),
    "length_error": ("Length error", "error of the lengths of lines against test lines; 0 is perfect", "%"),
    "run_divergence": (
        "Divergence of runs",
        "Jensen-Shannon divergence of runs of three symbols from test lines; 0 is perfect",
        "bits",
    ),
    "length_divergence": (
        "Divergence of lengths",
        "Jensen-Shannon divergence of lengths from test lines; 0 is perfect",
        "bits",
    ),
    "run_overlap": (
        "Runs in test",
        "runs of five symbols that a test line has; right is what real lines reach",
        "of runs",
    ),
    "new_runs": (
        "New runs",
        "runs of five symbols that no training line has, over those of test lines; 1 is right, less means copies",
        "ratio",
    ),
    "unique": ("Unique", "samples that equal no other sample; right is what real lines reach", "of samples"),
    "memorisation": ("Memorisation", "distance to the nearest training line, over test; near 0: copies", "ratio"),
    "copied_span": (
        "Longest copied run",
        "symbols in a row that a training line has, over a test line's; far above 1: copies",
        "ratio",
    ),
    "copies": ("Exact copies", "samples equal to a training line; right is what fresh lines reach", "of samples"),
    "given_error": GIVEN_ERROR,
}


class Suite(SampleSuite):
    """Measures models of one set of lines. The same data, seed and sizes give the same numbers."""

    TITLES = TITLES
    HEADLINE = {"density": "bits_per_symbol", "samples": "two_sample_auc"}
    FACTS = {"copies": "copies of training lines"}
    LEAST = {"samples": 200, "scored": 100}
    GLIMPSE = LINES_SHOWN
    CALLED = "lines"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.valid, self.test = self.data.train, self.data.valid, self.data.test
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)

    # ------------------------------------------------------------------ what is measured

    def reference(self) -> dict[str, Metric]:
        """Real training lines in the place of samples. Validation lines stand in for the memorisation ratio, as
        training lines are their own neighbours."""
        held_out = self.valid if len(self.valid) else self.test
        metrics = self._fidelity(self.train[: self.n]) | self._given_error_of_real()
        metrics = self.sizes.note_fewer_items(metrics, "samples") | self._memorisation(held_out)
        return metrics | copying(repeated(self._train_keys), self._reference_set)

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        """Tables and a figure for the report: {caption: path of the CSV or PNG file}."""
        paths = {}
        lines, shown = self._sample(model), min(LINES_SHOWN, self.n, len(self.test))
        table = {"sample": lines[:shown], "real test line": self.test[:shown]}
        paths["Samples beside real test lines"] = _written(table, folder / "samples.csv")
        drawn = line_sheets.histograms(self.test, lines, self.domain.leaf.ends, folder / "histograms.png")
        paths["Lengths and characters" if self.domain.leaf.ends else "Characters"] = drawn
        if model.has("complete") and self.domain.rest:
            paths["Second halves, drawn"] = _written(self._completed(model, shown), folder / "completions.csv")
        few = lines[:NEIGHBOURED]
        away, number = self._nearest(few)
        first, typical = np.argsort(away, kind="stable")[:LINES_SHOWN], float(np.median(self._test_away))
        table = {
            "sample": few[first],
            "nearest training line": self.train[number[first]],
            "distance over a test line's": np.round(away[first] / (typical or 1.0), 2),
        }
        paths["Samples nearest to training lines"] = _written(table, folder / "nearest.csv")
        return paths

    def plot_real(self, folder: Path) -> dict[str, str]:
        """Tables of real lines alone: none, since real lines stand beside samples."""
        return {}

    def preview(self, model: Model | None, folder: Path) -> str:
        """A few samples, or real test lines where there is no model: the path of a CSV file."""
        lines = self.test if model is None else self._sample(model)
        return _written({"line": lines[:PREVIEW]}, folder / "preview.csv")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Lines, one below another."""
        return line_sheets.drawing(items)

    # ------------------------------------------------------------------ samples

    def _of_likelihood(self, found: Likelihood, lines: list[str]) -> dict[str, Metric]:
        exact = found.kind == "exact" and not self.domain.alphabet.unique
        counts = byte_counts(lines, self.domain.leaf.ends)
        of_texts = replace(found, dims=counts, kind="lower bound" if exact else found.kind)
        return {"bits_per_symbol": bits_per_symbol(found), "bits_per_byte": bits_per_symbol(of_texts)}

    def _of_samples(self, model: Model, lines: list[str]) -> dict[str, Metric]:
        return self._fidelity(lines) | self._memorisation(lines) | self._facts(lines)

    def _headline_of_samples(self, model: Model, lines: list[str]) -> dict[str, Metric]:
        return self._two_sample(lines) | self._facts(lines)

    def _facts(self, lines: list[str]) -> dict[str, Metric]:
        return copies_among(self._keys(lines)[:, None], self._train_counts, self._reference_set)

    def _runs_of(self, lines: list[str]) -> dict[str, Metric]:
        """How many runs of the lines stand in test lines."""
        own, test = Runs(lines, ends=True), self._test_runs
        (keys, line), (others, other) = own.runs_of_length(RUN), test.runs_of_length(RUN)
        if not len(keys):
            return {}

        def share(i: np.ndarray, j: np.ndarray) -> float:
            mine = keys[np.isin(line, j)]
            return float(stand_in(mine, others[np.isin(other, i)]).mean()) if len(mine) else 0.0

        sizes = len(test.lengths), len(lines)
        se = float(halves_se(share, sizes, numpy_generator("run overlap", self.seed)))
        value = share(*map(np.arange, sizes))
        return {"run_overlap": Metric(value, se, "estimate", "samples", "of runs", len(lines), "higher", "test lines")}

    def _fidelity(self, lines: list[str]) -> dict[str, Metric]:
        keys, rng = self._keys(lines)[:, None], numpy_generator("unique", self.seed)
        value, se = proportion(~repeated(keys))
        alone = lambda i: float((~repeated(keys[i])).mean())  # an item drawn twice would not be unique: no bootstrap
        se = float(np.fmax(se, halves_se(alone, (len(lines),), rng)))
        unique = Metric(value, se, "estimate", "samples", "of samples", len(lines), "higher")
        a, b = (np.array([len(line) for line in part], float) for part in (self.test, lines))
        lengths, longest = lambda i, j: kolmogorov_smirnov(a[i], b[j]), int(max(a.max(), b.max())) + 1
        count = lambda sizes: np.bincount(sizes.astype(int), minlength=longest)
        apart = lambda i, j: jensen_shannon(count(a[i]), count(b[j]))
        runs = run_divergence(self._test_triples, self._triples(lines))
        metrics = {
            "pair_error": self._distance("pairs", pair_distance(self._test_pairs, self._pairs(lines)), len(lines)),
            "run_divergence": self._distance("runs", runs, len(lines), 1, "bits"),
            "unique": unique,
        }
        if self.domain.leaf.ends:
            metrics["length_error"] = self._distance("lengths", lengths, len(lines))
            metrics["length_divergence"] = self._distance("lengths", apart, len(lines), 1, "bits")
        return metrics | self._runs_of(lines) | self._two_sample(lines)

    def _numbers(self, lines: list[str]) -> np.ndarray:
        """Their lengths, and the runs of symbols that stand in them."""
        return np.c_[[len(line) for line in lines], line_points(lines)]

    def _two_sample(self, lines: list[str]) -> dict[str, Metric]:
        n = min(len(lines), len(self.test), JUDGED)
        both = [*self.test[:n], *lines[:n]]
        score = logistic(run_counts(both))
        found = two_sample_auc(self._keys(both)[:, None], np.repeat([0, 1], n), score, self.seed)
        if np.isnan(found.value):
            return {}
        metric = Metric(found.value, found.se, "estimate", "samples", "AUC", n, "lower", RUNS)
        return {"two_sample_auc": replace(metric, own=found.own, items=found.items)}

    def _memorisation(self, lines: list[str]) -> dict[str, Metric]:
        away, _ = self._nearest(lines[:NEIGHBOURED])
        near = memorisation(away, self._test_away, self.seed, f"distance of runs of symbols, {self._reference_set}")
        return near | self._copied(lines)

    def _copied(self, lines: list[str]) -> dict[str, Metric]:
        """The longest runs that are copied, and how many runs are new. Training lines are as they are: what the numbers
        say is said of them."""
        few = lines[:NEIGHBOURED]
        spans, test = copied_spans(Runs(few), self._train_runs), self._test_spans
        sizes, rng = (len(spans), len(test)), numpy_generator("copied", self.seed)
        over = lambda i, j: float(spans[i].mean() / max(test[j].mean(), 1e-9))
        longest = over(*map(np.arange, sizes)), bootstrap_se(over, sizes, rng)
        own = ("estimate", "samples", "ratio", len(few), "near 1", self._reference_set)
        found = {"copied_span": Metric(*longest, *own, f"{spans.mean():.1f} symbols, {test.mean():.1f} of test lines")}
        (known, runs), (test_known, test_runs) = (
            shared_runs(Runs(few, ends=True), self._train_ended, RUN),
            self._test_shared,
        )
        new, test_new = runs - known, test_runs - test_known
        more = lambda i, j: float(new[i].sum() / max(runs[i].sum(), 1) * test_runs[j].sum() / max(test_new[j].sum(), 1))
        if test_new.any() and runs.any():
            value, se = more(*map(np.arange, sizes)), bootstrap_se(more, sizes, rng)
            said = f"{new.sum() / runs.sum():.1%}, and {test_new.sum() / test_runs.sum():.1%} of test lines"
            found["new_runs"] = Metric(value, se, *own, said)
        return found

    def _keys(self, lines: list[str]) -> np.ndarray:
        return self.domain.keys(lines)

    def _nearest(self, lines: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Distance (n,) of each line to the nearest training line, and its number."""
        return nearest(line_points(lines), self._train_points)

    def _completed(self, model: Model, shown: int) -> dict[str, list[str]]:
        """First halves of test lines, two ways in which they go on, and how they do."""
        truth = self.test[:shown]
        marked = [self.domain.cut(line) for line in truth]
        draws = model.complete(marked, draws=2, seed=self.seed)
        halves = [line.removesuffix(self.domain.rest) for line in marked]
        return {"known": halves, "one draw": draws[0], "another": draws[1], "truth": truth}

    # ------------------------------------------------------------------ what is computed once

    def _pairs(self, lines: list[str]):
        return run_counts(lines, 2, 2)

    @cached_property
    def _test_pairs(self):
        return self._pairs(self.test)

    def _triples(self, lines: list[str]):
        return run_counts(lines, 3, 3)

    @cached_property
    def _test_triples(self):
        return self._triples(self.test)

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

    @cached_property
    def _test_away(self) -> np.ndarray:
        return self._nearest(self.test[:NEIGHBOURED])[0]

    @cached_property
    def _train_keys(self) -> np.ndarray:
        return self._keys(self.train)[:, None]

    @cached_property
    def _train_counts(self) -> Counter:
        return counts_of(self._train_keys)

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training lines"


def bits_per_symbol(found: Likelihood) -> Metric:
    """All bits over all symbols."""
    mean, given = found.bits_per_dim, f"given {', '.join(found.given)}" if found.given else ""
    metric = Metric(mean.value, mean.se, found.kind, found.of, "bits", len(found), "lower", given, found.noise)
    symbols = np.broadcast_to(found.dims, found.nats.shape).astype(float)
    return replace(metric, items=of_ratio(-found.nats / log(2), symbols))


def byte_counts(lines: list[str], ends: bool) -> np.ndarray:
    """(n,) bytes of UTF-8 of each line, its break among them where lines end."""
    return np.array([len(line.encode("utf-8", "surrogatepass")) + ends for line in lines])


def _written(table: dict, path: Path) -> str:
    return str(write_whole(path, csv_bytes(pd.DataFrame(table))))
