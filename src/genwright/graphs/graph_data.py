"""A person's graph, or many: what its nodes know, what is to be learned, and how it is split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ..errors import DataError
from .features import Features, SparseRows
from .graph import Graph, is_undirected

UNKNOWN = -1  # the label of a node without one


@dataclass
class GraphData:
    """One graph, or many side by side in one whose edges never leave their member.

    x: (N, F) features of nodes. y: labels (N,) of nodes, or (G,) of members, int64 with UNKNOWN, or float targets.
    classes: names of the labels, () for targets. members: (G + 1,) int64 where each member's nodes begin, None for one graph.
    parts: (N,) or (G,) "train" | "valid" | "test" | "" where the source splits it, else None. names: of nodes, where they have any.
    """

    name: str
    graph: Graph
    x: Features
    y: Tensor | None = None
    classes: tuple[str, ...] = ()
    members: Tensor | None = None
    parts: np.ndarray | None = None
    names: list | None = None
    seed: int = 0
    source: str = ""
    licence: str = ""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self):
        values = self.x.words.values if isinstance(self.x, SparseRows) else self.x
        if len(self.x) != self.graph.rows:
            raise DataError(f"{self.name} has {self.graph.rows:,} nodes and features of {len(self.x):,}: give each node one row")
        if not torch.isfinite(values).all():
            row = int(torch.nonzero(~torch.isfinite(self.x.dense() if isinstance(self.x, SparseRows) else self.x))[0, 0])
            raise DataError(f"{self.name}: the features of node {row} hold NaN or infinity: fill them, or leave the node out")

    @property
    def default_task(self) -> str:
        return "links" if self.y is None else "nodes" if self.members is None else "graphs"

    def describe(self) -> list[str]:
        """What was understood, in sentences."""
        g = self.graph
        loops, alone = int((g.source == g.target).sum()), int(((g.degree == 0) & (torch.bincount(g.source, minlength=g.rows) == 0)).sum())
        edges = f"{(g.edges + loops) // 2:,} undirected edges" if is_undirected(g) else f"{g.edges:,} directed edges"
        facts = [f"{g.rows:,} nodes, {edges}", f"{self.x.shape[1]:,} features" + " (kept sparse)" * isinstance(self.x, SparseRows)]
        if self.members is not None:
            facts.insert(0, f"{len(self.members) - 1:,} graphs")
        if self.classes:
            facts.append(f"{len(self.classes)} classes, {int((self.y != UNKNOWN).sum()):,} labels")
        odd = [f"{count:,} {what}" for count, what in ((loops, "edges of a node to itself"), (alone, "nodes without an edge")) if count]
        return [", ".join(facts), *([", ".join(odd)] if odd else []), *self.notes]

    @property
    def hash(self) -> str:
        """Of everything that is learned from."""
        digest = hashlib.blake2b(digest_size=16)
        words = [self.x.words.ptr, self.x.words.source, self.x.words.values] if isinstance(self.x, SparseRows) else [self.x]
        for t in (self.graph.ptr, self.graph.source, self.graph.weight, self.graph.features, self.y, self.members, *words):
            digest.update(b"-" if t is None else t.contiguous().numpy().tobytes())
        digest.update(",".join(self.parts).encode() if self.parts is not None else b"-")
        return digest.hexdigest()
