"""Simple graphs of NetworkX, to be modelled whole: nodes, which two of them are joined, the kinds of either if
there are any, and properties of the whole graph that models may be given.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import DataError, ItemError
from ...core.limits import MAX_MEMBERS
from ...core.packages import nx
from ...kinds.values.equals import Facts

if TYPE_CHECKING:
    Graphs = nx.Graph | Sequence[nx.Graph]

NO_ATTRIBUTE = "none"  # named in the place of an attribute: all are alike
DEFAULT_KINDS, MAX_KINDS = (
    32,
    120,
)  # kinds of an attribute that is taken unasked, and of any: a network has columns for each
WEIGHT = "weight"  # is a number, whatever it looks like, unless it is asked for
SHOWN_KINDS = 8  # kinds that a description names


@dataclass(frozen=True)
class Kinds:
    """The kinds of nodes, or of edges, by an attribute. Without either, all nodes, or edges, are alike.

    Args:
        name: the attribute.
        values: all of one type (str, int or bool), in the order of their numbers.
    """

    name: str = ""
    values: tuple = ()
    codes: dict = field(init=False, compare=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "codes", {value: code for code, value in enumerate(self.values)})

    def __bool__(self) -> bool:
        return bool(self.name)

    @property
    def k(self) -> int:
        return max(1, len(self.values))

    def select(self, attributes: dict) -> dict:
        """Returns the kind in the attributes of a node or an edge. Raises KeyError if it is missing, and ValueError for
        an unknown one.

        Args:
            attributes: Attributes of the node or edge.
        """
        if not self:
            return {}
        value = plain(attributes[self.name])
        if value not in self.codes:
            raise ValueError(value)
        return {self.name: value}

    def describe(self, noun: str) -> str:
        value_words = ", ".join(str(value) for value in self.values[:SHOWN_KINDS]) + (
            ", ..." if len(self.values) > SHOWN_KINDS else ""
        )
        return f"{noun} of {len(self.values)} kinds by {self.name!r}: {value_words}"

    def to_json(self) -> dict:
        return {"name": self.name, "values": list(self.values)}

    @classmethod
    def from_json(cls, record: dict | None) -> "Kinds":
        return ALIKE if record is None else cls(record["name"], tuple(record["values"]))


ALIKE = Kinds()


def plain(value: object) -> object:
    """Converts a number of NumPy to Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def find_kinds(graphs: "Sequence[nx.Graph]", noun: str, named_kind: str | None) -> tuple[Kinds, list[str]]:
    """Finds the kinds of all nodes, or edges, of NetworkX graphs, and notes about them.

    Raises DataError for an attribute that is asked for and is not there, or has other values or more than MAX_KINDS.

    Args:
        graphs: to look at.
        noun: "nodes" or "edges".
        named_kind: the attribute, NO_ATTRIBUTE for no kinds. Default: the only one that each of them has and whose
            values are 2 to DEFAULT_KINDS words, whole numbers or flags.
    """
    if named_kind == NO_ATTRIBUTE:
        return ALIKE, []
    option, values_of, frequency, count = f"{noun[:-1]}_kind_of", {}, {}, 0
    for graph in graphs:
        for *_, attributes in getattr(graph, noun).data():
            count += 1
            for name, value in attributes.items():
                if isinstance(name, str):
                    frequency[name] = frequency.get(name, 0) + 1
                    values, value = values_of.setdefault(name, Counter()), plain(value)
                    value = type(value), value if type(value) in (str, int, bool) else None
                    if len(values) <= MAX_KINDS or value in values:
                        values[value] += 1
    if named_kind is not None:
        return _kinds_of_attribute(
            named_kind, noun, frequency.get(named_kind, 0), count, values_of.get(named_kind, Counter())
        ), []
    usable = [
        name
        for name, values in values_of.items()
        if frequency[name] == count and 2 <= len(values) <= DEFAULT_KINDS and name != WEIGHT and _of_one_type(values)
    ]
    if len(usable) > 1:
        names = ", ".join(map(repr, usable))
        return ALIKE, [f"{noun} have {names}, any of which may be their kind: name one by {option}"]
    if not usable:
        return ALIKE, []
    return _kinds(usable[0], values_of[usable[0]]), []


