"""Graphs whose edges are of several types, such as a drug that binds a protein, and their relational convolution
(Schlichtkrull 2018): a matrix for each type of edge, each a mixture of a few basis matrices.

h_i' = W_0 h_i + b + sum_r 1 / |N_r(i)| sum_{j in N_r(i)} W_r h_j,    W_r = sum_b a_rb V_b
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...core.errors import DataError
from ...core.graph import Graph, pointer
from .features import FeatureLinear, Features
from .propagate import propagate


@dataclass(frozen=True, eq=False)
class Typed:
    """A graph whose edges have relations.

    Args:
        graph: All edges. Several, of different relations, may join the same two nodes.
        relation: (E,) int64 of each edge.
        relations: Number of relations.
    """

    graph: Graph
    relation: Tensor
    relations: int


def typed_graph(triples: Tensor, nodes: int, relations: int) -> Typed:
    """Builds the graph of triples; a message goes from head to tail. A triple counts once.

    Raises DataError for a node or relation that is not there.

    Args:
        triples: (n, 3) int64 head, relation and tail.
        nodes: number of nodes.
        relations: number of relations.
    """
    for column, count, noun in ((0, nodes, "node"), (1, relations, "relation"), (2, nodes, "node")):
        ends = triples[:, column]
        if len(ends) and not 0 <= int(ends.min()) <= int(ends.max()) < count:
            worst = int(ends.min()) if int(ends.min()) < 0 else int(ends.max())
            raise DataError(f"a triple names {noun} {worst}, and the {count} are 0 to {count - 1}: number them from 0")
    key = torch.unique((triples[:, 2] * nodes + triples[:, 0]) * relations + triples[:, 1])
    pair = key // relations
    return Typed(Graph(pointer(pair // nodes, nodes), pair % nodes, nodes), key % relations, relations)


def both_ways(triples: Tensor, relations: int) -> Tensor:
    """Adds the reverse of every triple, (2n, 3). The reverse has a relation of its own, r + relations (Schlichtkrull
    2018)."""
    head, relation, tail = triples.T
    return torch.cat([triples, torch.stack([tail, relation + relations, head], 1)])


class RGCN(nn.Module):
    """Relational graph convolution (Schlichtkrull 2018).

    Args:
        inputs: Input features.
        outputs: Output features.
        bases: how many matrices V_b the `relations` share.
    """

    def __init__(self, inputs: int, outputs: int, relations: int, bases: int):
        super().__init__()
        self.own = FeatureLinear(inputs, outputs)
        self.bases = FeatureLinear(inputs, bases * outputs, bias=False)
        self.shares = nn.Parameter(nn.init.xavier_uniform_(torch.empty(relations, bases)))

    def prepare(self, relation_graph: Typed) -> Typed:
        """Weights edges by 1 over the number of edges of their relation that arrive at the same node."""
        group = relation_graph.graph.target * relation_graph.relations + relation_graph.relation
        count = torch.bincount(group, minlength=relation_graph.graph.rows * relation_graph.relations)
        return Typed(
            relation_graph.graph.with_weight(1 / count[group]), relation_graph.relation, relation_graph.relations
        )

    def forward(self, x: Features, relation_graph: Typed) -> Tensor:
        """Computes new features (N, outputs) of nodes x (N, inputs).

        Args:
            relation_graph: prepared.
        """
        messages = self.bases(x).unflatten(1, (self.shares.shape[1], -1))
        weight = relation_graph.graph.values[:, None] * self.shares.index_select(0, relation_graph.relation)
        return self.own(x[: relation_graph.graph.rows]) + propagate(relation_graph.graph, messages, weight).sum(1)
