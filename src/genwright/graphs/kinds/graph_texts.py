"""One graph as a file of text, in three formats.

A list of edges: the names of two nodes a line, and behind them a weight, or NetworkX's {...}, which is not read; or,
where a first line such as source,target,bond names them, other columns, which are attributes of the edges. Blank lines
and comments, which begin with # or %, are left out. Nodes are those that edges name. NetworkX's own reader knows no
names of columns, splits at one separator, cuts a line at any #, and drops a line of one name.

GraphML (Brandes 2002):

    <graphml> <key id="k" for="node" attr.name="atom" attr.type="string"> <default>C</default> </key> ...
    <graph edgedefault="undirected"> <node id="a"> <data key="k">N</data> </node> <edge source="a" target="b"/> ...

The data of nodes, edges and the graph become attributes, by the names and types of their keys. NetworkX's own reader
refuses undeclared keys and mixed directions, ignores defaults, joins repeated nodes, adds nodes that only an edge
names, and expands entities. Documents that declare types or entities are refused, since a few of these can unpack to
any size or name other files; GraphML needs none.

Node-link JSON, as NetworkX and D3 write it:

    {"directed": false, "nodes": [{"id": "a", "group": 1}, ...], "links": [{"source": "a", "target": "b", ...}, ...]}

`links` may be called `edges`; many graphs are a list of such objects, with properties under `graph`. Nodes without `id`
are named by their `name`, or by their place from 0, as the ends of links do. All other keys of nodes and links are
attributes. 7 and "7" are one name. NetworkX's own reader adds nodes that only a link names, joins two nodes of one
name, and takes places for names.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS, read_plain_head, require_cells, require_size
from ...core.packages import nx
from ...core.safe_text import parse_json
from ...kinds.formats.parsing import parsing
from ...kinds.formats.sequences.text_lines import read_text, split_lines
from ...kinds.formats.tables.file_form import NUMBER
from ...kinds.formats.tables.json_records import HEAD, UNPACKED
from ...kinds.values.typed_cells import plain_value

if TYPE_CHECKING:
    import pandas as pd

ENDS_OF_EDGES = (  # names of the two columns of ends
    ("source", "target"), ("from", "to"), ("u", "v"), ("node1", "node2"), ("src", "dst"), ("i", "j"),
    ("caller", "callee"), ("sender", "receiver"), ("sender", "recipient"), ("follower", "followee"),
    ("citing", "cited"), ("origin", "destination"), ("buyer", "seller"), ("payer", "payee"), ("parent", "child"),
    ("head", "tail"), ("subject", "object"),
)  # fmt: skip
NEUTRAL = ("source", "target"), ("u", "v"), ("node1", "node2"), ("src", "dst"), ("i", "j"), ("head", "tail")
RELATION_NAMES = ("relation", "predicate", "rel", "r", "type", "edge_type", "kind", "property", "label", "edge")
SAYS_NOTHING = r"(?i)(?<=[a-z])[ _.-]?(?:id|node|nodeid|name|key)$"
SEPARATORS = ("\t", ";", "|", ",", None)  # the ones that names hold least come first; None: any blanks
GLANCE = 1_000  # lines by which the separator is found
COMMENT, MARKS = ("#", "%"), "# or %"
WEIGHT = "weight"  # attribute of an edge, where no first line says what stands behind it
QUOTED_LETTERS = 40  # letters of a name or a line that an error shows


def read_edge_text(content: bytes | bytearray, source_name: str) -> "tuple[nx.MultiGraph, int]":
    """Reads a list of edges as a MultiGraph of NetworkX; returns also the number of comments left out. Raises
    DataError, naming the line, for what is no list of edges, and for more than is taken."""
    rows, has_names, comments = rows_of(decode_text(content, source_name), lambda rows: _are_head(rows[0]))
    if not rows[has_names:]:
        raise DataError(f"{source_name} holds no edge: a graph without edges needs GraphML, which names its nodes")
    require_few_edges(len(rows), source_name)
    graph, columns = nx.MultiGraph(), rows[0].cells if has_names else []
    for number, line, cells in rows[has_names:]:
        if not (_are_edge(cells) or (len(columns) > 2 and len(cells) == len(columns) and all(cells[:2]))):
            raise DataError(
                f"{source_name}, line {number}: {quote_text(line)} is no edge, which is two names and perhaps a "
                "weight, or what the first line says: correct it"
            )
        attributes = {name: plain_value(text) for name, text in zip(columns[2:] or [WEIGHT], cells[2:]) if text}
        graph.add_edges_from([(*cells[:2], attributes)])
        if len(graph) > MAX_MEMBERS:
            raise DataError(
                f"{source_name}, line {number}: more than {MAX_MEMBERS} nodes, the limit for a graph that is modelled "
                "whole: leave it out"
            )
    return graph, comments


def decode_text(content: bytes | bytearray, source_name: str) -> str:
    """Decodes a text in UTF-8, without its byte order mark. Raises DataError for any other."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{source_name} is no UTF-8 text (byte {error.start}): save it as UTF-8") from error


