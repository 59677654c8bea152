"""Simple graphs, each an item: a list of networkx.Graph to the user, sets of nodes with their pairs inside."""

from collections.abc import Sequence
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import torch
from torch import Tensor

from ...core.errors import DataError, ItemError, briefly
from ...core.files import npz_bytes, write_files, write_whole
from ...core.graph import from_edges, offsets
from ...core.limits import MAX_MEMBERS
from ...core.manifest import find_extensions
from ...core.packages import nx
from ...core.ragged import Ragged
from ...core.safe_text import file_names
from ...core.spec import Category, Members, Spec, spec_from_json, spec_to_json
from ...kinds.domain import Domain, Drawn
from ...kinds.fields.fields import Fields
from ...kinds.formats.forms import say_written, writer_of
from ...kinds.tables.column_marginals import category_marginal, size_marginal
from ...kinds.values.equals import ComparedEquals, Equals
from ..networks.weisfeiler_lehman import graph_keys
from .meaning import Meaning
from .plain_graphs import (
    ALIKE,
    NO_ATTRIBUTE,
    UNKNOWN,
    Isomorphic,
    Kinds,
    is_graph,
    list_of_graphs,
    plain_graphs,
    properties,
    without_unknown,
)

if TYPE_CHECKING:
    from .plain_graphs import Graphs

ROOM = "genwright.graphs.kinds."  # of writers
NAMESPACE = "http://graphml.graphdrawing.org/xmlns"