def _kinds_of_attribute(name: str, noun: str, frequency: int, count: int, values: Counter) -> Kinds:
    option = f"{noun[:-1]}_kind_of"
    if frequency < count or not count:
        raise DataError(
            f"{option}={name!r} is an attribute of {frequency:,} of {count:,} {noun}: name one that all of them have, "
            f"or {NO_ATTRIBUTE!r}"
        )
    if not _of_one_type(values):
        raise DataError(
            f"{option}={name!r} is not a word, a whole number or a flag of each of the {noun}: name another"
        )
    if len(values) > MAX_KINDS:
        raise DataError(f"{option}={name!r} has more than {MAX_KINDS} values: join some, or name another attribute")
    return _kinds(name, values)


def _of_one_type(values: Counter) -> bool:
    return len({kind for kind, _ in values}) == 1 and all(kind in (str, int, bool) for kind, _ in values)


def _kinds(name: str, values: Counter) -> Kinds:
    """The most frequent first."""
    return Kinds(name, tuple(value for _, value in sorted(values, key=lambda kind: (-values[kind], kind[1]))))


UNKNOWN = "unknown"  # the attribute of edges of a graph to be completed that may be there or not


def is_graph(item: object) -> bool:
    """Tells whether an item is a graph of NetworkX, by its methods."""
    return hasattr(item, "adj") and hasattr(item, "is_directed") and hasattr(item, "nodes")


