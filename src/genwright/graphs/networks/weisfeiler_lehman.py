"""Colour refinement (Weisfeiler & Lehman 1968): what sums over neighbours can tell apart at most (Xu 2019; Morris
2019).

    c_i <- hash(c_i, {{c_j : j in N(i)}})        for all nodes at once, until no round makes new colours

Colours are 64-bit numbers; a multiset is the sum of its mixed members. So equal neighbourhoods have equal colours in
any graph and under any numbering of the nodes, and different ones differ but for an accident of one in 2^64 for each
pair.
"""

import torch
from torch import Tensor

from ...core.graph import Graph, side_by_side

GOLDEN = -7046029254386353131  # 2^64 / golden ratio, odd
MIX = (-4658895280553007687, -7723592293110705685)  # multipliers of splitmix64, Steele 2014


def colours(graph: Graph, first: Tensor | None = None, rounds: int | None = None, by_kind: bool = False) -> Tensor:
    """Colours nodes by refinement (Weisfeiler & Lehman 1968).

    (N,) int64 colour of each node.

    Args:
        graph: Graph of N nodes.
        first: (N,) int64 to begin with, the same for all by default.
        rounds: Rounds of refinement; by default until colours are stable.
        by_kind: an edge's weight is its kind, from 1, by which its message differs.
    """
    colour = torch.zeros(graph.rows, dtype=torch.long) if first is None else first
    edge = (graph.values.long() - 1) * MIX[0] if by_kind else 0
    count = 0
    for _ in range(graph.rows if rounds is None else rounds):
        if rounds is None and count == (count := len(colour.unique())):
            break
        mixed_colours = _mix_bits(colour)
        messages = _mix_bits(mixed_colours[graph.source] + edge) if by_kind else mixed_colours[graph.source]
        sums = torch.zeros_like(colour).index_add_(0, graph.target, messages)
        colour = _mix_bits(sums + GOLDEN * mixed_colours)
    return colour


def distinguishes(a: Graph, b: Graph) -> bool:
    """Tells whether colour refinement tells two graphs apart: their colours, refined together, are different
    multisets."""
    colour = colours(side_by_side([a, b]))
    return a.rows != b.rows or not torch.equal(colour[: a.rows].sort().values, colour[a.rows :].sort().values)


def graph_keys(
    union: Graph, members: Tensor, first: Tensor | None = None, by_kind: bool = False, rounds: int = 16
) -> Tensor:
    """Hashes graphs (G,) int64 by Weisfeiler-Lehman colours: isomorphic graphs get equal hashes.

    (G,) int64, equal for isomorphic graphs of a union, whose nodes begin at members (G + 1,). Others differ where so
    many rounds tell them apart, but for an accident.

    Args:
        first: (N,) int64 kinds of the nodes.
        by_kind: as in `colours`.
    """
    sizes = members.diff()
    graph = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
    colour = colours(union, first, rounds, by_kind)
    return _mix_bits(torch.zeros_like(sizes).index_add_(0, graph, _mix_bits(colour)))


def _mix_bits(x: Tensor) -> Tensor:
    """A bijection of 64-bit numbers that spreads every bit over all others."""
    x = x + GOLDEN
    for shift, factor in zip((30, 27), MIX):
        x = (x ^ _shift_right(x, shift)) * factor
    return x ^ _shift_right(x, 31)


def _shift_right(x: Tensor, shift: int) -> Tensor:
    """Logical shift; torch's own keeps the sign."""
    return (x >> shift) & ((1 << (64 - shift)) - 1)
