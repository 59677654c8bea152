"""Many graphs as files: a folder with one graph a file, GraphML if there is any, else a form
of `other_files`, else lists of edges; or arrays in one .npz, which is also how they are written.

num_nodes  (G,)      nodes of each graph
edge_ptr   (G + 1,)  graph g has the edges edge_ptr[g] .. edge_ptr[g + 1] - 1
edges      (E, 2)    two nodes, numbered from 0 in their graph
split      (G,)      0 to train, 1 to validate, 2 to test         (where there is one)
node_*     (N,)      an attribute * of all nodes, in the order of the graphs: words, numbers or flags (where there are)
edge_*     (E,)      the same of edges
graph_*    (G,)      the same of graphs
"""

import os
from pathlib import Path

import numpy as np

from ...core.account import Account
from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS, most_bytes, open_plain, read_plain, require_size
from ...core.packages import nx
from ...core.patience import with_progress
from ...kinds.formats.forms import suffixes_of
from ...kinds.formats.numpy_arrays import holds_arrays
from .graph_texts import begins_with_edge, read_edge_text, read_graphml
from .other_files import MEMBER, PARSED, read_graph_text

NAMES = ("num_nodes", "edge_ptr", "edges")
SPLIT_NAMES = np.array(["train", "valid", "test"])
ATTRIBUTE_PREFIXES = ("node_", "edge_", "graph_")  # beginnings of the names of arrays of attributes


def is_graph_arrays(path: Path) -> bool:
    """Tells whether a path is an .npz file with arrays of these names; their contents are not read."""
    return holds_arrays(path, NAMES)


def graphs_of(arrays: dict[str, np.ndarray], path: Path | str) -> "tuple[list[nx.Graph], np.ndarray | None]":
    """Builds NetworkX graphs from arrays, and the part (G,) of each if the arrays name it.

    Raises DataError for arrays that do not fit together, and for more than is taken.

    Args:
        path: Path of the arrays, for messages.
    """
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
        odd_graph = int(np.flatnonzero((sizes < 1) | (sizes > MAX_MEMBERS))[0])
        raise DataError(
            f"{path}: graph {odd_graph} (counted from 0) has {sizes[odd_graph]:,} nodes; a graph may have 1 to "
            f"{MAX_MEMBERS}: leave it out"
        )
    require_size(path, MEMBER * (int(sizes.sum()) + len(edges) + len(sizes)))
    is_outside = (edges < 0) | (edges >= np.repeat(sizes, np.diff(ptr))[:, None])
    if is_outside.any():
        raise DataError(
            f"{path}: edge {int(np.flatnonzero(is_outside.any(1))[0])} (counted from 0) joins a node that is not "
            "there: number nodes from 0 in each graph"
        )
    counts = {"node_": int(sizes.sum()), "edge_": len(edges), "graph_": len(sizes)}
    nodes, edge_attributes, of_graphs = (
        _read_attributes(arrays, prefix, counts[prefix], path) for prefix in ATTRIBUTE_PREFIXES
    )
    graphs, first = [], np.concatenate([[0], sizes.cumsum()]).tolist()
    for g, (size, start, end) in enumerate(zip(sizes.tolist(), ptr[:-1].tolist(), ptr[1:].tolist())):
        graph = nx.MultiGraph(**{name: values[g] for name, values in of_graphs.items()})
        graph.add_nodes_from((i, {name: values[first[g] + i] for name, values in nodes.items()}) for i in range(size))
        graph.add_edges_from(
            (*ends, {name: values[start + i] for name, values in edge_attributes.items()})
            for i, ends in enumerate(edges[start:end].tolist())
        )
        graphs.append(graph)
    return graphs, _read_split(arrays.get("split"), len(graphs), path)


def _read_attributes(arrays: dict[str, np.ndarray], prefix: str, count: int, path: Path | str) -> dict[str, list]:
    """The attributes whose arrays begin with `prefix`, each of as many values."""
    columns = {}
    for name, array in arrays.items():
        if name.startswith(prefix) and name not in NAMES:
            if array.shape != (count,) or array.dtype.kind not in "iubUf":
                raise DataError(
                    f"{path}: {name} holds {array.dtype} values {array.shape}: it should be words, numbers or flags "
                    f"({count},), one for each {prefix[:-1]}"
                )
            columns[name.removeprefix(prefix)] = array.tolist()
    return columns


