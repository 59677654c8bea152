"""A person's graph, or many: what its nodes know, what is to be learned, and how it is split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.data import Whole
from ...core.errors import DataError
from ...core.graph import Graph, is_undirected
from ...networks.graph.features import Features, SparseRows
from .node_columns import NodeColumns

UNKNOWN = -1  # the label of a node without one


@dataclass
class GraphData(Whole):
    """One graph, or many graphs as members of one whole without edges between them.

    x: (N, F) features of nodes. y: labels (N,) of nodes, or (G,) of members: int64 with UNKNOWN, or float targets.
    classes: names of the labels, () for numeric targets. members: (G + 1,) int64, where the nodes of each member begin;
    None for one graph.
    parts: (N,) or (G,) "train" | "valid" | "test" | "" if the source has a split, else None. folds: (G,) int, the
    published fold in which a member is tested, -1 for none. names: of nodes, if they have names.
    relations: a graph of all nodes for each type of edges, if edges have types; `graph` then holds all edges.
    table, columns: the table of nodes from which x was made, and how, so that the table of another graph can be read in
    the same way. options: options of `load_data`, so that a run can record them.

    Raises DataError for features of another number of nodes, or that are not finite.
    """

    name: str
    graph: Graph
    x: Features
    y: Tensor | None = None
    classes: tuple[str, ...] = ()
    members: Tensor | None = None
    parts: np.ndarray | None = None
    names: list | None = None
    folds: np.ndarray | None = None
    relations: dict[str, Graph] | None = None
    table: pd.DataFrame | None = None
    columns: NodeColumns | None = None
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    source: str = ""
    licence: str = ""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self):
        values = self.x.words.values if isinstance(self.x, SparseRows) else self.x
        if len(self.x) != self.graph.rows:
            raise DataError(
                f"{self.name} has {self.graph.rows:,} nodes and features of {len(self.x):,}: give each node one row"
            )
        if not torch.isfinite(values).all():
            row = int(
                torch.nonzero(~torch.isfinite(self.x.dense() if isinstance(self.x, SparseRows) else self.x))[0, 0]
            )
            raise DataError(
                f"{self.name}: the features of node {row} hold NaN or infinity: fill them, or leave the node out"
            )

    @property
    def node_names(self) -> np.ndarray:
        """(N,) names of the nodes, or their numbers if they have no names."""
        return np.arange(self.graph.rows) if self.names is None else np.array(self.names, dtype=object)

    def split_again(self, seed: int) -> GraphData:
        """The same data with labels split by another seed. If the source has a split, each part keeps its number of
        items of each class."""
        if self.parts is None:
            return replace(self, seed=seed)
        parts, y, rng = self.parts.copy(), self.y.numpy(), np.random.default_rng(seed)
        for label in np.unique(y):
            alike = np.flatnonzero((y == label) & (parts != ""))
            parts[alike] = parts[rng.permutation(alike)]
        return replace(self, parts=parts)

    @property
    def kind(self) -> str:
        """Kind of data, by its name in the registry."""
        return "graph" if self.members is None else "graphs"

    @property
    def default_task(self) -> str:
        """The task by default: labels of graphs for many graphs; for one graph labels of nodes if there are any, else
        types of edges, else links."""
        if self.members is not None:
            return "graphs"
        if self.y is None:
            return "relations" if self.relations else "links"
        return "nodes"

    def describe(self) -> list[str]:
        """Sentences about how the graph was read."""
        g = self.graph
        loops = int((g.source == g.target).sum())
        alone = int(((g.degree == 0) & (torch.bincount(g.source, minlength=g.rows) == 0)).sum())
        edges = f"{(g.edges + loops) // 2:,} undirected edges" if is_undirected(g) else f"{g.edges:,} directed edges"
        facts = [
            f"{g.rows:,} nodes, {edges}",
            f"{self.x.shape[1]:,} features" + " (kept sparse)" * isinstance(self.x, SparseRows),
        ]
        if self.members is not None:
            facts.insert(0, f"{len(self.members) - 1:,} graphs")
        if g.weight is not None:
            facts.append(f"weights {float(g.weight.min()):g} to {float(g.weight.max()):g}" if g.edges else "weights")
        if g.features is not None:
            facts.append(f"{g.features.shape[1]:,} numbers an edge")
        if self.relations is not None:
            facts.append(f"{len(self.relations)} kinds of edges")
        if self.classes:
            facts.append(f"{len(self.classes)} classes, {int(self.known_mask.sum()):,} labels")
        kinds = ((loops, "edge", "of a node to itself"), (alone, "node", "without an edge"))
        odd = [f"{count:,} {what}{'s' * (count > 1)} {which}" for count, what, which in kinds if count]
        return [", ".join(facts), *([", ".join(odd)] if odd else []), *self.notes]

    @property
    def known_mask(self) -> Tensor:
        """(N,) or (G,) bool: True where the label or target is known."""
        return self.y != UNKNOWN if self.classes else ~self.y.isnan()

    @property
    def hash(self) -> str:
        """Hash of everything that a model learns from."""
        digest = hashlib.blake2b(digest_size=16)
        words = (
            [self.x.words.ptr, self.x.words.source, self.x.words.values] if isinstance(self.x, SparseRows) else [self.x]
        )
        edges = [
            t for g in (self.graph, *(self.relations or {}).values()) for t in (g.ptr, g.source, g.weight, g.features)
        ]
        for t in (*edges, self.y, self.members, *words):
            digest.update(b"-" if t is None else t.contiguous().numpy().tobytes())
        digest.update(",".join(self.parts).encode() if self.parts is not None else b"-")
        return digest.hexdigest()

    def to_networkx(self):
        """A NetworkX Graph, or a DiGraph if edges have a direction. See `kinds.graphs.write_objects`."""
        from .write_objects import to_networkx

        return to_networkx(self)

    def to_scipy(self):
        """(A, x, y): a SciPy CSR array with A[i, j] the weight of the edge i -> j, features and labels as arrays."""
        from .write_objects import to_scipy

        return to_scipy(self)

    def to_pyg(self):
        """A PyG Data, or HeteroData if edges have types. Needs `pip install torch_geometric`."""
        from .write_objects import to_pyg

        return to_pyg(self)
