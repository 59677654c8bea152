"""Graphs as other libraries hold them, told apart by what they can do, so that none of the libraries is needed or
loaded.

SciPy      a sparse matrix A, or (A, x, y): A[i, j] is the weight of the edge i -> j
NetworkX   a graph whose nodes have attributes; `weight` and other numbers on edges
PyG        Data, Batch and HeteroData, by their attributes alone
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from ...core.account import Account
from ...core.errors import DataError
from ...core.graph import Graph, from_edges
from ...kinds.formats.sparse_matrices import require_sound
from ...kinds.values.corrections import Corrections
from ...kinds.values.masks import as_mask
from ..networks.features import Features, SparseRows, as_features
from .graph_data import UNKNOWN, GraphData, graph_of, without_ones
from .node_columns import DEGREE_NOTE, IDENTITY_NOTE, identity_features, numbers, one_hot
from .node_tables import SPLIT, array_labels, nodes_of, parts_of_masks
from .plain_graphs import is_graph

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import ArrayLike
    from scipy.sparse import sparray, spmatrix
    from torch_geometric.data import Data, HeteroData

    SparseGraph = spmatrix | sparray | tuple  # or (A, x, y)
    GraphObject = nx.Graph | Data | HeteroData | SparseGraph

MATRIX, HETERO, DATA = ("tocoo",), ("node_types", "edge_types"), ("edge_index", "num_nodes")  # what tells them apart
MASKS = "train_mask", "val_mask", "test_mask"


def read_data(data: "Data") -> GraphData:
    """Reads a Data object of PyG, or a Batch, as one graph."""
    nodes = int(data.num_nodes)
    ptr, index = getattr(data, "ptr", None), data.edge_index
    if index is None:
        raise DataError("the Data object has no edge_index: give it one of shape (2, E), also where it has adj_t")
    weight, features = (
        None if v is None else plain(v) for v in (getattr(data, name, None) for name in ("edge_weight", "edge_attr"))
    )
    features = None if features is None else features.reshape(len(features), -1)
    graph, account = graph_of(
        "the Data object", *_ends_of("the Data object", index), nodes, without_ones(weight), features
    )
    members, items, table, columns = None, nodes, None, None
    if ptr is not None:
        members, items = torch.as_tensor(plain(ptr)).long(), len(ptr) - 1
    if data.x is None and ptr is not None:
        table = pd.DataFrame({"degree": graph.degree.numpy()})
        columns = one_hot("degree", table["degree"].to_numpy())
        account.remarks.append(DEGREE_NOTE)
    elif data.x is None:
        account.remarks.append(IDENTITY_NOTE)
    x = columns.encode(table) if columns else identity_features(nodes) if data.x is None else features_of(data.x)
    y, classes = (
        (None, ())
        if data.y is None
        else array_labels(
            plain(data.y), items, "the Data object", "graphs" if members is not None else "nodes", account
        )
    )
    parts = None if members is not None else _read_masks(data, nodes, "the Data object", account)
    return GraphData(
        "graph" if members is None else "graphs", graph, x, y, classes, members, parts, table=table, columns=columns,
        account=account,
    )  # fmt: skip


def _ends_of(source_name: str, edge_index: object) -> np.ndarray:
    """(2, E). Raises DataError for any other shape, and for numbers that are not whole."""
    ends = plain(edge_index)
    if ends.ndim != 2 or len(ends) != 2 or (ends.dtype.kind not in "iu" and ends.size):
        remedy = "transpose it" if ends.ndim == 2 and ends.shape[1] == 2 else "give it that shape and type"
        raise DataError(
            f"the edge_index of {source_name} holds {ends.dtype} of shape {ends.shape}, not whole numbers of "
            "shape (2, E): " + remedy
        )
    return ends


def _read_masks(data: "Data", nodes: int, source_name: str, account: Account) -> np.ndarray | None:
    """(nodes,) by the masks that PyG gives to nodes; of several splits the first, which the account says.

    Raises DataError where masks put a node into two parts.
    """
    masks = {}
    for name in MASKS:
        mask = getattr(data, name, None)
        if mask is None:
            continue
        mask = plain(mask)
        if mask.ndim == 2:
            account.remarks.append(f"{name} holds {mask.shape[1]} splits: the first is taken")
            mask = mask[:, 0]
        if mask.shape != (nodes,):
            raise DataError(
                f"{name} of {source_name} has shape {mask.shape} for {nodes:,} nodes: give one value to each"
            )
        masks[name] = as_mask(mask)
        if masks[name].dtype != bool:
            raise DataError(f"{name} of {source_name} holds values beside 0 and 1: give each node True or False")
    return parts_of_masks(masks, nodes, source_name)


def read_hetero(data: "HeteroData", target: str | None) -> GraphData:
    """Reads a HeteroData of PyG: nodes of all kinds one after another, features side by side. Each kind of edge is a
    graph of all nodes, and all edges together are one.

    Args:
        data: The data set.
        target: the kind of node whose labels are to be learned, needed where several have them.
    """
    kinds = list(data.node_types)
    counts = [int(data[kind].num_nodes) for kind in kinds]
    begin = dict(zip(kinds, np.cumsum([0, *counts])))
    nodes, account = sum(counts), Account()
    blocks = [_sparse_graph(getattr(data[kind], "x", None), n) for kind, n in zip(kinds, counts)]
    words = _side_by_side(blocks)
    relations, ends = {}, []
    for kind in data.edge_types:
        store = data[kind]
        index, weight = _ends_of("-".join(kind), store.edge_index), getattr(store, "edge_weight", None)
        source, arrives = index[0] + int(begin[kind[0]]), index[1] + int(begin[kind[-1]])
        ends.append((source, arrives))
        weight = None if weight is None else without_ones(plain(weight))
        relations["-".join(kind)], merged = graph_of(f"the edges {'-'.join(kind)}", source, arrives, nodes, weight)
        account += merged
        account.see("features of edges", ["-".join(kind)] * (getattr(store, "edge_attr", None) is not None))
    if not relations:
        raise DataError("the HeteroData object has no edges: give it an edge_index for each kind of edge")
    graph, _ = graph_of("the edges", *(np.concatenate(side) for side in zip(*ends)), nodes)
    labelled_kinds = [kind for kind in kinds if getattr(data[kind], "y", None) is not None]
    if target is not None and target not in labelled_kinds:
        raise DataError(
            f"no labels y of nodes '{target}': target names one of "
            f"{', '.join(labelled_kinds) or 'no kind, since none has labels'}"
        )
    if target is None and len(labelled_kinds) > 1:
        raise DataError(f"several kinds of nodes have labels ({', '.join(labelled_kinds)}): name one with target")
    kind = target or (labelled_kinds[0] if labelled_kinds else None)
    y, classes, parts = None, (), None
    if kind is not None:
        own_y, classes = array_labels(plain(data[kind].y), counts[kinds.index(kind)], f"'{kind}'", "nodes", account)
        rows_of_kind = slice(int(begin[kind]), int(begin[kind]) + len(own_y))
        y = torch.full((nodes,), UNKNOWN) if classes else torch.full((nodes,), torch.nan)
        y[rows_of_kind] = own_y
        own_parts = _read_masks(data[kind], len(own_y), f"'{kind}'", account)
        if own_parts is not None:
            parts = np.full(nodes, "", dtype="<U5")
            parts[rows_of_kind] = own_parts
        account.remarks.append(f"labels are of the nodes `{kind}`")
    account.remarks.insert(
        0,
        f"kinds of nodes: {', '.join(f'{kind} {n:,}' for kind, n in zip(kinds, counts))}; of edges: "
        f"{', '.join(relations)}",
    )
    names = [f"{kind} {i}" for kind, n in zip(kinds, counts) for i in range(n)]
    return GraphData(
        "graph", graph, SparseRows(words), y, classes, parts=parts, names=names, relations=relations, account=account
    )


def _sparse_graph(x: "ArrayLike | None", nodes: int) -> Graph:
    """Features of one kind of node as a graph of words, each node its own word where there are none."""
    if x is None:
        return identity_features(nodes).words
    values = torch.as_tensor(plain(x)).float()
    row, column = torch.nonzero(values, as_tuple=True)
    return from_edges(column, row, nodes, values[row, column], columns=values.shape[1])


def _side_by_side(blocks: list[Graph]) -> Graph:
    rows = np.cumsum([0, *(block.rows for block in blocks)])
    columns = np.cumsum([0, *(block.columns for block in blocks)])
    row = torch.cat([block.target + int(begin) for block, begin in zip(blocks, rows)])
    column = torch.cat([block.source + int(begin) for block, begin in zip(blocks, columns)])
    return from_edges(
        column, row, int(rows[-1]), torch.cat([block.values for block in blocks]), columns=int(columns[-1])
    )


def is_graph_object(source: object) -> bool:
    return is_graph(source) or _is_matrix(source) or _has_attributes(source, HETERO) or _has_attributes(source, DATA)


def read_graph_object(source: "GraphObject", target: str | None, corrections: Corrections) -> GraphData:
    """Reads the graph in an object of another library. target and corrections are for attributes of NetworkX nodes.

    Raises DataError for those of them that an object has no use for, and for what it cannot be read as.

    Args:
        source: an object of SciPy, NetworkX or PyG.
        target: attribute of the labels, or kind of node that has them.
        corrections: Corrections of the attributes.
    """
    if is_graph(source):
        return read_networkx(source, target, corrections)
    is_hetero = not _is_matrix(source) and _has_attributes(source, HETERO)
    options = {} if is_hetero else {"target": target}
    if unfit_options := [name for name, value in (options | vars(corrections)).items() if value]:
        source_name = "HeteroData" if is_hetero else "a matrix or a Data object"
        raise DataError(
            f"{unfit_options[0]} names a column, and {source_name} has none: leave it out, and give labels as y"
        )
    if is_hetero:
        return read_hetero(source, target)
    if _is_matrix(source):
        return _scipy(*source) if isinstance(source, tuple) else _scipy(source)
    return read_data(source)


def _is_matrix(source: object) -> bool:
    tuples = isinstance(source, tuple) and len(source) in (2, 3) and _has_attributes(source[0], MATRIX)
    return tuples or _has_attributes(source, MATRIX)


def _has_attributes(source: object, names: tuple[str, ...]) -> bool:
    return all(hasattr(source, name) for name in names)


# ---------------------------------------------------------------------- SciPy


def _scipy(matrix: "spmatrix | sparray", x: "ArrayLike | None" = None, y: "ArrayLike | None" = None) -> GraphData:
    if matrix.shape[0] != matrix.shape[1]:
        raise DataError(
            f"the matrix has shape {tuple(matrix.shape)}: an adjacency matrix is square, with a row and a column for "
            "each node"
        )
    if matrix.dtype.kind not in "biuf":
        raise DataError(f"the matrix holds {matrix.dtype} values: weights of edges are plain numbers")
    require_sound(matrix, "the matrix")
    coo = matrix.tocoo()
    stored = coo.data != 0
    row, column = (ends[stored] for ends in (coo.coords if hasattr(coo, "coords") else (coo.row, coo.col)))
    weight = without_ones(coo.data[stored].astype(np.float64))
    nodes = matrix.shape[0]
    graph, account = graph_of("the matrix", row, column, nodes, weight)
    labels, classes = (None, ()) if y is None else array_labels(plain(y), nodes, "the graph", "nodes", account)
    return GraphData(
        "graph", graph, identity_features(nodes) if x is None else features_of(x), labels, classes,
        account=account + Account(remarks=[IDENTITY_NOTE] * (x is None)),
    )  # fmt: skip


# ---------------------------------------------------------------------- NetworkX


def read_networkx(source: "nx.Graph", target: str | None, corrections: Corrections) -> GraphData:
    """Reads a graph of NetworkX. An attribute of nodes that holds vectors is all of the features; else every attribute
    is a column of a node table.

    Args:
        source: the graph.
        target: attribute of the labels.
        corrections: Corrections of the attributes.
    """
    names = list(source.nodes)
    place = {name: i for i, name in enumerate(names)}
    table = pd.DataFrame([source.nodes[name] for name in names], index=range(len(names)))
    vectors = next((name for name in table if name != target and _is_vector(table[name])), None)
    ignored = (
        []
        if vectors is None
        else [name for name in table if name not in (vectors, target) and str(name).lower() not in SPLIT]
    )
    fitted = nodes_of(table.drop(columns=[*ignored, *[vectors] * (vectors is not None)]), target, corrections)
    if vectors is not None:
        fitted.account.see(f"attributes beside the vectors `{vectors}`", ignored)
        fitted.account.remarks = [remark for remark in fitted.account.remarks if remark != IDENTITY_NOTE]
        fitted = fitted._replace(x=features_of(_stacked(table[vectors])), table=None, columns=None)
    edges = list(source.edges(data=True))
    known = pd.DataFrame([attributes for *_, attributes in edges], index=range(len(edges)))
    weight = numbers(known["weight"].fillna(1), "weight") if "weight" in known else None
    is_number = lambda name: pd.api.types.is_numeric_dtype(known[name]) and known[name].notna().all()
    numeric = [name for name in known if name != "weight" and is_number(name)]
    unused = [name for name in known if name != "weight" and name not in numeric]
    ends = np.array([(place[u], place[v]) for u, v, _ in edges], dtype=np.int64).reshape(-1, 2).T
    features = known[numeric].to_numpy(np.float64) if numeric else None
    graph, account = graph_of("the graph", *ends, len(names), weight, features, source.is_directed())
    account.see("attributes of edges that are no numbers or not on every edge", unused)
    account.see("attributes of the graph", [name for name in source.graph if name != "name"])
    return GraphData(
        source.name or "graph", graph, fitted.x, fitted.y, fitted.classes, parts=fitted.parts, names=names,
        table=fitted.table, columns=fitted.columns, account=fitted.account + account,
    )  # fmt: skip


def _is_vector(cells: pd.Series) -> bool:
    return len(cells) > 0 and isinstance(cells.iloc[0], (list, tuple, np.ndarray))


def _stacked(cells: pd.Series) -> np.ndarray:
    try:
        return np.stack([np.asarray(vector, dtype=np.float64).reshape(-1) for vector in cells])
    except (ValueError, TypeError) as error:
        raise DataError(
            f"attribute '{cells.name}' holds vectors of several lengths, or none: give each node as many numbers"
        ) from error


def plain(values: object) -> np.ndarray:
    """Converts a tensor on any device, a sparse matrix or a list to an array."""
    values = values.detach().cpu() if hasattr(values, "detach") else values
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values)


def features_of(x: object) -> Features:
    """Converts an array, a tensor or a sparse matrix to features. Raises DataError for what is not (N, F) numbers."""
    values = plain(x)
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise DataError(
            f"features of nodes are an array of shape {tuple(values.shape)} of {values.dtype}: give numbers, one row a "
            "node"
        )
    return as_features(torch.as_tensor(values.astype(np.float32)))
