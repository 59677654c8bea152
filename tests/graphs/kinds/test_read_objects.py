# Tests graphs/kinds/graph_data.py, graphs/kinds/graph_objects.py
"""Graphs of SciPy, NetworkX and PyG: read as they mean it, and the same graph after a way out and back."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import from_edges, is_undirected, undirected
from genwright.graphs.kinds.graph_data import UNKNOWN, GraphData
from genwright.graphs.networks.features import SparseRows, as_features

networkx = pytest.importorskip("networkx")


def dense(x):
    return x.dense() if isinstance(x, SparseRows) else x


def matrix(graph) -> torch.Tensor:
    """A[i, j], the weight of j -> i."""
    return torch.zeros(graph.rows, graph.rows).index_put_((graph.target, graph.source), graph.values)


@st.composite
def graphs(draw):
    """Small graphs of every kind: directed or not, weighted or not, with loops and lone nodes."""
    n = draw(st.integers(1, 7))
    ends = st.integers(0, n - 1)
    found = draw(st.lists(st.tuples(ends, ends), max_size=12, unique=True))
    source, target = (torch.tensor(side, dtype=torch.long) for side in (zip(*found) if found else ([], [])))
    weight = (
        torch.tensor(draw(st.lists(st.integers(2, 9), min_size=len(found), max_size=len(found)))).float()
        if draw(st.booleans())
        else None
    )
    graph = from_edges(source, target, n, weight)
    graph = undirected(graph) if draw(st.booleans()) else graph
    y = torch.arange(n) % 3 - (torch.arange(n) == 2).long() * 3
    return GraphData("made", graph, as_features(Draws.from_seed(n).normal(n, 3)), y, ("0", "1", "2"))


def same(a: GraphData, b: GraphData) -> None:
    assert torch.equal(a.graph.ptr, b.graph.ptr) and torch.equal(a.graph.source, b.graph.source)
    assert torch.allclose(a.graph.values, b.graph.values) and torch.allclose(dense(a.x), dense(b.x))


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_out_to_scipy_and_back(data):
    a, x, y = data.to_scipy()
    assert np.allclose(a.toarray(), matrix(data.graph).T)
    back = genwright.load_data((a, x, np.where(y == UNKNOWN, -1, y)))
    same(data, back)
    assert [back.classes[k] if k >= 0 else None for k in back.y] == [
        data.classes[k] if k >= 0 else None for k in data.y
    ]


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_out_to_networkx_and_back(data):
    g = data.to_networkx()
    assert g.is_directed() != is_undirected(data.graph) and len(g) == data.graph.rows
    a = networkx.to_numpy_array(g, nodelist=range(len(g)))
    assert np.allclose(a, matrix(data.graph).T)
    back = genwright.load_data(g, target="label")
    same(data, back)
    assert [back.classes[k] if k >= 0 else None for k in back.y] == [
        data.classes[k] if k >= 0 else None for k in data.y
    ]


@settings(max_examples=25, deadline=None)
@given(graphs())
def test_out_to_pyg_and_back(data):
    pytest.importorskip("torch_geometric")
    from torch_geometric.utils import to_dense_adj

    pyg = data.to_pyg()
    pyg.validate()
    weights = pyg.edge_weight if pyg.edge_weight is not None else torch.ones(pyg.num_edges)
    assert torch.allclose(
        to_dense_adj(pyg.edge_index, edge_attr=weights, max_num_nodes=data.graph.rows)[0], matrix(data.graph).T
    )
    back = genwright.load_data(pyg)
    same(data, back)
    assert (back.y == UNKNOWN).equal(data.y == UNKNOWN)


# ---------------------------------------------------------------------- SciPy


def test_a_matrix_says_from_row_to_column_and_stored_zeros_are_no_edges():
    a = sp.coo_array(([2.0, 0.0, 3.0], ([0, 1, 0], [1, 2, 1])), shape=(3, 3))
    data = genwright.load_data(a)
    assert data.graph.edge_index().tolist() == [[0], [1]] and data.graph.weight.tolist() == [5.0]
    assert torch.equal(dense(data.x), torch.eye(3))


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csc_array, sp.coo_array, sp.lil_matrix])
def test_every_form_of_matrix_and_truth_values_without_weights(form):
    data = genwright.load_data((form(np.array([[0, 1], [1, 0]], bool)), sp.csr_array(np.eye(2)), np.array(["u", "v"])))
    assert data.graph.weight is None and data.classes == ("u", "v") and data.default_task == "nodes"


def test_minus_one_is_no_label_unless_labels_are_minus_one_and_one():
    a = sp.csr_array(np.ones((3, 3)))
    assert genwright.load_data((a, None, np.array([-1, 0, 1]))).y.tolist() == [UNKNOWN, 0, 1]
    assert genwright.load_data((a, None, np.array([-1, 1, 1]))).classes == ("-1", "1")


# ---------------------------------------------------------------------- NetworkX


def test_attributes_become_features_labels_and_weights():
    g = networkx.Graph(name="town")
    g.add_nodes_from(
        [
            ("ann", {"age": 30.0, "job": "cook", "team": "red"}),
            ("bob", {"age": 41.0, "job": "smith"}),
            (3, {"job": "cook", "team": "blue"}),
        ]
    )
    g.add_edge("ann", "bob", weight=2.0, years=4, why="work")
    g.add_edge("bob", 3, years=1, why="love")
    data = genwright.load_data(g, target="team")
    assert (
        data.name == "town"
        and data.names == ["ann", "bob", 3]
        and data.classes == ("blue", "red")
        and data.y.tolist() == [1, UNKNOWN, 0]
    )
    assert set(data.columns.features) == {"age", "age missing", "job = cook", "job = smith"}
    assert data.graph.weight.tolist() == [2.0, 2.0, 1.0, 1.0] and data.graph.features[:, 0].tolist() == [
        4.0,
        4.0,
        1.0,
        1.0,
    ]
    assert "why" in " ".join(data.describe())


def test_directions_and_parallel_edges():
    g = networkx.MultiDiGraph([(0, 1), (0, 1), (1, 2)])
    data = genwright.load_data(g)
    assert (
        data.graph.edge_index().tolist() == [[0, 1], [1, 2]]
        and data.graph.weight is None
        and "1 of 3 edges merged" in " ".join(data.describe())
    )


def test_a_graph_without_edges_and_one_of_loops_alone():
    alone = networkx.empty_graph(3)
    assert genwright.load_data(alone).graph.edges == 0
    alone.add_edges_from([(0, 0), (1, 1)])
    data = genwright.load_data(alone)
    assert "2 edges of a node to itself, 1 node without an edge" in " ".join(data.describe())


def test_a_loop_only_graph_is_learned_from():
    g = networkx.empty_graph(30)
    g.add_edges_from((i, i) for i in g)
    networkx.set_node_attributes(g, {i: {"size": float(i % 2) + 0.01 * i, "kind": "ab"[i % 2]} for i in g})
    data = genwright.load_data(g, target="kind")
    model = genwright.fit(data, "gcn", progress=False)
    assert (model.predict(data)["label"] == [networkx.get_node_attributes(g, "kind")[i] for i in g]).mean() > 0.9


# ---------------------------------------------------------------------- PyG


@pytest.fixture
def pyg():
    return pytest.importorskip("torch_geometric.data")


def test_data_with_weights_masks_and_targets(pyg):
    data = pyg.Data(
        x=torch.randn(4, 2),
        edge_index=torch.tensor([[0, 1, 1], [1, 2, 2]]),
        edge_weight=torch.tensor([1.0, 2.0, 3.0]),
        edge_attr=torch.tensor([1.0, 2.0, 4.0]),
        y=torch.tensor([[0.5], [1.5], [2.5], [3.25]]),
        train_mask=torch.tensor([[True, False]] * 2 + [[False, True]] * 2),
        test_mask=torch.tensor([False, False, False, True]),
    )
    read = genwright.load_data(data)
    assert read.graph.weight.tolist() == [1.0, 5.0] and read.graph.features.tolist() == [[1.0], [3.0]]
    assert read.classes == () and read.y.tolist() == [0.5, 1.5, 2.5, 3.25]
    assert read.parts.tolist() == ["train", "train", "", "test"] and "train_mask holds 2 splits" in " ".join(
        read.describe()
    )


@pytest.mark.parametrize("index", [torch.ones(9, 2).long(), torch.ones(18).long(), torch.ones(2, 9), torch.ones(3, 9)])
def test_an_edge_index_of_another_shape_is_refused(index):
    class Data:  # what tells such an object from others
        edge_index, num_nodes, x, y = index, 5, None, None

    with pytest.raises(DataError, match="edge_index"):
        genwright.load_data(Data())


def test_a_batch_is_many_graphs(pyg):
    one = lambda n, y: pyg.Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=n, y=torch.tensor([y]))
    read = genwright.load_data(pyg.Batch.from_data_list([one(2, 0), one(3, 1), one(2, 1)]))
    assert read.members.tolist() == [0, 2, 5, 7] and read.y.tolist() == [0, 1, 1] and read.default_task == "graphs"
    assert read.columns.features == ["degree = 0", "degree = 1"] and dense(read.x)[4].tolist() == [1.0, 0.0]


def test_kinds_of_nodes_and_edges(pyg):
    data = pyg.HeteroData()
    data["author"].x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    data["author"].y = torch.tensor([0, 1])
    data["author"].train_mask = torch.tensor([True, False])
    data["paper"].num_nodes = 3
    data["author", "writes", "paper"].edge_index = torch.tensor([[0, 1, 1], [0, 0, 2]])
    data["paper", "cites", "paper"].edge_index = torch.tensor([[0, 0], [1, 1]])
    read = genwright.load_data(data)
    assert list(read.relations) == ["author-writes-paper", "paper-cites-paper"]
    assert read.relations["author-writes-paper"].edge_index().tolist() == [[0, 1, 1], [2, 2, 4]]
    assert read.relations["paper-cites-paper"].edge_index().tolist() == [[2], [3]]
    assert read.graph.edges == 4 and all(g.rows == 5 for g in read.relations.values())
    assert dense(read.x).tolist() == [
        [1, 2, 0, 0, 0],
        [3, 4, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]
    assert read.y.tolist() == [0, 1, UNKNOWN, UNKNOWN, UNKNOWN] and read.parts.tolist() == ["train", "", "", "", ""]
    assert "author 2, paper 3" in " ".join(read.describe()) and "2 kinds of edges" in read.describe()[0]
    back = genwright.load_data(read.to_pyg())
    assert [g.edge_index().tolist() for g in back.relations.values()] == [
        g.edge_index().tolist() for g in read.relations.values()
    ]
    data["paper"].y = torch.tensor([0, 1, 1])
    with pytest.raises(DataError):
        genwright.load_data(data)
    assert genwright.load_data(data, target="paper").y.tolist() == [UNKNOWN, UNKNOWN, 0, 1, 1]
    with pytest.raises(DataError):
        genwright.load_data(data, target="venue")


def test_reading_a_matrix_loads_no_other_library():
    code = (
        "import sys, genwright, scipy.sparse as sp; genwright.load_data(sp.csr_array([[0, 1], [1, 0]]));"
        "print([m for m in ('torch_geometric', 'networkx') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