def simplify(graph: "nx.Graph", nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> "tuple[nx.Graph, Counter]":
    """Makes a networkx.Graph of the same nodes without loops, repeated edges, directions, and attributes other than
    kinds. Returns it and counts of what was removed: "loop" and "repeat" count edges, "directed" graphs, and
    "nodes.NAME" and "edges.NAME" those with an attribute. The first of several repeated edges gives the kind.

    Raises DataError for a node or an edge whose kind is missing, or unknown.

    Args:
        graph: Graph of NetworkX.
        nodes: kinds of nodes.
        edges: kinds of edges.
    """
    ends = [(u, v, attributes) for u, v, attributes in graph.edges.data() if u != v]
    pairs = [(u, v) for u, v, _ in ends]
    distinct = set(pairs) if graph.is_directed() else set(map(frozenset, pairs))
    oddities = Counter(loop=graph.number_of_edges() - len(ends), repeat=len(ends) - len(distinct))
    oddities["directed"] = int(graph.is_directed())
    for noun, attributes_of, kinds in (("nodes", graph.nodes, nodes), ("edges", graph.edges, edges)):
        oddities.update(
            {
                f"{noun}.{name}": 1
                for *_, its in attributes_of.data()
                for name in its
                if name not in (kinds.name, UNKNOWN)
            }
        )
    simple_graph = nx.Graph()
    simple_graph.add_nodes_from(
        (name, _kind_of(nodes, attributes, f"node {name!r}")) for name, attributes in graph.nodes.data()
    )
    for u, v, attributes in ends:
        if not simple_graph.has_edge(u, v):
            simple_graph.add_edge(u, v, **_kind_of(edges, attributes, f"the edge of {u!r} and {v!r}"))
    return simple_graph, oddities


def plain_graphs(items: "Graphs", nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> "tuple[list[nx.Graph], Counter]":
    """Makes simple graphs of items, and counts what was removed. Raises DataError as `list_of_graphs`, and, by the
    number of the graph, for a node or an edge of no known kind.

    Args:
        items: graphs of NetworkX.
        nodes: kinds of nodes.
        edges: kinds of edges.
    """
    simple_graphs, oddities = [], Counter()
    for number, item in enumerate(list_of_graphs(items)):
        try:
            graph, removed = simplify(item, nodes, edges)
        except DataError as error:
            raise ItemError(number, f"graph {number}:", str(error)) from None
        simple_graphs.append(graph)
        oddities.update(removed)
    return simple_graphs, oddities


def without_unknown(graph: "nx.Graph") -> "tuple[nx.Graph, list[tuple[int, int]]]":
    """Removes the edges that are marked as unknown. Returns the graph and the pairs of nodes that these edges join.
    Returns the graph and the pairs of nodes that these join, by the places of the nodes in it. An edge that is there
    beside makes its pair known."""
    unknown = [(u, v) for u, v, attributes in graph.edges.data() if attributes.get(UNKNOWN) is True and u != v]
    if not unknown:
        return graph, []
    remaining = graph.copy()
    remaining.remove_edges_from([edge for edge in remaining.edges if remaining.edges[edge].get(UNKNOWN) is True])
    place = {name: i for i, name in enumerate(remaining)}
    pairs = {
        tuple(sorted((place[u], place[v])))
        for u, v in unknown
        if not (remaining.has_edge(u, v) or remaining.has_edge(v, u))
    }
    return remaining, sorted(pairs)


def list_of_graphs(items: "Graphs") -> "Sequence[nx.Graph]":
    """Converts NetworkX graphs, or a single one, to a list. Raises DataError, by the number of the graph, for what is
    none, or is empty or too large."""
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


def _kind_of(kinds: Kinds, attributes: dict, noun: str) -> dict:
    """The attribute of a node or an edge that says its kind."""
    try:
        return kinds.select(attributes)
    except KeyError:
        raise DataError(f"{noun} has no {kinds.name!r}, which says its kind: add it") from None
    except (ValueError, TypeError):
        raise DataError(
            f"{noun} is {attributes[kinds.name]!r} by {kinds.name!r}, which none that was learned from is: known are "
            f"{', '.join(map(str, kinds.values))}"
        ) from None


def _triangles(graph: "nx.Graph") -> int:
    return sum(nx.triangles(graph).values()) // 3


COUNTED: "dict[str, Callable[[nx.Graph], int]]" = {  # counts of a plain graph
    "nodes": len,
    "edges": lambda graph: graph.number_of_edges(),
    "triangles": _triangles,
}


def names_of(graphs: "Sequence[nx.Graph]") -> list[str]:
    """Lists the names in `graph.graph` of values that are a word, a number or a flag, in any of some graphs."""
    names: dict[str, None] = {}
    for graph in graphs:
        names |= {name: None for name, value in graph.graph.items() if isinstance(name, str) and _is_one(value)}
    return list(names)


def properties(graphs: "Sequence[nx.Graph]", names: Iterable[str], counts_properties: bool = True) -> dict[str, list]:
    """Reads properties of graphs: {name: values}, None where a graph has none.

    Args:
        graphs: Graphs of NetworkX.
        names: Names of the properties.
        counts_properties: whether names of COUNTED that graphs do not say themselves are counted.
    """
    own_names = set(names_of(graphs))
    return {
        name: [COUNTED[name](simplify(graph)[0]) for graph in graphs]
        if counts_properties and name in COUNTED and name not in own_names
        else [_value(graph.graph.get(name)) for graph in graphs]
        for name in names
    }


def _is_one(value: object) -> bool:
    return isinstance(value, (str, int, float, np.generic))


def _value(value: object) -> str | float | None:
    return value.item() if isinstance(value, np.generic) else value if _is_one(value) else None


SEARCHED = 64  # nodes of a graph for which a matching is sought, at most
ISOMORPHISM_TEST = f"isomorphic; beyond {SEARCHED} nodes, of equal Weisfeiler-Lehman colours"
WALKS = 8  # steps of the longest closed walk


class Isomorphic(Facts):
    """A graph as an item that equals isomorphic ones, kinds included.

    Colours tell graphs apart first (Weisfeiler & Lehman 1968), then the numbers of closed walks from each node. A
    search for a matching (Cordella 2004, VF2) compares the rest. The search may not end for large graphs, so large
    graphs with equal colours count as the same.

    Args:
        colours: a hash that isomorphic graphs share.
    """

    def __init__(self, graph: "nx.Graph", colours: int):
        self.graph, self.places = graph, (colours,)

    def equal(self, other: "Isomorphic") -> bool:
        if len(self.graph) != len(other.graph):
            return False
        if len(self.graph) > SEARCHED:
            return True
        if self.closed_walks != other.closed_walks:
            return False
        graphs = self.graph, other.graph
        same_attributes = (
            dict.__eq__ if any(attributes for graph in graphs for _, attributes in graph.nodes.data()) else None
        )
        same_edges = (
            dict.__eq__ if any(attributes for graph in graphs for *_, attributes in graph.edges.data()) else None
        )
        return nx.is_isomorphic(*graphs, same_attributes, same_edges)

    @cached_property
    def closed_walks(self) -> bytes:
        """The counts of closed walks of each length from each node, whatever the nodes' order: whole numbers below
        SEARCHED^WALKS, which floats hold."""
        adjacency = nx.to_numpy_array(self.graph, weight=None)
        powers, diagonals = adjacency, []
        for _ in range(WALKS - 1):
            powers = powers @ adjacency
            diagonals.append(np.diag(powers))
        rows = np.stack(diagonals, 1)
        return rows[np.lexsort(rows.T)].tobytes()
