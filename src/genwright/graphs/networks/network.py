"""Convolutions one after another: h_0 = x, h_l = act(conv_l(dropout(h_{l-1}), A)), the last without act.

`layerwise` applies them to a whole graph, exactly, layer by layer and some rows at a time, with the memory of a part of
the graph and no node twice:

    for l = 1 .. L:   for each part R of the nodes:   h_R^l = layer_l(h_{R + N(R)}^{l-1}, A_R)
"""

from collections.abc import Callable, Iterator, Sequence
from tempfile import TemporaryFile

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph
from ...core.shares import BatchNorm
from .features import Features, dropout, node_dropout
from .samplers.block import Adjacency


class GraphNetwork(nn.Module):
    """A graph network: convolutions one after another, with dropout and activations between.

    Args:
        layers: convolutions (see `graphs.networks`) of one kind; the first prepares the graph for all.
        dropout: share of numbers left out before each layer.
        activation: between layers.
        nodes_dropped: share of nodes that are wholly left out of the first layer's input.
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
        """Computes once what every training step reads: x and the prepared graph. If the first layer can prepare each
        node by itself, it is the prepared features and None."""
        prepared_graph = self.prepare(graph)
        own_features = self.layers[0].precompute(x, prepared_graph) if hasattr(self.layers[0], "precompute") else None
        return (x, prepared_graph) if own_features is None else (own_features, None)

    def hidden(self, x: Features, graph: Graph | None | Sequence[Graph]) -> Features:
        """Computes the features (rows, F') that the last layer reads; x itself in a network of one layer. Arguments as
        of `forward`."""
        for number, step in enumerate(self._steps(graph)[:-1]):
            x = self.step(number, x, step)
        return x

    def all_layers(self, x: Features, graph: Graph | Sequence[Graph]) -> list[Features]:
        """Computes h_0 .. h_L, (N, F_l) each, the last with the activation too, as readouts of whole graphs read
        them."""
        embeddings = [node_dropout(x, self.nodes_dropped, self.training)]
        for layer, step in zip(self.layers, self._steps(graph)):
            embeddings.append(self.activation(layer(dropout(embeddings[-1], self.dropout, self.training), step)))
        return embeddings

    def outputs(self, x: Features, graph: Graph | None) -> Iterator[Tensor]:
        """Computes h_1 .. h_L, (N, F_l) each.

        Args:
            x: as in `forward`.
            graph: as in `forward`.
        """
        for number in range(len(self.layers)):
            yield (x := self.step(number, x, graph))

    def forward(self, x: Features, graph: Graph | None | Sequence[Graph]) -> Tensor:
        """Computes the outputs (rows, outputs) of nodes with features x (columns, F).

        Args:
            x: Features of the nodes; None for an x that `attach` gave with None.
            graph: Prepared. A sequence holds one graph for each layer, as samplers build them.
        """
        return self.step(len(self.layers) - 1, self.hidden(x, graph), self._steps(graph)[-1])

    def step(self, number: int, x: Features, graph: Graph | None) -> Tensor:
        """Applies layer `number`, from 0, with its dropout and activation.

        Args:
            x: (columns, F) -> (rows, F').
        """
        x = node_dropout(x, self.nodes_dropped if number == 0 else 0.0, self.training)
        y = self.layers[number](dropout(x, self.dropout, self.training), graph)
        return self.activation(y) if number < len(self.layers) - 1 else y

    def _steps(self, graph: Graph | None | Sequence[Graph]) -> Sequence[Graph | None]:
        return [graph] * len(self.layers) if graph is None or isinstance(graph, Graph) else graph


class Normed(nn.Module):
    """A convolution, then batch norm over all nodes of the batch (Xu 2019).

    Args:
        width: outputs of the convolution.
    """

    def __init__(self, convolution: nn.Module, width: int):
        super().__init__()
        self.convolution, self.norm = convolution, BatchNorm(width)

    def prepare(self, graph: Graph) -> Graph:
        return self.convolution.prepare(graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        return self.norm(self.convolution(x, graph))


EDGES = 1 << 18  # edges of a part, unless a single node has more
IN_MEMORY = 1 << 28  # bytes of one layer's results kept in memory; larger ones lie in a memory-mapped file


def layerwise(network: GraphNetwork, x: Features, graph: Graph, layers: int) -> Features:
    """Computes the features (N, F') after the first `layers` layers for all nodes, layer by layer in blocks of rows.

    Args:
        network: A network in eval mode, without gradients.
        x: (N, F) features.
        graph: As `network.prepare` takes it.
        layers: Number of layers.
    """
    for x in each_layer(network, x, graph, layers):
        pass
    return x


def each_layer(network: GraphNetwork, x: Features, graph: Graph, layers: int) -> Iterator[Tensor]:
    """Yields the output of each layer for all nodes, (N, F_l), computed in blocks of rows.

    Args:
        network: a `GraphNetwork`.
        x: (N, F) features.
        graph: prepared.
        layers: number of layers.
    """
    adjacency = Adjacency(network.prepare(graph))
    for number in range(layers):
        result = None
        for rows in split_rows(adjacency.ptr, EDGES):
            block = adjacency.block(rows, adjacency.neighbours(rows, adjacency.nodes))
            part = network.step(number, x[block.nodes], block.graph)
            result = empty(adjacency.nodes, part.shape[1]) if result is None else result
            result[rows[0] : rows[-1] + 1] = part.cpu()
        x = result.to(part.device)
        yield x


def split_rows(ptr: np.ndarray, edges: int) -> Iterator[np.ndarray]:
    """Splits rows into slices with up to `edges` edges and up to `edges` rows each."""
    start, rows = 0, len(ptr) - 1
    while start < rows:
        end = int(np.searchsorted(ptr, ptr[start] + edges, side="right")) - 1
        end = min(max(end, start + 1), start + edges, rows)
        yield np.arange(start, end)
        start = end


def empty(rows: int, columns: int) -> Tensor:
    """Returns an empty array (rows, columns) float32, in a temporary file where it is large."""
    if rows * columns * 4 <= IN_MEMORY:
        return torch.empty(rows, columns)
    return torch.from_numpy(np.memmap(TemporaryFile(), dtype=np.float32, mode="w+", shape=(rows, columns)))
