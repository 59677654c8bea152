"""Properties of whole graphs that models may be given: what graphs say of themselves, and what can be counted."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .plain_graphs import plain


def _triangles(graph: Any) -> int:
    import networkx as nx

    return sum(nx.triangles(graph).values()) // 3


COUNTED: dict[str, Callable[[Any], int]] = {  # of a plain graph
    "nodes": len,
    "edges": lambda graph: graph.number_of_edges(),
    "triangles": _triangles,
}


def names_of(graphs: Sequence[Any]) -> list[str]:
    """Names of the values in `graph.graph` that are a word, a number or a flag in any of some graphs."""
    names: dict[str, None] = {}
    for graph in graphs:
        names |= {name: None for name, value in graph.graph.items() if isinstance(name, str) and _is_one(value)}
    return list(names)


def properties(graphs: Sequence[Any], names: Iterable[str], counted: bool = True) -> dict[str, list]:
    """A value of each graph, None where it says nothing. counted: names of COUNTED that graphs do not say themselves
    are counted."""
    own = set(names_of(graphs))
    return {
        name: [COUNTED[name](plain(graph)[0]) for graph in graphs]
        if counted and name in COUNTED and name not in own
        else [_value(graph.graph.get(name)) for graph in graphs]
        for name in names
    }


def _is_one(value: Any) -> bool:
    return isinstance(value, (str, int, float, np.generic))


def _value(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value if _is_one(value) else None
