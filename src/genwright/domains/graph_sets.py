"""Simple graphs, each an item: a list of networkx.Graph to the user, sets of nodes with their pairs inside."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import torch
from torch import Tensor

from ..core.errors import DataError, GivenError
from ..core.files import require_new_folder, write_whole, write_whole_folder
from ..core.graph import from_edges, offsets
from ..core.limits import MAX_MEMBERS
from ..core.packages import require_package
from ..core.ragged import Ragged
from ..core.spec import Category, Members, Spec, spec_from_json, spec_to_json
from ..graphs.weisfeiler_lehman import graph_keys
from .column_margins import category_margin
from .domain import Domain
from .drawn import Drawn
from .plain_graphs import plain_graphs
from .size_margin import size_margin

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"


class GraphSets(Domain):
    """spec: one leaf `graph`, Members whose rows say nothing (a node is a node) and whose pairs are joined or not; the
    margins hold how many nodes and edges training graphs have. given: nothing. count: graphs in all parts.

    Nodes of items may have any names, which mean nothing; those of drawn graphs are 0, 1, ..
    """

    kind = "graph-sets"
    suffix = viewed = ""
    given = Spec(())

    def __init__(self, spec: Spec, count: int, notes: Sequence[str], facts: Sequence[int]):
        self.spec, self.count, self.notes, self.facts = spec, count, list(notes), list(facts)

    @classmethod
    def fit(cls, train: Any, every: Any = None, notes: Sequence[str] = ()) -> GraphSets:
        """Describe training graphs. every: the graphs of all parts, to tell people of."""
        every = train if every is None else every
        sizes, all_sizes = (np.array([len(graph) for graph in graphs]) for graphs in (train, every))
        edges = sum(graph.number_of_edges() for graph in train)
        pairs = int((sizes * (sizes - 1) // 2).sum())
        kinds = category_margin(np.array([pairs - edges, edges]), 0.0)
        members = Members(Spec((("node", Category(1)),)), size_margin(sizes, MAX_MEMBERS), Category(2, margin=kinds))
        facts = [all_sizes.min(), all_sizes.max(), sum(graph.number_of_edges() for graph in every)]
        return cls(Spec((("graph", members),)), len(every), notes, list(map(int, facts)))

    # ------------------------------------------------------------------ in

    def encode(self, items: Any) -> tuple[Ragged, Tensor]:
        graphs, _ = plain_graphs(items)
        most = len(self.spec.leaf.sizes.probs)
        for number, graph in enumerate(graphs):
            if len(graph) > most:
                raise DataError(
                    f"graph {number} has {len(graph)} nodes, and this model's have 1 to {most}: leave it out"
                )
        return packed(graphs), torch.zeros(len(graphs), 0)

    def encode_given(self, given: dict, n: int) -> Tensor:
        if given:
            raise GivenError(f"given names {next(iter(given))!r}, which this model does not know: it was trained alone")
        return torch.zeros(n, 0)

    def encode_holes(self, items: Any, known: Any, given: dict | None) -> tuple[Ragged, Tensor, Ragged]:
        """All that is there of each graph is known: its nodes, and which of them are joined. What is drawn are nodes
        beside these, and whom they are joined to. known: None."""
        if known is not None:
            raise DataError(
                "a graph to be completed is what is known of it, so that no `known` is taken: pass "
                "graph.subgraph(nodes) of the nodes that stay"
            )
        x, none = self.encode(items)
        table = none if given is None else self.encode_given(given, len(x))
        return x, table, x.with_x(torch.ones_like(x.x, dtype=torch.bool))

    # ------------------------------------------------------------------ out

    def decode(self, x: Ragged, given: Tensor, seed: int | None) -> Drawn:
        return Drawn(unpacked(x), seed=seed)

    def decode_holes(self, x: Ragged, items: Any, known: Ragged, given: Tensor, note: dict) -> Drawn:
        """Known nodes keep their names, and new ones have numbers that are no names yet."""
        import networkx as nx

        filled = []
        for before, graph in zip(plain_graphs(items)[0], unpacked(x)):
            free = (number for number in count() if number not in before)
            names = [*before, *islice(free, len(graph) - len(before))]
            filled.append(nx.relabel_nodes(graph, dict(enumerate(names))))
        return Drawn(filled, None, note.get("seed"), note.get("method"), note.get("kind"))

    def stack(self, completions: list) -> list:
        """A list of draws, each a list of graphs."""
        return completions

    def write(self, items: Any, path: Path) -> Path:
        """.npz: num_nodes, edge_ptr and edges of all graphs; no suffix: a folder of .graphml files."""
        path = Path(path)
        graphs, suffix = plain_graphs(items)[0], path.suffix.lower()
        if suffix == ".npz":
            return write_whole(path, _arrays(graphs))
        if suffix:
            raise DataError(f"{path} has a suffix that graphs cannot be written as: use .npz, or a folder without one")
        require_new_folder(path)

        def fill(place: Path) -> None:
            for number, graph in enumerate(graphs):
                (place / f"{number:05d}.graphml").write_text(as_graphml(graph), encoding="utf-8")

        return write_whole_folder(path, fill)

    # ------------------------------------------------------------------ about

    def values(self, items: Any, name: str) -> Any:
        raise KeyError(name)

    def keys(self, items: Any) -> np.ndarray:
        """Equal for isomorphic graphs; graphs that look alike to sums over neighbours are taken for equal too."""
        x = packed(plain_graphs(items)[0]) if len(items) else None
        return np.zeros(0, np.uint64) if x is None else graph_keys(x.pairs, x.ptr).numpy().view(np.uint64)

    def describe(self) -> list[str]:
        fewest, most, edges = self.facts
        return [f"{self.count:,} graphs of {fewest} to {most} nodes, {edges:,} edges", *self.notes]

    def to_json(self) -> dict:
        own = {"count": self.count, "notes": self.notes, "facts": self.facts}
        return {"domain": self.kind, "spec": spec_to_json(self.spec), **own}

    @classmethod
    def from_json(cls, record: dict) -> GraphSets:
        fewest, most, edges = record["facts"]
        return cls(spec_from_json(record["spec"]), record["count"], record["notes"], (fewest, most, edges))


def packed(graphs: Sequence) -> Ragged:
    """Plain graphs of NetworkX as sets whose members have one number each, which is 0; joined pairs are of kind 1."""
    ptr = offsets(torch.tensor([len(graph) for graph in graphs]))
    ends = []
    for graph, start in zip(graphs, ptr.tolist()):
        place = {name: start + i for i, name in enumerate(graph)}
        ends += [(place[u], place[v]) for u, v in graph.edges]
    source, target = torch.tensor(ends, dtype=torch.long).reshape(-1, 2).T
    both = torch.cat([source, target]), torch.cat([target, source])
    nodes = int(ptr[-1])
    return Ragged(torch.zeros(nodes, 1), ptr, from_edges(*both, nodes, torch.ones(len(both[0]))))


def unpacked(x: Ragged) -> list:
    """The opposite, with nodes 0, 1, .. of each."""
    require_package("networkx")
    import networkx as nx

    item, place, source, target = (
        t.tolist() for t in (x.item[x.pairs.source], x.place, x.pairs.source, x.pairs.target)
    )
    graphs = []
    for size in x.sizes.tolist():
        graphs.append(nx.Graph())
        graphs[-1].add_nodes_from(range(size))
    for g, u, v in zip(item, source, target):
        graphs[g].add_edge(place[u], place[v])
    return graphs


def as_graphml(graph: Any) -> str:
    nodes = [f"<node id={quoteattr(str(name))}/>" for name in graph]
    edges = [f"<edge source={quoteattr(str(u))} target={quoteattr(str(v))}/>" for u, v in graph.edges]
    lines = [f'<graphml xmlns="{NAMESPACE}">', '<graph edgedefault="undirected">', *nodes, *edges]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, "</graph>", "</graphml>", ""])


def _arrays(graphs: Sequence) -> bytes:
    x, file = packed(graphs), io.BytesIO()
    once = x.pairs.source < x.pairs.target
    place, item = x.place.numpy(), x.item[x.pairs.source[once]].numpy()
    edges = np.stack([place[x.pairs.source[once]], place[x.pairs.target[once]]], 1)
    order = np.lexsort((edges[:, 1], edges[:, 0], item))
    ptr = np.concatenate([[0], np.bincount(item, minlength=len(graphs)).cumsum()])
    np.savez_compressed(file, num_nodes=x.sizes.numpy(), edge_ptr=ptr, edges=edges[order])
    return file.getvalue()