def require_few_edges(count: int, source_name: str) -> None:
    """Raises DataError for more edges than a graph may have that is modelled whole."""
    if count > 2 * MAX_MEMBERS**2:
        raise DataError(f"{source_name} has more than {2 * MAX_MEMBERS**2:,} edges: remove those that are repeated")


def begins_with_edge(start: bytes) -> bool:
    """Tells whether a file can be a list of edges by its start, of which the last line may be cut."""
    rows, has_names, _ = rows_of(start.decode("utf-8-sig", errors="replace"), lambda rows: _are_head(rows[0]))
    return bool(rows) and (has_names or (_are_edge(rows[0].cells) and _names_a_node([row.cells for row in rows])))


class EdgeRow(NamedTuple):
    number: int
    line: str
    cells: list[str]


def rows_of(text: str, is_named: Callable[[list[list[str]]], bool]) -> tuple[list[EdgeRow], bool, int]:
    """Cuts the lines of a text into cells. Returns the rows, whether the first names columns, as `is_named` says of the
    cells, and the number of comments left out: lines that begin with # or %. Below names of columns #tag is a name, and
    only a mark that stands alone begins a comment."""
    lines = [(number, line.strip()) for number, line in enumerate(split_lines(text), 1) if line.strip()]
    kept_lines = [(number, line) for number, line in lines if line[0] not in COMMENT]
    separator = _separator([line for _, line in kept_lines[:GLANCE]])
    rows = [EdgeRow(number, line, _cells(line, separator)) for number, line in kept_lines]
    has_names = bool(rows) and is_named([row.cells for row in rows])
    if has_names and len(lines) > len(rows):
        later_lines = [(number, line) for number, line in lines if number > rows[0].number]
        rows = rows[:1] + [
            EdgeRow(number, line, _cells(line, separator))
            for number, line in later_lines
            if line.split(maxsplit=1)[0] not in COMMENT
        ]
    return rows, has_names, len(lines) - len(rows)


def named_ends(names: Sequence) -> list[int]:
    """Finds the two columns of an edge list whose names mean source and target; [] where there are none. Endings that
    only say that a column names nodes do not count."""
    plain_names = [re.sub(SAYS_NOTHING, "", str(name)).lower() for name in names]
    return next(([plain_names.index(end) for end in pair] for pair in ENDS_OF_EDGES if {*pair} <= {*plain_names}), [])


def are_one_way(names: Sequence) -> bool:
    """Tells whether the names of the columns of ends say that edges run from one to the other, as `from` and `to`."""
    plain_names = {re.sub(SAYS_NOTHING, "", str(name)).lower() for name in names}
    return any({*pair} <= plain_names for pair in ENDS_OF_EDGES if pair not in NEUTRAL)


