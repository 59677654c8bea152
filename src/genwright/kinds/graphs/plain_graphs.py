"""Graphs of NetworkX as simple ones: nodes, which two of them are joined, perhaps the kinds of either, and nothing
else."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...core.errors import DataError, ItemError
from ...core.kinds import ALIKE, Kinds
from ...core.limits import MAX_MEMBERS

UNKNOWN = "unknown"  # the attribute of edges of a graph to be completed that may be there or not


def is_graph(item: Any) -> bool:
    """Whether it is a graph of NetworkX, told by what it can do."""
    return hasattr(item, "adj") and hasattr(item, "is_directed") and hasattr(item, "nodes")


def plain(graph: Any, nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> tuple[Any, Counter]:
    """A networkx.Graph of the same nodes without loops, repeated edges, directions, and attributes other than the kinds
    of nodes and edges, and how many of these it had: "loop" and "repeat" count edges, "directed" and "labelled" graphs.
    The first of several repeated edges gives the kind.

    Raises DataError for a node or an edge whose kind is missing, or unknown.
    """
    import networkx as nx

    ends = [(u, v, told) for u, v, told in graph.edges.data() if u != v]
    pairs = [(u, v) for u, v, _ in ends]
    distinct = set(pairs) if graph.is_directed() else set(map(frozenset, pairs))
    odd = Counter(loop=graph.number_of_edges() - len(ends), repeat=len(ends) - len(distinct))
    odd["directed"] = int(graph.is_directed())
    told = [
        (attributes, kinds)
        for kept, kinds in ((graph.nodes, nodes), (graph.edges, edges))
        for *_, attributes in kept.data()
    ]
    odd["labelled"] = int(any(set(attributes) - {kinds.name} for attributes, kinds in told))
    made = nx.Graph()
    made.add_nodes_from((name, _kind(nodes, told, f"node {name!r}")) for name, told in graph.nodes.data())
    for u, v, told in ends:
        if not made.has_edge(u, v):
            made.add_edge(u, v, **_kind(edges, told, f"the edge of {u!r} and {v!r}"))
    return made, odd


def plain_graphs(items: Any, nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> tuple[list, Counter]:
    """The same of a list of graphs. Raises DataError as `list_of_graphs`, and, by the number of the graph, for a node
    or an edge of no known kind."""
    simple, odd = [], Counter()
    for number, item in enumerate(list_of_graphs(items)):
        try:
            graph, seen = plain(item, nodes, edges)
        except DataError as error:
            raise ItemError(number, f"graph {number}:", str(error)) from None
        simple.append(graph)
        odd.update(seen)
    return simple, odd


def without_unknown(graph: Any) -> tuple[Any, list[tuple[int, int]]]:
    """The graph without edges whose attribute `UNKNOWN` is true, and the pairs of nodes that these join, by the places
    of the nodes in it. An edge that is there beside makes its pair known."""
    unknown = [(u, v) for u, v, told in graph.edges.data() if told.get(UNKNOWN) is True and u != v]
    if not unknown:
        return graph, []
    rest = graph.copy()
    rest.remove_edges_from([edge for edge in rest.edges if rest.edges[edge].get(UNKNOWN) is True])
    place = {name: i for i, name in enumerate(rest)}
    pairs = {
        tuple(sorted((place[u], place[v]))) for u, v in unknown if not (rest.has_edge(u, v) or rest.has_edge(v, u))
    }
    return rest, sorted(pairs)


def list_of_graphs(items: Any) -> Sequence:
    """Graphs of NetworkX, or one alone, as a list. Raises DataError, by the number of the graph, for what is none, or
    is empty or too large."""
    items = [items] if is_graph(items) else items
    if not isinstance(items, Sequence) or isinstance(items, (str, bytes)) or not len(items):
        raise DataError(f"{type(items).__name__} is no list of graphs: pass one or more graphs of NetworkX in a list")
    for number, item in enumerate(items):
        if not is_graph(item):
            raise DataError(f"item {number} is a {type(item).__name__} and no graph of NetworkX: leave it out")
        if not 1 <= len(item) <= MAX_MEMBERS:
            raise DataError(
                f"graph {number} has {len(item):,} nodes: graphs of 1 to {MAX_MEMBERS} are taken, as every two of "
                "their nodes are looked at"
            )
    return items


def _kind(kinds: Kinds, attributes: dict, what: str) -> dict:
    """The attribute of a node or an edge that says its kind."""
    try:
        return kinds.of(attributes)
    except KeyError:
        raise DataError(f"{what} has no {kinds.name!r}, which says its kind: add it") from None
    except (ValueError, TypeError):
        raise DataError(
            f"{what} is {attributes[kinds.name]!r} by {kinds.name!r}, which none that was learned from is: known are "
            f"{', '.join(map(str, kinds.values))}"
        ) from None
