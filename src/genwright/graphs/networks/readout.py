"""Readouts: one vector of the nodes of a graph, whatever order they stand in. `pool` has a row a graph, and an edge
from each of its nodes.

sum        r = sum_i h_i                 tells multisets apart
mean       r = sum_i h_i / n             tells shares apart
max        r = max_i h_i                 tells sets apart
attention  r = sum_i softmax_i(g(h_i)) h_i
set2set    q_t = LSTM([q_(t-1), r_(t-1)]);  a_i = softmax_i(<h_i, q_t>);  r_t = sum_i a_i h_i;  result [q_T, r_T]

Xu 2019 shows what the first three tell apart. attention: the gate of Li 2016. set2set: Vinyals 2016.

The encoders of molecules give one vector each, which a linear map answers from. views: which parts of `MoleculeBatch`
an encoder reads.
"""

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph, pooling
from .depth import Perceptron
from .features import FeatureLinear, Features, dropout
from .network import GraphNetwork
from .propagate import edge_softmax, maximum, propagate


class SumReadout(nn.Module):
    """Sums the features of the nodes of each graph.

    h: (n, F) of the nodes, pool: (G, n) -> (G, F), as every readout here but Set2Set, which gives (G, 2 F).

    A graph without nodes has zeros.

    Args:
        width: F. widens: how many times F comes out.
    """

    widens = 1

    def __init__(self, width: int):
        super().__init__()

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return propagate(pool, h)


class MeanReadout(SumReadout):
    """Averages the features of the nodes of each graph."""

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return propagate(pool, h) / pool.degree.clamp(min=1)[:, None]


class MaxReadout(SumReadout):
    """Takes the largest feature of the nodes of each graph, number by number."""

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return maximum(pool, h)


class AttentionReadout(SumReadout):
    """Averages nodes with weights from a learned gate of each node (Li 2016)."""

    def __init__(self, width: int):
        super().__init__(width)
        self.gate = FeatureLinear(width, 1)

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        return _attended_means(pool, h, self.gate(h))


class Set2Set(SumReadout):
    """Averages nodes with weights that are learned in `steps` rounds, each with a query from the rounds before (Vinyals
    2016). A graph without nodes has [q_T, 0].

    Args:
        width: Features of a layer.
    """

    widens = 2

    def __init__(self, width: int, steps: int = 3):
        super().__init__(width)
        self.cell, self.steps = nn.LSTMCell(2 * width, width), steps

    def forward(self, h: Tensor, pool: Graph) -> Tensor:
        q = c = h.new_zeros(pool.rows, h.shape[1])
        r = torch.zeros_like(q)
        for _ in range(self.steps):
            q, c = self.cell(torch.cat([q, r], 1), (q, c))
            r = _attended_means(pool, h, (h * q[pool.target]).sum(1, keepdim=True))
        return torch.cat([q, r], 1)


def _attended_means(pool: Graph, h: Tensor, logits: Tensor) -> Tensor:
    """Means of h: (n, F) over each graph, weighted by the softmax of logits: (n, 1)."""
    return propagate(pool, h, edge_softmax(pool, logits)[:, 0])


READOUTS = {
    "sum": SumReadout,
    "mean": MeanReadout,
    "max": MaxReadout,
    "attention": AttentionReadout,
    "set2set": Set2Set,
}


class LayerReadouts(nn.Module):
    """Reads out every layer of a graph network.

    Args:
        network: Network of node embeddings, by its `every`.
        widths: Widths of h^0 .. h^L, or of those layers that it gives.
        readout: a name in READOUTS.
    """

    def __init__(self, network: nn.Module, widths: list[int], readout: str):
        super().__init__()
        self.network = network
        self.readouts = nn.ModuleList([READOUTS[readout](width) for width in widths])
        self.widths = [width * readout.widens for width, readout in zip(widths, self.readouts)]

    def embeddings(self, x: Features, graph: Graph, members: Tensor) -> list[Tensor]:
        """Computes readouts [(G, widths[l])] of every layer.

        Args:
            x: (n, F) features of the nodes.
            graph: Prepared.
            members: (G + 1,) int64 where the nodes of each graph begin.
        """
        pool = pooling(members)
        nodes = self.network.all_layers(x, graph)
        return [readout(h if isinstance(h, Tensor) else h.dense(), pool) for readout, h in zip(self.readouts, nodes)]


class GraphReadout(LayerReadouts):
    """Predicts outputs of whole graphs: the sum over layers of a linear map of each readout (Xu 2019).

    Args:
        network: Network of node embeddings.
        widths: Widths of h^0 .. h^L.
        readout: a name in READOUTS.
        outputs: numbers a graph.
        dropout: share of each layer's answer that is left out.
    """

    def __init__(self, network: GraphNetwork, widths: list[int], readout: str, outputs: int, dropout: float):
        super().__init__(network, widths, readout)
        self.dropout = dropout
        self.linears = nn.ModuleList([FeatureLinear(width, outputs) for width in self.widths])

    def forward(self, x: Features, graph: Graph, members: Tensor) -> Tensor:
        """Computes outputs (G, outputs) of whole graphs.

        Args:
            x: (n, F) features of the nodes.
            graph: Prepared.
            members: (G + 1,) int64 where the nodes of each graph begin.
        """
        read = self.embeddings(x, graph, members)
        return sum(dropout(linear(h), self.dropout, self.training) for linear, h in zip(self.linears, read))


class MoleculeBatch(Protocol):
    """A batch of molecules as networks read them.

    n molecules: x, graph (prepared) and members of their atoms, descriptors (n, D), counts (n, bits); see
    `MoleculesContext` of molecules/families/properties.py."""

    x: Features
    graph: Graph
    members: Tensor
    descriptors: Tensor
    counts: Features


class MoleculeEncoder(nn.Module):
    """Encodes molecules by a graph network, readouts and descriptors: (n, width), relu(W [readouts, descriptors] +
    b).

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

    def forward(self, molecules: MoleculeBatch) -> Tensor:
        read = self.readouts.embeddings(molecules.x, molecules.graph, molecules.members)
        return self.hidden(torch.cat([*read, molecules.descriptors] if self.descriptors else read, 1))


class CountsEncoder(nn.Module):
    """Encodes the counts of a fingerprint by layers of `width`: (n, width).

    Args:
        layers: Number of layers.
        dropout: Share of units that training drops.
    """

    views = ("counts",)

    def __init__(self, counts: int, width: int, layers: int, dropout: float):
        super().__init__()
        self.width = width
        self.hidden = Perceptron([counts, *[width] * layers], dropout, F.relu)

    def prepare(self, graph: Graph) -> Graph:
        return graph

    def forward(self, molecules: MoleculeBatch) -> Tensor:
        return self.hidden(molecules.counts)
