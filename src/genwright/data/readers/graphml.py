"""GraphML (Brandes 2002): the nodes and edges of the one graph in a file.

    <graphml> <key id="k" for="node" attr.name="atom" attr.type="string"> <default>C</default> </key> ...
    <graph edgedefault="undirected"> <node id="a"> <data key="k">N</data> </node> <edge source="a" target="b"/> ...

The data of nodes, edges and the graph become attributes, by the names and types of their keys. Documents that declare
types or entities are refused, since a few of these can unpack to any size or name other files; GraphML needs none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from ...core.errors import DataError
from ...core.limits import require_cells, require_size
from .edge_texts import Edges, shown

ROOT, GRAPH, NODE, EDGE, DATA = "graphml", "graph", "node", "edge", "data"
KEY, DEFAULT = "key", "default"
DIRECTED = "directed"
SAID = 1024  # bytes: an attribute takes a tenth, and a folder has many files
ELEMENT = 256  # bytes: an edge takes twice that, with its data
FLAGS = {"true": True, "1": True, "false": False, "0": False}
TYPES = {"int": int, "long": int, "float": float, "double": float, "boolean": lambda text: FLAGS[text.lower()]}


@dataclass
class Key:
    """An attribute of nodes, edges, graphs or all: what a <key> says of it."""

    name: str
    of: str = "all"
    kind: str = "string"
    default: Any = None

    def value(self, text: str) -> Any:
        """Raises ValueError or KeyError for what is not of its type."""
        return TYPES.get(self.kind, str)(text.strip())


def read_graphml(content: bytes | bytearray, what: str, whole: bool = True) -> Edges:
    """whole: as in `Edges`. Raises DataError, naming the line, for what is no GraphML of one plain graph."""
    require_size(what, ELEMENT * content.count(b"<"))
    found, open_elements, defaults = Edges(what, whole=whole), [], []
    keys: dict[str, Key] = {}
    data: list[tuple[dict | Key, Key]] = []  # the one that is read: whose it is, and its key
    text: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(why: str) -> None:
        raise DataError(f"{what}, line {parser.CurrentLineNumber}: {why}")

    def no_declarations(*_) -> None:
        refuse("a declaration of types or entities (<!DOCTYPE ..>), which GraphML needs none of: remove it")

    def begin(name: str, attributes: dict[str, str]) -> None:
        name, line = name.rpartition(" ")[2], parser.CurrentLineNumber
        inside = open_elements[-1] if open_elements else None
        open_elements.append(name)
        if inside is None and name != ROOT:
            refuse(f"the document is <{name[:40]}>, and GraphML begins with <{ROOT}>: is it of another format?")
        if name == GRAPH:
            if inside != ROOT or defaults:
                refuse("a second graph, or one inside another: give each graph a file of its own")
            defaults.append(attributes.get("edgedefault"))
        elif name in (NODE, EDGE) and inside != GRAPH:
            refuse(f"a <{name}> outside of <{GRAPH}>: correct it")
        elif name == NODE:
            found.node(_attribute(attributes, "id", refuse), line)
        elif name == EDGE:
            ends = [_attribute(attributes, end, refuse) for end in ("source", "target")]
            directed = attributes.get(DIRECTED, "").lower()
            found.edge(*ends, line, {"true": True, "false": False}.get(directed, defaults[0] == DIRECTED))
        elif name == "hyperedge":
            refuse("an edge of more than two nodes: leave it out, or write it as pairs")
        elif name == KEY and inside == ROOT:
            keys[_attribute(attributes, "id", refuse)] = Key(
                attributes.get("attr.name") or attributes["id"],
                attributes.get("for", "all"),
                attributes.get("attr.type", "string"),
            )
        elif name == DEFAULT and inside == KEY and keys:
            data.append((key := keys[next(reversed(keys))], key))
        elif name == DATA and inside in (NODE, EDGE, GRAPH):
            key = attributes.get("key", "")
            whose = {NODE: lambda: found.of_nodes[next(reversed(found.of_nodes))], EDGE: lambda: found.of_edges[-1]}
            data.append((whose.get(inside, lambda: found.of_graph)(), keys.get(key) or Key(key)))

    def end(name: str) -> None:
        if open_elements.pop() in (DATA, DEFAULT) and data:
            (whose, key), said = data.pop(), "".join(text)
            try:
                value = key.value(said)
            except (ValueError, KeyError):
                refuse(f"{shown(said)} is no {key.kind}, as the key of {shown(key.name)} says: correct it")
            if whose is key:
                key.default = value
            else:
                whose[key.name] = value
        text.clear()

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda said: text.append(said) if open_elements[-1] in (DATA, DEFAULT) else None
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = no_declarations
    try:
        parser.Parse(bytes(content), True)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        raise DataError(f"{what}, line {error.lineno}: no well-formed XML ({why}): write it again") from error
    except (LookupError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{what} is in an encoding that is not known: write it again as UTF-8") from error
    if not defaults:
        raise DataError(f"{what} holds no <{GRAPH}>: write it again")
    found.require_nodes()
    of_keys = sum(key.default is not None for key in keys.values())
    require_cells(
        f"what the keys of {what} say of all nodes and edges", of_keys * (len(found.nodes) + len(found.ends)), SAID
    )
    for key in keys.values():
        if key.default is not None:
            nodes, edges = key.of in (NODE, "all"), key.of in (EDGE, "all")
            for attributes in [*(found.of_nodes.values() if nodes else ()), *(found.of_edges if edges else ())]:
                attributes.setdefault(key.name, key.default)
    found.both_ways()
    return found


def _attribute(attributes: dict[str, str], name: str, refuse) -> str:
    if not attributes.get(name):
        refuse(f"a node or edge without {name}: add it")
    return attributes[name]
