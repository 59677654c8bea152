"""GraphML (Brandes 2002): the nodes and edges of the one graph in a file.

    <graphml> <key id="k" for="node" attr.name="atom" attr.type="string"> <default>C</default> </key> ...
    <graph edgedefault="undirected"> <node id="a"> <data key="k">N</data> </node> <edge source="a" target="b"/> ...

The data of nodes, edges and the graph become attributes, by the names and types of their keys. NetworkX's own reader
refuses undeclared keys and mixed directions, and ignores defaults and repeated nodes. Documents that declare types or
entities are refused, since a few of these can unpack to any size or name other files; GraphML needs none.
"""

from typing import Any, NamedTuple
from xml.etree import ElementTree

from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS, require_cells, require_size
from .edge_texts import quote_text, require_few_edges

DIRECTED = "directed"
DEFAULTED = 1024  # bytes: an attribute takes a tenth, and a folder has many files
ELEMENT, ATTRIBUTE = 320, 128  # bytes of memory
FLAGS = {"true": True, "1": True, "false": False, "0": False}
TYPES = {"int": int, "long": int, "float": float, "double": float, "boolean": lambda text: FLAGS[text.lower()]}


class Key(NamedTuple):
    """An attribute of nodes, edges, graphs or all of them ("all"), as a <key> declares it."""

    name: str
    owner: str = "all"
    kind: str = "string"

    def read_value(self, element: ElementTree.Element, what: str) -> Any:
        text = element.text or ""
        try:
            return TYPES.get(self.kind, str)(text.strip())
        except (ValueError, KeyError):
            raise DataError(
                f"{what}: {quote_text(text)} is no {self.kind}, as the key of {quote_text(self.name)} says: correct it"
            ) from None


def read_graphml(content: bytes | bytearray, what: str, whole: bool = True) -> Any:
    """A MultiGraph of NetworkX, or a MultiDiGraph where any edge has a direction; edges without one then run both ways.

    whole: whether the graph is modelled whole, which limits its size. Raises DataError for what is no GraphML of one
    plain graph.
    """
    import networkx as nx

    document, keys, defaults = _parse(content, what), {}, []
    for element in document.findall("key"):
        name = _require(element, "id", what)
        keys[name] = Key(element.get("attr.name") or name, element.get("for", "all"), element.get("attr.type", ""))
        defaults += [(keys[name], keys[name].read_value(value, what)) for value in element.findall("default")]
    owner = document.find("graph")
    nodes, edges = owner.findall("node"), owner.findall("edge")
    if whole and len(nodes) > MAX_MEMBERS:
        raise DataError(
            f"{what} has {len(nodes):,} nodes, and the limit for a graph that is modelled whole is {MAX_MEMBERS}: "
            "leave it out"
        )
    if whole:
        require_few_edges(len(edges), what)
    require_cells(
        f"what the keys of {what} say of all nodes and edges", len(defaults) * (len(nodes) + len(edges)), DEFAULTED
    )

    def read_attributes(element: ElementTree.Element) -> dict[str, Any]:
        graphs = {}
        for value in element.findall("data"):
            key = keys.get(name := value.get("key", "")) or Key(name)
            graphs[key.name] = key.read_value(value, what)
        for key, value in defaults:
            if key.owner in (element.tag, "all"):
                graphs.setdefault(key.name, value)
        return graphs

    directions = {"true": True, "false": False}
    one_way = [directions.get(edge.get(DIRECTED, "").lower(), owner.get("edgedefault") == DIRECTED) for edge in edges]
    graph = nx.MultiDiGraph() if any(one_way) else nx.MultiGraph()
    graph.graph.update(read_attributes(owner))
    for node in nodes:
        if (name := _require(node, "id", what)) in graph:
            raise DataError(f"{what}: node {quote_text(name)} is there twice: give each node a name")
        graph.add_nodes_from([(name, read_attributes(node))])
    for edge, directed in zip(edges, one_way):
        ends = [_require(edge, end, what) for end in ("source", "target")]
        if missing := [name for name in ends if name not in graph]:
            raise DataError(f"{what}: an edge names node {quote_text(missing[0])}, which is not there: add it")
        both_ways = graph.is_directed() and not directed and ends[0] != ends[1]
        told = read_attributes(edge)
        graph.add_edges_from((*pair, told) for pair in [ends, ends[::-1]][: 1 + both_ways])
    return graph


def _parse(content: bytes | bytearray, what: str) -> ElementTree.Element:
    """The document, its names without namespaces: one graph in its root, nodes and edges in the graph alone."""
    require_size(what, ELEMENT * content.count(b"<") + ATTRIBUTE * content.count(b"="))
    parser = ElementTree.XMLParser(target=_PlainTree())
    try:
        parser.feed(bytes(content))
        document = parser.close()
    except ElementTree.ParseError as error:
        raise DataError(f"{what} is no well-formed XML ({error}): write it again") from error
    except (LookupError, ValueError) as error:
        raise DataError(f"{what} cannot be read ({error}): write it again as UTF-8") from error
    for element in document.iter():
        element.tag = element.tag.rpartition("}")[2]
    if document.tag != "graphml":
        raise DataError(f"{what} is <{document.tag[:40]}>, and GraphML begins with <graphml>: is it of another format?")
    graphs = list(document.iter("graph"))
    if len(graphs) != 1 or graphs != document.findall("graph"):
        raise DataError(f"{what} holds no <graph>, or several: give each graph a file of its own")
    if document.find(".//hyperedge") is not None:
        raise DataError(f"{what} has an edge of more than two nodes: leave it out, or write it as pairs")
    for name in ("node", "edge"):
        if len(list(document.iter(name))) > len(graphs[0].findall(name)):
            raise DataError(f"{what} has a <{name}> outside of <graph>: correct it")
    if graphs[0].find("node") is None:
        raise DataError(f"{what} holds a graph without nodes: leave it out")
    return document


class _PlainTree(ElementTree.TreeBuilder):
    """Raises ValueError for a declaration of types or entities, before any is read."""

    def doctype(self, *_) -> None:
        raise ValueError("it declares types or entities (<!DOCTYPE ..>), which GraphML needs none of: remove them")


def _require(element: ElementTree.Element, attribute: str, what: str) -> str:
    if not element.get(attribute):
        raise DataError(f"{what}: a <{element.tag}> without {attribute}: add it")
    return element.get(attribute)
