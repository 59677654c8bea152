"""The metrics for simple graphs, and the sets that samples are measured against.

Samples are compared with test graphs by the statistics of the literature (`graph_statistics`). Kernels differ
from one paper to the next: this suite takes GraphRNN's, and GRAN's for the spectrum. There are as many samples as
training graphs, at most SAMPLES. `reference` holds the numbers of real training graphs in their place: with few test
graphs, much of these numbers is chance. If training graphs keep a rule (trees, planar graphs), `valid` is the share of
samples that keep it.
"""

from collections import Counter
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...core.data import Data
from ...core.packages import nx
from ...kinds.values.equals import Equals
from ...measure.intervals import proportion
from ...measure.metric import Metric, Role
from ...measure.metrics.memorisation import copying, counts_of, find_repeated, lone_variance
from ...measure.plots.figures import save
from ...measure.rows import MetricRow, estimate, rows
from ...measure.sample_suite import GIVEN_ERROR, NOVEL, SampleSuite
from ...measure.sizes import Sizes
from ...measure.suite import in_drawn_order
from ...run.model import Model
from ..kinds.domain import equal_graphs
from ..kinds.plain_graphs import ISOMORPHISM_TEST, plain
from . import graph_sheets, graph_statistics
from .graph_rules import RULES, find_rule
from .graph_statistics import (
    discrepancy,
    discrepancy_items,
    discrepancy_own,
    earth_movers,
    gaussian,
    histograms,
    nearest_graphs,
    total_variation,
)

SAMPLES = 500  # graphs drawn, at most
TESTED = 1_000  # test graphs, at most
SHEET = 4  # rows of graphs in a drawing
CLUSTERING_WIDTH = 1 / graph_statistics.BINS
STATISTICS = {  # metric -> what of graphs, kernel of these, the kernel's name
    "degree": (graph_statistics.degrees, lambda p: earth_movers(p, 1.0), "earth mover's kernel, s = 1"),
    "clustering": (
        graph_statistics.clustering,
        lambda p: earth_movers(p, 0.1, CLUSTERING_WIDTH),
        "earth mover's kernel, s = 0.1",
    ),
    "orbits": (graph_statistics.mean_orbits, lambda p: gaussian(p, 30.0), "Gaussian kernel, s = 30"),
    "spectrum": (graph_statistics.spectrum, lambda p: total_variation(p, 1.0), "total variation kernel, s = 1"),
}
MEAN = "mean_distance"  # a sum of kernels is a kernel, which sees what any of them sees
SAMPLES_CAPTION = "Samples beside real test graphs"  # the page shows what is of one caption together
NEAREST = (
    "Samples, and to the right of each the training graph whose degrees, clustering, spectrum and kinds are nearest"
)
SHAPES = "Degrees and clustering of nodes, of samples and of real test graphs"
SEARCHED = 500  # training graphs among which the nearest are sought, at most
NEAREST_ROWS = 3


