"""GraphML (Brandes 2002): the nodes and edges of the one graph in a file.

    <graphml><graph edgedefault="undirected"> <node id="a"/> <node id="b"/> <edge source="a" target="b"/> ...

What nodes and edges carry beside is not read. Documents that declare types or entities are refused, since a few of
these can unpack to any size or name other files; GraphML needs none.
"""

from __future__ import annotations

from xml.parsers import expat

from ...core.errors import DataError
from .edge_texts import Edges

ROOT, GRAPH, NODE, EDGE, DATA = "graphml", "graph", "node", "edge", "data"
DIRECTED = "directed"


def read_graphml(content: bytes | bytearray, what: str) -> Edges:
    """Raises DataError, naming the line, for what is no GraphML of one plain graph."""
    found, open_elements, defaults = Edges(what), [], []
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
        elif name == DATA and inside in (NODE, EDGE):
            found.labels += 1

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: open_elements.pop()
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
    return found


def _attribute(attributes: dict[str, str], name: str, refuse) -> str:
    if not attributes.get(name):
        refuse(f"a node or edge without {name}: add it")
    return attributes[name]
