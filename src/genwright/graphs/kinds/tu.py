"""Sets of graphs in the form of TUDataset (Morris 2020): the named ones, and a folder of text files of one's own.

    NAME_A.txt                 "i, j" a line: an edge between nodes i and j, numbered from 1 through all graphs
    NAME_graph_indicator.txt   the graph of each node, numbered from 1; a graph's nodes stand together
    NAME_graph_labels.txt      the label of each graph
    NAME_node_labels.txt       a category of each node, one-hot                       (where there is one)
    NAME_edge_labels.txt       a category of each edge, of graphs to model whole  (where there is one)
    NAME_node_attributes.txt   numbers of each node, commas between them              (where there are any)

NetworkX has no reader of this form. Each file may be packed as .txt.gz. Nodes of which nothing is known have their
degree, one-hot, as in Xu 2019 (GIN).
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ...core.account import Account
from ...core.errors import DataError, briefly
from ...core.graph import from_edges
from ...core.limits import MAX_COLUMNS, most_bytes, read_plain, require_cells
from ...core.packages import nx
from ...kinds.formats.download import File, content
from .graph_data import GraphData
from .node_columns import DEGREE_NOTE, NodeColumn, NodeColumns, one_hot
from .node_tables import labels_of

FILES = {
    "mutag": ("tu/MUTAG.npz", "238d94cd68ef7568c8df124867b20187b468a2e70e9890288a04d7e287299668"),
    "proteins": ("tu/PROTEINS.npz", "77f05c3af990dd68b29a7b34f811d2c29a4b41fde381dca3b55c59b9ca070560"),
    "nci1": ("tu/NCI1.npz", "39f50315cd16ba42ddb683fc1de1e429317e38e1f8768c3a8ce410cb9b2a20c4"),
    "imdb-binary": ("tu/IMDB-BINARY.npz", "a37d617877b20c9c89ed543857b216f6c096b18160075ea746926914b96f8c58"),
    "enzymes": ("tu/ENZYMES.npz", "22e0b69a261258df71aac9f7302cf5b3149213d63e4feb21b04658820ae0ba75"),
    "dd": ("tu/DD.npz", "fa4f65f60a4fd2874cd23650deb485cfdfcbcf20e38a6367545ede6420152410"),
}
PARTS = ("A", "graph_indicator", "graph_labels", "node_labels", "node_attributes", "edge_labels")
FIRST_LINE = re.compile(rb"\s*[^\r\n]*")  # the first line that is not empty
MAX_WHOLE_NUMBER = 2**53  # floats skip whole numbers beyond it


def tu_set(name: str) -> GraphData:
    """Reads a named set with its ten published folds (`folds`)."""
    files = _read_published(name)
    data = _graphs(files)
    data.folds = files.folds
    return data


def is_tu(folder: Path) -> bool:
    return any(_stem(path) for path in folder.iterdir())


def read_tu(folder: Path) -> GraphData:
    """Reads the set of a folder. Raises DataError where a file is missing, holds anything but numbers, or disagrees
    with another."""
    return _graphs(_read(folder))


def tu_graphs(source: str | Path) -> "tuple[list[nx.Graph], Account]":
    """Reads a named set, or that of a folder, as graphs of NetworkX to model whole: `label` of the graph, and of its
    nodes and edges where they have any."""
    files, graphs = _read(source) if isinstance(source, Path) else _read_published(source), []
    for label, size in zip(files.labels.tolist(), np.diff(files.ptr).tolist()):
        graphs.append(nx.MultiGraph(label=int(label) if label == int(label) else label))
        graphs[-1].add_nodes_from(range(size))
    of_graph = np.repeat(np.arange(len(graphs)), np.diff(files.ptr))
    place = np.arange(len(of_graph)) - files.ptr[of_graph]
    for node, label in enumerate([] if files.tags is None else files.tags.tolist()):
        graphs[of_graph[node]].nodes[int(place[node])]["label"] = label
    added = set()
    for number, (u, v) in enumerate(files.edges.tolist()):
        if (v, u) not in added:  # files hold each edge both ways
            added.add((u, v))
            attributes = {} if files.edge_tags is None else {"label": int(files.edge_tags[number])}
            graphs[of_graph[u]].add_edge(int(place[u]), int(place[v]), **attributes)
    return graphs, files.account(["node_attributes"] * (files.attributes is not None))


@dataclass(frozen=True)
class _Files:
    """Contents of the files of a set. edges: (E, 2) nodes, numbered from 0 through all graphs. ptr: (G + 1,) where the
    nodes of each graph begin. labels: (G,). tags, edge_tags: (N,) and (E,) int. attributes: (N, F). folds: (G,) int.
    None if the set has no such file. others: names of files of the folder that are not read. columns: of labels of
    nodes and edges beyond the first, which are not read either."""

    name: str
    edges: np.ndarray
    ptr: np.ndarray
    labels: np.ndarray
    tags: np.ndarray | None
    edge_tags: np.ndarray | None
    attributes: np.ndarray | None
    folds: np.ndarray | None = None
    others: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def account(self, unused: list[str]) -> Account:
        """The account of the graphs. unused: parts of the set that were read and are of no use."""
        account = Account(len(self.labels), len(self.labels))
        account.see("files", [*(f"{self.name}_{part}.txt" for part in unused), *self.others])
        account.see("columns beyond the first", self.columns)
        return account


def _read_published(name: str) -> _Files:
    path, sha256 = FILES[name]
    arrays = np.load(io.BytesIO(content(File(path, sha256, ()))), allow_pickle=False)
    tags = arrays["node_label"] if np.ptp(arrays["node_label"]) else None
    edges, folds = arrays["edge_index"].T.astype(np.int64), arrays["test_fold"].astype(np.int64)
    return _Files(name, edges, arrays["graph_ptr"], arrays["y"], tags, None, None, folds)


def _read(folder: Path) -> _Files:
    names = sorted({stem for path in folder.iterdir() if (stem := _stem(path))})
    if len(names) > 1:
        raise DataError(f"{folder} holds several sets ({', '.join(names)}): put each into a folder of its own")
    read = lambda part, is_needed=False: _numbers(folder, names[0], part, is_needed)
    member, y = read("graph_indicator", True), read("graph_labels", True)
    if member.shape[1] > 1 or y.shape[1] > 1:
        raise DataError(
            f"{folder}: {names[0]}_graph_indicator and _graph_labels hold one number a line: remove the other columns"
        )
    edges, member, y = (
        read("A", True),
        _require_whole_numbers(member[:, 0], folder, f"{names[0]}_graph_indicator"),
        y[:, 0],
    )
    if len(edges) and edges.shape[1] != 2:
        raise DataError(
            f"{folder}: {names[0]}_A holds two nodes a line, separated by a comma, and not {edges.shape[1]}: correct it"
        )
    if len(member) and (member.min() < 1 or member.max() > len(y)):
        raise DataError(
            f"{folder}: {names[0]}_graph_indicator names graph {member.max()} and {names[0]}_graph_labels has "
            f"{len(y):,} lines: give each graph a label, and number graphs from 1"
        )
    if (np.diff(member) < 0).any():
        raise DataError(
            f"{folder}: the nodes of a graph do not stand together in {names[0]}_graph_indicator: sort them by graph"
        )
    edges = _require_whole_numbers(edges.reshape(-1, 2), folder, f"{names[0]}_A")
    outside_edges = edges[((edges < 1) | (edges > len(member))).any(1)]
    if len(outside_edges):
        raise DataError(
            f"{folder}: {names[0]}_A has the edge {outside_edges[0, 0]}, {outside_edges[0, 1]} and "
            f"{names[0]}_graph_indicator has {len(member):,} nodes, numbered from 1: correct the edge, or add the node"
        )
    _require_numbers_through_all(edges, member, folder, names[0])
    edges = edges - 1
    crossing_edges = np.flatnonzero(member[edges[:, 0]] != member[edges[:, 1]])
    if len(crossing_edges):
        i, j = edges[crossing_edges[0]] + 1
        raise DataError(
            f"{folder}: {names[0]}_A joins nodes {i} and {j}, which are of two graphs: edges stay within a graph"
        )
    tags, attributes, edge_tags = read("node_labels"), read("node_attributes"), read("edge_labels")
    checked_parts = (
        ("node_labels", tags, member),
        ("node_attributes", attributes, member),
        ("edge_labels", edge_tags, edges),
    )
    for part_name, rows, owners in checked_parts:
        if rows is not None and len(rows) != len(owners):
            other_table, item = ("A", "an edge") if owners is edges else ("graph_indicator", "a node")
            raise DataError(
                f"{folder}: {names[0]}_{part_name} has {len(rows):,} lines and {names[0]}_{other_table} "
                f"{len(owners):,}: give one {item}"
            )
    ptr = np.concatenate([[0], np.bincount(member - 1, minlength=len(y)).cumsum()])
    whole_numbers = lambda rows, part: None if rows is None else _require_whole_numbers(rows[:, 0], folder, part)
    labels_by_part = (("node_labels", tags), ("edge_labels", edge_tags))
    unused_columns = tuple(
        f"{names[0]}_{part}, column {k + 1}"
        for part, rows in labels_by_part
        for k in range(1, 0 if rows is None else rows.shape[1])
    )
    tags, edge_tags = whole_numbers(tags, "node_labels"), whole_numbers(edge_tags, "edge_labels")
    expected = {f"{names[0]}_{part}.txt{packed_suffix}" for part in PARTS for packed_suffix in ("", ".gz")}
    other_names = sorted(
        path.name for path in folder.iterdir() if path.name not in expected and not path.name.startswith(".")
    )
    return _Files(
        names[0], edges, ptr, y, tags, edge_tags, attributes, others=tuple(other_names), columns=unused_columns
    )


def _require_numbers_through_all(edges: np.ndarray, member: np.ndarray, folder: Path, name: str) -> None:
    """Raises DataError where the numbers of nodes begin again in each graph: then edges of all graphs lie in the first
    few, and repeat each other.

    Args:
        edges: (E, 2) nodes, numbered from 1.
        member: (N,) the graph of each node.
        folder, name: of the set, for the message.
    """
    sizes, repeated_count = np.bincount(member), len(edges) - len(np.unique(edges, axis=0))
    if not len(edges) or edges.max() > sizes.max() or len(sizes) < 3 or not repeated_count:
        return
    reached_count, graphs = len(np.unique(member[edges.ravel() - 1])), len(np.unique(member))
    if reached_count < graphs:
        raise DataError(
            f"{folder}: all {len(edges):,} edges of {name}_A lie in {reached_count:,} of {graphs:,} graphs, and "
            f"{repeated_count:,} repeat another. Numbers of nodes seem to begin again in each graph: add to each the "
            "number of nodes before its graph"
        )


def _graphs(files: _Files) -> GraphData:
    source, target = torch.as_tensor(files.edges).T
    graph = from_edges(source, target, int(files.ptr[-1])).with_weight(None)
    table, columns = {}, []
    account = files.account(["edge_labels"] * (files.edge_tags is not None))
    account.merge(len(files.edges) - graph.edges, len(files.edges), "edge")
    if files.attributes is not None:
        for j, column in enumerate(files.attributes.T):
            table[f"attribute {j}"] = column
            columns.append(NodeColumn(f"attribute {j}", mean=float(column.mean())))
    if files.tags is not None:
        table["label"] = files.tags
        columns += one_hot("label", files.tags).columns
    if not columns:
        table["degree"] = graph.degree.numpy()
        columns += one_hot("degree", table["degree"]).columns
        account.remarks.append(DEGREE_NOTE)
    table, columns = pd.DataFrame(table), NodeColumns(tuple(columns))
    labels, classes = labels_of(pd.Series(files.labels), "graph label", account)
    members = torch.as_tensor(files.ptr.astype(np.int64))
    return GraphData(
        files.name, graph, columns.encode(table), labels, classes, members, table=table, columns=columns,
        account=account,
    )  # fmt: skip


def _stem(path: Path) -> str:
    """NAME of a file NAME_A.txt or NAME_A.txt.gz, else nothing."""
    return next((path.name.removesuffix(end) for end in ("_A.txt", "_A.txt.gz") if path.name.endswith(end)), "")


def _numbers(folder: Path, name: str, part: str, is_needed: bool) -> np.ndarray | None:
    """(lines, columns) of NAME_part.txt, or of its packed form; None where it is not there and need not be."""
    path = next((p for end in (".txt", ".txt.gz") if (p := folder / f"{name}_{part}{end}").exists()), None)
    if path is None:
        if is_needed:
            raise DataError(f"{folder} holds {name}_A and no {name}_{part}.txt: add that file")
        return None
    text = read_plain(path, maximum=most_bytes() // 2)
    require_cells(path, text.count(b",") + text.count(b"\n"))
    if (columns := FIRST_LINE.match(text).group().count(b",") + 1) > MAX_COLUMNS:
        raise DataError(f"{path} has {columns:,} numbers in line 1, and the limit is {MAX_COLUMNS:,}: correct it")
    try:
        table = pd.read_csv(io.BytesIO(text), header=None, dtype=np.float64, skipinitialspace=True)
    except pd.errors.EmptyDataError:
        return np.zeros((0, 1))
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"{path} holds more than numbers with commas between them ({briefly(error)}): write it again"
        ) from error
    if table.isna().to_numpy().any():
        raise DataError(f"{path} lacks a number in line {int(table.isna().any(axis=1).idxmax()) + 1}: add it")
    numbers = table.to_numpy()
    if not np.isfinite(numbers).all():
        raise DataError(
            f"{path} holds an infinite number in line {int((~np.isfinite(numbers)).any(axis=1).argmax()) + 1}: correct "
            "it"
        )
    return numbers


def _require_whole_numbers(values: np.ndarray, folder: Path, part: str) -> np.ndarray:
    invalid = values[(values != np.rint(values)) | (np.abs(values) > MAX_WHOLE_NUMBER)]
    if len(invalid):
        raise DataError(f"{folder}: {part} holds {invalid.flat[0]:g}, which is no whole number: correct it")
    return values.astype(np.int64)
