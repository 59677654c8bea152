"""One graph in a file: node-link JSON, and GraphML."""

import gzip
import json
import random

import networkx as nx
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.core.limits import MAX_MEMBERS
from genwright.kinds.load import read_items


def club(kind=nx.Graph, named=str):
    """Forty members in two factions, some with an age, and how often two of them meet."""
    rng, graph = random.Random(0), kind(name="club")
    for k in range(40):
        graph.add_node(named(k), faction="ab"[k % 2], age=20 + rng.randrange(9))
    graph.add_weighted_edges_from(
        (named(k), named((k + step) % 40), rng.randrange(1, 9)) for k in range(40) for step in (1, 2)
    )
    return graph


def pairs(data):
    names = data.node_names
    return {(names[a], names[b]) for a, b in zip(data.graph.source.tolist(), data.graph.target.tolist())}


def test_a_list_of_graphs_is_many_graphs_with_their_properties(tmp_path):
    graphs = [nx.Graph(nx.path_graph(3 + k).edges, label="ab"[k % 2]) for k in range(12)]
    held = [nx.node_link_data(graph, edges="links") for graph in graphs]
    (tmp_path / "g.json").write_text(json.dumps(held))
    (tmp_path / "one.json").write_text(json.dumps(held[0]))
    data = genwright.load_data(tmp_path / "g.json", given="label")
    assert data.kind == "graph-sets" and sorted(map(len, [*data.train, *data.valid, *data.test])) == [*range(3, 15)]
    assert len(read_items(tmp_path / "one.json", data.domain).items) == 1
    (tmp_path / "g.json").write_text(json.dumps([*held, 7]))
    with pytest.raises(DataError, match="graph 12"):
        genwright.load_data(tmp_path / "g.json")


@pytest.mark.parametrize("edges, kind, named", [("links", nx.Graph, int), ("edges", nx.DiGraph, "n{}".format)])
def test_networkx_comes_back_from_json(edges, kind, named, tmp_path):
    graph = club(kind, named)
    (tmp_path / "g.json").write_text(json.dumps(nx.node_link_data(graph, edges=edges)))
    found, same = (genwright.load_data(source, target="faction") for source in (tmp_path / "g.json", graph))
    assert found.hash == same.hash and found.names == same.names == list(graph)
    assert found.default_task == "nodes" and found.describe() == same.describe()
    asked = [line for line in genwright.load_data(tmp_path / "g.json").describe() if "--target faction" in line]
    assert len(asked) == 1


@pytest.mark.parametrize("packed, kind", [(False, nx.DiGraph), (True, nx.Graph)])
def test_networkx_comes_back_from_graphml(packed, kind, tmp_path):
    graph = club(kind, "n{}".format)
    content = "\n".join(nx.generate_graphml(graph)).encode()
    path = tmp_path / ("g.graphml.gz" if packed else "g.graphml")
    path.write_bytes(gzip.compress(content) if packed else content)
    found, same = genwright.load_data(path, target="faction"), genwright.load_data(graph, target="faction")
    assert found.hash == same.hash and found.names == same.names


def test_links_may_name_nodes_by_their_place_or_by_another_type(tmp_path):
    def read(nodes, links):
        (tmp_path / "g.json").write_text(json.dumps({"nodes": nodes, "links": links}))
        return genwright.load_data(tmp_path / "g.json")

    links = [{"source": 0, "target": 1, "value": 2}, {"source": 1, "target": 2, "value": 5}]
    places = read([{"name": name, "group": 1} for name in "abc"], links)
    assert places.names == ["a", "b", "c"] and pairs(places) == {("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")}
    assert read([{"group": k} for k in range(3)], links).names == [0, 1, 2]
    assert read([{"name": "same"}] * 3, links).names == [0, 1, 2]
    assert pairs(read([{"id": "0"}, {"id": "1"}, {"id": "2"}], links)) >= {("0", "1"), ("1", "2")}


def test_an_undirected_edge_among_directed_ones_runs_both_ways(tmp_path):
    """GraphML's edges may each say whether they are directed."""
    nodes = "".join(f'<node id="{name}"/>' for name in "abcdefghijkl")
    edges = '<edge source="a" target="b"/><edge source="b" target="c" directed="true"/>'
    text = f'<graphml><graph edgedefault="undirected">{nodes}{edges}</graph></graphml>'
    (tmp_path / "g.graphml").write_text(text)
    graph = genwright.load_data(tmp_path / "g.graphml").graph
    assert {tuple(edge) for edge in graph.edge_index().T.tolist()} == {(0, 1), (1, 0), (1, 2)}


def test_a_large_graph_of_graphml_is_read(tmp_path):
    nx.write_graphml(nx.path_graph(MAX_MEMBERS + 1), tmp_path / "g.graphml")
    assert genwright.load_data(tmp_path / "g.graphml").graph.rows == MAX_MEMBERS + 1


def test_columns_called_so_are_a_table(tmp_path):
    columns = {"nodes": list(range(20)), "edges": [k * k % 7 for k in range(20)], "directed": [True, False] * 10}
    (tmp_path / "g.json").write_text(json.dumps(columns))
    assert genwright.load_data(tmp_path / "g.json").kind == "tables"


def test_a_number_and_its_text_are_one_label(tmp_path):
    nodes = [{"id": k, "age": str(k % 5 + 0.5) if k < 9 else k % 5 + 0.5, "kind": "ab"[k % 2]} for k in range(40)]
    links = [{"source": k, "target": (k + 1) % 40} for k in range(40)]
    (tmp_path / "g.json").write_text(json.dumps({"nodes": nodes, "links": links}))
    data = genwright.load_data(tmp_path / "g.json", target="kind")
    assert len(set(data.columns.features)) == len(data.columns.features)
