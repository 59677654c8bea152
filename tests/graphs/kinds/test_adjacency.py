"""Adjacency matrices in tables are graphs; tables of distances, and such, are asked about."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.graph import is_undirected
from genwright.graphs.kinds.adjacency import find_matrix

N = 12


def ring(weighted: bool = False, directed: bool = False) -> np.ndarray:
    """Edges from each node to the next two."""
    a = np.zeros((N, N), int)
    for k in range(N):
        a[k, (k + 1) % N], a[k, (k + 2) % N] = (k + 2, 1) if weighted else (1, 1)
    return a if directed else np.maximum(a, a.T)


def lines(a, names, by: str = ",", corner: str = "") -> str:
    rows = [[name, *map(str, row)] for name, row in zip(names, np.asarray(a).tolist())]
    return "\n".join(by.join(row) for row in [[corner, *names], *rows]) + "\n"


def dense(data) -> np.ndarray:
    """(N, N) weights, of the nodes as they are numbered."""
    return data.to_scipy()[0].toarray()


def test_a_symmetric_matrix_without_names_numbers_its_nodes(tmp_path):
    """Other matrices of numbers alone are tables, and are read as edges by no door."""
    for a, names in ((ring(), list(range(N))), (ring(directed=True), None)):
        table = pd.DataFrame(a, columns=[f"x{j}" for j in range(N)])
        assert (find_matrix(table) and find_matrix(table).names) == names
    (tmp_path / "ring.csv").write_text("\n".join(",".join(map(str, row)) for row in ring().tolist()))
    assert (dense(genwright.load_data(tmp_path / "ring.csv", task="links")) == ring()).all()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "matrix.csv"


@pytest.mark.parametrize(
    "weighted, directed, options",
    [(False, False, {}), (False, True, {"task": "links"}), (True, False, {"task": "nodes"}), (True, True, {})],
)
def test_a_matrix_is_a_graph(weighted, directed, options, path):
    names = [str(100 - k) if weighted else f"n{k}" for k in range(N)]
    a = ring(weighted, directed)
    path.write_text(lines(a, names))
    data = genwright.load_data(path, **options)
    assert data.kind == "graph" and list(map(str, data.names)) == names and (dense(data) == a).all()
    assert is_undirected(data.graph) != directed and (data.graph.weight is None) != weighted
    assert any("have no direction" in line for line in data.describe()) != directed
    assert any("--kind tables" in line for line in data.describe()) != bool(options)
    assert genwright.load_data(path, kind="tables").kind == "tables"


@pytest.mark.parametrize(
    "suffix, by, task", [(".csv", ";", None), (".tsv", "\t", "links"), (".txt", ",", None), (".xlsx", "", "links")]
)
def test_every_form_of_table_may_hold_a_matrix(suffix, by, task, tmp_path):
    names, path = [f"n{k}" for k in range(N)], tmp_path / f"m{suffix}"
    if by:
        path.write_text(lines(ring(), names, by, "from"))
    else:
        pd.DataFrame(ring(), names, names).to_excel(path)
    assert (dense(genwright.load_data(path, task=task)) == ring()).all()


@pytest.mark.parametrize("named, task", [(int, "links"), ("n{}".format, None)])
def test_a_frame_whose_index_names_its_columns(named, task):
    graph = nx.relabel_nodes(nx.cycle_graph(N), named)
    data = genwright.load_data(nx.to_pandas_adjacency(graph), task=task)
    assert data.names == list(graph) and (dense(data) == nx.to_numpy_array(graph)).all()


def test_rows_in_another_order_and_cells_that_say_nothing(path):
    names, rng = [f"n{k}" for k in range(N)], np.random.default_rng(0)
    texts = ring(weighted=True, directed=True).astype(object)
    np.fill_diagonal(texts, "-")
    texts[0, 5] = ""
    head, *rows = lines(texts, names).splitlines()
    path.write_text("\n".join([head, *(rows[k] for k in rng.permutation(N))]) + "\n")
    data = genwright.load_data(path)
    assert data.names == names and (dense(data) == ring(weighted=True, directed=True)).all()


@pytest.mark.parametrize("suffix, task, lower", [(".csv", None, False), (".tsv", "links", True)])
def test_half_a_matrix_is_undirected(lower, task, suffix, path):
    path, by = path.with_suffix(suffix), {".csv": ",", ".tsv": "\t"}[suffix]
    a, names = ring(weighted=True), [f"n{k}" for k in range(N)]
    half = a.astype(object)
    half[(np.triu_indices if lower else np.tril_indices)(N, 1 if lower else -1)] = ""
    path.write_text(lines(half, names, by))
    data = genwright.load_data(path, task=task)
    assert (dense(data) == a).all() and any("half filled" in line for line in data.describe())
    half[half == 0] = ""  # where nothing stands for no edge, half of the cells prove nothing
    path.write_text(lines(half, names, by))
    assert (dense(genwright.load_data(path, task=task)) == (np.tril(a) if lower else np.triu(a))).all()


def test_a_table_of_nodes_stands_beside_a_matrix(path):
    names = [f"n{k}" for k in range(N)]
    path.write_text(lines(ring(directed=True), names))
    nodes = pd.DataFrame({"id": names, "side": ["a", "b"] * (N // 2), "x": np.arange(N) / 7})
    data = genwright.load_data(path, nodes=nodes.iloc[::-1], target="side")
    assert data.default_task == "nodes" and data.names == names[::-1]
    assert (dense(data) == ring(directed=True)[::-1, ::-1]).all() and data.graph.weight is None


@pytest.mark.parametrize("made", ["distances", "correlations", "confusions", "near"])
def test_other_square_tables_are_asked_about(made, path):
    rng, names = np.random.default_rng(0), [f"n{k}" for k in range(N)]
    x = rng.normal(size=(N, 3))
    distances = np.abs(x[:, :1] - x[:, :1].T).round(3)
    a = {
        "distances": distances,
        "correlations": np.corrcoef(x).round(3),
        "confusions": np.diag(rng.integers(20, 99, N)) + (rng.random((N, N)) < 0.2),
        "near": np.where(distances < 1.5, distances, 0),
    }[made]
    path.write_text(lines(a, names))
    data = genwright.load_data(path)
    learnable = made in ("confusions", "near")
    assert data.kind == "tables" and ("--task links" if learnable else "0 for each other pair") in str(
        data.questions[0]
    )
    read = genwright.load_data(path, task="links")
    assert (dense(read) == np.float32(a)).all()


@pytest.mark.parametrize("change", [
    lambda t: t.replace("n3,", "other,", 1),
    lambda t: t.replace("\nn3,", "\nn4,"),
    lambda t: t + "n12" + ",0" * N + "\n",
    lambda t: t.replace(",1,", ",word,", 1),
])  # fmt: skip
def test_what_is_no_matrix_is_a_table(change, path):
    path.write_text(change(lines(ring(), [f"n{k}" for k in range(N)])))
    assert genwright.load_data(path).kind == "tables"
    assert find_matrix(pd.DataFrame(np.eye(N))) is None
