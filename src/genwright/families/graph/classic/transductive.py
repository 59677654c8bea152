"""Methods that learn a vector or a label for each node of one graph know nothing of another."""

import hashlib

import torch
from torch import Tensor

from ....core.errors import DataError
from ....core.graph import Graph


def fingerprint(graph: Graph) -> Tensor:
    """(2,) int64 by which the graph is known again."""
    digest = hashlib.blake2b(digest_size=16)
    for t in (graph.ptr, graph.source, graph.weight):
        digest.update(b"-" if t is None else t.contiguous().cpu().numpy().tobytes())
    return torch.frombuffer(bytearray(digest.digest()), dtype=torch.int64).to(graph.ptr.device)


def require_same(graph: Graph, known: Tensor, what: str) -> None:
    """Raises DataError where `graph` is not the one that `known` is the fingerprint of."""
    if not torch.equal(fingerprint(graph), known):
        raise DataError(
            f"{what} knows the nodes of its training graph, and this graph of {graph.rows:,} nodes is another. Train "
            "on this one, or take a model that reads features, such as gcn"
        )
