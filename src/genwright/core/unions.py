"""Many graphs as one union without edges between them: some of them as a smaller union, and the graph that pools each.

Node m[g] + k of the union is node k of graph g, so graphs are cut out by runs of rows: no loop over graphs and no
padding.
"""

import torch
from torch import Tensor

from .graph import Graph, offsets, spans


def subgraphs(union: Graph, members: Tensor, ids: Tensor) -> tuple[Graph, Tensor, Tensor]:
    """The graphs `ids` (B,) of a union side by side, its nodes (n,) in the union, and where each begins (B + 1,).

    members: (G + 1,) int64. A graph may be asked for twice. Weights stay, so that a union prepared once gives prepared
    batches.
    """
    begins = offsets(members.diff()[ids])
    moved = begins[:-1] - members[ids]
    take = lambda ptr, index: _rows(ptr, index, members, ids, begins, moved)
    ptr, source, edges = take(union.ptr, union.source)
    pick = lambda values: None if values is None else values[edges]
    # The compressed columns of a part are cut out of the union's as well, which saves sorting its edges in every step.
    their_ptr, target, number = union.transposed
    columns, targets, found = take(their_ptr, target)
    shift = ptr[begins[:-1]] - union.ptr[members[ids]]
    numbers = number[found] + torch.repeat_interleave(shift, columns[begins].diff())
    part = Graph(
        ptr,
        source,
        int(begins[-1]),
        pick(union.weight),
        pick(union.features),
        {"transposed": (columns, targets, numbers)},
    )
    return part, spans(members[ids], begins), begins


def pooling(members: Tensor) -> Graph:
    """One row a graph, one column a node: an edge from each node to its own graph. members: (G + 1,)."""
    return Graph(members, torch.arange(int(members[-1]), device=members.device), int(members[-1]))


def _rows(
    ptr: Tensor, index: Tensor, members: Tensor, ids: Tensor, begins: Tensor, moved: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Compressed rows of some graphs: ptr (n + 1,), index (E,) by the new numbers of nodes, and which edges (E,) these
    are."""
    first = ptr[members[ids]]
    sizes = ptr[members[ids + 1]] - first
    edges = spans(first, offsets(sizes))
    degree = ptr.diff()[spans(members[ids], begins)]
    return offsets(degree), index[edges] + torch.repeat_interleave(moved, sizes), edges
