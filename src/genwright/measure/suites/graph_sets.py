"""The metrics for simple graphs, and the sets that samples are measured against.

Samples are compared with test graphs by the statistics of the literature (`metrics.graph_statistics`). Kernels differ
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
from ...kinds.graphs.plain_graphs import plain
from ...run.model import Model
from ..intervals import proportion
from ..metric import Metric
from ..metrics import graph_statistics
from ..metrics.graph_rules import ISOMORPHISM_TEST, RULES, classes, find_rule
from ..metrics.graph_statistics import (
    discrepancy,
    discrepancy_items,
    discrepancy_own,
    earth_movers,
    gaussian,
    total_variation,
)
from ..metrics.graph_statistics import nearest_graphs as nearest
from ..metrics.memorisation import copying, counts_of, lone_variance, repeated
from ..plots import graph_sheets
from ..sizes import Sizes
from ..suite import GIVEN_ERROR, SampleSuite, in_drawn_order

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
TITLES = {
    "nats": ("Log-likelihood", "mean log p of a test graph with numbered nodes; higher is better", "nats"),
    "degree": ("Degrees", "MMD^2 of degree histograms, samples from test; lower is better", "MMD^2"),
    "clustering": ("Clustering", "MMD^2 of clustering histograms, samples from test; lower is better", "MMD^2"),
    "orbits": (
        "Subgraphs of four",
        "MMD^2 of how often a node is in each place of a subgraph of four nodes; lower is better",
        "MMD^2",
    ),
    "spectrum": ("Spectrum", "MMD^2 of Laplacian spectra, samples from test; lower is better", "MMD^2"),
    "unique": ("Unique", "different graphs among the samples; right is what real graphs reach", "of samples"),
    "copies": (
        "Exact copies",
        "samples isomorphic to a training graph; right is what fresh ones reach",
        "of samples",
    ),
    "valid": ("Valid", "samples that keep the rule that training graphs keep; right is what these reach", "of samples"),
    "connected": ("Connected", "molecules of one piece; right is what training graphs reach", "of samples"),
    "valid_new": (
        "Valid, unique and novel",
        "samples that keep the rule, each once, that are isomorphic to no training graph; higher is better",
        "of samples",
    ),
    "given_error": GIVEN_ERROR,
}
SAMPLES_CAPTION = "Samples beside real test graphs"  # the page shows what is of one caption together
NEAREST = (
    "Samples, and to the right of each the training graph whose degrees, clustering, spectrum and kinds are nearest"
)
SHAPES = "Degrees and clustering of nodes, of samples and of real test graphs"
MOLECULE = "RDKit can sanitise it"  # the rule of graphs of atoms and bonds
SEARCHED = 500  # training graphs among which the nearest are sought, at most
NEAREST_ROWS = 3


class Suite(SampleSuite):
    """Measures models of one set of graphs. The same data, seed and sizes give the same numbers."""

    TITLES = TITLES
    HEADLINE = {"density": "nats", "samples": "spectrum"}
    FACTS = {"valid": "graphs that break the rule of training graphs", "copies": "copies of training graphs"}
    LEAST = {"samples": 50, "scored": 50}
    GLIMPSE = 24

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.test = self.data.train, self.data.test[:TESTED]
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": len(self.test)}, sizes)
        self._test = _adjacencies(self.test)

    def reference(self) -> dict[str, Metric]:
        """Real training graphs in the place of samples."""
        same = self._classes([])
        graphs = self.train[: self.n]
        metrics = self._fidelity(graphs) | self._valid(graphs) | self._given_error_of_real()
        metrics = self.sizes.note_fewer_items(metrics, "samples")
        return metrics | self._copying(repeated(same[:, None].astype(float)))

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        """Drawings for the report: {caption: path of the PNG}."""
        graphs, kinds = self._sample(model), (self.domain.nodes, self.domain.edges)
        some = graphs[: NEAREST_ROWS * graph_sheets.COLUMNS // 2]
        seen = self.train[:SEARCHED]
        near = [seen[k] for k in nearest(some, seen, *kinds)]
        return {
            SAMPLES_CAPTION: graph_sheets.sheet(graphs, SHEET, folder / "samples.png", *kinds),
            NEAREST: graph_sheets.neighbours(some, near, NEAREST_ROWS, folder / "nearest.png", *kinds),
            SHAPES: graph_sheets.statistics(graphs, self.test, folder / "statistics.png"),
        }

    def plot_real(self, folder: Path) -> dict[str, str]:
        """The same of real test graphs."""
        path = folder / "samples.png"
        return {SAMPLES_CAPTION: graph_sheets.sheet(self.test, SHEET, path, self.domain.nodes, self.domain.edges)}

    def preview(self, model: Model | None, folder: Path) -> str:
        """A few samples, or real test graphs where there is no model: the path of a PNG."""
        graphs = self.test if model is None else self._sample(model)
        path = folder / "preview.png"
        return graph_sheets.sheet(graphs, 1, path, self.domain.nodes, self.domain.edges)

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Graphs, with colours and widths for their kinds."""
        rows = -(-len(items) // graph_sheets.COLUMNS)
        return graph_sheets.drawing(items, rows, domain.nodes, domain.edges)

    # ------------------------------------------------------------------ inside

    def _of_samples(self, model: Model, graphs: Any) -> dict[str, Metric]:
        same = self._classes(graphs)[:, None].astype(float)
        mine, seen = same[: len(graphs)], same[len(graphs) :]
        copied, first = np.isin(mine, seen)[:, 0], mine[:, 0] == np.arange(len(mine))
        metrics = self._fidelity(graphs) | self._valid(graphs, first & ~copied)
        return metrics | self._copying(copied, lone_variance(mine, counts_of(seen)))

    def _fidelity(self, graphs: Any) -> dict[str, Metric]:
        every, metrics = [*_adjacencies(graphs), *self._test], {}
        for name, (statistic, kernel, called) in STATISTICS.items():
            k = kernel(graph_statistics.histograms(every, statistic))
            value, se = discrepancy(k, len(graphs), name, self.seed)
            reference = f"{called}, {len(self.test):,} test graphs"
            metric = self._metric(value, se, name, len(graphs), "lower", reference)
            own, items = discrepancy_own(k, len(graphs), name, self.seed), discrepancy_items(k, len(graphs))
            metrics[name] = replace(metric, own=own, items=items)
        first = classes(graphs, self.domain.keys(graphs)) == np.arange(len(graphs))  # of its class
        metrics["unique"] = self._metric(*proportion(first), "unique", len(graphs), "higher", ISOMORPHISM_TEST)
        return metrics

    def _valid(self, graphs: Any, new: np.ndarray | None = None) -> dict[str, Metric]:
        """new: (n,) whether each is the first of its kind, and no training graph's. Empty where there is no rule."""
        if not self._rule:
            return {}
        valid = self._keeps_rule(graphs)
        shares = {"valid": valid} if new is None else {"valid": valid, "valid_new": valid & new}
        if self._rule == MOLECULE:
            shares["connected"] = np.array([RULES["connected"](graph) for graph in graphs])
        return {
            name: self._metric(*proportion(share), name, len(graphs), "higher", f"rule: {self._rule}")
            for name, share in shares.items()
        }

    def _numbers(self, graphs: Any) -> np.ndarray:
        """Nodes and edges of each kind, and how often nodes are in each place of a subgraph of up to four."""
        kinds, rows = (self.domain.nodes, self.domain.edges), []
        for graph, adjacency in zip(graphs, _adjacencies(graphs)):
            views = graph.nodes.data(kinds[0].name), graph.edges.data(kinds[1].name)
            found = [Counter(plain(value) for *_, value in view) for view in views]
            counts = [seen[value] for seen, of in zip(found, kinds) for value in of.values]
            rows.append([len(graph), *counts, *len(graph) * graph_statistics.mean_orbits(adjacency)])
        return np.array(rows, float)

    def _copying(self, copied: np.ndarray, variance: float = 0.0) -> dict[str, Metric]:
        (metric,) = copying(copied, self._reference_set, variance).values()
        return {"copies": replace(metric, detail=self._repeated_across)}

    @cached_property
    def _rule(self) -> str | None:
        return MOLECULE if self.domain.of_molecules else find_rule(self.train)

    def _keeps_rule(self, graphs: Any) -> np.ndarray:
        """(n,) which of them keep the rule."""
        if self._rule == MOLECULE:
            return np.array([meaning is not None for meaning in self.domain.meanings(graphs)])
        return np.array([RULES[self._rule](graph) for graph in graphs])

    @cached_property
    def _repeated_across(self) -> str:
        """Said where the split does not part training and test graphs."""
        every = [*self.test, *self.train]
        same = classes(every, self.domain.keys(every))
        both = int(np.isin(same[: len(self.test)], same[len(self.test) :]).sum())
        return f"{both} of {len(self.test):,} test graphs are isomorphic to a training graph" if both else ""

    def _metric(self, value: float, se: float, name: str, n: int, better: str, reference: str) -> Metric:
        return Metric(value, se, "estimate", "samples", TITLES[name][2], n, better, reference)

    def _classes(self, graphs: Any) -> np.ndarray:
        """Class of each of these graphs and, behind them, of the training graphs: equal for isomorphic ones."""
        every = [*graphs, *self.train]
        return classes(every, self.domain.keys(every))

    @property
    def _reference_set(self) -> str:
        return f"{ISOMORPHISM_TEST}, {len(self.train):,} training graphs"


def _adjacencies(graphs: Any) -> list[np.ndarray]:
    import networkx as nx

    return [nx.to_numpy_array(graph, weight=None) for graph in graphs]
