"""One graph, or many, as files of other programs. NetworkX reads GML, GEXF, LEDA, adjacency lists, graph6 and sparse6;
DOT needs another package there, and Pajek would join nodes of one name, take the second end of *arcslist for a weight,
and keep one way of *edges beside *arcs, so these two are read here.

Pajek: sections that begin with *vertices N, *arcs, *edges, *arcslist, *edgeslist or *matrix; nodes are numbered from 1.
DOT (Graphviz): graph { a -- b [weight=2]; node [color=red]; c; subgraph { d -- e } }, or digraph with ->.
"""

import io
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ...core.errors import DataError
from ...core.limits import most_bytes, read_plain, require_size
from ...core.packages import nx
from ...kinds.formats.forms import forms_of
from ...kinds.formats.parsing import parsing
from ...kinds.values.typed_cells import plain_value
from .graph_texts import decode_text, parse_xml

MARKS = b">>graph6<<", b">>sparse6<<"
MEMBER = 1024  # bytes that a node, an edge or a graph takes in NetworkX, as read and as made simple
PARSED = 8  # bytes of memory that a byte of a file may take once it is taken apart
LAYOUT = {"pos", "width", "height", "shape", "style", "fontname", "fontsize", "graphics", "viz", "x", "y", "id"}
WORD = re.compile(r'"([^"]*)"|(\S+)')
DOT_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|^#[^\n]*', re.DOTALL | re.MULTILINE)
DOT_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|->|--|[{}\[\];,=:]|-?[\w.\x80-\U0010ffff]+|\S')
KEYWORDS, EDGES = ("graph", "node", "edge"), ("->", "--")