def find_ends(names: Sequence, columns: Sequence[Iterable]) -> list[int]:
    """Finds the two columns of an edge list that hold the ends of edges: by their names, else the first and the next
    that shares a text with it. That skips a relation between them. Else they are the first two."""
    texts = {cell for cell in columns[0] if isinstance(cell, str) and not NUMBER.fullmatch(cell)}
    second = (j for j, cells in enumerate(columns[1:], 1) if not texts.isdisjoint(cells))
    return named_ends(names) or [0, next(second, 1)]


def ends_of_table(frame: "pd.DataFrame") -> list[int]:
    """Finds the columns of the ends of edges as `find_ends` does, in a table of two columns or more."""
    return find_ends(frame.columns, [cells.unique() if cells.dtype.kind == "O" else () for _, cells in frame.items()])


def named_triple(names: Sequence) -> list[int]:
    """Finds the columns of head, relation and tail by their names; [] where they are called otherwise."""
    plain = [str(name).strip().lower() for name in names]
    if "h" in plain and "t" in plain:
        ends = [plain.index("h"), plain.index("t")]
    else:
        ends = named_ends(names)
    relation = next((plain.index(name) for name in RELATION_NAMES if name in plain), None)
    return [ends[0], relation, ends[1]] if ends and relation not in (None, *ends) else []


def columns_of_triples(frame: "pd.DataFrame") -> list[int]:
    """Finds the columns of head, relation and tail in a table of three columns or more."""
    if named := named_triple(list(frame.columns)):
        return named
    sets = [set(frame.iloc[:, j].unique().tolist()) for j in range(3)]
    others = {j: [k for k in range(3) if k != j] for j in (1, 2, 0)}
    shared = [j for j, (a, b) in others.items() if not sets[a].isdisjoint(sets[b])]
    relation = shared[0] if len(shared) == 1 else min(others, key=lambda j: len(sets[j]))
    return [others[relation][0], relation, others[relation][1]]


def quote_text(text: str) -> str:
    return repr(text if len(text) <= QUOTED_LETTERS else f"{text[:QUOTED_LETTERS]}...")


def _separator(lines: list[str]) -> str | None:
    """Separator that cuts the most lines into the same number of cells, two or more, apart from NetworkX's {...}."""

    def alike(separator: str | None) -> int:
        widths = Counter(len(_cells(_without_braces(line), separator)) for line in lines)
        return max((count for width, count in widths.items() if width > 1), default=0)

    return max(SEPARATORS, key=alike)


def _without_braces(line: str) -> str:
    return line[: line.find("{")] if line.endswith("}") and "{" in line else line


def _cells(line: str, separator: str | None) -> list[str]:
    """NetworkX's {...} at the end is one cell."""
    names = _without_braces(line)
    cells = [cell.strip().strip('"') for cell in names.split(separator)]
    if '"' in names:
        with suppress(csv.Error):  # a cell that is too long is no name
            (cells,) = csv.reader([names.strip()], delimiter=separator or " ", skipinitialspace=True)
            cells = [cell.strip() for cell in cells]
    braces = line[len(names) :]
    if braces and cells and not cells[-1]:
        cells.pop()
    return [*cells, braces] if braces else cells


def _names_a_node(rows: list[list[str]]) -> bool:
    """Whether the first of some rows names nodes, not columns: two whole numbers, or a name that another row has."""
    first, nodes = rows[0][:2], {name for row in rows[1:] for name in row[:2]}
    return not rows[1:] or all(name.isdecimal() for name in first) or not nodes.isdisjoint(first)


def _are_head(names: list[str]) -> bool:
    return named_ends(names[:2]) == [0, 1]


def _are_edge(cells: list[str]) -> bool:
    """Two names, and behind them nothing, a weight, or attributes in braces."""
    third = cells[2] if len(cells) > 2 else ""
    weight = not third or third.startswith("{") or NUMBER.fullmatch(third) is not None
    return 1 < len(cells) <= 3 and all(cells[:2]) and weight


