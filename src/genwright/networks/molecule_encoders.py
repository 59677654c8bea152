"""From what is known of molecules to one vector each, which a linear map answers from.

molecules: x, graph (prepared) and members of their atoms, descriptors and counts, as in `MoleculesContext` of
families/properties/properties.py. views: which of these an encoder reads.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.graph import Graph
from .graph.depth import Perceptron
from .graph.readout import LayerReadouts


class GraphEncoder(nn.Module):
    """relu(W [readouts, descriptors] + b): (n, width). descriptors: how many, 0 where none are read. dropout: of what
    is read."""

    def __init__(self, readouts: LayerReadouts, descriptors: int, width: int, dropout: float):
        super().__init__()
        self.readouts, self.descriptors, self.width = readouts, descriptors, width
        self.hidden = Perceptron([sum(readouts.widths) + descriptors, width], dropout, F.relu)

    @property
    def views(self) -> tuple[str, ...]:
        return ("graph", "descriptors") if self.descriptors else ("graph",)

    def prepare(self, graph: Graph) -> Graph:
        return self.readouts.network.prepare(graph)

    def forward(self, molecules: Any) -> Tensor:
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

    def forward(self, molecules: Any) -> Tensor:
        return self.hidden(molecules.counts)
