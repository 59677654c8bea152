"""Relational graph convolution (Schlichtkrull 2018): a matrix for each type of edge, each a mixture of a few basis
matrices.

h_i' = W_0 h_i + b + sum_r 1 / |N_r(i)| sum_{j in N_r(i)} W_r h_j,    W_r = sum_b a_rb V_b
"""

import torch
from torch import Tensor, nn

from .features import Features, Linear
from .propagate import propagate
from .typed import Typed


class RGCN(nn.Module):
    """bases: how many matrices V_b the `relations` share."""

    def __init__(self, inputs: int, outputs: int, relations: int, bases: int):
        super().__init__()
        self.own = Linear(inputs, outputs)
        self.bases = Linear(inputs, bases * outputs, bias=False)
        self.shares = nn.Parameter(nn.init.xavier_uniform_(torch.empty(relations, bases)))

    def prepare(self, typed: Typed) -> Typed:
        """Edges weigh 1 over the number of edges of their relation that arrive at the same node."""
        group = typed.graph.target * typed.relations + typed.relation
        count = torch.bincount(group, minlength=typed.graph.rows * typed.relations)
        return Typed(typed.graph.with_weight(1 / count[group]), typed.relation, typed.relations)

    def forward(self, x: Features, typed: Typed) -> Tensor:
        """x: (N, inputs) -> (N, outputs). typed: prepared."""
        heard = self.bases(x).unflatten(1, (self.shares.shape[1], -1))
        weight = typed.graph.values[:, None] * self.shares.index_select(0, typed.relation)
        return self.own(x[: typed.graph.rows]) + propagate(typed.graph, heard, weight).sum(1)
