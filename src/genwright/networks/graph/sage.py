"""GraphSAGE (Hamilton 2017, algorithm 1): one matrix for the node, and one for the aggregate of its neighbours.

h_i' = W h_i + V agg({h_j : j in N(i)}) + b,  then layer norm, then h_i' / ||h_i'||, where they are asked for
mean:  agg = sum_j w_ij h_j / sum_j w_ij
pool:  agg = max_j relu(P h_j + p), number by number, 0 for a node without neighbours
lstm:  agg = last state of an LSTM over the neighbours, in random order while training, else by their number
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph
from ..packed_sequences import lstm_ends
from . import normalise
from .features import Features, Linear, mixed
from .propagate import maximum

AGGREGATORS = ("mean", "pool", "lstm")


class SAGE(nn.Module):
    """aggregator: one of AGGREGATORS. norm: layer norm of the result. unit: its length is 1."""

    def __init__(self, inputs: int, outputs: int, aggregator: str = "mean", norm: bool = False, unit: bool = False):
        super().__init__()
        self.aggregator, self.unit = aggregator, unit
        self.own, self.neighbours = Linear(inputs, outputs), Linear(inputs, outputs, bias=False)
        self.pool = Linear(inputs, inputs) if aggregator == "pool" else None
        self.lstm = nn.LSTM(inputs, inputs) if aggregator == "lstm" else None
        self.norm = nn.LayerNorm(outputs) if norm else nn.Identity()

    def prepare(self, graph: Graph) -> Graph:
        return normalise.neighbours(graph) if self.aggregator == "mean" else graph

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """x: (columns, inputs) -> (rows, outputs)."""
        if self.pool is not None:
            heard = self.neighbours(maximum(graph, F.relu(self.pool(x))))
        elif self.lstm is not None:
            heard = self.neighbours(self._last_state(x if isinstance(x, Tensor) else x.dense(), graph))
        else:
            heard = mixed(graph, x, self.neighbours)
        y = self.norm(self.own(x[: graph.rows]) + heard)
        return F.normalize(y, dim=1) if self.unit else y

    def _last_state(self, x: Tensor, graph: Graph) -> Tensor:
        """(rows, inputs) state of the LSTM after a node's last neighbour, zeros where there is none.

        Sequences of many lengths run packed: all first neighbours, then all second ones, nodes with most neighbours
        first.
        """
        states = x.new_zeros(graph.rows, x.shape[1])
        if not graph.edges:
            return states
        source, target = graph.source, graph.target
        if self.training:
            source = source[torch.argsort(target + torch.rand(graph.edges, dtype=torch.float64, device=x.device))]
        nodes = torch.argsort(graph.degree, descending=True, stable=True)
        rank = torch.empty_like(nodes).index_copy_(0, nodes, torch.arange(graph.rows, device=x.device))
        turn = torch.arange(graph.edges, device=x.device) - graph.ptr[target]
        order = torch.argsort(turn * graph.rows + rank[target])
        last = lstm_ends(self.lstm, x.index_select(0, source[order]), torch.bincount(turn))
        return states.index_copy(0, nodes[: len(last)], last)
