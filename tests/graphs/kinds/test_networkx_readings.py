# Tests graphs/kinds/meaning.py
"""Our readers beside NetworkX's own: the same graph, to the last attribute, wherever NetworkX reads a form right."""

import io
import json

import networkx as nx
import pytest

from genwright.graphs.kinds.graph_texts import read_edge_text, read_graphml, read_node_link
from genwright.graphs.kinds.other_files import read_pajek

DIRECTED = [nx.MultiGraph, nx.MultiDiGraph]


def made(kind: type) -> nx.MultiGraph:
    """A graph with words, fractions and flags, two edges of one pair, a loop, and a node without edges."""
    graph = kind(name="made")
    graph.add_nodes_from((f"n {i}", {"atom": "CNO"[i % 3], "charge": i / 4, "ring": i > 2}) for i in range(6))
    ends = [(0, 1), (1, 2), (1, 2), (3, 1), (4, 4)]
    graph.add_edges_from((f"n {u}", f"n {v}", {"weight": k + 0.5, "bond": k % 2}) for k, (u, v) in enumerate(ends))
    return graph


def content(graph: nx.Graph) -> tuple:
    """Direction, nodes and edges with their attributes, whatever the order of edges and of ends without a direction."""
    ends = lambda u, v: (u, v) if graph.is_directed() else tuple(sorted((u, v)))
    edges = sorted((*ends(u, v), sorted(told.items())) for u, v, told in graph.edges.data())
    return graph.is_directed(), sorted((name, sorted(told.items())) for name, told in graph.nodes.data()), edges


@pytest.mark.parametrize("kind", DIRECTED)
def test_graphml(kind):
    file = io.BytesIO()
    nx.write_graphml_xml(made(kind), file)
    theirs = nx.read_graphml(io.BytesIO(file.getvalue()), force_multigraph=True)
    assert content(read_graphml(file.getvalue(), "it")) == content(theirs) == content(made(kind))


@pytest.mark.parametrize("kind", DIRECTED)
def test_node_link(kind, tmp_path):
    record = nx.node_link_data(made(kind))
    (tmp_path / "g.json").write_text(json.dumps(record))
    (ours,) = read_node_link(tmp_path / "g.json")
    assert content(ours) == content(nx.node_link_graph(record)) == content(made(kind))


@pytest.mark.parametrize("kind", DIRECTED)
def test_pajek(kind):
    plain = kind(
        [(u.replace(" ", ""), v.replace(" ", ""), {"weight": t["weight"]}) for u, v, t in made(kind).edges.data()]
    )
    lines = list(nx.generate_pajek(plain))
    theirs = nx.parse_pajek(lines)
    for told in theirs.nodes.values():  # how it is drawn
        told.clear()
    assert content(read_pajek("\n".join(lines).encode(), "it")) == content(theirs) == content(plain)


def test_edges_of_two_names():
    lines = [f"{u.replace(' ', '')} {v.replace(' ', '')}" for u, v in made(nx.MultiGraph).edges()]
    ours, comments = read_edge_text("\n".join(["# made", *lines]).encode(), "it")
    assert comments == 1 and content(ours) == content(nx.parse_edgelist(lines, create_using=nx.MultiGraph))