DIRECTED = "directed"
DEFAULTED = 1024  # bytes: an attribute takes a tenth, and a folder has many files
ELEMENT, ATTRIBUTE = 320, 128  # bytes of memory
FLAGS = {"true": True, "1": True, "false": False, "0": False}
TYPES = {"int": int, "long": int, "float": float, "double": float, "boolean": lambda text: FLAGS[text.lower()]}


class Key(NamedTuple):
    """An attribute of nodes, edges, graphs or all of them ("all"), as a <key> of GraphML declares it.

    Args:
        kind: Kind of data.
    """

    name: str
    owner: str = "all"
    kind: str = "string"

    def read_value(self, element: ElementTree.Element, source_name: str) -> str | float:
        text = element.text or ""
        try:
            return TYPES.get(self.kind, str)(text.strip())
        except (ValueError, KeyError):
            raise DataError(
                f"{source_name}: {quote_text(text)} is no {self.kind}, as the key of {quote_text(self.name)} "
                "says: correct it"
            ) from None


def read_graphml(content: bytes | bytearray, source_name: str, whole: bool = True) -> "nx.MultiGraph":
    """Reads GraphML as a MultiGraph of NetworkX, or a MultiDiGraph where any edge has a direction; edges without one
    then run both ways.

    Raises DataError for what is no GraphML of one plain graph.

    Args:
        content: Content of the file.
        source_name: its name in messages.
        whole: whether the graph is modelled whole, which limits its size.
    """
    document, keys, defaults = _parse(content, source_name), {}, []
    for element in document.findall("key"):
        if (name := _require(element, "id", source_name)) in keys:
            raise DataError(f"{source_name} has two keys {quote_text(name)}: give each an id of its own")
        keys[name] = Key(element.get("attr.name") or name, element.get("for", "all"), element.get("attr.type", ""))
        defaults += [(keys[name], keys[name].read_value(value, source_name)) for value in element.findall("default")]
    owner = document.find("graph")
    nodes, edges = owner.findall("node"), owner.findall("edge")
    if whole and len(nodes) > MAX_MEMBERS:
        raise DataError(
            f"{source_name} has {len(nodes):,} nodes, and the limit for a graph that is modelled whole is "
            f"{MAX_MEMBERS}: leave it out"
        )
    if whole:
        require_few_edges(len(edges), source_name)
    require_cells(
        f"what the keys of {source_name} say of all nodes and edges",
        len(defaults) * (len(nodes) + len(edges)),
        DEFAULTED,
    )

    def read_attributes(element: ElementTree.Element) -> dict[str, str | float]:
        graphs = {}
        for value in element.findall("data"):
            key = keys.get(name := value.get("key", "")) or Key(name)
            if key.name in graphs:
                raise DataError(
                    f"{source_name}: a <{element.tag}> has two values of {quote_text(key.name)}: leave one, or "
                    "rename its key"
                )
            graphs[key.name] = key.read_value(value, source_name)
        for key, value in defaults:
            if key.owner in (element.tag, "all"):
                graphs.setdefault(key.name, value)
        return graphs

    directions = {"true": True, "false": False}
    one_way = [directions.get(edge.get(DIRECTED, "").lower(), owner.get("edgedefault") == DIRECTED) for edge in edges]
    graph = nx.MultiDiGraph() if any(one_way) else nx.MultiGraph()
    graph.graph.update(read_attributes(owner))
    for node in nodes:
        if (name := _require(node, "id", source_name)) in graph:
            raise DataError(f"{source_name}: node {quote_text(name)} is there twice: give each node a name")
        graph.add_nodes_from([(name, read_attributes(node))])
    for edge, directed in zip(edges, one_way):
        ends = [_require(edge, end, source_name) for end in ("source", "target")]
        if missing := [name for name in ends if name not in graph]:
            raise DataError(f"{source_name}: an edge names node {quote_text(missing[0])}, which is not there: add it")
        both_ways = graph.is_directed() and not directed and ends[0] != ends[1]
        attributes = read_attributes(edge)
        graph.add_edges_from((*pair, attributes) for pair in [ends, ends[::-1]][: 1 + both_ways])
    return graph


