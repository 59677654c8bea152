"""Convolutions one after another: h_0 = x, h_l = act(conv_l(dropout(h_{l-1}), A)), the last without act."""

from collections.abc import Callable, Iterator, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from ...core.batch_norm import BatchNorm
from ...core.graph import Graph
from .features import Features, dropout, node_dropout


class GraphNetwork(nn.Module):
    """layers: convolutions (see `networks.graph`) of one kind, so that the first says how the graph is prepared for
    all. dropout: of numbers, before each layer.

    activation: between layers. nodes_dropped: share of nodes that are wholly left out of what the first layer sees.
    """

    def __init__(
        self,
        layers: list[nn.Module],
        dropout: float,
        activation: Callable[[Tensor], Tensor] = F.relu,
        nodes_dropped: float = 0.0,
    ):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.dropout, self.activation, self.nodes_dropped = dropout, activation, nodes_dropped

    def prepare(self, graph: Graph) -> Graph:
        return self.layers[0].prepare(graph)

    def attach(self, x: Features, graph: Graph) -> tuple[Features, Graph | None]:
        """Input of every training step, computed once: x and the prepared graph; or, if the first layer can prepare
        each node by itself, the prepared features and None."""
        prepared = self.prepare(graph)
        alone = self.layers[0].precompute(x, prepared) if hasattr(self.layers[0], "precompute") else None
        return (x, prepared) if alone is None else (alone, None)

    def hidden(self, x: Features, graph: Graph | None | Sequence[Graph]) -> Features:
        """(rows, F') what the last layer sees; for one layer, x itself. x, graph: as in `forward`."""
        for number, step in enumerate(self._steps(graph)[:-1]):
            x = self.step(number, x, step)
        return x

    def all_layers(self, x: Features, graph: Graph | Sequence[Graph]) -> list[Features]:
        """h_0 .. h_L, (N, F_l) each, the last with act too, as readouts of whole graphs see them."""
        found = [node_dropout(x, self.nodes_dropped, self.training)]
        for layer, step in zip(self.layers, self._steps(graph)):
            found.append(self.activation(layer(dropout(found[-1], self.dropout, self.training), step)))
        return found

    def outputs(self, x: Features, graph: Graph | None) -> Iterator[Tensor]:
        """h_1 .. h_L, (N, F_l) each. x, graph: as in `forward`."""
        for number in range(len(self.layers)):
            x = self.step(number, x, graph)
            yield x

    def forward(self, x: Features, graph: Graph | None | Sequence[Graph]) -> Tensor:
        """x: (columns, F) -> (rows, outputs). graph: prepared; a sequence holds one for each layer, as samplers draw
        them.

        None: of x that `attach` gave with None.
        """
        return self.step(len(self.layers) - 1, self.hidden(x, graph), self._steps(graph)[-1])

    def step(self, number: int, x: Features, graph: Graph | None) -> Tensor:
        """Layer `number` from 0, with what comes before and after it. x: (columns, F) -> (rows, F')."""
        x = node_dropout(x, self.nodes_dropped if number == 0 else 0.0, self.training)
        y = self.layers[number](dropout(x, self.dropout, self.training), graph)
        return self.activation(y) if number < len(self.layers) - 1 else y

    def _steps(self, graph: Graph | None | Sequence[Graph]) -> Sequence[Graph | None]:
        return [graph] * len(self.layers) if graph is None or isinstance(graph, Graph) else graph


class Normed(nn.Module):
    """A convolution, then batch norm over all the nodes of the batch (Xu 2019). width: outputs of the convolution."""

    def __init__(self, convolution: nn.Module, width: int):
        super().__init__()
        self.convolution, self.norm = convolution, BatchNorm(width)

    def prepare(self, graph: Graph) -> Graph:
        return self.convolution.prepare(graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        return self.norm(self.convolution(x, graph))
