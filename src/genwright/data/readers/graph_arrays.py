"""Graphs as three arrays in an .npz file, which is also how they are written.

num_nodes  (G,)      nodes of each graph
edge_ptr   (G + 1,)  graph g has the edges edge_ptr[g] .. edge_ptr[g + 1] - 1
edges      (E, 2)    two nodes, numbered from 0 in their graph
split      (G,)      0 to train, 1 to validate, 2 to test         (where there is one)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS
from ...core.packages import require_package
from .numpy_arrays import holds_arrays, read_arrays

NAMES = ("num_nodes", "edge_ptr", "edges")
PARTS = np.array(["train", "valid", "test"])


def is_graph_arrays(path: Path) -> bool:
    """Whether it is an .npz file that has arrays of these names; what is in them is not looked at."""
    return holds_arrays(path, NAMES)


def read_graph_arrays(path: Path) -> tuple[list[Any], np.ndarray | None]:
    """Graphs of NetworkX with nodes 0, 1, .., and their parts (G,) where the file splits them.

    Raises DataError for arrays that do not fit together, and for more than is taken.
    """
    return graphs_of(read_arrays(path), path)


def graphs_of(arrays: dict[str, np.ndarray], path: Path | str) -> tuple[list[Any], np.ndarray | None]:
    """The same of arrays that are there. path: where they are from, for errors."""
    require_package("networkx")
    import networkx as nx

    for name in (*NAMES, "split"):
        if name in arrays and arrays[name].dtype.kind not in "iu":
            raise DataError(f"{path}: {name} holds {arrays[name].dtype} values: write whole numbers")
    sizes, ptr, edges = (arrays[name].astype(np.int64) for name in NAMES)
    if sizes.ndim != 1 or ptr.shape != (len(sizes) + 1,) or edges.ndim != 2 or edges.shape[1] != 2:
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in NAMES)
        raise DataError(f"{path} holds {shapes}: they should be (G,), (G + 1,) and (E, 2): write it again")
    if ptr[0] != 0 or ptr[-1] != len(edges) or (np.diff(ptr) < 0).any():
        raise DataError(f"{path}: edge_ptr does not cut the {len(edges):,} edges into graphs: write it again")
    if len(sizes) and not 1 <= sizes.min() <= sizes.max() <= MAX_MEMBERS:
        wrong = int(np.flatnonzero((sizes < 1) | (sizes > MAX_MEMBERS))[0])
        raise DataError(
            f"{path}: graph {wrong} (counted from 0) has {sizes[wrong]:,} nodes, and graphs of 1 to {MAX_MEMBERS} are "
            "taken, as every two of their nodes are looked at: leave it out"
        )
    outside = (edges < 0) | (edges >= np.repeat(sizes, np.diff(ptr))[:, None])
    if outside.any():
        raise DataError(
            f"{path}: edge {int(np.flatnonzero(outside.any(1))[0])} (counted from 0) joins a node that is not there: "
            "number nodes from 0 in each graph"
        )
    graphs = []
    for size, start, end in zip(sizes.tolist(), ptr[:-1], ptr[1:]):
        graph = nx.MultiGraph()
        graph.add_nodes_from(range(size))
        graph.add_edges_from(edges[start:end].tolist())
        graphs.append(graph)
    return graphs, _parts(arrays.get("split"), len(graphs), path)


def _parts(split: np.ndarray | None, graphs: int, path: Path | str) -> np.ndarray | None:
    if split is None:
        return None
    if split.shape != (graphs,) or not np.isin(split, range(len(PARTS))).all() or not (split == 0).any():
        raise DataError(f"{path}: split holds 0 (train), 1 (valid) or 2 (test) for each of the {graphs:,} graphs")
    return PARTS[split]
