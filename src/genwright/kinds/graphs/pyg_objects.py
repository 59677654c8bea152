"""Graphs of PyTorch Geometric: Data, Batch and HeteroData, by their attributes alone."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from ...core.errors import DataError
from ...core.graph import Graph, from_edges
from ...networks.graph.features import SparseRows
from ..plain_arrays import features_of, plain
from .edges import graph_of, without_ones
from .graph_data import UNKNOWN, GraphData
from .graph_labels import array_labels
from .node_columns import DEGREE_NOTE, IDENTITY_NOTE, identity_features, one_hot

MASKS = {"train_mask": "train", "val_mask": "valid", "test_mask": "test"}


def read_data(data: Any) -> GraphData:
    """Data, or a Batch, whose `ptr` says where each of its graphs begins."""
    nodes = int(data.num_nodes)
    ptr, index = getattr(data, "ptr", None), data.edge_index
    if index is None:
        raise DataError("the Data object has no edge_index: give it one of shape (2, E), also where it has adj_t")
    weight, features = (
        None if v is None else plain(v) for v in (getattr(data, name, None) for name in ("edge_weight", "edge_attr"))
    )
    features = None if features is None else features.reshape(len(features), -1)
    graph, notes = graph_of("the Data object", *plain(index), nodes, without_ones(weight), features)
    members, items, table, columns = None, nodes, None, None
    if ptr is not None:
        members, items = torch.as_tensor(plain(ptr)).long(), len(ptr) - 1
    if data.x is None and ptr is not None:
        table = pd.DataFrame({"degree": graph.degree.numpy()})
        columns = one_hot("degree", table["degree"].to_numpy())
        notes.append(DEGREE_NOTE)
    elif data.x is None:
        notes.append(IDENTITY_NOTE)
    x = columns.encode(table) if columns else identity_features(nodes) if data.x is None else features_of(data.x)
    y, classes = (
        (None, ())
        if data.y is None
        else array_labels(plain(data.y), items, "the Data object", "graphs" if members is not None else "nodes")
    )
    parts = None if members is not None else _read_masks(data, nodes, notes)
    return GraphData(
        "graph" if members is None else "graphs",
        graph,
        x,
        y,
        classes,
        members,
        parts,
        table=table,
        columns=columns,
        notes=notes,
    )


def _read_masks(data: Any, nodes: int, notes: list[str]) -> np.ndarray | None:
    """(nodes,) by the masks that PyG gives to nodes; of several columns the first."""
    parts = np.full(nodes, "", dtype="<U5")
    for name, part in MASKS.items():
        mask = getattr(data, name, None)
        if mask is None:
            continue
        mask = plain(mask)
        if mask.ndim == 2:
            notes.append(f"{name} holds {mask.shape[1]} splits: the first is taken")
            mask = mask[:, 0]
        parts[mask.astype(bool)] = part
    return parts if (parts == "train").any() else None


def read_hetero(data: Any, target: str | None) -> GraphData:
    """Nodes of all kinds one after another, features side by side; each kind of edge a graph of all nodes, and all of
    them in one.

    target: the kind of node whose labels are to be learned, needed where several have them.
    """
    kinds = list(data.node_types)
    counts = [int(data[kind].num_nodes) for kind in kinds]
    begin = dict(zip(kinds, np.cumsum([0, *counts])))
    nodes, notes = sum(counts), []
    blocks = [_sparse(getattr(data[kind], "x", None), n) for kind, n in zip(kinds, counts)]
    words = _side_by_side(blocks)
    relations, ends = {}, []
    for kind in data.edge_types:
        store = data[kind]
        index, weight = plain(store.edge_index), getattr(store, "edge_weight", None)
        source, arrives = index[0] + int(begin[kind[0]]), index[1] + int(begin[kind[-1]])
        ends.append((source, arrives))
        weight = None if weight is None else without_ones(plain(weight))
        relations["-".join(kind)], said = graph_of(f"the edges {'-'.join(kind)}", source, arrives, nodes, weight)
        notes += said
        if getattr(store, "edge_attr", None) is not None:
            notes.append(f"features of the edges {'-'.join(kind)} are left out")
    if not relations:
        raise DataError("the HeteroData object has no edges: give it an edge_index for each kind of edge")
    graph, _ = graph_of("the edges", *(np.concatenate(side) for side in zip(*ends)), nodes)
    labelled = [kind for kind in kinds if getattr(data[kind], "y", None) is not None]
    if target is not None and target not in labelled:
        raise DataError(
            f"no labels y of nodes '{target}': target names one of "
            f"{', '.join(labelled) or 'no kind, since none has labels'}"
        )
    if target is None and len(labelled) > 1:
        raise DataError(f"several kinds of nodes have labels ({', '.join(labelled)}): name one with target")
    kind = target or (labelled[0] if labelled else None)
    y, classes, parts = None, (), None
    if kind is not None:
        own_y, classes = array_labels(plain(data[kind].y), counts[kinds.index(kind)], f"'{kind}'", "nodes")
        here = slice(int(begin[kind]), int(begin[kind]) + len(own_y))
        y = torch.full((nodes,), UNKNOWN) if classes else torch.full((nodes,), torch.nan)
        y[here] = own_y
        own_parts = _read_masks(data[kind], len(own_y), notes)
        if own_parts is not None:
            parts = np.full(nodes, "", dtype="<U5")
            parts[here] = own_parts
        notes.append(f"labels are of the nodes `{kind}`")
    notes.insert(
        0,
        f"kinds of nodes: {', '.join(f'{kind} {n:,}' for kind, n in zip(kinds, counts))}; of edges: "
        f"{', '.join(relations)}",
    )
    names = [f"{kind} {i}" for kind, n in zip(kinds, counts) for i in range(n)]
    return GraphData(
        "graph", graph, SparseRows(words), y, classes, parts=parts, names=names, relations=relations, notes=notes
    )


def _sparse(x: Any, nodes: int) -> Graph:
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
