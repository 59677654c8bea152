"""Node-link JSON, as NetworkX and D3 write one graph.

    {"directed": false, "nodes": [{"id": "a", "group": 1}, ...], "links": [{"source": "a", "target": "b", ...}, ...]}

`links` may be called `edges`. Nodes without `id` are named by their `name`, or by their place from 0, as the ends of
links do. All other keys of nodes and links are attributes. 7 and "7" are one name.
"""

import json
import re
from pathlib import Path
from typing import Any

from ...core.errors import DataError, damage
from ...core.limits import read_plain_head, require_size
from ..sequences.text_lines import read_text
from ..tables.json_records import HEAD, UNPACKED
from .edge_texts import quote_text

SUFFIXES = (".json", ".json.gz")
LINKS, ENDS, NAMES = ("links", "edges"), ("source", "target"), ("id", "name")
LINK_KEY = "key"  # of a link: which it is of several between two nodes
_GRAPH = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{(?:\s*"(?:directed|multigraph)"\s*:\s*(?:true|false)\b'
    rb'|.*?"(?:nodes|links|edges)"\s*:\s*\[\s*\{)',
    re.DOTALL,
)


def holds_graph(path: Path) -> bool:
    """Whether a file of JSON begins as a graph does. Raises DataError where it cannot be read."""
    return bool(_GRAPH.match(read_plain_head(path, HEAD)))


def read_node_link(path: Path) -> Any:
    """A MultiGraph of NetworkX, or a MultiDiGraph. Raises DataError, naming the node or the link by its place from 0,
    for what is no graph."""
    import networkx as nx

    held, what = _parsed(path), f"'{path}'"
    nodes, links = _objects(held, ("nodes",), what), _objects(held, LINKS, what)
    if not nodes:
        raise DataError(f"{what} holds a graph without nodes: give it some")
    names, ends, key = _names(nodes, links, what)
    called = {str(end): name for end, name in zip(ends, names)}
    graph = nx.MultiDiGraph() if held.get("directed") is True else nx.MultiGraph()
    graph.add_nodes_from(
        (name, {one: value for one, value in node.items() if one != key}) for name, node in zip(names, nodes)
    )
    if len(called) < len(nodes):
        raise DataError(f"{what} has two nodes of one name: give each node a name")
    for number, link in enumerate(links):
        pair = [_end(link, end, called, f"{what}, link {number}") for end in ENDS]
        attributes = {one: value for one, value in link.items() if one not in (*ENDS, LINK_KEY)}
        graph.add_edges_from([(*pair, attributes)])
    return graph


def _parsed(path: Path) -> dict:
    what, text = f"'{path}'", read_text(path)
    require_size(what, UNPACKED * len(text))
    with damage(what):
        try:
            held = json.loads(text)
        except json.JSONDecodeError as error:
            raise DataError(f"line {error.lineno:,} of {what} is no JSON ({error.msg}): correct it") from None
    return held


def _objects(held: dict, called: tuple[str, ...], what: str) -> list[dict]:
    """The objects under one of several names."""
    objects = next((held[name] for name in called if name in held), None)
    if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
        raise DataError(
            f'{what} begins as a graph, and has no list of objects called "{called[0]}": write it as in '
            '{"nodes": [{"id": "a"}, ...], "links": [{"source": "a", "target": "b"}, ...]}'
        )
    return objects


def _names(nodes: list[dict], links: list[dict], what: str) -> tuple[list, list, str]:
    """Names of nodes, what links call them, and the attribute that holds the names, "" for their places."""
    key = next((key for key in NAMES if all(key in node for node in nodes)), "")
    names = [_name(node[key], f"{what}, node {number}") for number, node in enumerate(nodes)] if key else []
    if key != NAMES[0] and all(type(link.get(end)) is int for link in links for end in ENDS):
        places = list(range(len(nodes)))
        return (names, places, key) if len(set(names)) == len(nodes) else (places, places, "")
    if not key:
        number = next(number for number, node in enumerate(nodes) if NAMES[0] not in node)
        raise DataError(f'{what}, node {number}: a node without "id": add it')
    return names, names, key


def _end(link: dict, end: str, called: dict[str, Any], where: str) -> Any:
    if end not in link:
        raise DataError(f'{where}: a link without "{end}": add it')
    if (text := str(_name(link[end], where))) not in called:
        raise DataError(f"{where}: it names node {quote_text(text)}, which is not there: add it")
    return called[text]


def _name(value: Any, where: str) -> str | int:
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise DataError(f"{where}: {quote_text(repr(value))} is no name of a node: give a text or a whole number")
    return value