def _read_split(split: np.ndarray | None, graphs: int, path: Path | str) -> np.ndarray | None:
    if split is None:
        return None
    if split.shape != (graphs,) or not np.isin(split, range(len(SPLIT_NAMES))).all() or not (split == 0).any():
        raise DataError(f"{path}: split holds 0 (train), 1 (valid) or 2 (test) for each of the {graphs:,} graphs")
    return SPLIT_NAMES[split]


GRAPHML, EDGES, TEXTS = (
    suffixes_of("genwright.graphs.kinds.graph_files"),
    suffixes_of("genwright.graphs.kinds.edge_lists"),
    (".txt", ".csv", ".tsv"),
)
LINES_OF_GRAPHS, PICTURES = (
    suffixes_of("genwright.graphs.kinds.other_files:read_graph6"),
    suffixes_of("formats.images.image_files"),
)
OTHER_FORMS = tuple(
    suffix for suffix in suffixes_of("genwright.graphs.kinds.other_files") if suffix not in LINES_OF_GRAPHS
)
BEGINNING = 4096  # bytes, in which a text tells whether it is a list of edges


def is_graph_folder(folder: Path, named_by_user: bool = False) -> bool:
    """Tells whether a folder holds graphs: GraphML or edge lists by their own suffixes, or texts which all begin as an
    edge list does, and neither images nor folders.

    Args:
        folder: Folder to read or write.
        named_by_user: whether a person says that texts are edge lists.
    """
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if any(map(is_graph_file, paths)):
        return True
    texts = [path for path in paths if _has_ending(path, TEXTS)]
    holds_other_files = any(path.is_dir() or path.name.lower().endswith(PICTURES) for path in paths)
    return bool(texts) and (named_by_user or (not holds_other_files and all(map(_begins_as_edges, texts))))


def _begins_as_edges(path: Path) -> bool:
    """Whether a text begins as a list of edges."""
    try:
        with open_plain(path) as file:
            start = file.read(BEGINNING)
        return begins_with_edge(start)
    except (DataError, OSError):  # whoever reads it will say what is wrong
        return False


def read_graph_folder(folder: Path) -> "tuple[list[nx.Graph], list[str], Account]":
    """Reads the graphs of a folder. Returns graphs of NetworkX, the names of their files, in order, and an account of
    them.

    Raises DataError, naming the file, for what cannot be read, and for more than is taken."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    ending = next(e for e in (GRAPHML, OTHER_FORMS, EDGES, TEXTS) if any(_has_ending(path, e) for path in files))
    paths, real_folder = [path for path in files if _has_ending(path, ending)], os.path.realpath(folder)
    for path in paths:
        if not os.path.realpath(path).startswith(os.path.join(real_folder, "")):
            raise DataError(f"{path} is a link that leads out of its folder: put the file itself there")
    limit = most_bytes() // PARSED
    require_size(folder, sum(path.stat().st_size for path in paths), maximum=limit)
    loaded = [_read(path) for path in with_progress(paths, "reading graphs")]
    account = Account(len(paths), len(paths))
    account.see("comments", sum(comments for _, comments in loaded))
    account.see("other files", [path.name for path in files if path not in paths])
    return [graph for graph, _ in loaded], [path.name for path in paths], account


def read_one_graphml(path: Path) -> "nx.Graph":
    """Reads the graph of a GraphML file, of any size. Raises DataError for what cannot be read."""
    return read_graphml(read_plain(path, maximum=most_bytes() // PARSED), str(path), whole=False)


def is_graph_file(path: Path) -> bool:
    """Tells whether a file is GraphML or a list of edges by its own suffix."""
    return _has_ending(path, GRAPHML + OTHER_FORMS + EDGES)


def read_graph_file(path: Path) -> "nx.Graph":
    """Reads the graph of one file as it stands there."""
    return _read(path)[0]


def _read(path: Path) -> "tuple[nx.Graph, int]":
    """The graph, and the number of lines left out as comments."""
    if _has_ending(path, OTHER_FORMS):
        return read_graph_text(path), 0
    content = read_plain(path, maximum=most_bytes() // PARSED)
    return (read_graphml(content, str(path)), 0) if _has_ending(path, GRAPHML) else read_edge_text(content, str(path))


def _has_ending(path: Path, ending: tuple[str, ...]) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(ending) and not path.is_dir()
