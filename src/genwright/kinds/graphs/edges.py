"""Edges as people have them, each an end and another, perhaps with a weight, become one graph; and what is odd about
them is said."""

import numpy as np
import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.graph import Graph, from_edges, undirected


def graph_of(
    what: str, source, target, nodes: int, weight=None, features=None, directed: bool = True
) -> tuple[Graph, list[str]]:
    """source, target: (E,) int; weight: (E,) and features: (E, F) floats, or None. directed: else each edge runs both
    ways.

    An edge that stands several times becomes one: the sum of its weights, the mean of its features; without weights it
    counts once. The notes say how many did. Raises DataError for weights or features that are not finite.
    """
    source, target = (torch.tensor(np.asarray(ends)).long().reshape(-1) for ends in (source, target))
    weight, features = (None if v is None else torch.tensor(np.asarray(v)).float() for v in (weight, features))
    for values, name in ((weight, "weight"), (features, "feature")):
        if values is not None and not torch.isfinite(values).all():
            at = int(torch.nonzero(~torch.isfinite(values.reshape(len(values), -1)).all(1))[0])
            raise DataError(
                f"{what}: edge {at} (counted from 0) has a {name} that is missing or infinite: give it a number, or "
                "leave it out"
            )
    graph = from_edges(source, target, nodes, weight, features)
    if weight is None:
        graph = graph.with_weight(None)
    twice = len(source) - graph.edges
    notes = [f"{twice:,} repeated edge{'s are' if twice > 1 else ' is'} merged"] if twice else []
    return (graph if directed else undirected(graph)), notes


def without_ones(weight: Tensor | np.ndarray | None):
    """None where every weight is 1, so that an unweighted graph stays one."""
    return None if weight is None or bool((weight == 1).all()) else weight
