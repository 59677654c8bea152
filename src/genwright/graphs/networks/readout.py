"""Readouts: one vector of the nodes of a graph, whatever order they stand in. `pool` has a row a graph, and an edge
from each of its nodes.

sum        r = sum_i h_i                 tells multisets apart
mean       r = sum_i h_i / n             tells shares apart
max        r = max_i h_i                 tells sets apart
attention  r = sum_i softmax_i(g(h_i)) h_i
set2set    q_t = LSTM([q_(t-1), r_(t-1)]);  a_i = softmax_i(<h_i, q_t>);  r_t = sum_i a_i h_i;  result [q_T, r_T]

Xu 2019 shows what the first three tell apart. attention: the gate of Li 2016. set2set: Vinyals 2016.

The encoders of molecules give one vector each, which a linear map answers from. views: which parts of `Molecules` an
encoder reads.
"""

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph, pooling
from .depth import Perceptron
from .features import Features, Linear, dropout
from .network import GraphNetwork
from .propagate import edge_softmax, maximum, propagate


class Sum(nn.Module):
    """Sums the features of the nodes of each graph.

    h: (n, F) of the nodes, pool: (G, n) -> (G, F), as every readout here but Set2Set, which gives (G, 2 F).

    width: F. widens: how many times F comes out. A graph without nodes has zeros."""

    widens = 1

    def __init__(self, width: int):
        super().__init__()

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return propagate(pool, h)


class Mean(Sum):
    """The mean over the nodes of a graph."""

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return propagate(pool, h) / pool.degree.clamp(min=1)[:, None]


class Max(Sum):
    """The largest over the nodes of a graph, number by number."""

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return maximum(pool, h)


class Attention(Sum):
    """A mean whose weights a learned gate of each node gives (Li 2016)."""

    def __init__(self, width: int):
        super().__init__(width)
        self.gate = Linear(width, 1)

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return _attended(pool, h, self.gate(h))


class Set2Set(Sum):
    """A mean whose weights are learned in `steps` rounds, each asking by what the ones before found (Vinyals 2016). A
    graph without nodes has [q_T, 0]."""

    widens = 2

    def __init__(self, width: int, steps: int = 3):
        super().__init__(width)
        self.cell, self.steps = nn.LSTMCell(2 * width, width), steps

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        q = c = h.new_zeros(pool.rows, h.shape[1])
        r = torch.zeros_like(q)
        for _ in range(self.steps):
            q, c = self.cell(torch.cat([q, r], 1), (q, c))
            r = _attended(pool, h, (h * q[pool.target]).sum(1, keepdim=True))
        return torch.cat([q, r], 1)


def _attended(pool: Graph, h: Tensor, logits: Tensor) -> Tensor:
    """Means of h: (n, F) over each graph, weighted by the softmax of logits: (n, 1)."""
    return propagate(pool, h, edge_softmax(pool, logits)[:, 0])


READOUTS = {"sum": Sum, "mean": Mean, "max": Max, "attention": Attention, "set2set": Set2Set}


class LayerReadouts(nn.Module):
    """A readout of every layer.

    Args:
        network: of node embeddings, by its `every`.
        widths: of h^0 .. h^L, or of those layers that it gives.
        readout: a name in READOUTS.
    """

    def __init__(self, network: nn.Module, widths: list[int], readout: str):
        super().__init__()
        self.network = network
        self.readouts = nn.ModuleList([READOUTS[readout](width) for width in widths])
        self.widths = [width * readout.widens for width, readout in zip(widths, self.readouts)]

    def embeddings(self, x: Features, graph: Graph, members: Tensor) -> list[Tensor]:
        """Readouts [(G, widths[l])] of every layer.

        Args:
            x: (n, F) features of the nodes.
            graph: Prepared.
            members: (G + 1,) int64 where the nodes of each graph begin.
        """
        pool = pooling(members)
        nodes = self.network.all_layers(x, graph)
        return [readout(h if isinstance(h, Tensor) else h.dense(), pool) for readout, h in zip(self.readouts, nodes)]


class GraphReadout(LayerReadouts):
    """The answer for a graph: the sum over layers of a linear map of its readout (Xu 2019).

    Args:
        network: of node embeddings.
        widths: of h^0 .. h^L.
        readout: a name in READOUTS.
        outputs: numbers a graph.
        dropout: share of each layer's answer that is left out.
    """

    def __init__(self, network: GraphNetwork, widths: list[int], readout: str, outputs: int, dropout: float):
        super().__init__(network, widths, readout)
        self.dropout = dropout
        self.linears = nn.ModuleList([Linear(width, outputs) for width in self.widths])

    def forward(self, x: Features, graph: Graph, members: Tensor) -> Tensor:
        """Outputs (G, outputs) of whole graphs.

        Args:
            x: (n, F) features of the nodes.
            graph: Prepared.
            members: (G + 1,) int64 where the nodes of each graph begin.
        """
        read = self.embeddings(x, graph, members)
        return sum(dropout(linear(h), self.dropout, self.training) for linear, h in zip(self.linears, read))


class Molecules(Protocol):
    """A batch of molecules as networks read them.

    n molecules: x, graph (prepared) and members of their atoms, descriptors (n, D), counts (n, bits); see
    `MoleculesContext` of molecules/families/properties.py."""

    x: Features
    graph: Graph
    members: Tensor
    descriptors: Tensor
    counts: Features


class GraphEncoder(nn.Module):
    """Features (n, width) of molecules: relu(W [readouts, descriptors] + b).

    Args:
        readouts: Readouts of the layers.
        descriptors: Number of descriptors, 0 where none are read.
        width: Features that come out.
        dropout: Share of the inputs that training drops.
    """

    def __init__(self, readouts: LayerReadouts, descriptors: int, width: int, dropout: float):
        super().__init__()
        self.readouts, self.descriptors, self.width = readouts, descriptors, width
        self.hidden = Perceptron([sum(readouts.widths) + descriptors, width], dropout, F.relu)

    @property
    def views(self) -> tuple[str, ...]:
        return ("graph", "descriptors") if self.descriptors else ("graph",)

    def prepare(self, graph: Graph) -> Graph:
        return self.readouts.network.prepare(graph)

    def forward(self, molecules: Molecules) -> Tensor:
        read = self.readouts.embeddings(molecules.x, molecules.graph, molecules.members)
        return self.hidden(torch.cat([*read, molecules.descriptors] if self.descriptors else read, 1))


class CountsEncoder(nn.Module):
    """Layers of `width` over the counts of a fingerprint: (n, width)."""

    views = ("counts",)

    def __init__(self, counts: int, width: int, layers: int, dropout: float):
        super().__init__()
        self.width = width
        self.hidden = Perceptron([counts, *[width] * layers], dropout, F.relu)

    def prepare(self, graph: Graph) -> Graph:
        return graph

    def forward(self, molecules: Molecules) -> Tensor:
        return self.hidden(molecules.counts)
