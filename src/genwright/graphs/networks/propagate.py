"""Sums over neighbours and softmax over edges, forwards and backwards, without a buffer as large as edges times
features.

    propagate:     y_i = sum_{e: j -> i} w_e x_j = A x, by compressed rows;  dx = A^T dy, by compressed columns
    edge_softmax:  a_e = exp(l_e) / sum_{e' -> i} exp(l_e')

Torch's `embedding_bag` computes these sums: it adds up one bag of rows for each node, and needs at most two thirds of
the time that a sparse product takes. Gathering x_j for every edge and adding it up is 7 to 20 times slower than that
product once there are 10^5 edges. To gather rows, `index_select` takes a fifth of the time of indexing.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.graph import Graph

CHUNK = 1 << 17  # numbers gathered at a time, few enough to stay in the cache


def propagate(graph: Graph, x: Tensor, weight: Tensor | None = None) -> Tensor:
    """Sums features over the edges that arrive, weighted: (rows, F) or (rows, H, F), differentiable in `x` and
    `weight`.

    Args:
        graph: E edges from `columns` nodes to `rows` nodes.
        x: (columns, F) features of the nodes that send, or (columns, H, F) for H heads.
        weight: (E,) of the edges, or (E, H) for each head; by default the graph's own.
    """
    if weight is None:
        return _Propagate.apply(x, graph.values, graph)
    return _Propagate.apply(x, weight, graph)


def edge_softmax(graph: Graph, logits: Tensor) -> Tensor:
    """Applies a softmax over the edges that arrive at the same node to logits (E, H), one for each of H heads: (E, H).

    Each node's own maximum is subtracted, since with a common one the shares of a node far below it would underflow.
    """
    return _EdgeSoftmax.apply(logits, graph)


def maximum(graph: Graph, x: Tensor) -> Tensor:
    """Computes the elementwise maximum of x (columns, F) over the neighbours of each node: (rows, F), 0 without
    neighbours."""
    if not graph.edges:
        return x.new_zeros(graph.rows, x.shape[1])
    return torch.segment_reduce(
        x.index_select(0, graph.source), "max", offsets=graph.ptr, axis=0, unsafe=True
    ).masked_fill((graph.degree == 0)[:, None], 0.0)


def row_sums(graph: Graph, values: Tensor) -> Tensor:
    """Sums values (E, F) over the edges that arrive at each node: (rows, F), zeros without edges."""
    return values.new_zeros(graph.rows, values.shape[1]).index_add(0, graph.target, values)


class _Propagate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, graph: Graph) -> Tensor:
        ctx.graph = graph
        ctx.save_for_backward(x if weight.requires_grad else None, weight)
        return _product(graph.ptr, graph.source, weight.detach(), x.detach())

    @staticmethod
    def backward(ctx, gradient: Tensor):
        (x, weight), graph = ctx.saved_tensors, ctx.graph
        to_x = to_weight = None
        if ctx.needs_input_grad[0]:
            ptr, target, order = graph.transposed
            to_x = _product(ptr, target, weight.index_select(0, order), gradient)
        if ctx.needs_input_grad[1]:
            to_weight = _edge_products(graph, gradient, x).view_as(weight) if graph.edges else torch.zeros_like(weight)
        return to_x, to_weight, None


def _product(ptr: Tensor, index: Tensor, weight: Tensor, x: Tensor) -> Tensor:
    """Compressed rows (ptr, index, weight) times x: (columns, F) or, head by head, (columns, H, F)."""
    weight = weight.to(x.dtype)
    if x.ndim == 3:
        heads = weight.T.contiguous() if weight.ndim == 2 else weight.expand(x.shape[1], -1)
        return torch.stack([_product(ptr, index, w, h) for w, h in zip(heads, x.unbind(1))], 1)
    if not len(index) or not x.shape[1]:
        return x.new_zeros(len(ptr) - 1, x.shape[1])
    sums = {"mode": "sum", "include_last_offset": True}
    return F.embedding_bag(index, x.contiguous(), ptr, per_sample_weights=weight.contiguous(), **sums)


def _edge_products(graph: Graph, y: Tensor, x: Tensor) -> Tensor:
    """<y_i, x_j> of every edge j -> i: (E, H), H = 1 where y and x have no heads."""
    heads = x.shape[1] if x.ndim == 3 else 1
    y, x = (t.flatten(1).contiguous() for t in (y, x))
    edges = max(1, CHUNK // max(1, x.shape[1]))
    parts = zip(graph.target.split(edges), graph.source.split(edges))
    return torch.cat([(y.index_select(0, i) * x.index_select(0, j)).view(len(i), heads, -1).sum(-1) for i, j in parts])


class _EdgeSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits: Tensor, graph: Graph) -> Tensor:
        if not graph.edges:
            ctx.graph = graph
            ctx.save_for_backward(logits)
            return logits.clone()
        top = torch.segment_reduce(logits.detach(), "max", offsets=graph.ptr, axis=0, unsafe=True)
        shares = (logits - top.index_select(0, graph.target)).exp()
        shares = shares / row_sums(graph, shares).index_select(0, graph.target)
        ctx.graph = graph
        ctx.save_for_backward(shares)
        return shares

    @staticmethod
    def backward(ctx, gradient: Tensor):
        (shares,), graph = ctx.saved_tensors, ctx.graph
        flow = shares * gradient
        return flow - shares * row_sums(graph, flow).index_select(0, graph.target), None
