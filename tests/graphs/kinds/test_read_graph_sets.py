# Tests graphs/kinds/graph_files.py, graphs/kinds/graph_texts.py, graphs/kinds/load_sets.py, graphs/kinds/recognise.py
"""Graphs to model whole, as people have them: GraphML, edge lists, arrays, lists of NetworkX graphs."""

import gzip

import networkx as nx
import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.graphs.kinds.graph_files import graphs_of, read_graph_folder
from genwright.graphs.kinds.graph_texts import begins_with_edge, read_edge_text, read_graphml
from genwright.kinds.load import read_items

HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def document(inside: str, edgedefault: str = "undirected") -> bytes:
    return f'{HEAD}<graph edgedefault="{edgedefault}">{inside}</graph></graphml>'.encode()


def attributes_of_edges(graph) -> list[dict]:
    return [attributes for *_, attributes in graph.edges(data=True)]


def different(count: int = 12) -> list:
    return [nx.path_graph(size) for size in range(3, 3 + count)]


# ---------------------------------------------------------------------- GraphML


def test_graphml_of_networkx_is_read_back(tmp_path):
    graphs = [nx.cycle_graph(5), nx.star_graph(3), nx.empty_graph(4)]
    for number, graph in enumerate(graphs):
        nx.write_graphml(graph, tmp_path / f"{number}.graphml")
    (tmp_path / "2.graphml").rename(tmp_path / "2.graphml.tmp")
    content = (tmp_path / "2.graphml.tmp").read_bytes()
    (tmp_path / "2.graphml.gz").write_bytes(gzip.compress(content))
    found, names, notes = read_graph_folder(tmp_path)
    assert names == ["0.graphml", "1.graphml", "2.graphml.gz"]
    assert all(nx.utils.graphs_equal(nx.Graph(a), nx.relabel_nodes(b, str)) for a, b in zip(found, graphs))
    assert notes.sentences() == ["other files not used: 2.graphml.tmp"]


def test_directions_and_what_nodes_say_are_seen():
    node, edge = '<node id="a"/><node id="b"><data key="k">1</data></node>', '<edge source="a" target="b" {}/>'
    assert not read_graphml(document(node + edge.format("")), "x").is_directed()
    assert read_graphml(document(node + edge.format('directed="true"')), "x").is_directed()
    assert read_graphml(document(node + edge.format(""), "directed"), "x").is_directed()
    assert not read_graphml(document(node + edge.format('directed="false"'), "directed"), "x").is_directed()
    assert dict(read_graphml(document(node), "x").nodes) == {"a": {}, "b": {"k": "1"}}


def test_keys_of_graphml_name_and_type_what_is_said():
    keys = (
        '<key id="d0" for="node" attr.name="atom" attr.type="string"><default>C</default></key>'
        '<key id="d1" for="edge" attr.name="order" attr.type="int"/><key id="d2" for="graph" attr.name="logp" '
        'attr.type="double"/><key id="d3" for="node" attr.name="ring" attr.type="boolean"/>'
    )
    inside = (
        '<data key="d2">-1.5</data><node id="a"><data key="d3">true</data></node><node id="b"><data key="d0">N &amp; O'
        '</data></node><edge source="a" target="b"><data key="d1"> 2 </data></edge>'
    )
    content = document(inside).replace(HEAD.encode(), (HEAD + keys).encode())
    found = read_graphml(content, "x")
    assert dict(found.nodes) == {"a": {"ring": True, "atom": "C"}, "b": {"atom": "N & O"}}
    assert attributes_of_edges(found) == [{"order": 2}] and found.graph == {"logp": -1.5}
    with pytest.raises(DataError):
        read_graphml(content.replace(b" 2 ", b" 2x "), "x")


# ---------------------------------------------------------------------- lists of edges


@pytest.mark.parametrize(
    "text",
    [
        "a b\nb c\n",
        "a,b\nb,c",
        "# made by hand\n\na\tb\r\nb\tc\r\n",
        "source,target,weight\na,b,0.5\nb,c,1e-3\n",
        "caller_id,callee_id\na,b\nb,c\n",
        '"a"; "b"\n"b"; "c"',
        "a b {}\nb c {'weight': 2, 'name': 'x y'}\n",
        "\ufeffa b\nb c",
        "a,b,{'weight': 2, 'name': 'x y'}\nb,c,{}\n",
        "a;b;0,5\nb;c;1,25\n",
        "a|b\nb|c\n",
    ],
)
def test_lists_of_edges_are_read_however_they_are_written(text):
    found, _ = read_edge_text(text.encode(), "x")
    assert list(found) == ["a", "b", "c"] and list(found.edges()) == [("a", "b"), ("b", "c")]
    assert begins_with_edge(text.encode())


