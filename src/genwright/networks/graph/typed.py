"""Graphs whose edges are of several types: a drug that binds a protein, two drugs that together have a side effect."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.graph import Graph, pointer


@dataclass(frozen=True, eq=False)
class Typed:
    """graph: all edges; the same two nodes may be joined by several, of different relations. relation: (E,) int64 of
    each edge.

    relations: how many there are.
    """

    graph: Graph
    relation: Tensor
    relations: int


def typed(triples: Tensor, nodes: int, relations: int) -> Typed:
    """The graph of triples (n, 3) int64: head, relation, tail; a message goes from head to tail. A triple counts once.

    Raises DataError for a node or relation that is not there.
    """
    for column, count, what in ((0, nodes, "node"), (1, relations, "relation"), (2, nodes, "node")):
        ends = triples[:, column]
        if len(ends) and not 0 <= int(ends.min()) <= int(ends.max()) < count:
            worst = int(ends.min()) if int(ends.min()) < 0 else int(ends.max())
            raise DataError(f"a triple names {what} {worst}, and the {count} are 0 to {count - 1}: number them from 0")
    key = torch.unique((triples[:, 2] * nodes + triples[:, 0]) * relations + triples[:, 1])
    pair = key // relations
    return Typed(Graph(pointer(pair // nodes, nodes), pair % nodes, nodes), key % relations, relations)


def both_ways(triples: Tensor, relations: int) -> Tensor:
    """(2n, 3): every triple and its reverse, whose relation is a type of its own, r + relations (Schlichtkrull
    2018)."""
    head, relation, tail = triples.T
    return torch.cat([triples, torch.stack([tail, relation + relations, head], 1)])