def read_graph_text(path: Path) -> "nx.Graph":
    """Reads the graph of a file, without attributes that only say how to draw it. Raises DataError for what cannot be
    read."""
    content, source_name = bytes(read_plain(path, maximum=most_bytes() // PARSED)), f"'{path}'"
    with parsing(source_name, "write it again"):
        graph = forms_of(path.name, "genwright.graphs.kinds.other_files")[0].function()(content, source_name)
    if not len(graph):
        raise DataError(f"{source_name} holds a graph without nodes: check that it is whole")
    for _, attributes in graph.nodes.data():
        for name in LAYOUT & attributes.keys():
            del attributes[name]
            graph.graph[f"{name} (layout)"] = True  # which the account names
    return graph


def read_graph6(path: Path) -> "list[nx.Graph]":
    """Reads the graphs of a file, a line each. Raises DataError, naming the line, for one that cannot be read."""
    from networkx.readwrite.graph6 import data_to_n

    graphs, nodes = [], 0
    for number, line in enumerate(read_plain(path, maximum=most_bytes() // PARSED).splitlines(), 1):
        line = bytes(line).strip()
        if not line:
            continue
        for mark in MARKS:
            line = line.removeprefix(mark)
        with parsing(f"line {number:,} of '{path}'", "correct it"):
            nodes += data_to_n([byte - 63 for byte in line.removeprefix(b":")])[0]
            require_size(path, MEMBER * nodes)
            graphs.append((nx.from_sparse6_bytes if line.startswith(b":") else nx.from_graph6_bytes)(line))
    if not any(map(len, graphs)):
        raise DataError(f"'{path}' holds no graph with a node: give it a graph a line")
    return graphs


def read_gml(content: bytes, source_name: str) -> "nx.Graph":
    """Reads GML. Several edges of two nodes are allowed, whatever the file says of itself; nodes are called by their
    labels, by their ids where labels are not all different."""
    require_size(source_name, MEMBER * content.count(b"["))
    text = decode_text(content, source_name)
    if not re.search(r"\bmultigraph\s+1\b", text):
        text = re.sub(r"\bgraph\s*\[", "graph [\n multigraph 1", text, count=1)
    try:
        return nx.parse_gml(text.split("\n"), label="label")
    except nx.NetworkXError:
        return nx.parse_gml(text.split("\n"), label="id")


def read_gexf(content: bytes, source_name: str) -> "nx.Graph":
    parse_xml(content, source_name)  # refuses what declares entities, before another parser sees it
    return nx.read_gexf(io.BytesIO(content))


def _by_lines(parser: str) -> Callable[[bytes, str], "nx.Graph"]:
    def read(content: bytes, source_name: str) -> "nx.Graph":
        lines = decode_text(content, source_name).splitlines()
        graph = getattr(nx, parser)(iter(lines))
        graph.graph |= {"comments": True} if any(line.startswith("#") for line in lines) else {}
        return graph

    return read


read_adjlist, read_leda = _by_lines("parse_adjlist"), _by_lines("parse_leda")
read_multiline_adjlist = _by_lines("parse_multiline_adjlist")


def read_pajek(content: bytes, source_name: str) -> "nx.Graph":
    graph, section, names = nx.MultiDiGraph(), "", {}
    one_way, row = False, 0
    for number, line in enumerate(decode_text(content, source_name).splitlines(), 1):
        words = [quoted or plain for quoted, plain in WORD.findall(line)]
        if not words or words[0].startswith("%"):
            continue
        if words[0].startswith("*"):
            section, row = words[0][1:].lower(), 0
            if section == "vertices":
                require_size(source_name, MEMBER * int(words[1]))
                names = {str(k): str(k) for k in range(1, int(words[1]) + 1)}
                graph.add_nodes_from(names)
            continue
        if section == "vertices":
            names[words[0]] = words[1] if len(words) > 1 else words[0]
            graph.graph |= {"places of vertices (layout)": True} if len(words) > 2 else {}
            continue
        if section in ("arcs", "edges"):
            attributes = {"weight": float(words[2])} if len(words) > 2 else {}
            graph.graph |= {"marks of edges (layout)": True} if len(words) > 3 else {}
            edges = [(*words[:2], attributes)]
        elif section in ("arcslist", "edgeslist"):
            edges = [(words[0], end, {}) for end in words[1:]]
        elif section == "matrix":
            row += 1
            cells = [(str(k), float(word)) for k, word in enumerate(words, 1)]
            edges = [(str(row), end, {"weight": weight}) for end, weight in cells if weight]
        else:
            continue
        directed = section in ("arcs", "arcslist", "matrix")
        one_way |= directed
        for u, v, attributes in edges:
            if missing := [end for end in (u, v) if end not in names]:
                raise DataError(f"{source_name}, line {number}: node {missing[0]} is not there: correct *vertices")
            both_ways = not directed and u != v
            graph.add_edges_from((*pair, attributes) for pair in [(u, v), (v, u)][: 1 + both_ways])
    renamed = names if len(set(names.values())) == len(names) else {}
    graph = nx.relabel_nodes(graph, renamed) if renamed else graph
    return graph if one_way else graph.to_undirected()


def read_dot(content: bytes, source_name: str) -> "nx.Graph":
    text = DOT_COMMENT.sub(lambda match: match[1] or " ", decode_text(content, source_name))
    tokens = DOT_TOKEN.findall(text)
    begin = next((k for k, token in enumerate(tokens) if token == "{"), None)
    head = [token.lower() for token in tokens[:begin]]
    if begin is None or not {"graph", "digraph"} & set(head) or tokens.count("{") != tokens.count("}"):
        raise DataError(f"{source_name} is no whole graph of DOT, which is written as graph {{ a -- b }}: correct it")
    graph, remaining = nx.MultiDiGraph() if "digraph" in head else nx.MultiGraph(), deque(tokens[begin + 1 :])
    _read_dot(remaining, graph, {"node": {}, "edge": {}, "graph": {}})
    if remaining:
        raise DataError(f"{source_name} holds several graphs: give each a file")
    return graph


def _read_dot(tokens: deque[str], graph: "nx.Graph", defaults: dict[str, dict]) -> list[str]:
    """Add the statements up to the bracket that closes them to a graph; the names of their nodes. defaults: attributes
    of nodes and edges that are set above."""
    defaults, nodes = {scope_name: dict(attributes) for scope_name, attributes in defaults.items()}, []
    ends: list[list[str]] = []  # the sets of nodes of a statement, each joined with the next
    attributes, has_edge = {}, False

    def finish() -> None:
        if len(ends) == 1 and ends[0][0] in KEYWORDS:
            defaults[ends[0][0]].update(attributes)
        elif len(ends) == 1 and attributes:
            graph.add_nodes_from((name, dict(attributes)) for name in ends[0])
        for first, second in zip(ends, ends[1:]):
            graph.add_edges_from((u, v, defaults["edge"] | attributes) for u in first for v in second)
        ends.clear()
        attributes.clear()

    while (token := tokens.popleft()) != "}":
        if token in EDGES:
            has_edge = True
        elif token == "[":
            while (name := tokens.popleft()) != "]":
                if tokens[0] == "=":
                    tokens.popleft()
                    attributes[_unquoted(name)] = plain_value(_unquoted(tokens.popleft()))
        elif token == ":":  # a port of a node
            tokens.popleft()
        elif token in (";", ","):
            finish()
        elif token.lower() == "subgraph":
            if tokens[0] != "{":  # its name
                tokens.popleft()
        elif tokens[0] == "=":  # an attribute of the graph
            tokens.popleft()
            tokens.popleft()
        else:
            if not has_edge:
                finish()
            name, has_edge = _unquoted(token), False
            names = _read_dot(tokens, graph, defaults) if token == "{" else [name]
            ends.append(names)
            if token != "{" and name not in KEYWORDS and name not in graph:
                graph.add_node(name, **defaults["node"])
            nodes += [name for name in names if name not in KEYWORDS]
    finish()
    return nodes


def _unquoted(token: str) -> str:
    return token[1:-1].replace('\\"', '"') if token.startswith('"') else token
