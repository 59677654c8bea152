# Tests graphs/kinds/load.py
"""Kinds of nodes and edges, and properties of graphs: where they are found, and that files bring them back."""

import networkx as nx
import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError, GivenError
from genwright.graphs.kinds.domain import GraphSets
from genwright.kinds.load import read_items


def chains(count: int = 14) -> list:
    """Paths whose first node is of one kind and whose others of another, with two kinds of edges in turn."""
    made = []
    for k in range(count):
        graph = nx.path_graph(3 + k)
        graph.graph["size"] = float(k) / 2
        nx.set_node_attributes(graph, {node: "C" if node else "N" for node in graph}, "atom")
        nx.set_edge_attributes(graph, {edge: 1 + edge[0] % 2 for edge in graph.edges}, "order")
        made.append(graph)
    return made


def same(a, b) -> bool:
    return nx.is_isomorphic(a, b, node_match=lambda x, y: x == y, edge_match=lambda x, y: x == y)


def test_one_small_attribute_is_the_kind_and_said():
    data = genwright.load_data(chains())
    leaf = data.domain.spec.leaf
    assert leaf.each.columns[0].k == 2 and leaf.pairs.k == 3
    assert data.facts()[1:] == [
        "nodes of 2 kinds by 'atom': C, N",
        "edges of 2 kinds by 'order': 1, 2",
        "properties of graphs not used: size",
    ]
    x, _ = data.domain.encode(data.train)
    assert sum(map(same, data.domain.decode(x, x.x[:, :0], 0), data.train)) == len(data.train)
    again = GraphSets.from_json(data.domain.to_json())
    assert again.spec == data.domain.spec and again.nodes == data.domain.nodes and again.edges == data.domain.edges
    alike = genwright.load_data(chains(), node_kind="none", edge_kind="none").domain
    assert (
        alike.spec.leaf.each.columns[0].k == 1 and alike.spec.leaf.pairs.k == 2 and "node_kinds" not in alike.to_json()
    )


def test_of_several_attributes_one_is_named():
    graphs = chains()
    for graph in graphs:
        nx.set_node_attributes(graph, {node: node % 2 == 0 for node in graph}, "even")
        nx.set_node_attributes(graph, {node: node / 2 for node in graph}, "height")
    data = genwright.load_data(graphs)
    assert not data.domain.nodes and any("'atom', 'even'" in fact and "node_kind" in fact for fact in data.facts())
    assert genwright.load_data(graphs, node_kind="even").domain.nodes.values == (True, False)  # the more frequent first
    for name, sentence in (("colour", "of 0 of"), ("height", "not a word, a whole number or a flag")):
        with pytest.raises(DataError, match=sentence):
            genwright.load_data(graphs, node_kind=name)


@pytest.mark.parametrize("where", ["set", "set.npz"])
def test_files_bring_kinds_and_properties_back(where, tmp_path):
    data = genwright.load_data(chains(20), given=["size"])
    data.domain.write(data.train, tmp_path / where)
    back = genwright.load_data(tmp_path / where, given=["size"]).domain
    assert back.nodes == data.domain.nodes and back.edges == data.domain.edges
    items, *_ = read_items(tmp_path / where, data.domain)
    assert all(map(same, items, data.train)) and items.given["size"].tolist() == data.train.given["size"].tolist()
    assert np.array_equal(data.domain.keys(items), data.domain.keys(data.train))


def test_a_folder_of_tu_is_modelled_whole(tmp_path):
    for part, lines in {
        "A": ["1, 2", "2, 1", "2, 3", "3, 2"] * 1
        + [f"{a}, {b}" for k in range(4, 24, 2) for a, b in ((k, k + 1), (k + 1, k))],
        "graph_indicator": ["1"] * 3 + [str(2 + k // 2) for k in range(20)],
        "graph_labels": ["1", *["-1", "1"] * 5],
        "node_labels": [str(k % 3) for k in range(23)],
        "edge_labels": ["0", "0", "1", "1"] + ["1"] * 20,
    }.items():
        (tmp_path / f"MY_{part}.txt").write_text("\n".join(lines) + "\n")
    data = genwright.load_data(tmp_path, kind="graph-sets", given=["label"])
    first = next(g for part in data.items.values() for g in part if len(g) == 3)
    assert sorted(told["label"] for *_, told in first.edges.data()) == [0, 1]
    assert [told["label"] for _, told in first.nodes.data()] == [0, 1, 2]
    assert genwright.load_data(tmp_path).kind == "graphs"  # unless it is asked for
    (tmp_path / "MY_edge_labels.txt").write_text("0\n")
    with pytest.raises(DataError):
        genwright.load_data(tmp_path, kind="graph-sets")


def test_splits_look_at_kinds():
    graphs = chains()
    other = [graph.copy() for graph in graphs]
    for graph in other:
        graph.nodes[0]["atom"] = "C"
    keys = genwright.load_data(graphs + other).domain.keys
    assert not set(keys(graphs).tolist()) & set(keys(other).tolist())
    for graph in other:
        graph.nodes[0]["atom"] = "N"
        graph.edges[0, 1]["order"] = 2
    assert not set(keys(graphs).tolist()) & set(keys(other).tolist())
    assert keys(graphs[:1])[0] == keys([nx.relabel_nodes(graphs[0], {0: 2, 2: 0})])[0] == keys(graphs)[0]


def test_what_is_given_is_counted_or_carried():
    data = genwright.load_data(chains(), given=["size", "edges", "triangles", "nodes"][:2])
    _, given = data.domain.encode(data.train)
    assert data.train.given["edges"].tolist() == [g.number_of_edges() for g in data.train]
    _, counted = data.domain.encode([g.copy() for g in data.train])  # carry no size
    assert counted[:, 0].isnan().all() and counted[:, 1].equal(given[:, 1])
    with pytest.raises(DataError, match="colour"):
        genwright.load_data(chains(), given=["colour"])
    with pytest.raises(GivenError, match="height"):
        data.domain.encode_given({"height": 1}, 2)