class GraphSets(Domain):
    """The domain of simple graphs that are modelled whole. The marginals hold how many nodes and edges of each kind
    training graphs have.

    Nodes of items may have any names, which mean nothing; those of drawn graphs are 0, 1, .. Kinds are an attribute of
    nodes, or edges.

    Args:
        spec: one leaf `graph`, Members whose rows say the kind of a node, one where all are alike, and whose pairs
            are joined or not, or by which kind of edge.
        count: graphs in all parts.
        notes: Notes for the user.
        fields: the properties of whole graphs that models are given.
    """

    kind = "graph-sets"
    suffix = viewed = ""

    def __init__(
        self, spec: Spec, count: int, notes: Sequence[str], facts: Sequence[int], nodes: Kinds = ALIKE,
        edges: Kinds = ALIKE, fields: Fields = Fields(),
    ):  # fmt: skip
        self.spec, self.count, self.notes, self.facts = spec, count, list(notes), list(facts)
        self.nodes, self.edges, self.fields, self.given = nodes, edges, fields, fields.spec

    @classmethod
    def fit(
        cls, train: "Sequence[nx.Graph]", all_graphs: "Sequence[nx.Graph] | None" = None, notes: Sequence[str] = (),
        nodes: Kinds = ALIKE, edges: Kinds = ALIKE, fields: Fields = Fields(),
    ) -> "GraphSets":  # fmt: skip
        """Fits the domain to training graphs.

        Args:
            train: training graphs.
            all_graphs: the graphs of all parts, for the description.
            notes: sentences about how they were read.
            nodes: kinds of nodes.
            edges: kinds of edges.
            fields: Fields of the conditions.
        """
        all_graphs = train if all_graphs is None else all_graphs
        sizes, all_sizes = (np.array([len(graph) for graph in graphs]) for graphs in (train, all_graphs))
        x = packed(train, nodes, edges)
        of_nodes = None
        if nodes:
            of_nodes = category_marginal(torch.bincount(x.x[:, 0].long(), minlength=nodes.k).numpy(), 0.0)
        edge_counts = torch.bincount(x.pairs.values.long(), minlength=1 + edges.k).numpy() // 2
        edge_counts[0] = int((sizes * (sizes - 1) // 2).sum()) - edge_counts.sum()
        members = Members(
            Spec((("node", Category(nodes.k, marginal=of_nodes)),)),
            size_marginal(sizes, MAX_MEMBERS),
            Category(1 + edges.k, marginal=category_marginal(edge_counts, 0.0)),
        )
        facts = [all_sizes.min(), all_sizes.max(), sum(graph.number_of_edges() for graph in all_graphs)]
        spec = Spec((("graph", members),))
        return cls(spec, len(all_graphs), notes, list(map(int, facts)), nodes, edges, fields)

    # ------------------------------------------------------------------ in

    def encode(self, items: "Graphs") -> tuple[Ragged, Tensor]:
        for number, graph in enumerate(list_of_graphs(items)):
            if without_unknown(graph)[1]:
                reason = f"has {UNKNOWN} edges, which `complete` alone takes: leave them out"
                raise ItemError(number, f"graph {number}", reason)
        graphs, _ = plain_graphs(items, self.nodes, self.edges)
        limit = len(self.spec.leaf.sizes.probs)
        for number, graph in enumerate(graphs):
            if len(graph) > limit:
                reason = f"has {len(graph)} nodes, and this model's have 1 to {limit}: leave it out"
                raise ItemError(number, f"graph {number}", reason)
        return packed(graphs, self.nodes, self.edges), self.carried(items)

    def carried(self, items: "Graphs", counts_properties: bool = True) -> Tensor:
        """Returns the conditions that graphs carry.

        Args:
            counts_properties: whether properties of graphs that are counted are among them.
        """
        graphs = [items] if is_graph(items) else items
        carried = properties(graphs, self.given.names, counts_properties) | getattr(items, "given", {})
        return self.fields.encode_beside(carried, len(graphs))

    def encode_holes(self, items: "Graphs", known: None, given: dict | None) -> tuple[Ragged, Tensor, Ragged]:
        """Encodes graphs to be completed. Everything in each graph is known: its nodes, and which of them are joined.
        The model samples further nodes, and whom they are joined to. If edges are `UNKNOWN`, it samples only whether,
        and how, their nodes are joined.

        Args:
            items: graphs.
            known: None.
            given: conditions. None for the values that the items carry, except properties that are counted.
        """
        if known is not None:
            raise DataError(
                "a graph to be completed is what is known of it, so that no `known` is taken: pass "
                "graph.subgraph(nodes) of the nodes that stay"
            )
        graphs, open_graphs = zip(*map(without_unknown, list_of_graphs(items)))
        x, _ = self.encode(list(graphs))
        table = self.carried(items, counts_properties=False) if given is None else self.encode_given(given, len(x))
        ends = [(start + i, start + j) for start, pairs in zip(x.ptr.tolist(), open_graphs) for i, j in pairs]
        source, target = torch.tensor(ends, dtype=torch.long).reshape(-1, 2).T
        all_edges = torch.cat([x.pairs.source, source, target]), torch.cat([x.pairs.target, target, source])
        weight = torch.cat([x.pairs.values, torch.zeros(2 * len(ends))])
        known = torch.ones_like(x.x, dtype=torch.bool)
        return x, table, Ragged(known, x.ptr, from_edges(*all_edges, len(known), weight))

    # ------------------------------------------------------------------ out

    def decode(self, x: Ragged, given: Tensor, seed: int | None) -> Drawn:
        return Drawn(unpacked(x, self.nodes, self.edges), self.fields.decode(given, seed), seed)

    def decode_holes(self, x: Ragged, items: "Graphs", known: Ragged, given: Tensor, note: dict) -> Drawn:
        """Decodes completed graphs. Known nodes keep their names, and new ones get numbers that are no names yet.

        Args:
            x: Packed sets.
            known: Known members and pairs of the sets.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        completed_graphs = []
        for known_graph, graph in zip(plain_graphs(items)[0], unpacked(x, self.nodes, self.edges)):
            new_numbers = (number for number in count() if number not in known_graph)
            names = [*known_graph, *islice(new_numbers, len(graph) - len(known_graph))]
            completed_graphs.append(nx.relabel_nodes(graph, dict(enumerate(names))))
        values = self.fields.decode(given, note.get("seed"))
        return Drawn(completed_graphs, values, note.get("seed"), note.get("method"), note.get("kind"))

    def write(self, items: "Graphs", path: Path, names: Sequence[str] = ()) -> Path:
        """Writes graphs to a file or a folder. .npz: num_nodes, edge_ptr and edges of all graphs, and node_*, edge_*
        and graph_* of what they have beside; .graphml, .gml: one graph; .g6: a graph a line, without attributes; no
        suffix: a folder of .graphml files.

        Args:
            items: graphs.
            path: Path of the file or folder.
            names: Names of the files in a folder.
        """
        path, items = Path(path), [items] if is_graph(items) else items
        if isinstance(items, Sequence) and items and isinstance(items[0], list):  # several draws of a completion
            items = [graph for draw in items for graph in draw]
        graphs = plain_graphs(items, self.nodes, self.edges)[0]
        given = {name: np.asarray(values).tolist() for name, values in getattr(items, "given", {}).items()}
        if write := writer_of(path, ROOM):
            return write_whole(path, write(self, graphs, given))
        if path.suffix:
            raise DataError(
                f"{path} has a suffix that graphs cannot be written as: use {say_written(ROOM)}, or name a folder"
            )
        properties_of_graphs = (
            {name: values[i] for name, values in given.items() if values[i] is not None} for i in range(len(graphs))
        )
        texts = (as_graphml(*pair).encode() for pair in zip(graphs, properties_of_graphs))
        return write_files(path, zip(file_names(names, len(graphs), ".graphml"), texts))

    # ------------------------------------------------------------------ about

    def keys(self, items: "Graphs") -> np.ndarray:
        """Computes keys that are equal for isomorphic graphs; graphs that look alike to sums over neighbours get equal
        keys too."""
        if not len(items):
            return np.zeros(0, np.uint64)
        x = packed(plain_graphs(items, self.nodes, self.edges)[0], self.nodes, self.edges)
        return keys_of(x, bool(self.edges))

    @property
    def node_kind(self) -> str:
        """Attribute that gives the type of each node, NO_ATTRIBUTE where all are alike."""
        return self.nodes.name or NO_ATTRIBUTE

    @property
    def edge_kind(self) -> str:
        """Attribute that gives the type of each edge, NO_ATTRIBUTE where all are alike."""
        return self.edges.name or NO_ATTRIBUTE

    @property
    def meaning(self) -> Meaning | None:
        """What graphs of such nodes and edges mean, where a package knows it."""
        attributes = self.nodes.name, self.edges.name
        known = find_extensions("meanings of graphs")
        return next((meaning for meaning in known if meaning.knows(attributes, self.nodes.values)), None)

    def equals(self) -> Equals:
        return equal_graphs(self.nodes, self.edges, self.meaning)

    def meanings(self, items: "Graphs") -> list:
        """Returns what each graph means, None if it means nothing; their keys where no package knows."""
        return list(map(self.meaning.text_of, items)) if self.meaning else super().meanings(items)

    def describe(self) -> list[str]:
        fewest_nodes, most_nodes, edges = self.facts
        kinds = [kind.describe(noun) for kind, noun in ((self.nodes, "nodes"), (self.edges, "edges")) if kind]
        size_text = f"{self.count:,} graphs of {fewest_nodes} to {most_nodes} nodes, {edges:,} edges"
        return [size_text, *kinds, *self.fields.describe(), *self.notes]

    def to_json(self) -> dict:
        record = {"count": self.count, "notes": self.notes, "facts": self.facts}
        kinds = {"node_kinds": self.nodes, "edge_kinds": self.edges}
        record |= {name: kind.to_json() for name, kind in kinds.items() if kind}
        return {"domain": self.kind, "spec": spec_to_json(self.spec), **record, **self.fields.to_json()}

    @classmethod
    def from_json(cls, record: dict) -> "GraphSets":
        fewest_nodes, most_nodes, edges = record["facts"]
        kinds = [Kinds.from_json(record.get(name)) for name in ("node_kinds", "edge_kinds")]
        spec = spec_from_json(record["spec"])
        if spec.leaf.each.columns[0].k != kinds[0].k or spec.leaf.pairs.k != 1 + kinds[1].k:
            raise ValueError("nodes and edges are of as many kinds as their names say")
        return cls(
            spec, record["count"], record["notes"], (fewest_nodes, most_nodes, edges), *kinds, Fields.from_json(record)
        )

    # ------------------------------------------------------------------ inside

    def _arrays(self, graphs: Sequence, given: dict[str, list]) -> bytes:
        x = packed(graphs, self.nodes, self.edges)
        once = x.pairs.source < x.pairs.target
        place, item = x.place.numpy(), x.item[x.pairs.source[once]].numpy()
        edges = np.stack([place[x.pairs.source[once]], place[x.pairs.target[once]]], 1)
        order = np.lexsort((edges[:, 1], edges[:, 0], item))
        ptr = np.concatenate([[0], np.bincount(item, minlength=len(graphs)).cumsum()])
        fill_blanks = lambda values: np.array(["" if value is None else value for value in values])  # needs no pickle
        arrays_of_graphs = {f"graph_{name}": fill_blanks(values) for name, values in given.items()}
        if self.nodes:
            arrays_of_graphs[f"node_{self.nodes.name}"] = np.array(self.nodes.values)[x.x[:, 0].long().numpy()]
        if self.edges:
            codes = x.pairs.values[once].long().numpy()[order] - 1
            arrays_of_graphs[f"edge_{self.edges.name}"] = np.array(self.edges.values)[codes]
        return npz_bytes({"num_nodes": x.sizes.numpy(), "edge_ptr": ptr, "edges": edges[order], **arrays_of_graphs})


def write_arrays(domain: GraphSets, graphs: Sequence, given: dict[str, list]) -> bytes:
    """Writes graphs as arrays in one .npz.

    Args:
        domain: Domain of the graphs.
        graphs: Graphs of NetworkX.
        given: properties of whole graphs.
    """
    return domain._arrays(graphs, given)


def write_graphml(domain: GraphSets, graphs: Sequence, given: dict[str, list]) -> bytes:
    """Writes one graph as GraphML.

    Args:
        domain: Domain of the graphs.
        graphs: Graphs of NetworkX.
        given: properties of whole graphs.
    """
    return as_graphml(*_one_graph(graphs, given, "GraphML")).encode()


def write_gml(domain: GraphSets, graphs: Sequence, given: dict[str, list]) -> bytes:
    """Writes a graph as GML. Raises DataError for attributes whose names GML cannot hold.

    Args:
        domain: Domain of the graphs.
        graphs: Graphs of NetworkX.
        given: properties of whole graphs.
    """
    graph, properties_of_graph = _one_graph(graphs, given, "GML")
    graph = graph.copy()
    graph.graph = properties_of_graph
    try:
        return ("\n".join(nx.generate_gml(graph)) + "\n").encode()
    except nx.NetworkXError as error:
        raise DataError(f"GML cannot hold these graphs ({briefly(error)}): write .graphml or .npz") from error


def write_graph6(domain: GraphSets, graphs: Sequence, given: dict[str, list]) -> bytes:
    """Writes graphs as graph6. Raises DataError for graphs that have more than nodes and edges.

    Args:
        domain: Domain of the graphs.
        graphs: Graphs of NetworkX.
        given: properties of whole graphs.
    """
    if domain.nodes or domain.edges or given:
        raise DataError("graph6 holds neither types of nodes and edges nor properties: write .npz, or name a folder")
    plain = (nx.convert_node_labels_to_integers(graph) for graph in graphs)
    return b"".join(nx.to_graph6_bytes(graph, header=False) for graph in plain)


def _one_graph(graphs: Sequence, given: dict[str, list], form: str) -> "tuple[nx.Graph, dict]":
    if len(graphs) != 1:
        raise DataError(f"a file of {form} holds one graph, not {len(graphs):,}: name a folder, or let it end in .npz")
    return graphs[0], {name: values[0] for name, values in given.items() if values[0] is not None}


def packed(graphs: Sequence, nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> Ragged:
    """Packs plain graphs of NetworkX as sets: members have one number each, their kind; pairs that are joined have that
    of their edge plus 1.

    Args:
        graphs: plain graphs.
        nodes: kinds of nodes.
        edges: kinds of edges.
    """
    ptr = offsets(torch.tensor([len(graph) for graph in graphs]))
    ends, rows, kinds = [], [], []
    for graph, start in zip(graphs, ptr.tolist()):
        place = {name: start + i for i, name in enumerate(graph)}
        ends += [(place[u], place[v]) for u, v in graph.edges]
        if nodes:
            rows += [nodes.codes[attributes[nodes.name]] for _, attributes in graph.nodes.data()]
        if edges:
            kinds += [1 + edges.codes[attributes[edges.name]] for *_, attributes in graph.edges.data()]
    source, target = torch.tensor(ends, dtype=torch.long).reshape(-1, 2).T
    directed = torch.cat([source, target]), torch.cat([target, source])
    count = int(ptr[-1])
    x = torch.tensor(rows).float()[:, None] if nodes else torch.zeros(count, 1)
    weight = torch.tensor(kinds * 2).float() if edges else torch.ones(len(directed[0]))
    return Ragged(x, ptr, from_edges(*directed, count, weight))


def unpacked(x: Ragged, nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> list:
    """Unpacks sets to plain graphs of NetworkX with nodes 0, 1, ...

    Args:
        x: packed graphs.
        nodes: kinds of nodes.
        edges: kinds of edges.
    """
    item, place, source, target = (
        t.tolist() for t in (x.item[x.pairs.source], x.place, x.pairs.source, x.pairs.target)
    )
    graphs, rows = [], x.x[:, 0].long().tolist()
    for start, size in zip(x.ptr.tolist(), x.sizes.tolist()):
        graphs.append(nx.Graph())
        attributes = [{nodes.name: nodes.values[code]} if nodes else {} for code in rows[start : start + size]]
        graphs[-1].add_nodes_from(enumerate(attributes))
    kinds = x.pairs.values.long().tolist()
    for g, u, v, kind in zip(item, source, target, kinds):
        graphs[g].add_edge(place[u], place[v], **({edges.name: edges.values[kind - 1]} if edges else {}))
    return graphs


def keys_of(x: Ragged, by_kind: bool) -> np.ndarray:
    """Computes keys (B,) uint64 that are equal for isomorphic graphs (see `weisfeiler_lehman.graph_keys`), kinds of
    nodes and, by_kind, of edges included."""
    return graph_keys(x.pairs, x.ptr, x.x[:, 0].long(), by_kind).numpy().view(np.uint64)


def equal_graphs(nodes: Kinds, edges: Kinds, meaning: Meaning | None = None) -> Equals:
    """Returns the rule by which graphs count as equal: isomorphic, with equal kinds of nodes and edges.

    Args:
        nodes: kinds of nodes.
        edges: kinds of edges.
        meaning: Meaning of graphs; one that means nothing is no item.
    """

    def describe(items: "Graphs") -> list[Isomorphic | None]:
        if not len(items):
            return []
        graphs = plain_graphs(items, nodes, edges)[0]
        facts = map(Isomorphic, graphs, keys_of(packed(graphs, nodes, edges), bool(edges)).tolist())
        return [None if meaning and meaning.text_of(fact.graph) is None else fact for fact in facts]

    return ComparedEquals(describe)


def as_graphml(graph: "nx.Graph", given: dict | None = None) -> str:
    """Writes a graph as GraphML.

    Args:
        given: properties of the whole graph; those of nodes and edges are its attributes.
    """
    keys: dict[tuple[str, str], tuple[str, str]] = {}

    def data(domain_name: str, attributes: dict) -> str:
        texts = []
        for name, value in attributes.items():
            key, _ = keys.setdefault((domain_name, name), (f"d{len(keys)}", _type_of(value)))
            text = str(value).lower() if isinstance(value, bool) else str(value)
            texts.append(f'<data key="{key}">{escape(text)}</data>')
        return "".join(texts)

    lines = [data("graph", given or {})] if given else []
    lines += [
        _element(f"node id={quoteattr(str(name))}", data("node", of_element)) for name, of_element in graph.nodes.data()
    ]
    lines += [
        _element(f"edge source={quoteattr(str(u))} target={quoteattr(str(v))}", data("edge", of_element))
        for u, v, of_element in graph.edges.data()
    ]
    declared = [
        f'<key id="{key}" for="{domain_name}" attr.name={quoteattr(name)} attr.type="{kind}"/>'
        for (domain_name, name), (key, kind) in keys.items()
    ]
    lines = [f'<graphml xmlns="{NAMESPACE}">', *declared, '<graph edgedefault="undirected">', *lines]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, "</graph>", "</graphml>", ""])


def _element(begin: str, inner_text: str) -> str:
    return f"<{begin}>{inner_text}</{begin.split(' ')[0]}>" if inner_text else f"<{begin}/>"


def _type_of(value: object) -> str:
    """The type that GraphML gives to a value, whose strictest kin comes first: a flag is a whole number too."""
    return next(
        (name for kind, name in ((bool, "boolean"), (int, "long"), (float, "double")) if isinstance(value, kind)),
        "string",
    )