def parse_xml(content: bytes | bytearray, source_name: str) -> ElementTree.Element:
    """Parses XML. Raises DataError for what is no XML, and for a document that declares types or entities."""
    require_size(source_name, ELEMENT * content.count(b"<") + ATTRIBUTE * content.count(b"="))
    parser = ElementTree.XMLParser(target=_PlainTree())
    try:
        parser.feed(bytes(content))
        document = parser.close()
    except ElementTree.ParseError as error:
        raise DataError(f"{source_name} is no well-formed XML ({error}): write it again") from error
    except (LookupError, ValueError) as error:
        raise DataError(f"{source_name} cannot be read ({error}): write it again as UTF-8") from error
    return document


def _parse(content: bytes | bytearray, source_name: str) -> ElementTree.Element:
    """The document, its names without namespaces: one graph in its root, nodes and edges in the graph alone."""
    document = parse_xml(content, source_name)
    for element in document.iter():
        element.tag = element.tag.rpartition("}")[2]
    if document.tag != "graphml":
        raise DataError(
            f"{source_name} is <{document.tag[:40]}>, and GraphML begins with <graphml>: is it of another format?"
        )
    graphs = list(document.iter("graph"))
    if len(graphs) != 1 or graphs != document.findall("graph"):
        begins = [match.start() for match in re.finditer(rb"<(?:\w+:)?graph[\s>]", content)]
        line = content.count(b"\n", 0, begins[1]) + 1 if len(begins) > 1 else 1
        raise DataError(
            f"{source_name}, line {line:,}: a second <graph>, or none in the document: give each graph a file, without "
            "groups of nodes"
        )
    if document.find(".//hyperedge") is not None:
        raise DataError(f"{source_name} has an edge of more than two nodes: leave it out, or write it as pairs")
    for name in ("node", "edge"):
        if len(list(document.iter(name))) > len(graphs[0].findall(name)):
            raise DataError(f"{source_name} has a <{name}> outside of <graph>: correct it")
    if graphs[0].find("node") is None:
        raise DataError(f"{source_name} holds a graph without nodes: leave it out")
    return document


class _PlainTree(ElementTree.TreeBuilder):
    """Raises ValueError for a declaration of types or entities, before any is read."""

    def doctype(self, *_) -> None:
        raise ValueError("it declares types or entities (<!DOCTYPE ..>), which graphs need none of: remove them")


def _require(element: ElementTree.Element, attribute: str, source_name: str) -> str:
    if not element.get(attribute):
        raise DataError(f"{source_name}: a <{element.tag}> without {attribute}: add it")
    return element.get(attribute)