@pytest.mark.parametrize(
    "text, ends",
    [
        ("Oslo, N\tRome, I\nRome, I\tBern, CH\n", [("Oslo, N", "Rome, I"), ("Rome, I", "Bern, CH")]),
        ("Oslo, N; Rome, I\nRome, I; Bern, CH\n", [("Oslo, N", "Rome, I"), ("Rome, I", "Bern, CH")]),
        ('source,target\n"Oslo, N","Rome, I"\n', [("Oslo, N", "Rome, I")]),
        ("New York,Los Angeles\nLos Angeles,Bern,2\nBern,New York,1\n", None),
        ("a\u2028b c\nc a\u2028b\n".replace(" ", ","), [("a\u2028b", "c"), ("c", "a\u2028b")]),
    ],
)
def test_what_cuts_all_lines_alike_is_the_separator(text, ends):
    found, _ = read_edge_text(text.encode(), "x")
    ends = ends or [("New York", "Los Angeles"), ("Los Angeles", "Bern"), ("Bern", "New York")]
    assert set(map(frozenset, found.edges())) == set(map(frozenset, ends)) and begins_with_edge(text.encode())


def test_below_names_of_columns_a_tag_is_a_name_and_comments_are_counted(tmp_path):
    for number in range(3):
        tags = [f"#tag{k}" for k in range(4 + number)]
        edges = "".join(f"{a},{b}\n" for a, b in zip(tags, tags[1:] + tags[:1]))
        (tmp_path / f"{number}.csv").write_text(f"# by hand\nsource,target\n{edges}% the end\n")
    found, _, notes = read_graph_folder(tmp_path)
    assert [(len(graph), graph.number_of_edges()) for graph in found] == [(4, 4), (5, 5), (6, 6)]
    assert notes.sentences() == ["not used: 6 comments"]
    assert read_edge_text(b"a b\n#a c\n", "x")[1] == 1  # no names of columns: as NetworkX and SNAP write them


def test_a_first_line_names_what_edges_carry():
    found, _ = read_edge_text(b"source,target,bond,order\na,b,single,1\nb,c,,2.5\n", "x")
    assert attributes_of_edges(found) == [{"bond": "single", "order": 1}, {"order": 2.5}]
    assert attributes_of_edges(read_edge_text(b"a b 3\n", "x")[0]) == [{"weight": 3}]
    with pytest.raises(DataError):
        read_edge_text(b"source,target,bond,order\na,b,single\n", "x")


# ---------------------------------------------------------------------- arrays


def arrays(**changed) -> dict:
    found = {"num_nodes": [3, 2], "edge_ptr": [0, 2, 3], "edges": [[0, 1], [1, 2], [0, 1]], "split": [0, 2]}
    return {name: np.asarray(value) for name, value in (found | changed).items() if value is not None}


def test_arrays_are_read_with_their_split(tmp_path):
    np.savez(tmp_path / "x.npz", **arrays())
    graphs, parts = graphs_of(np.load(tmp_path / "x.npz"), "x.npz")
    assert [sorted(graph.edges()) for graph in graphs] == [[(0, 1), (1, 2)], [(0, 1)]] and [*parts] == ["train", "test"]


# ---------------------------------------------------------------------- what becomes of them


def test_what_graph_sets_have_not_is_left_out_and_said():
    loops, twice, arrows = (
        nx.path_graph(3),
        nx.MultiGraph([(0, 1), (1, 0), (1, 2)]),
        nx.DiGraph([(0, 1), (1, 0), (1, 2)]),
    )
    loops.add_edge(1, 1)
    loops.nodes[0]["colour"] = "red"
    data = genwright.load_data([loops, twice, arrows, *different(10)])
    assert data.facts() == [
        "13 graphs of 3 to 12 nodes, 71 edges",
        "1 edge of a node to itself left out",
        "1 graph had edges with a direction, which was left out",
        "1 of 74 edges merged (repeated)",
        "attributes of nodes not used: colour",
    ]
    every = [graph for part in data.items.values() for graph in part]
    assert all(type(graph) is nx.Graph and not nx.number_of_selfloops(graph) for graph in every)
    assert sum(nx.is_isomorphic(graph, nx.path_graph(3)) for graph in every) == 4


def test_graphs_of_one_shape_stand_on_one_side():
    rng = np.random.default_rng(0)
    shapes = [nx.gnp_random_graph(7, 0.4, seed=k) for k in range(40)]
    turned = [nx.relabel_nodes(graph, dict(enumerate(rng.permutation(7).tolist()))) for graph in shapes[:15]]
    data = genwright.load_data(shapes + turned)
    keys = {part: set(data.keys(part).tolist()) for part in data.items}
    assert not keys["train"] & keys["test"] and not keys["train"] & keys["valid"] and not keys["valid"] & keys["test"]


def test_files_lists_and_arrays_of_the_same_graphs_are_the_same_data(tmp_path):
    graphs = different()
    data = genwright.load_data(graphs)
    for path in (tmp_path / "set", tmp_path / "set.npz"):
        data.domain.write(graphs, path)
        assert genwright.load_data(path).hash == data.hash
    again, known, *_ = read_items(tmp_path / "set", data.domain)
    assert known is None and len(again) == len(graphs)
    one, *_ = read_items(tmp_path / "set" / "00003.graphml", data.domain)
    assert len(one) == 1 and nx.is_isomorphic(one[0], graphs[3])