class Suite(SampleSuite):
    """Measures models of one set of graphs. The same data, seed and sizes give the same numbers."""

    LEAST = {"samples": 50, "scored": 50}
    GLIMPSE = 24

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.test = self.data.train, self.data.test[:TESTED]
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": len(self.test)}, sizes)
        self._test = _adjacencies(self.test)

    def _statistics(self, graphs: Any) -> dict[str, Metric]:
        all_adjacencies, metrics, n = [*_adjacencies(graphs), *self._test], {}, len(graphs)
        kernels = {
            name: kernel(histograms(all_adjacencies, statistic)) for name, (statistic, kernel, _) in STATISTICS.items()
        }
        for name, k in {**kernels, MEAN: np.mean([*kernels.values()], 0)}.items():
            own_error, items = discrepancy_own(k, n, name, self.seed), discrepancy_items(k, n)
            *_, kernel_name = STATISTICS.get(name, ["mean of the four kernels"])
            reference = f"{kernel_name}, {len(self.test):,} test graphs"
            metrics[name] = estimate(*discrepancy(k, n, name, self.seed), n, reference, own=own_error, items=items)
        return metrics

    def _unique(self, graphs: Any) -> Metric:
        first = self._equality_rule.number(graphs) == np.arange(len(graphs))  # of its class
        return estimate(*proportion(first), len(graphs), ISOMORPHISM_TEST)

    def _copies(self, graphs: Any) -> Metric:
        sampled, training = self._memoised(self._classes, graphs)
        copied = np.isin(sampled, training)
        return self._copying(copied, lone_variance(_as_rows(sampled), counts_of(_as_rows(training))))

    def _copies_of_real(self) -> Metric:
        _, training = self._classes([])
        return self._copying(find_repeated(_as_rows(training)))

    def _copying(self, copied: np.ndarray, variance: float = 0.0) -> Metric:
        reference = f"{ISOMORPHISM_TEST}, {len(self.train):,} training graphs"
        return replace(copying(copied, reference, variance), detail=self._repeated_across)

    def _valid(self, graphs: Any) -> Metric | None:
        return self._share_valid(self._memoised(self._keeps_rule, graphs)) if self._rule else None

    def _connected(self, graphs: Any) -> Metric | None:
        """Only of molecules, whose rule does not ask for it."""
        if self.domain.meaning is None:
            return None
        return self._share_valid(np.array([RULES["connected"](graph) for graph in graphs]))

    def _valid_new(self, graphs: Any) -> Metric | None:
        """Graphs that are valid, the first of their class, and no training graph's."""
        if not self._rule:
            return None
        sampled, training = self._memoised(self._classes, graphs)
        new = sampled == np.arange(len(sampled)) + len(training)
        return self._share_valid(self._memoised(self._keeps_rule, graphs) & new)

    def _share_valid(self, hits: np.ndarray) -> Metric:
        return estimate(*proportion(hits), len(hits), f"rule: {self._rule}")

    ROWS = rows(
        MetricRow("nats", "Log-likelihood", "mean log p of a test graph with numbered nodes; higher is better", "nats",
            "higher", Role.DENSITY, SampleSuite._likelihood, "scored", ranks="density"),
        MetricRow(MEAN, "Mean distance", "mean MMD^2 of degrees, clustering, subgraphs and spectra; lower is better",
            "MMD^2", "lower", Role.SAMPLES, _statistics, ranks="samples"),
        MetricRow("degree", "Degrees", "MMD^2 of degree histograms, samples from test; lower is better", "MMD^2",
            "lower", Role.SAMPLES, _statistics),
        MetricRow("clustering", "Clustering", "MMD^2 of clustering histograms, samples from test; lower is better",
            "MMD^2", "lower", Role.SAMPLES, _statistics),
        MetricRow("orbits", "Subgraphs of four",
            "MMD^2 of how often a node is in each place of a subgraph of four nodes; lower is better", "MMD^2", "lower",
            Role.SAMPLES, _statistics),
        MetricRow("spectrum", "Spectrum", "MMD^2 of Laplacian spectra, samples from test; lower is better", "MMD^2",
            "lower", Role.SAMPLES, _statistics),
        MetricRow("unique", "Unique", "different graphs among the samples; right is what real graphs reach",
            "of samples", "higher", Role.SAMPLES, _unique),
        MetricRow("copies", "Exact copies", "samples isomorphic to a training graph; right is what fresh ones reach",
            "of samples", "lower", Role.COPIES, _copies, real=_copies_of_real,
            fact="{} of its graphs equal a training graph", cure=NOVEL),
        MetricRow("valid", "Valid", "samples that keep the rule that training graphs keep; right is what these reach",
            "of samples", "higher", Role.VALIDITY, _valid,
            fact="{} of its graphs break the rule of the training graphs"),
        MetricRow("connected", "Connected", "molecules of one piece; right is what training graphs reach", "of samples",
            "higher", Role.VALIDITY, _connected, fact="{} of its molecules are in several pieces"),
        MetricRow("valid_new", "Valid, unique and novel",
            "samples that keep the rule, each once, that are isomorphic to no training graph; higher is better",
            "of samples", "higher", Role.VALIDITY, _valid_new, real=None),
        GIVEN_ERROR,
    )  # fmt: skip

    def _numbers(self, graphs: Any) -> np.ndarray:
        """Nodes and edges of each kind, and how often nodes are in each place of a subgraph of up to four."""
        kinds, rows = (self.domain.nodes, self.domain.edges), []
        for graph, adjacency in zip(graphs, _adjacencies(graphs)):
            views = graph.nodes.data(kinds[0].name), graph.edges.data(kinds[1].name)
            counters = [Counter(plain(value) for *_, value in view) for view in views]
            counts = [counter[value] for counter, kind in zip(counters, kinds) for value in kind.values]
            rows.append([len(graph), *counts, *len(graph) * graph_statistics.mean_orbits(adjacency)])
        return np.array(rows, float)

    @cached_property
    def _rule(self) -> str | None:
        meaning = self.domain.meaning
        return meaning.rule if meaning else find_rule(self.train)

    def _keeps_rule(self, graphs: Any) -> np.ndarray:
        """(n,) which of them keep the rule."""
        if self.domain.meaning:
            return np.array([meaning is not None for meaning in self.domain.meanings(graphs)])
        return np.array([RULES[self._rule](graph) for graph in graphs])

    @cached_property
    def _repeated_across(self) -> str:
        """Said where the split does not part training and test graphs."""
        count = int(np.isin(*self._classes(self.test)).sum())
        return f"{count} of {len(self.test):,} test graphs are isomorphic to a training graph" if count else ""

    def _classes(self, graphs: Any) -> tuple[np.ndarray, np.ndarray]:
        """Class of each of these graphs and of each training graph: equal for isomorphic ones. A graph that is the
        first of a class of no training graph has its own number, counted behind the training graphs."""
        equals = self._equality_rule
        training = equals.number(self.train)
        return equals.number(graphs), training

    @property
    def _equality_rule(self) -> Equals:
        return equal_graphs(self.domain.nodes, self.domain.edges)

    def _sheet(self, graphs: Any, folder: Path) -> dict[str, str]:
        figure = graph_sheets.drawing(graphs, SHEET, self.domain.nodes, self.domain.edges)
        return {SAMPLES_CAPTION: save(figure, folder / "samples.png")}

    def _drawings(self, model: Model, graphs: Any, folder: Path) -> dict[str, str]:
        kinds = self.domain.nodes, self.domain.edges
        shown_graphs, training = graphs[: NEAREST_ROWS * graph_sheets.COLUMNS // 2], self.train[:SEARCHED]
        nearest = [training[k] for k in nearest_graphs(shown_graphs, training, *kinds)]
        return {
            NEAREST: graph_sheets.neighbours(shown_graphs, nearest, NEAREST_ROWS, folder / "nearest.png", *kinds),
            SHAPES: graph_sheets.statistics(graphs, self.test, folder / "statistics.png"),
        }

    def _preview(self, graphs: Any, folder: Path) -> str:
        return save(graph_sheets.drawing(graphs, 1, self.domain.nodes, self.domain.edges), folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws graphs, with colours and widths for their kinds."""
        rows = -(-len(items) // graph_sheets.COLUMNS)
        return graph_sheets.drawing(items, rows, domain.nodes, domain.edges)


def _as_rows(numbers: np.ndarray) -> np.ndarray:
    return numbers[:, None].astype(float)


def _adjacencies(graphs: Any) -> list[np.ndarray]:
    return [nx.to_numpy_array(graph, weight=None) for graph in graphs]
