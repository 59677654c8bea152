"""Graphs as other libraries hold them, told apart by what they can do, so that none of the libraries is needed or
loaded.

SciPy      a sparse matrix A, or (A, x, y): A[i, j] is the weight of the edge i -> j
NetworkX   a graph whose nodes have attributes; `weight` and other numbers on edges
PyG        Data, Batch, HeteroData: see `pyg_objects`
"""

from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ..plain_arrays import features_of, plain
from .edges import graph_of, without_ones
from .graph_data import GraphData
from .graph_labels import array_labels
from .node_columns import IDENTITY_NOTE, identity_features, numbers
from .node_tables import SPLIT, nodes_of
from .pyg_objects import read_data, read_hetero


def is_graph_object(source: Any) -> bool:
    return any(looks(source) for looks, _ in FORMS)


def read_graph_object(source: Any, target: str | None, types: dict | None, drop: list[str] | None) -> GraphData:
    """The graph that an object holds. target, types and drop are for attributes of NetworkX nodes."""
    return next(read for looks, read in FORMS if looks(source))(source, target, types, drop)


def _is_networkx(source: Any) -> bool:
    return hasattr(source, "adj") and hasattr(source, "is_directed") and hasattr(source, "nodes")


def _is_matrix(source: Any) -> bool:
    tuples = isinstance(source, tuple) and len(source) in (2, 3) and hasattr(source[0], "tocoo")
    return tuples or hasattr(source, "tocoo")


def _matrix(source: Any, target: str | None, types: dict | None, drop: list[str] | None) -> GraphData:
    _refuse("a matrix or a Data object", target=target, types=types, drop=drop)
    return _scipy(*source) if isinstance(source, tuple) else _scipy(source)


def _is_hetero(source: Any) -> bool:
    return hasattr(source, "node_types") and hasattr(source, "edge_types")


def _hetero(source: Any, target: str | None, types: dict | None, drop: list[str] | None) -> GraphData:
    _refuse("HeteroData", types=types, drop=drop)
    return read_hetero(source, target)


def _is_data(source: Any) -> bool:
    return hasattr(source, "edge_index") and hasattr(source, "num_nodes")


def _data(source: Any, target: str | None, types: dict | None, drop: list[str] | None) -> GraphData:
    _refuse("a matrix or a Data object", target=target, types=types, drop=drop)
    return read_data(source)


def _refuse(what: str, **options) -> None:
    named = [name for name, value in options.items() if value]
    if named:
        raise DataError(f"{named[0]} names a column, and {what} has none: leave it out, and give labels as y")


# ---------------------------------------------------------------------- SciPy


def _scipy(matrix: Any, x: Any = None, y: Any = None) -> GraphData:
    if matrix.shape[0] != matrix.shape[1]:
        raise DataError(
            f"the matrix has shape {tuple(matrix.shape)}: an adjacency matrix is square, with a row and a column for "
            "each node"
        )
    if matrix.dtype.kind not in "biuf":
        raise DataError(f"the matrix holds {matrix.dtype} values: weights of edges are plain numbers")
    coo = matrix.tocoo()
    stored = coo.data != 0
    row, column = (ends[stored] for ends in (coo.coords if hasattr(coo, "coords") else (coo.row, coo.col)))
    weight = without_ones(coo.data[stored].astype(np.float64))
    nodes = matrix.shape[0]
    graph, notes = graph_of("the matrix", row, column, nodes, weight)
    labels, classes = (None, ()) if y is None else array_labels(plain(y), nodes, "the graph", "nodes")
    return GraphData(
        "graph",
        graph,
        identity_features(nodes) if x is None else features_of(x),
        labels,
        classes,
        notes=notes + [IDENTITY_NOTE] * (x is None),
    )


# ---------------------------------------------------------------------- NetworkX


def read_networkx(source: Any, target: str | None, types: dict | None, drop: list[str] | None) -> GraphData:
    """An attribute of nodes that holds vectors is all of the features; else every attribute is a column of a node
    table."""
    names = list(source.nodes)
    place = {name: i for i, name in enumerate(names)}
    table = pd.DataFrame([source.nodes[name] for name in names], index=range(len(names)))
    vectors = next((name for name in table if name != target and _is_vector(table[name])), None)
    beside = (
        []
        if vectors is None
        else [name for name in table if name not in (vectors, target) and str(name).lower() not in SPLIT]
    )
    fitted = nodes_of(table.drop(columns=[*beside, *[vectors] * (vectors is not None)]), target, types, drop)
    if vectors is not None:
        left = [f"attributes beside the vectors `{vectors}` left out: {', '.join(map(str, beside))}"] * bool(beside)
        notes = [note for note in fitted.notes if note != IDENTITY_NOTE] + left
        fitted = fitted._replace(x=features_of(_stacked(table[vectors])), table=None, columns=None, notes=notes)
    edges = list(source.edges(data=True))
    known = pd.DataFrame([attributes for *_, attributes in edges], index=range(len(edges)))
    weight = numbers(known["weight"].fillna(1), "weight") if "weight" in known else None
    is_number = lambda name: pd.api.types.is_numeric_dtype(known[name]) and known[name].notna().all()
    taken = [name for name in known if name != "weight" and is_number(name)]
    left = [str(name) for name in known if name != "weight" and name not in taken]
    ends = np.array([(place[u], place[v]) for u, v, _ in edges], dtype=np.int64).reshape(-1, 2).T
    features = known[taken].to_numpy(np.float64) if taken else None
    graph, notes = graph_of("the graph", *ends, len(names), weight, features, source.is_directed())
    notes += [
        f"attributes of edges left out, since they are no numbers or not on every edge: {', '.join(left)}"
    ] * bool(left)
    return GraphData(
        source.name or "graph",
        graph,
        fitted.x,
        fitted.y,
        fitted.classes,
        parts=fitted.parts,
        names=names,
        table=fitted.table,
        columns=fitted.columns,
        notes=[*fitted.notes, *notes],
    )


def _is_vector(cells: pd.Series) -> bool:
    return len(cells) > 0 and isinstance(cells.iloc[0], (list, tuple, np.ndarray))


def _stacked(cells: pd.Series) -> np.ndarray:
    try:
        return np.stack([np.asarray(vector, dtype=np.float64).reshape(-1) for vector in cells])
    except (ValueError, TypeError) as error:
        raise DataError(
            f"attribute '{cells.name}' holds vectors of several lengths, or none: give each node as many numbers"
        ) from error


FORMS = ((_is_networkx, read_networkx), (_is_matrix, _matrix), (_is_hetero, _hetero), (_is_data, _data))
