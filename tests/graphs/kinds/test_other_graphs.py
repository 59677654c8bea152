# Tests graphs/kinds/one_graph.py, graphs/kinds/other_files.py
"""Graphs in files of other programs hold the same edges as the graph that was written."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from other_forms import CLUB, COUNTS, GRAPHS, PLAIN, put_form

import genwright
from genwright.core.errors import DataError
from genwright.graphs.kinds.other_files import read_graph_text

ONE = [form for form in GRAPHS if form.kind == "graph"]


@pytest.mark.parametrize("form", ONE, ids=[form.name for form in ONE])
def test_every_form_has_the_same_edges(form, tmp_path):
    data = genwright.load_data(put_form(form, tmp_path))
    assert data.graph.rows == len(PLAIN)
    edges = zip(*(np.asarray(ends).tolist() for ends in (data.graph.source, data.graph.target)))
    name = lambda k: str(k if data.names is None else data.names[k])
    assert {frozenset((name(u), name(v))) for u, v in edges} == {frozenset(map(str, edge)) for edge in CLUB.edges}


def graph_of(tmp_path, name: str, text: str):
    (tmp_path / name).write_text(text)
    return read_graph_text(tmp_path / name)


@pytest.mark.parametrize(
    "name, text, nodes, edges, directed",
    [
        ("two.gml", 'graph [ node [ id 1 label "a" ] node [ id 2 label "a" ] edge [ source 1 target 2 ] ]',
         2, 1, False),
        ("many.gml", "graph [\nnode [ id 1 ]\nnode [ id 2 ]\nedge [ source 1 target 2 ]\nedge [ source 1 target 2 ]\n]",
         2, 2, False),
        ("a.net", '*Vertices 3\n1 "a b"\n2 c\n3 c\n*Arcs\n1 2 3.5\n*Edges\n2 3\n', 3, 3, True),
        ("b.net", "*vertices 3\n*edges\n1 2\n% no edge\n2 3 2\n", 3, 4, False),
        ("c.net", "*vertices 3\n*arcslist\n1 2 3\n", 3, 2, True),
        ("d.net", "*vertices 2\n1 a\n2 b\n*matrix\n0 2\n0 0\n", 2, 1, True),
        ("a.dot", "digraph G { rankdir=LR; a -> b -> c; a -> {d; e} [weight=2]; f }", 6, 4, True),
        ("b.gv", 'graph { node [kind=x]; subgraph one { a -- b } "c d":port -- a /* b -- c */ }', 3, 2, False),
        ("c.gv", "graph { edge [weight=3]; {a b} -- {c d} }", 4, 4, False),
    ],
)  # fmt: skip
def test_what_programs_write_beside_the_plain_form(tmp_path, name, text, nodes, edges, directed):
    graph = graph_of(tmp_path, name, text)
    counted = graph.number_of_edges() if directed or not name.endswith("net") else graph.number_of_edges() * 2
    assert (len(graph), counted, graph.is_directed()) == (nodes, edges, directed)


def test_attributes_of_dot_are_numbers_and_words(tmp_path):
    graph = graph_of(tmp_path, "a.dot", 'graph { node [kind=x]; a [age=7, kind="y z"]; b; a -- b [weight=2.5] }')
    assert dict(graph.nodes.data()) == {"a": {"age": 7, "kind": "y z"}, "b": {"kind": "x"}}
    assert [told for *_, told in graph.edges.data()] == [{"weight": 2.5}]


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.gexf", '<!DOCTYPE g [<!ENTITY a "b">]><gexf><graph/></gexf>'),
        ("a.net", "*vertices 1000000000\n1 a\n"),
        ("a.net", "*vertices 2\n*arcs\n1 3\n"),
        ("a.mtx", "%%MatrixMarket matrix coordinate real general\n1000000000 1000000000 1\n1 1 2.0\n"),
        ("a.mtx", "%%MatrixMarket matrix array real general\n1000000000 1000000000\n1.0\n"),
        ("a.mtx", "%%MatrixMarket matrix coordinate complex general\n2 2 1\n1 1 2.0 1.0\n"),
        ("a.s6", ":~~??????"),
        ("a.s6", ":~~~~~~~~"),
        ("a.dot", "graph { a -- b } graph { c -- d }"),
        ("a.dot", "graph { a -- b"),
        ("a.gml", "graph [ ]"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / name)


def test_a_sparse_matrix_is_a_graph_if_square_and_else_rows(tmp_path):
    assert genwright.load_data(COUNTS).kind == genwright.load_data(COUNTS.tocoo()).kind == "tables"
    square = nx.to_scipy_sparse_array(PLAIN)
    assert genwright.load_data(square).kind == "graph"
    scipy.sparse.save_npz(tmp_path / "a.npz", square)
    for source in (square, tmp_path / "a.npz"):
        assert genwright.load_data(source, kind="tables").kind == "tables"
    scipy.sparse.save_npz(tmp_path / "a.npz", scipy.sparse.csr_matrix(COUNTS))
    values = np.concatenate([np.asarray(part) for part in genwright.load_data(tmp_path / "a.npz").items.values()])
    assert np.sort(values.ravel()) == pytest.approx(np.sort(COUNTS.toarray().ravel()))


def test_a_sparse_file_that_lies_about_its_shape_is_refused(tmp_path):
    for shape in ((10**9, 10**9), (2, 2), (-1, 4)):
        np.savez(
            tmp_path / "a.npz", format=b"csr", shape=shape, data=np.ones(3), indices=np.arange(3), indptr=[0, 1, 2, 3]
        )
        with pytest.raises(DataError):
            genwright.load_data(tmp_path / "a.npz")
