"""A network on a whole graph, exactly, layer by layer and some rows at a time: the memory of a part of the graph, no
node twice.

for l = 1 .. L:   for each part R of the nodes:   h_R^l = layer_l(h_{R + N(R)}^{l-1}, A_R)
"""

from collections.abc import Iterator
from tempfile import TemporaryFile

import numpy as np
import torch
from torch import Tensor

from ...core.graph import Graph
from .features import Features
from .network import GraphNetwork
from .samplers.block import Adjacency

EDGES = 1 << 18  # edges of a part, unless a single node has more
IN_MEMORY = 1 << 28  # bytes of one layer's results kept in memory; larger ones lie in a memory-mapped file


def layerwise(network: GraphNetwork, x: Features, graph: Graph, layers: int) -> Features:
    """(N, F') what the first `layers` layers make of x: (N, F). graph: as `network.prepare` takes it; the network is in
    eval mode, without gradients."""
    for x in each_layer(network, x, graph, layers):
        pass
    return x


def each_layer(network: GraphNetwork, x: Features, graph: Graph, layers: int) -> Iterator[Tensor]:
    """Output of each layer for x, (N, F_l), one layer after another."""
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
    """Rows one after another, as many at a time as have up to so many `edges` and are up to so many themselves."""
    start, rows = 0, len(ptr) - 1
    while start < rows:
        end = int(np.searchsorted(ptr, ptr[start] + edges, side="right")) - 1
        end = min(max(end, start + 1), start + edges, rows)
        yield np.arange(start, end)
        start = end


def empty(rows: int, columns: int) -> Tensor:
    """(rows, columns) float32, in a file without a name where it is large."""
    if rows * columns * 4 <= IN_MEMORY:
        return torch.empty(rows, columns)
    return torch.from_numpy(np.memmap(TemporaryFile(), dtype=np.float32, mode="w+", shape=(rows, columns)))
