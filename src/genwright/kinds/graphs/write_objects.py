"""Graphs as other libraries take them. `load_data` reads the result as the same graph.

data: a GraphData, whose methods these are."""

from typing import Any

import numpy as np
import torch

from ...core.graph import is_undirected
from ...core.packages import require_package
from ...networks.graph.features import SparseRows

MASKS = {"train": "train_mask", "valid": "val_mask", "test": "test_mask"}


def to_scipy(data: Any) -> tuple[Any, Any, np.ndarray | None]:
    """(A, x, y): A[i, j] is the weight of the edge i -> j; x a sparse array where it is kept sparse; y the classes'
    numbers."""
    from scipy.sparse import csr_array

    g = data.graph
    matrix = csr_array((g.values.numpy(), (g.source.numpy(), g.target.numpy())), shape=(g.rows, g.rows))
    words = data.x.words if isinstance(data.x, SparseRows) else None
    x = (
        data.x.numpy()
        if words is None
        else csr_array((words.values.numpy(), words.source.numpy(), words.ptr.numpy()), shape=data.x.shape)
    )
    return matrix, x, None if data.y is None else data.y.numpy()


def to_networkx(data: Any):
    """A Graph, or a DiGraph where edges have a direction; nodes carry the columns that were read, or the vector `x`,
    and `label`."""
    import networkx as nx

    g, undirected = data.graph, is_undirected(data.graph)
    graph = nx.Graph(name=data.name) if undirected else nx.DiGraph(name=data.name)
    names = data.names or list(range(g.rows))
    x = None if data.table is not None else (data.x.dense() if isinstance(data.x, SparseRows) else data.x).numpy()
    rows = [{"x": row} for row in x] if data.table is None else data.table.to_dict("records")
    graph.add_nodes_from(zip(names, rows))
    if data.y is not None and data.members is None:
        for name, y, known in zip(names, data.y.tolist(), data.known_mask.tolist()):
            if known:
                graph.nodes[name]["label"] = data.classes[y] if data.classes else y
    if data.parts is not None and data.members is None:
        for name, part in zip(names, data.parts.tolist()):
            graph.nodes[name]["split"] = part
    for i, (u, v) in enumerate(zip(g.source.tolist(), g.target.tolist())):
        if not undirected or u <= v:
            known = {} if g.weight is None else {"weight": float(g.weight[i])}
            known |= (
                {} if g.features is None else {f"feature {j}": value for j, value in enumerate(g.features[i].tolist())}
            )
            graph.add_edge(names[u], names[v], **known)
    return graph


def to_pyg(data: Any):
    """A Data, a Batch-like Data with `batch` and `ptr` for many graphs, or a HeteroData of one kind of node where edges
    have kinds."""
    require_package("torch_geometric")
    from torch_geometric.data import Data, HeteroData

    known = {"x": data.x.dense() if isinstance(data.x, SparseRows) else data.x, "y": data.y}
    if data.members is not None:
        known |= {
            "ptr": data.members,
            "batch": torch.repeat_interleave(torch.arange(len(data.members) - 1), data.members.diff()),
        }
    elif data.parts is not None:
        known |= {mask: torch.as_tensor(data.parts == part) for part, mask in MASKS.items()}
    if data.relations is None:
        g = data.graph
        return Data(edge_index=g.edge_index(), edge_weight=g.weight, edge_attr=g.features, **known)
    hetero = HeteroData()
    for name, value in known.items():
        if value is not None:
            hetero["node"][name] = value
    for kind, g in data.relations.items():
        hetero["node", kind, "node"].edge_index = g.edge_index()
        if g.weight is not None:
            hetero["node", kind, "node"].edge_weight = g.weight
    return hetero