LINKS, ENDS, NAMES = ("links", "edges"), ("source", "target"), ("id", "name")
LINK_KEY = "key"  # key of a link, its number among several between two nodes
_GRAPH = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{(?:\s*"(?:directed|multigraph)"\s*:\s*(?:true|false)\b'
    rb'|.*?"(?:nodes|links|edges)"\s*:\s*\[\s*\{)'
    rb'|\s*\[\s*\{(?=.*?"nodes"\s*:\s*\[)(?=.*?"(?:links|edges)"\s*:\s*\[)',
    re.DOTALL,
)


def holds_graph(path: Path) -> bool:
    """Tells whether a file of JSON begins as a graph does. Raises DataError where it cannot be read."""
    return bool(_GRAPH.match(read_plain_head(path, HEAD)))


def read_node_link(path: Path) -> "list[nx.MultiGraph]":
    """Reads node-link JSON as a MultiGraph of NetworkX, or a MultiDiGraph, for the graph or for each of a list. Raises
    DataError, naming the node or the link by its place from 0, for what is no graph."""
    records, source_name = _parsed(path), f"'{path}'"
    is_list = isinstance(records, list)
    return [
        _node_link_graph(record, source_name + f", graph {n}" * is_list)
        for n, record in enumerate(records if is_list else [records])
    ]


def _node_link_graph(record: dict, source_name: str) -> "nx.MultiGraph":
    nodes, links = _find_objects(record, ("nodes",), source_name), _find_objects(record, LINKS, source_name)
    if not nodes:
        raise DataError(f"{source_name} holds a graph without nodes: give it some")
    names, ends, key = _names(nodes, links, source_name)
    name_of_id = {str(end): name for end, name in zip(ends, names)}
    graph = nx.MultiDiGraph() if record.get("directed") is True else nx.MultiGraph()
    graph.graph.update(record["graph"] if isinstance(record.get("graph"), dict) else {})
    graph.add_nodes_from(
        (name, {attribute: value for attribute, value in node.items() if attribute != key})
        for name, node in zip(names, nodes)
    )
    if len(name_of_id) < len(nodes):
        raise DataError(f"{source_name} has two nodes of one name: give each node a name")
    for number, link in enumerate(links):
        pair = [_end(link, end, name_of_id, f"{source_name}, link {number}") for end in ENDS]
        attributes = {attribute: value for attribute, value in link.items() if attribute not in (*ENDS, LINK_KEY)}
        graph.add_edges_from([(*pair, attributes)])
    return graph


def _parsed(path: Path) -> dict | list:
    source_name, text = f"'{path}'", read_text(path)
    require_size(source_name, UNPACKED * len(text))
    with parsing(source_name):
        try:
            record = parse_json(text, source_name)
        except json.JSONDecodeError as error:
            raise DataError(f"line {error.lineno:,} of {source_name} is no JSON ({error.msg}): correct it") from None
    return record


def _find_objects(record: dict, names_of_field: tuple[str, ...], source_name: str) -> list[dict]:
    """The objects under one of several names."""
    objects = (
        next((record[name] for name in names_of_field if name in record), None) if isinstance(record, dict) else None
    )
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise DataError(
            f'{source_name} begins as a graph, and has no list of objects called "{names_of_field[0]}": write it as in '
            '{"nodes": [{"id": "a"}, ...], "links": [{"source": "a", "target": "b"}, ...]}'
        )
    return objects


def _names(nodes: list[dict], links: list[dict], source_name: str) -> tuple[list, list, str]:
    """Names of nodes, what links call them, and the attribute that holds the names, "" for their places."""
    key = next((key for key in NAMES if all(key in node for node in nodes)), "")
    names = [_name(node[key], f"{source_name}, node {number}") for number, node in enumerate(nodes)] if key else []
    if key != NAMES[0] and all(type(link.get(end)) is int for link in links for end in ENDS):
        places = list(range(len(nodes)))
        return (names, places, key) if len(set(names)) == len(nodes) else (places, places, "")
    if not key:
        number = next(number for number, node in enumerate(nodes) if NAMES[0] not in node)
        raise DataError(f'{source_name}, node {number}: a node without "id": add it')
    return names, names, key


def _end(link: dict, end: str, name_of_id: dict[str, str | int], place: str) -> str | int:
    if end not in link:
        raise DataError(f'{place}: a link without "{end}": add it')
    if (text := str(_name(link[end], place))) not in name_of_id:
        raise DataError(f"{place}: it names node {quote_text(text)}, which is not there: add it")
    return name_of_id[text]


def _name(value: object, place: str) -> str | int:
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise DataError(f"{place}: {quote_text(repr(value))} is no name of a node: give a text or a whole number")
    return value
